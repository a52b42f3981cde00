"""`job run` on AWS."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.running.executions import RUNNING, SUCCEEDED, Ending, Execution, start
from stranglerfig.aws.running.logs import MOST_LINES, Excerpt, Stream, follow, newest_streams, to_stream
from stranglerfig.cli.aws.log_lines import group_of, logs_of, print_lines
from stranglerfig.cli.aws.statuses import find_workload
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.output import done, fail, say
from stranglerfig.errors import FigError


def run_job(place: tuple[str, str], name: str | None, given: Mapping[str, Any]) -> int:
    """The exit status: the container's own with ``follow``, as far as there is one."""
    one = find_workload(place, name, given, jobs=True)
    job, env = one.record.name, one.env.name
    known = tasks_so_far(one) if given["follow"] else frozenset()
    since_ms = int(time.time() * 1000)
    execution = start(one)
    done(f"Job {strong(job)} runs in environment {strong(env)}, execution {execution.name}.")
    if not given["follow"]:
        follow_up(f"Run `fig job logs --name {job} --env {env}` to see what it prints.")
        return 0
    try:
        ending = follow_to_end(one, execution, known, since_ms)
    except (KeyboardInterrupt, FigError):
        say(f"It goes on: `fig job logs --name {job} --env {env} --follow` shows it.")
        raise
    if ending.state == SUCCEEDED:
        return 0
    status = f" with status {ending.exit_status}" if ending.exit_status is not None else ""
    fail(f"job {job} {in_words(ending.state)}{status}{f': {ending.why}' if ending.why else ''}", None)
    return ending.exit_status or 1


def follow_to_end(one: Deployed, execution: Execution, known: frozenset[str], since_ms: int) -> Ending:
    """Tasks that were there before are those of other runs."""
    seen: list[Ending] = []

    def is_over() -> bool:
        seen.append(execution.look())
        return seen[-1].state != RUNNING

    def is_new(stream: Stream) -> bool:
        return stream.is_of_task and stream.task not in known

    print_lines(
        follow(logs_of(one), Excerpt(group_of(one), MOST_LINES, since_ms, None, is_new), is_over), as_json=False
    )
    return seen[-1]


def tasks_so_far(one: Deployed) -> frozenset[str]:
    found = newest_streams(logs_of(one), group_of(one), lambda stream: stream.is_of_task)
    return frozenset(to_stream(name).task for name in found)


def in_words(state: str) -> str:
    """``timed out``."""
    return {"ABORTED": "was stopped"}.get(state, state.lower().replace("_", " "))
