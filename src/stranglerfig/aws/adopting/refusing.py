"""What a takeover must not do, by its changes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.aws.stacks.preview import to_warnings
from stranglerfig.aws.stacks.values import STACK_TYPE, Action, Change
from stranglerfig.errors import Refused

_RECORDS = ("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup")


def reasons(changes: Sequence[Change]) -> list[str]:
    """None: it carries on all that carries traffic or data."""
    lost = [str(warning) for warning in to_warnings(changes)]
    # A function made them, outside of any stack, and CloudFormation makes none that is there.
    records = [one.logical for one in changes if one.action is Action.ADD and one.type in _RECORDS]
    nested = [one.logical for one in changes if one.action is Action.REMOVE and one.type == STACK_TYPE]
    lost += [f"{name} would be removed: a stack of addons that the workspace has no templates of" for name in nested]
    return lost + [
        f"{name} would be added: DNS records that a function of Copilot's has made already" for name in records
    ]


def refuse(stack: str, changes: Sequence[Change]) -> None:
    """Raises ``Refused``."""
    found = reasons(changes)
    if found:
        raise Refused(
            "\n".join((f"stack {stack} cannot be taken over as it is: {found[0]}", *found[1:])),
            hint="`--dry-run` shows all of it. Deploy it with Copilot as its manifest says, or patch it in overrides/.",
        )
