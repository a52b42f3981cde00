"""`task ls` on AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stranglerfig.aws.one_off.finding import group_of, stacks_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.one_off.runs import copies_of, last_run
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.outcomes import exit_status_of, state_of
from stranglerfig.cli.aws.tasks.places import place_of
from stranglerfig.cli.output import recommend, say, show_json
from stranglerfig.cli.tables import show_rows
from stranglerfig.cli.task.following import RUNNING
from stranglerfig.cli.views import dash


def list_tasks(places: Sequence[Where], given: Mapping[str, Any], *, as_json: bool) -> None:
    found = [
        to_document(place, stack)
        for where in places
        for place in [place_of(where, given)]
        for stack in stacks_of(place)
    ]
    if as_json:
        show_json({"tasks": found})
    elif found:
        rows = [
            (
                one["name"],
                dash(one["environment"]),
                str(len(one["copies"])),
                one["state"],
                dash(one["exit_status"]),
                dash(one["started_at"]),
            )
            for one in found
        ]
        show_rows(("Name", "Environment", "Copies", "State", "Exit Status", "Started At"), rows)
    else:
        say("There is no one-off task.")
        recommend("fig task run")


def to_document(place: TaskPlace, stack: Stack) -> dict[str, Any]:
    """Of its last run, as far as ECS knows of it."""
    copies = copies_of(place, group_of(stack))
    copies = last_run(copies) if copies else []
    state = state_of(copies)
    return {
        "app": place.env.record.app if place.env else None,
        "environment": place.env.name if place.env else None,
        "name": group_of(stack),
        "stack": stack.status,
        "state": state,
        "exit_status": exit_status_of(copies) if copies and state != RUNNING else None,
        "started_at": min((one.started for one in copies), default=None),
        "copies": [
            {"id": one.id, "cluster": one.cluster, "status": one.status, "exit_status": one.exit_status, "why": one.why}
            for one in copies
        ],
    }
