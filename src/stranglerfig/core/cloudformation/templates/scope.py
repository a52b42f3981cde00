"""What a template is evaluated with (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from stranglerfig.core.cloudformation.templates.declarations import Template


class Unknown(Enum):
    """What only a resource will tell that is not there yet. It spreads through functions."""

    UNKNOWN = "(known after apply)"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Pseudo:
    """What a stack is and where: the parameters that every template has."""

    account: str
    region: str
    stack_name: str
    stack_id: str
    notification_arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """``values`` are the parameters', ``exports`` all that stacks here export, by name; ``attributes`` are those of
    the resources that are there: logical id, then the attribute or ``Ref``."""

    template: Template
    values: Mapping[str, str]
    pseudo: Pseudo
    exports: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
