"""`task logs` on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.one_off.finding import group_of
from stranglerfig.aws.one_off.runs import copies_of, last_run, look
from stranglerfig.aws.running.logs import Excerpt, Stream, follow, last_lines
from stranglerfig.aws.synth.names import task_log_group
from stranglerfig.cli.aws.log_lines import print_lines
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.outcomes import FAILED, FORGOTTEN, STOPPED, failures, state_of
from stranglerfig.cli.aws.tasks.places import choose, place_of
from stranglerfig.cli.output import say
from stranglerfig.cli.task.following import RUNNING, SUCCEEDED

TOLD = {
    FORGOTTEN: "has ended, and ECS has forgotten how",
    RUNNING: "is running",
    STOPPED: "was stopped",
    SUCCEEDED: "succeeded",
}


def show_lines(where: Where, name: str | None, limit: int, given: Mapping[str, Any]) -> None:
    """Of its last run; of all that is kept, where ECS knows of none any more."""
    place = place_of(where, given)
    name = group_of(choose(place, name))
    known = copies_of(place, name)
    copies = last_run(known) if known else []
    ids = {one.id for one in copies}

    def is_wanted(stream: Stream) -> bool:
        return not ids or stream.task in ids

    def is_over() -> bool:
        copies[:] = look(place, copies)
        return all(one.is_over for one in copies)

    logs, asked = place.client("logs"), Excerpt(task_log_group(name), limit, is_wanted=is_wanted)
    lines = follow(logs, asked, is_over) if given["follow"] else iter(last_lines(logs, asked))
    print_lines(lines, as_json=given["as_json"])
    state = state_of(copies)
    if state in TOLD:
        say(f"Task {name} {TOLD[state]}.")
    for sentence in failures(name, copies) if state == FAILED else ():
        say(f"{sentence[:1].upper()}{sentence[1:]}.")
