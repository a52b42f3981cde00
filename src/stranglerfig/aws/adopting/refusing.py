"""What stands in the way of a takeover: named before anything is begun. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stranglerfig.aws.stacks.preview import to_warnings
from stranglerfig.aws.stacks.states import Step, in_words, next_step
from stranglerfig.aws.stacks.values import STACK_TYPE, Action, Change, Stack, StackOrder
from stranglerfig.errors import FigError, NotFound, Refused

_RECORDS = ("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup")
#: They hold what Copilot's functions have said, for three days, and go with them.
_OF_FUNCTIONS = ("BacklogPerTaskCalculatorLogGroup",)
_AS_DEPLOYED = "Deploy it with Copilot as its manifest says, or patch it in overrides/."
_TO_LEAVE = (
    "Leave them as they are: `- {{op: remove, path: /Resources/{}}}` in overrides/cfn.patches.yml beside its manifest."
)
_TO_DELETE = "Deploy it once more with Copilot, or delete it: `aws cloudformation delete-stack --stack-name {}`."
_TO_GO_ON = "Run `aws cloudformation continue-update-rollback --stack-name {}`, and repeat."


@dataclass(frozen=True, slots=True)
class Obstacle:
    """``why`` in the words of an error, and how it is mended."""

    why: str
    mend: str = _AS_DEPLOYED


def of_changes(changes: Sequence[Change]) -> list[Obstacle]:
    """None: it carries on all that carries traffic or data."""
    found = [Obstacle(str(one)) for one in to_warnings([one for one in changes if one.logical not in _OF_FUNCTIONS])]
    for one in changes:
        # A function made them, outside of any stack, and CloudFormation makes none that is there.
        if one.action is Action.ADD and one.type in _RECORDS:
            why = f"{one.logical} would be added: DNS records that a function of Copilot's has made already"
            found.append(Obstacle(why, _TO_LEAVE.format(one.logical)))
        if one.action is Action.REMOVE and one.type == STACK_TYPE:
            found.append(Obstacle(f"{one.logical} would be removed: a stack of addons with all that is in it"))
        if "Type" in one.causes:
            found.append(Obstacle(f"{one.logical} would become something else, which CloudFormation lets nothing do"))
    return found


def of_status(stack: Stack) -> list[Obstacle]:
    """Of a stack that is Copilot's still: what its role for the environment can do nothing about."""
    if stack.status == "DELETE_IN_PROGRESS":
        return [Obstacle("it is being deleted", "Wait until it is gone, and repeat.")]
    match next_step(stack.status):
        case Step.CLEAR:
            return [Obstacle(f"its last change has left it as {in_words(stack.status)}", _TO_DELETE.format(stack.name))]
        case Step.CONTINUE_ROLLBACK:
            return [Obstacle("its last change could not be rolled back", _TO_GO_ON.format(stack.name))]
    return []


def of_error(error: FigError) -> list[Obstacle]:
    """Raises it again where it says nothing of the stack, as when AWS cannot be reached."""
    if error.__cause__ is not None and not isinstance(error, NotFound):
        raise error
    return [Obstacle(error.message, error.hint or _AS_DEPLOYED)]


def refuse(name: str, stacks: Iterable[tuple[str, Sequence[Obstacle]]]) -> None:
    """Raises ``Refused`` with all that stands in the way of taking over ``name``."""
    found = [(stack, one) for stack, obstacles in stacks for one in obstacles]
    if found:
        lines = [f"{stack}: {one.why}" for stack, one in found]
        raise Refused("\n".join((f"{name} cannot be taken over as it is", *lines)), hint=found[0][1].mend)


def keeping(what: str) -> Callable[[StackOrder, Sequence[Change]], bool]:
    """Agrees to what CloudFormation itself has worked out, unless something would be lost by it. Where it cannot tell
    before the end, ours could. ``what`` is done to the stack."""

    def agree(order: StackOrder, changes: Sequence[Change]) -> bool:
        found = of_changes([one for one in changes if one.action is not Action.MAYBE_REPLACE])
        if found:
            lines = (f"stack {order.name} cannot be {what} as it is", *(one.why for one in found))
            raise Refused("\n".join(lines), hint=found[0].mend)
        return True

    return agree
