"""What is looked at before and after a takeover."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.preview import CARRIES_TRAFFIC, HOLDS_DATA
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import is_ours, parse_template
from tests.aws.copilot.applications import Recorded

#: what goes with the function that it is of
OF_FUNCTIONS = ("BacklogPerTaskCalculatorLogGroup",)
KEPT = CARRIES_TRAFFIC.keys() | HOLDS_DATA.keys()


def stack_names(app: Recorded) -> list[str]:
    return [f"{app.name}-test", *(f"{app.name}-test-{one}" for one in app.workloads)]


def carriers(session: Session, app: Recorded) -> dict[str, str]:
    """Physical ids of all that carries traffic or data, by stack and logical id; of stacks of addons, too."""
    stacks = Stacks(session)
    found: dict[str, str] = {}
    for name in stack_names(app):
        for one in stacks.resources(name):
            if one.type == "AWS::CloudFormation::Stack":
                found |= {f"{name}/addons/{inner.logical}": inner.physical for inner in stacks.resources(one.physical)}
            if one.type in KEPT and one.logical not in OF_FUNCTIONS:
                found[f"{name}/{one.logical}"] = one.physical
    return found


def owners(session: Session, app: Recorded) -> list[bool]:
    """Stack by stack, whether it is ours."""
    return [is_ours(parse_template(Stacks(session).template(name))) for name in stack_names(app)]


def lost_by(stacks: Iterable[Any]) -> list[tuple[str, str]]:
    """Of the document that a dry run gives."""
    return [
        (one["action"], one["resource"])
        for stack in stacks
        for one in stack["changes"]
        if one["type"] in KEPT and one["resource"] not in OF_FUNCTIONS and one["action"] not in ("add", "modify")
    ]
