"""Changes a stack that others change, too: what is wanted of it is worked out from what it is, and anew when that was
changed in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from stranglerfig.aws.refusals import code_of, said
from stranglerfig.aws.stacks.change_sets import BUSY
from stranglerfig.aws.stacks.deploy import Deploying, deploy, make_ready
from stranglerfig.aws.stacks.stacks import is_missing
from stranglerfig.aws.stacks.values import Change, Outcome, Stack, StackOrder
from stranglerfig.aws.synth.template import Tree
from stranglerfig.errors import Conflict, FigError, Unavailable

MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Shared:
    """``tags`` name whose it is. ``role`` is what CloudFormation acts as; ``look`` gives the stack and its template as
    they are now."""

    name: str
    tags: Mapping[str, str]
    role: str | None
    look: Callable[[], tuple[Stack | None, Tree]]


class Overtaken(Conflict):
    """Somebody else has changed the stack since it was looked at."""


def change(shared: Shared, order: Callable[[], StackOrder | None], how: Deploying) -> Outcome | None:
    """To what ``order`` makes of it, after a look at it while nobody is changing it. None: ``order`` wants nothing.

    A change set is void once another one is carried out. So nobody came in between when the stack is still what it was
    now that the change set is there.
    """
    for _ in range(MOST_ROUNDS):
        make_ready(StackOrder(shared.name, "", tags=shared.tags, role=shared.role), how)
        seen = _state(shared)
        asked = order()
        if asked is None:
            return None

        def agreed(asked: StackOrder, changes: Sequence[Change], seen: object = seen) -> bool:
            if _state(shared) != seen:
                raise Overtaken(f"stack {shared.name} is not what it was")
            return how.agree is None or how.agree(asked, changes)

        try:
            return deploy(asked, replace(how, agree=agreed))
        except FigError as error:
            if not is_overtaken(error):
                raise
            how.telling.note(f"Somebody else has changed stack {shared.name} meanwhile: looking at it again.")
    raise Unavailable(f"stack {shared.name} is changed by others each time", hint="Run the command again: it goes on.")


def _state(shared: Shared) -> object:
    stack, tree = shared.look()
    return stack.parameters if stack else None, tree


def is_overtaken(error: FigError) -> bool:
    """Also in CloudFormation's words, of a change set that is void or of a stack that others are changing."""
    is_void = code_of(error) == BUSY or is_missing(error)
    is_changing = code_of(error) == "ValidationError" and "can not be updated" in said(error)
    return isinstance(error, Overtaken) or is_void or is_changing
