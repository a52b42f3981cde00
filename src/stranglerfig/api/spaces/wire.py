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
    """``outcome``: ``present`` was here already and is left as it is; ``differs`` names what is otherwise than it came.
    ``reason`` says why it is FAILED.
    """

    id: str
    outcome: Literal["created", "present"]
    state: str
    differs: NotRequired[list[str]]
    url: NotRequired[str]
    reason: NotRequired[str]


class BringPolicy(TypedDict):
    """The resource policy of an environment."""

    environment: str
    policy: str


class BroughtPolicyWire(TypedDict):
    """``other``: one that says something else was here already, and stays."""

    outcome: Literal["created", "present", "other"]


class TemplateWire(TypedDict):
    """``remarks`` are sentences about what the template does not say, or says otherwise."""

    template: dict[str, Any]
    remarks: list[str]
