"""What the control plane needs of the world. Adapters satisfy these by shape; tests run the real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from stranglerfig.core.access import AccessKey
from stranglerfig.core.application import App, Deployment, Environment
from stranglerfig.core.cloudformation.stacks.records import ChangeSet, Stack, StackEvent, StackResource
from stranglerfig.core.compare.jobs import Job
from stranglerfig.core.compare.report import Compared, EndpointReport
from stranglerfig.core.compare.shadow import Counts, Shadow
from stranglerfig.core.desired import Balancer, Desired, Proxy, Route, TargetGroup, TaskTargets
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.core.ledger.links import Link, Strength
from stranglerfig.core.ledger.records import Booking, Figures, Key, Mark, MarkOf, Side, Sighting
from stranglerfig.core.observed import ContainerIdentity, ObservedDataplane, ObservedTask, TaskIdentity
from stranglerfig.core.refactor_spaces.resources import Resource
from stranglerfig.core.runs import Run, RunKind
from stranglerfig.core.shift.record import Decision, ShiftRecord
from stranglerfig.core.topology import HealthCheck, Topology


class Router(Protocol):
    """HAProxy and its keeper. Every method raises ``Unavailable`` when HAProxy does not answer in time."""

    async def start(self) -> None:
        """Adopt the running keeper and HAProxy, or start them on the last good configuration. Idempotent."""

    async def claim(self, host: str, port: int) -> int:
        """Open the listening address now and return its port (a free one for 0). Raises ``Conflict`` if it is taken."""

    async def apply(self, topology: Topology) -> None:
        """Make HAProxy hold exactly this: by the runtime socket where it can, else by one hitless reload.

        Returns when every new request follows it and removed servers have no sessions left or 30 s are over. On failure
        the last good configuration stays in force. Listeners that may wait and cannot be opened follow when they can.
        Idempotent.
        """

    def waiting(self) -> Mapping[str, str]:
        """The listeners of the last ``apply`` that wait for their address, by name, and why it could not be opened."""

    async def observe(self) -> ObservedDataplane:
        """Health, sessions and running totals, read from every worker."""

    async def stop(self) -> None:
        """End HAProxy and keeper and close the listening sockets. Idempotent."""


class Runtime(Protocol):
    """Runs tasks. A task lives on when the control plane dies and is adopted again by its identity."""

    async def start(self, task_id: str, group: str, revision: int, spec: TaskTargets) -> ObservedTask:
        """Start one task on free loopback ports; port 0 if it does not listen.

        Raises ``UsageError`` when the command cannot be run at all.
        """

    async def adopt(
        self, task_id: str, group: str, revision: int, port: int, identity: TaskIdentity | ContainerIdentity
    ) -> ObservedTask:
        """Take a task of an earlier control plane back under watch; EXITED if that very one is gone."""

    async def probe(self, task_id: str, health: HealthCheck) -> bool:
        """One health check, bounded by its timeout. False for any answer that is not expected, and for none.

        True for a task without port that runs and has nothing of its own to say against that.
        """

    async def stop(self, task_id: str, grace_s: float) -> ObservedTask:
        """SIGTERM to the process group, ``grace_s`` later SIGKILL. Returns when the whole group is gone. Idempotent."""

    def observe(self) -> tuple[ObservedTask, ...]:
        """All tasks under watch, ended ones included until they are forgotten."""

    def forget(self, task_id: str) -> None:
        """Drop an ended task; its log files stay until the group's are pruned."""

    async def prune(self, group: str) -> tuple[str, ...]:
        """Remove the oldest logs of the group's ended tasks, and return whose."""

    async def remark(self, task_id: str) -> str:
        """Where a task listens that does not listen where it is asked; empty if it does, or listens nowhere yet."""

    async def diagnose(self, task_id: str) -> str:
        """Why the task is not healthy, as far as can be seen, with its last lines of output."""

    async def stop_strays(self, grace_s: float) -> tuple[str, ...]:
        """End the processes of tasks that were started but are not under watch, and return their ids.

        To be called once all tasks in the books are adopted.
        """

    def logs(
        self, group: str, *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
    ) -> AsyncIterator[tuple[str, str]]:
        """``(task id, line)`` of the group's tasks, ended ones too: the last ``tail`` lines of ``excerpt``, then on if
        ``follow``, which goes with no ``until``.
        """


class Store(Protocol):
    """The books. Every write is one transaction; a failed write raises ``StateUnusable`` and leaves the old state."""

    def desired(self) -> Desired:
        """The newest state in full."""

    def save_proxy(self, proxy: Proxy, reason: str) -> None:
        """Insert or replace, routes included, and journal ``reason``."""

    def delete_proxy(self, name: str, reason: str) -> None: ...

    def save_route(self, proxy: str, route: Route, reason: str) -> None:
        """Replace in its place, or add as the last. Raises ``NotFound`` for an unknown proxy."""

    def delete_route(self, proxy: str, route_id: str, reason: str) -> None:
        """Idempotent."""

    def save_group(self, group: TargetGroup, reason: str) -> None:
        """Insert or replace; every revision is kept."""

    def delete_group(self, name: str, reason: str) -> None:
        """With every revision. Idempotent."""

    def save_serving(self, name: str, revision: int | None, reason: str) -> None:
        """That revision is complete: its health check and ingress hold from now on. None: no revision's do."""

    def save_balancer(self, balancer: Balancer, reason: str) -> None:
        """Insert or replace."""

    def delete_balancer(self, name: str, reason: str) -> None:
        """Idempotent."""

    def group_revision(self, name: str, revision: int) -> TargetGroup | None:
        """An earlier revision of a target group."""

    def save_task(self, task: ObservedTask) -> None:
        """Insert or replace what is needed to adopt the task again."""

    def delete_task(self, task_id: str) -> None: ...

    def tasks(self) -> tuple[ObservedTask, ...]: ...

    def together(self) -> AbstractContextManager[None]:
        """All writes inside are one transaction: all of them come true, or none. Nothing may be awaited inside."""

    def set_running(self, *, running: bool, reason: str) -> None: ...

    def purge(self) -> None:
        """Forget everything, the journal too: what is left is what new books hold."""

    def journal(self, what: str, reason: str, *, subject: str = "") -> None:
        """Note a decision before it is acted upon."""

    def journal_entries(self, limit: int) -> tuple[tuple[str, str, str, str], ...]:
        """``(UTC time, subject, what, reason)``, newest first."""


class Engine(Protocol):
    """What Docker keeps for an environment beside its tasks. Raises ``Unavailable`` when it does not answer."""

    async def greet(self, what: str) -> None:
        """Return if the engine answers. ``what`` it is wanted for completes "cannot …"."""

    async def gateway(self, network: str) -> str:
        """This machine's own address in the network, which is made if it is not there."""

    async def clear(self, app: str, environment: str) -> None:
        """Remove the environment's network and volumes. Idempotent."""

    async def remove_images(self, app: str, *, keep: Collection[str], among: Collection[str] | None = None) -> None:
        """Of those that fig built for the application, by their ids; ``among`` None: all but ``keep``. One that a
        container uses stays. Idempotent."""


class AppStore(Protocol):
    """The books of applications; writes as in ``Store``."""

    def apps(self) -> tuple[App, ...]: ...

    def save_app(self, app: App, reason: str) -> None: ...

    def delete_app(self, name: str, reason: str) -> None:
        """With all its environments. Idempotent."""

    def environments(self, app: str | None = None) -> tuple[Environment, ...]:
        """By name; None: of every application."""

    def save_environment(self, environment: Environment, reason: str) -> None: ...

    def delete_environment(self, app: str, name: str, reason: str) -> None:
        """With deployments and runs. Idempotent."""

    def deployments(self, app: str | None = None, environment: str | None = None) -> tuple[Deployment, ...]:
        """The newest of each workload, by name; None: of all."""

    def scheduled(self) -> tuple[Deployment, ...]:
        """The newest of each job that has a schedule."""

    def deployment(self, app: str, environment: str, name: str, revision: int) -> Deployment | None: ...

    def save_deployment(self, deployment: Deployment, reason: str) -> None: ...

    def delete_workload(self, app: str, environment: str, name: str, reason: str) -> None:
        """With every revision, its runs and its place in the schedule. Idempotent."""


class RunStore(Protocol):
    """The books of what runs to its end; writes as in ``Store``."""

    def run(self, run_id: str) -> Run | None: ...

    def runs(self, app: str, environment: str, name: str | None = None) -> tuple[Run, ...]:
        """Newest first."""

    def going(self) -> tuple[Run, ...]:
        """Those that are not over, of every application."""

    def save_run(self, run: Run) -> None:
        """Insert or replace; the oldest of its name above a bound are dropped."""

    def delete_runs(self, app: str, environment: str, name: str, kind: RunKind) -> None:
        """Idempotent."""

    def moment(self, app: str, environment: str, name: str) -> float | None:
        """The last one that was seen to."""

    def save_moment(self, app: str, environment: str, name: str, moment: float, reason: str) -> None: ...


class SpaceStore(Protocol):
    """The books of Refactor Spaces; writes as in ``Store``. Times in UTC seconds."""

    def resources(self) -> tuple[Resource, ...]: ...

    def save_resource(self, resource: Resource, reason: str) -> None:
        """Insert or replace."""

    def delete_resource(self, resource_id: str, reason: str) -> None:
        """With its policy. Idempotent."""

    def policies(self) -> dict[str, str]:
        """By environment."""

    def save_policy(self, environment: str, policy: str | None) -> None:
        """None removes it."""

    def token(self, account: str, operation: str, token: str, now: float) -> tuple[str, str] | None:
        """A digest of the parameters that the token was first used with, and the id of what was made then."""

    def save_token(self, key: tuple[str, str, str], parameters: str, resource: str, now: float) -> None:
        """``key`` is account, operation and token. Old ones are dropped."""


class StackStore(Protocol):
    """The books of CloudFormation; writes as in ``Store``. Times in UTC seconds."""

    def stacks(self) -> tuple[Stack, ...]:
        """The oldest first; deleted ones too."""

    def save_stack(self, stack: Stack) -> None:
        """Insert or replace. Its status and reason are journaled."""

    def delete_stack(self, stack_id: str) -> None:
        """With all that belongs to it. Idempotent."""

    def resources(self, stack_id: str) -> tuple[StackResource, ...]: ...

    def save_resource(self, stack_id: str, resource: StackResource) -> None:
        """Insert or replace."""

    def delete_resource(self, stack_id: str, logical_id: str) -> None:
        """Idempotent."""

    def add_events(self, events: Collection[StackEvent]) -> None: ...

    def events(self, stack_id: str) -> tuple[StackEvent, ...]:
        """Newest first."""

    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]:
        """The oldest first."""

    def save_change_set(self, change_set: ChangeSet) -> None:
        """Insert or replace."""

    def delete_change_set(self, change_set_id: str) -> None:
        """Idempotent."""


class ShiftStore(Protocol):
    """The books of shifts; writes as in ``Store``. Decisions have numbers in the order in which they were made."""

    def shifts(self) -> tuple[ShiftRecord, ...]:
        """The oldest first; ended ones too."""

    def save_shift(self, record: ShiftRecord) -> None:
        """Insert or replace. The oldest that have ended are dropped above a bound."""

    def delete_shift(self, shift_id: str) -> None:
        """With its decisions. Idempotent."""

    def add_decision(self, record: ShiftRecord, decision: Decision) -> int:
        """Journaled too. Returns its number."""

    def complete_decision(self, number: int, decision: Decision) -> None:
        """It is the same one, with more of what was seen."""

    def decisions(self, shift_id: str) -> tuple[Decision, ...]:
        """The oldest first."""

    def untold(self, shift_id: str) -> tuple[tuple[int, Decision], ...]:
        """Those that its hooks are still to be told of, the oldest first."""

    def mark_told(self, number: int) -> None: ...


class AccessKeys(Protocol):
    """The books of the keys that open the AWS API; writes as in ``Store``. Secrets are in them."""

    def find(self, key_id: str) -> AccessKey | None: ...

    def all(self) -> tuple[AccessKey, ...]:
        """By name, and of one name the newest first."""

    def save(self, key: AccessKey, reason: str) -> None: ...

    def delete(self, key_id: str, reason: str) -> None:
        """Idempotent. It opens nothing any more when this returns."""


class ShadowStore(Protocol):
    """The books of shadows. A key is a proxy and a route."""

    def shadows(self) -> tuple[tuple[Shadow, Counts], ...]: ...

    def save_shadow(self, shadow: Shadow, reason: str) -> None:
        """Its report and counts stay."""

    def delete_shadow(self, key: tuple[str, str], reason: str) -> None:
        """With its report. Idempotent."""

    def reports(self, key: tuple[str, str]) -> tuple[EndpointReport, ...]: ...

    def save_reports(
        self, shadow: Shadow, counts: Counts, changed: Collection[EndpointReport], gone: Collection[tuple[str, str]]
    ) -> None:
        """Nothing of a shadow that is not there any more, or begun anew. ``gone`` are methods and endpoints."""


class Replayer(Protocol):
    """Asks both sides, and compares: beside the daemon, which is never kept waiting."""

    def offer(self, job: Job, is_over: Callable[[Compared | None], None]) -> bool:
        """False: there is no room. ``is_over`` is called once, in the daemon's loop; None: what came of it is lost."""

    def rest(self) -> None:
        """There is nothing to do for a while."""


class LedgerStore(Protocol):
    """The books of the ledger; writes as in ``Store``. Hours and days are counted from 1970, in UTC."""

    def sightings(self) -> dict[Key, Sighting]: ...

    def hours(self, since: int, listener: str | None = None) -> Iterator[tuple[int, Key, Figures]]:
        """From the hour ``since`` on, the oldest first."""

    def totals(self, since: int, listener: str | None = None) -> Iterator[tuple[Key, Figures]]:
        """From the hour ``since`` on, in parts that are to be added up."""

    def timeline(self, since: int, listener: str) -> Iterator[tuple[int, Side, int]]:
        """Requests by hour and side, the oldest first."""

    def add_days(self, before: int) -> None:
        """Add up the hours of each day before that one, so that ``totals`` need not."""

    def marks(self) -> dict[MarkOf, Mark]: ...

    def links(self, since: int) -> dict[Link, Strength]:
        """From the day ``since`` on, added up."""

    def save(self, booking: Booking) -> None:
        """All of it, or nothing. Figures replace those of the same key and hour."""

    def prune(self, *, hour: int, day: int, marks: Collection[MarkOf] = ()) -> None:
        """Forget what is older, and the marks."""
