"""What makes, changes and deletes the things that resources of stacks stand for; one provider a family of types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.effects import Made
from stranglerfig.core.cloudformation.stacks.records import Incarnation, Stack


class StepFailure(Exception):
    """A step that has failed, with the reason as the stack's events tell it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wish:
    """What a resource is to be. The same ``token`` makes the same thing, however often it is asked for; ``known`` is
    the physical id of what an earlier attempt has begun. ``started`` is to be told a physical id once there is one.
    """

    stack: Stack
    logical_id: str
    type: str
    properties: dict[str, Any]
    caller: Caller
    token: str
    known: str
    started: Callable[[str], None]


class Provider(Protocol):
    """All may be done twice. Each raises ``StepFailure``, ``Fault`` or ``FigError``."""

    async def create(self, wish: Wish) -> Made: ...

    async def update(self, wish: Wish, now: Incarnation) -> Made:
        """In place."""

    async def replace(self, wish: Wish, now: Incarnation) -> Made:
        """By another one, beside or in the place of the old one."""

    async def delete(self, caller: Caller, gone: Incarnation) -> None: ...


#: the provider of a type that ``find_type`` knows
Provide = Callable[[str], Provider]
