"""What can be done to a resource of a stack (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from stranglerfig.core.cloudformation.stacks.records import Incarnation
from stranglerfig.core.cloudformation.templates.template import ResourceDeclaration


class Deed(Enum):
    """RESTORE goes back to what still stands; REFUSE fails the resource without trying."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    REPLACE = "REPLACE"
    RESTORE = "RESTORE"
    REFUSE = "REFUSE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Step:
    """``doomed`` are to be deleted, ``spared`` are only forgotten. ``needs`` as in ``Incarnation``.

    What is ``doomed`` in a creation or a replacement is what failed attempts have left: it goes first, if it can.
    ``is_back``: it takes back what was done, and so is not taken back itself.
    """

    deed: Deed
    logical_id: str
    type: str
    properties: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    declaration: ResourceDeclaration | None = None
    doomed: tuple[Incarnation, ...] = ()
    spared: tuple[Incarnation, ...] = ()
    is_back: bool = False
    reason: str = ""
