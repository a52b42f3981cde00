"""Changes a stack that others change, too: what is wanted of it is worked out from what it is, and anew when that was
changed in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from stranglerfig.aws.stacks.deploy import Deploying, deploy_once, insist, make_ready
from stranglerfig.aws.stacks.refusals import Overtaken
from stranglerfig.aws.stacks.values import Change, Outcome, Stack, StackOrder
from stranglerfig.aws.synth.template import Tree


@dataclass(frozen=True, slots=True)
class Shared:
    """``tags`` name whose it is. ``role`` is what CloudFormation acts as; ``look`` gives the stack and its template as
    they are now."""

    name: str
    tags: Mapping[str, str]
    role: str | None
    look: Callable[[], tuple[Stack | None, Tree]]


def change(shared: Shared, order: Callable[[], StackOrder | None], how: Deploying) -> Outcome | None:
    """To what ``order`` makes of it, after a look at it while nobody is changing it. None: ``order`` wants nothing.

    A change set is void once another one is carried out. So nobody came in between when the stack is still what it was
    now that the change set is there.
    """

    def change_once(is_again: bool) -> Outcome | None:
        make_ready(StackOrder(shared.name, "", tags=shared.tags, role=shared.role), how)
        seen = _state(shared)
        asked = order()
        if asked is None:
            return None

        def agreed(asked: StackOrder, changes: Sequence[Change]) -> bool:
            if _state(shared) != seen:
                raise Overtaken(f"stack {shared.name} is not what it was")
            return how.agree is None or how.agree(asked, changes)

        return deploy_once(asked, replace(how, agree=agreed), is_again)

    return insist(shared.name, how, change_once)


def _state(shared: Shared) -> object:
    stack, tree = shared.look()
    return stack.parameters if stack else None, tree
