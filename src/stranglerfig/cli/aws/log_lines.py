"""`svc logs` and `job logs` on AWS."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.environments import session_that_stays
from stranglerfig.aws.running.definitions import task_definition
from stranglerfig.aws.running.logs import Excerpt, LogLine, Stream, follow, last_lines, newest_streams, to_stream
from stranglerfig.aws.running.status import service_of, tasks_of, to_id
from stranglerfig.aws.session import Client, Session
from stranglerfig.aws.synth import names
from stranglerfig.cli.aws.statuses import SHORT, find_workload
from stranglerfig.cli.output import say, show, show_json
from stranglerfig.cli.watch.excerpt import to_excerpt
from stranglerfig.cli.watch.logs import COLOURS
from stranglerfig.cli.watch.streams import is_meant
from stranglerfig.core.application import Kind
from stranglerfig.errors import NotFound

Given = Mapping[str, Any]
Place = tuple[str, str]
#: groups that the environment's role may read
OURS = "/copilot/"


def show_service_logs(place: Place, name: str | None, given: Given) -> None:
    limit, window = to_excerpt(dict(given), follow=given["follow"])
    one = find_workload(place, name, given)
    running = running_tasks(one) if given["previous"] else frozenset()
    tasks, container = given["tasks"], given["container"]

    def is_wanted(stream: Stream) -> bool:
        return (
            stream.is_of_task
            and container in (None, stream.container)
            and (not tasks or any(is_meant(stream.task, task) for task in tasks))
            and stream.task not in running
        )

    group = given["log_group"] or group_of(one)
    print_excerpt(one, Excerpt(group, limit, *to_window(window), is_wanted), given)


def show_job_logs(place: Place, name: str | None, given: Given) -> None:
    """Of the newest tasks of all that the job has started, retries among them; of those that are named, all."""
    limit, window = to_excerpt(dict(given), follow=given["follow"])
    one = find_workload(place, name, given, jobs=True)
    group, tasks = group_of(one), given["tasks"]
    newest: frozenset[str] | None = None
    if not given["follow"] and not tasks:
        streams = newest_streams(logs_of(one), group, lambda stream: stream.is_of_task)
        newest = frozenset(list(dict.fromkeys(to_stream(found).task for found in streams))[: given["last"]])

    def is_wanted(stream: Stream) -> bool:
        if not stream.is_of_task:
            return bool(given["include_state_machine"])
        wanted = not tasks or any(is_meant(stream.task, task) for task in tasks)
        return wanted and (newest is None or stream.task in newest)

    print_excerpt(one, Excerpt(group, limit, *to_window(window), is_wanted), given)


def print_excerpt(one: Deployed, asked: Excerpt, given: Given) -> None:
    logs = session_for(one, asked.group).client("logs", one.env.record.region)
    with group_named(one, asked.group):
        lines = [] if given["follow"] else last_lines(logs, asked)
        unknown = None if lines else find_unknown(one, logs, asked.group, given)
    if unknown is not None:
        raise unknown
    if given["follow"]:
        with group_named(one, asked.group):
            print_lines(follow(logs, asked), as_json=given["as_json"])
        return
    print_lines(iter(lines), as_json=given["as_json"])
    if not lines:
        say(f"Nothing of that is in {asked.group}.")


@contextmanager
def group_named(one: Deployed, group: str) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise NotFound(
            f"there is no log group {group} in {one.env.record.region}",
            hint="`aws logs describe-log-groups` lists them; a workload whose `logging` goes elsewhere has none.",
        ) from error


def find_unknown(one: Deployed, logs: Client, group: str, given: Given) -> NotFound | None:
    """What is named and has printed nothing may print yet: a container that its tasks have, a task that runs."""
    if given.get("container") is not None and (unknown := unknown_container(one, logs, group, given["container"])):
        return unknown
    is_job = one.record.kind == Kind.JOB.value
    for wanted in () if is_job and given["follow"] else given["tasks"]:
        if newest_streams(logs, group, partial(is_of, wanted)):
            continue
        if is_job or not any(is_meant(task, wanted) for task in running_tasks(one)):
            status = f"`fig svc status --name {one.record.name} --env {one.env.name}` lists those that run."
            return NotFound(
                f"no task {wanted!r} of {one.record.name} has printed to {group}",
                hint="Leave `--tasks` out to see those that have." if is_job else status,
            )
    return None


def unknown_container(one: Deployed, logs: Client, group: str, wanted: str) -> NotFound | None:
    printed = {to_stream(found).container for found in newest_streams(logs, group, lambda stream: stream.is_of_task)}
    known = sorted({*printed, *(containers_of(one) if group == group_of(one) else ())})
    if wanted in known or newest_streams(logs, group, lambda stream: stream.container == wanted):
        return None
    names_of = " or ".join(f"`{each}`" for each in known)
    return NotFound(
        f"tasks of {one.record.name} have no container {wanted!r}",
        hint=f"Name {names_of}, or leave `--container` out." if known else "Leave `--container` out.",
    )


def is_of(task: str, stream: Stream) -> bool:
    return stream.is_of_task and is_meant(stream.task, task)


def containers_of(one: Deployed) -> Collection[str]:
    found = task_definition(one.env, one.env.stacks.resources(one.stack.name))
    return frozenset(each["name"] for each in found.get("containerDefinitions") or ())


def print_lines(lines: Iterator[LogLine], *, as_json: bool, alone: bool = False) -> None:
    """``alone``: all are of one container of one task, which nobody has to be told of."""
    colours: dict[str, str] = {}
    for line in lines:
        if as_json:
            at = datetime.fromtimestamp(line.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
            show_json({"task": line.stream.task, "container": line.stream.container, "time": at, "line": line.text})
            continue
        if alone:
            show(line.text)
            continue
        task = line.stream.task
        stream = f"{line.stream.container}/{task[:SHORT]}" if line.stream.is_of_task else task.partition("/")[0]
        colour = colours.setdefault(stream, COLOURS[len(colours) % len(COLOURS)])
        show(f"{click.style(stream, fg=colour)} {line.text}")


def running_tasks(one: Deployed) -> Collection[str]:
    ecs = one.env.session.client("ecs", one.env.record.region)
    return frozenset(map(to_id, tasks_of(ecs, service_of(one)[0], "RUNNING")))


def group_of(one: Deployed) -> str:
    return names.log_group(one.env.record.app, one.env.name, one.record.name)


def session_for(one: Deployed, group: str) -> Session:
    """Other groups are read by the user's own rights, as far as those reach the account."""
    return one.env.session if group.startswith(OURS) else session_that_stays(one.env)


def logs_of(one: Deployed) -> Any:
    return one.env.session.client("logs", one.env.record.region)


def to_window(given: Mapping[str, str]) -> tuple[int | None, int | None]:
    return to_ms(given.get("since")), to_ms(given.get("until"))


def to_ms(moment: str | None) -> int | None:
    """CloudWatch knows no time before 1970."""
    return None if moment is None else max(0, int(datetime.fromisoformat(moment).timestamp() * 1000))
