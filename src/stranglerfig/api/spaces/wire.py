"""The shapes by which resources of Refactor Spaces are brought here, and proxies written as templates."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict


class CopiedResource(TypedDict):
    """The request that would make the resource again (``Parameters`` as AWS's API names them), and what it keeps.

    ``CreatedTime`` in UTC seconds.
    """

    Operation: Literal["CreateEnvironment", "CreateApplication", "CreateService", "CreateRoute"]
    Id: str
    CreatedTime: float
    Parameters: dict[str, Any]


class BroughtWire(TypedDict):
    """``outcome``: ``present`` was here already, just so. ``reason`` says why it is FAILED."""

    id: str
    outcome: Literal["created", "present"]
    state: str
    url: NotRequired[str]
    reason: NotRequired[str]


class BringPolicy(TypedDict):
    """The resource policy of an environment."""

    environment: str
    policy: str


class TemplateWire(TypedDict):
    """``remarks`` are sentences about what the template does not say, or says otherwise."""

    template: dict[str, Any]
    remarks: list[str]
