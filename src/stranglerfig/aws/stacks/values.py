"""What is asked of a stack, and what is known of one. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from stranglerfig.aws.synth.template import DESCRIPTION, Tree
from stranglerfig.aws.synth.template_limits import check_size

STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class StackOrder:
    """One stack as it is to be. A parameter that is None keeps the value that it has.

    ``role`` is what CloudFormation acts as, None for who asks. ``descriptions`` are what progress calls resources.
    """

    name: str
    body: str
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)
    has_nested: bool = False


def to_order(
    name: str,
    tree: Tree,
    *,
    parameters: Mapping[str, str | None] | None = None,
    tags: Mapping[str, str] | None = None,
    role: str | None = None,
) -> StackOrder:
    """Raises ``UsageError`` for a template that CloudFormation does not take."""
    resources = tree.get("Resources")
    assert isinstance(resources, Mapping)
    body = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    check_size(name, tree, body)
    return StackOrder(
        name=name,
        body=body,
        parameters=parameters or {},
        tags=tags or {},
        role=role,
        descriptions={
            logical: one["Metadata"][DESCRIPTION]
            for logical, one in resources.items()
            if DESCRIPTION in one.get("Metadata", {})
        },
        has_nested=any(one["Type"] == STACK_TYPE for one in resources.values()),
    )


@dataclass(frozen=True, slots=True)
class Stack:
    """``exports`` are those of its outputs that other stacks may import, by the name that they do it by."""

    id: str
    name: str
    status: str
    reason: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StackEvent:
    """``physical`` may be empty while the resource is being made. ``token`` names the operation that it is part of;
    ``at_s`` is in seconds of the epoch, by AWS's clock."""

    id: str
    stack_id: str
    logical: str
    physical: str
    type: str
    status: str
    reason: str = ""
    token: str = ""
    at_s: float = 0.0

    @property
    def is_of_stack(self) -> bool:
        """Of the stack itself, not of a resource in it."""
        return self.physical == self.stack_id

    @property
    def is_failure(self) -> bool:
        return self.status.endswith("FAILED")


@dataclass(frozen=True, slots=True)
class StackResource:
    logical: str
    physical: str
    type: str
    status: str = ""


class Action(Enum):
    ADD = "add"
    MODIFY = "modify"
    REPLACE = "replace"
    MAYBE_REPLACE = "maybe replace"
    REMOVE = "remove"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Change:
    """``causes`` are the properties that make it necessary. ``kept``: what is replaced or removed stays, outside the
    stack. ``nested`` is the logical id of the stack in the stack that it is in."""

    action: Action
    logical: str
    type: str
    physical: str = ""
    causes: tuple[str, ...] = ()
    kept: bool = False
    nested: str = ""


class Ended(Enum):
    """How a deploy of a stack came out, where it did not fail."""

    DEPLOYED = "deployed"
    UNCHANGED = "unchanged"
    #: whoever was shown the changes did not want them
    DECLINED = "declined"
    #: CloudFormation goes on without us
    LEFT = "left"
    #: interrupted, and taken back
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``stack`` None: it is not there."""

    ended: Ended
    stack: Stack | None = None

    @property
    def is_good(self) -> bool:
        """It is as ordered."""
        return self.ended in (Ended.DEPLOYED, Ended.UNCHANGED)
