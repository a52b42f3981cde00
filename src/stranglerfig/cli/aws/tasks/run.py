"""`task run` on AWS: the stack, then the tasks, then what they print until they end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from stranglerfig.aws.deleting import Deployed, deployed
from stranglerfig.aws.one_off.bringing import Wanted, bring
from stranglerfig.aws.one_off.inherited import network_of_workload
from stranglerfig.aws.one_off.place import TaskPlace, cluster_outside, network_of, network_outside
from stranglerfig.aws.one_off.runs import Copy, Order, look, start
from stranglerfig.aws.one_off.surroundings import check_network
from stranglerfig.aws.running.logs import MOST_LINES, Excerpt, Stream, follow
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.telling import Patience
from stranglerfig.aws.synth.names import task_log_group
from stranglerfig.aws.synth.workload.platform import USUAL
from stranglerfig.cli.app.init import split as split_list
from stranglerfig.cli.aws.log_lines import print_lines
from stranglerfig.cli.aws.stack_steps import StackSteps
from stranglerfig.cli.aws.statuses import SHORT
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.outcomes import exit_status_of, failures
from stranglerfig.cli.aws.tasks.places import flags_of, place_of
from stranglerfig.cli.aws.tasks.wanted import to_wanted
from stranglerfig.cli.aws.work import Work, wishes_of, working
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.output import done, fail, say
from stranglerfig.cli.progress.tree import Status
from stranglerfig.cli.task.following import RUNNING
from stranglerfig.cli.task.known import refuse_two_programs
from stranglerfig.errors import DeployFailed, FigError, NotFound, Unavailable, UsageError

Given = Mapping[str, Any]
SINCE_S = 3_600.0


def run_task(where: Where, name: str, given: Given) -> int:
    """The exit status: that of a container with ``follow``."""
    place = place_of(where, given)
    service = workload_of(place, given["service"]) if given["service"] else None
    if service is not None:
        refuse_two_programs(given)
    wanted = to_wanted(place, name, service, given)
    order = to_order(place, service, wanted, given)
    goes_on = f"It goes on: `fig task delete --name {name} {flags_of(where)}` ends it."
    with working(wishes_of(given), "The task was not started: the same command does that.") as work:
        steps = work.steps(f"Task {name}")
        with work.step(steps):
            copies = begin(place, wanted, order, work, steps)
            work.left = goes_on
            try:
                copies = until_running(place, copies, work, steps)
            except (Unavailable, UsageError):
                steps.note(goes_on)
                raise
        work.board.end(steps.step, Status.COMPLETE, detail="")
    done(f"Task {strong(name)} is started{f' in environment {strong(where.env)}' if where.env else ''}.")
    for one in copies:
        say(f"  {one.id[:SHORT]} of cluster {one.cluster.rpartition('/')[2]}")
    if given["follow"]:
        return follow_to_end(place, name, copies, goes_on)
    flags = f"--name {name} {flags_of(where)}"
    follow_up(f"Run `fig task logs {flags} --follow` to see what it prints.", f"`fig task delete {flags}` stops it.")
    return 0


def workload_of(place: TaskPlace, name: str) -> Deployed:
    if place.env is None:
        raise UsageError("--as names a service, which is in an environment", hint="Add `--env` with its name.")
    for one in deployed(place.env):
        if one.record.name == name:
            return one
    raise NotFound(
        f"no service or job {name} is in {place.env.name} of {place.env.record.app}",
        hint="`fig svc ls --target aws` lists what is deployed.",
    )


def to_order(place: TaskPlace, service: Deployed | None, wanted: Wanted, given: Given) -> Order:
    if place.env is not None:
        cluster, network = place.clusters()[0], network_of_workload(service) if service else network_of(place.env)
    else:
        subnets, groups = split_list(given["subnets"]), split_list(given["security_groups"])
        network = network_outside(place, subnets, groups)
        if subnets or groups:
            check_network(place, network)
        cluster = cluster_outside(place, given["cluster"])
    return Order(cluster, network, given["count"], (wanted.task.platform or USUAL)[0])


def to_how(place: TaskPlace, work: Work, steps: StackSteps) -> Deploying:
    return Deploying(
        place.session,
        place.region,
        telling=steps,
        interruption=work.interruption,
        agree=work.agree,
        upload=place.env.how.upload if place.env else None,
    )


def begin(place: TaskPlace, wanted: Wanted, order: Order, work: Work, steps: StackSteps) -> list[Copy]:
    how = to_how(place, work, steps)

    def tell(line: str) -> None:
        work.listen()
        steps.say(line)

    definition = bring(place, wanted, how, tell)
    tell("starting")
    return start(place, definition, order, how.patience())


def until_running(place: TaskPlace, copies: list[Copy], work: Work, steps: StackSteps) -> list[Copy]:
    """All of them, if they have not ended already. Raises ``DeployFailed`` when one cannot be started."""
    patience = Patience(work.interruption, 0)
    while not all(one.is_over or one.status == RUNNING for one in copies):
        patience.pause()
        copies = look(place, copies)
        counted = Counter(one.status.lower() for one in copies)
        steps.say(", ".join(f"{number} {status}" for status, number in counted.items()))
    work.listen()
    for one in copies:
        if one.is_over and one.exit_status is None:
            raise DeployFailed(
                f"task {one.id[:SHORT]} could not be started: {one.why or 'ECS gives no reason'}",
                hint="Mend the reason, and run the command again.",
            )
    return copies


def follow_to_end(place: TaskPlace, name: str, copies: Sequence[Copy], goes_on: str) -> int:
    ids, seen = {one.id for one in copies}, list(copies)

    def is_over() -> bool:
        seen[:] = look(place, seen)
        return all(one.is_over for one in seen)

    def is_meant(stream: Stream) -> bool:
        return stream.task in ids

    # Clocks differ, and of these tasks nothing is older.
    since_ms = int((time.time() - SINCE_S) * 1000)
    lines = follow(place.client("logs"), Excerpt(task_log_group(name), MOST_LINES, since_ms, None, is_meant), is_over)
    try:
        print_lines(lines, as_json=False, alone=len(copies) == 1)
    except (KeyboardInterrupt, FigError):
        say(goes_on)
        raise
    for sentence in failures(name, seen):
        fail(sentence, None)
    return exit_status_of(seen)
