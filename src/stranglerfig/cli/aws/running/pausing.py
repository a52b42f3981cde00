"""`svc pause` and `svc resume` on AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.running.pausing import ServiceTasks, Waiting, find_tasks
from stranglerfig.aws.running.status import no_service
from stranglerfig.aws.stacks.values import Ended, Outcome
from stranglerfig.cli.aws.statuses import find_workload
from stranglerfig.cli.aws.work import wishes_of, working
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.output import done
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.svc.resume import resumed
from stranglerfig.errors import Conflict

Given = Mapping[str, Any]
Place = tuple[str, str]


def pause_service(place: Place, name: str | None, given: Given) -> None:
    one, tasks = find_one(place, name, given)
    name, env = one.record.name, one.env.name
    was_paused = tasks.is_paused
    if not tasks.usual and not tasks.wanted:
        raise nothing_runs(name, env, "pause")
    if not was_paused:
        confirm(f"Stop all tasks of {name} in {env}", yes=bool(given["yes"]))
    # Also of what is paused: its last tasks may still be leaving.
    with at_work(one, given, "Pausing") as waiting:
        tasks.pause(waiting)
    done(f"Service {strong(name)} is paused in {env}{', as it was' if was_paused else ''}.")
    follow_up(f"Run `fig svc resume --name {name} --env {env}` to start it again; a deploy does it, too.")


def resume_service(place: Place, name: str | None, given: Given) -> None:
    one, tasks = find_one(place, name, given)
    name, env = one.record.name, one.env.name
    if not tasks.usual:
        raise nothing_runs(name, env, "resume")
    with at_work(one, given, "Resuming") as waiting:
        was_paused = tasks.resume()
        tasks.wait_until_healthy(waiting)
    done(resumed(strong(name), env, was_paused=was_paused))


def nothing_runs(name: str, env: str, verb: str) -> Conflict:
    return Conflict(
        f"{name} was deployed to {env} with a count of 0: there is nothing to {verb}",
        hint=f"Mend `count` in its manifest, and run `fig svc deploy --name {name} --env {env}`.",
    )


def find_one(place: Place, name: str | None, given: Given) -> tuple[Deployed, ServiceTasks]:
    one = find_workload(place, name, given)
    tasks = find_tasks(one.env, one.record.name, one.stack)
    if tasks is None:
        raise no_service(one)
    return one, tasks


@contextmanager
def at_work(one: Deployed, given: Given, doing: str) -> Iterator[Waiting]:
    """Ctrl-C ends the waiting alone."""
    name, env = one.record.name, one.env.name
    left = f"ECS goes on with it: `fig svc status --name {name} --env {env}` shows how far it is."
    with working(wishes_of(given), left) as work:
        steps = work.steps(f"{doing} {name} in {env}")
        with work.step(steps):
            yield Waiting(steps.say, work.how(one.env.session).patience())
        work.end(steps, Outcome(Ended.DEPLOYED))
