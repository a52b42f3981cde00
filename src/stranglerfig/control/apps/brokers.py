"""The local stand-in for SNS, SQS, S3 and DynamoDB: one broker for each environment that needs it.

It is moto's server, and runs as a target group like any other, behind a listener that keeps its port. It has everything
in memory, so whenever it was started anew it is brought to hold the topics and queues of what is deployed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from stranglerfig.control.applier import Applier
from stranglerfig.control.apps.broker_contents import set_up
from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet, TaskRecord
from stranglerfig.control.history import Histories
from stranglerfig.control.ports import Router
from stranglerfig.core.application import Environment, Runtime, Workload, broker_name, is_of_broker
from stranglerfig.core.desired import Balancer, Ingress, ProcessTargets, TargetGroup
from stranglerfig.core.messaging import Layout
from stranglerfig.core.observed import TaskState
from stranglerfig.errors import DeployFailed, FigError, Unequipped

log = logging.getLogger(__name__)

LOOK_S = 0.5
LOOK_AFTER_FAILURE_S = 5.0
READY_LOOK_S = 0.05
READY_WITHIN_S = 60.0
#: ``PORT`` is given by the runtime. A shell, for the server takes it as an argument.
COMMAND = ("/bin/sh", "-c", 'exec "$0" -m moto.server -H 127.0.0.1 -p "$PORT"', sys.executable)


@dataclass(slots=True, eq=False)
class Brokers:
    """``layout`` is what the broker of an environment is to hold, that of a workload included which is being deployed.

    ``wake`` has a target group looked at.
    """

    books: Books
    applier: Applier
    fleet: Fleet
    histories: Histories
    router: Router
    wake: Callable[[str], None]
    layout: Callable[[str, str, Workload | None], Layout]
    home: str
    _held: dict[str, tuple[str, Layout]] = field(default_factory=dict)
    #: by environment: one whose broker is slow does not keep the others waiting
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _tended: set[str] = field(default_factory=set)

    def url(self, environment: Environment) -> str | None:
        """Where the tasks of its runtime reach it. None: nobody has asked for that yet."""
        is_near = environment.runtime is Runtime.PROCESS
        own = self._listeners(broker_name(environment.app, environment.name))
        return next((_to_url(listener) for listener in own if is_loopback(listener.host) is is_near), None)

    async def ensure(self, environment: Environment, host: str, coming: Workload | None = None) -> str:
        """Its URL. When this returns, it answers at ``host`` and holds what it is to hold, that of ``coming`` too."""
        require_equipped()
        name = broker_name(environment.app, environment.name)
        async with self._turns[name]:
            listener = await self._listen(name, host)
        await self._hold(environment.app, environment.name, coming)
        return _to_url(listener)

    async def refresh(self, app: str, environment: str) -> None:
        """Have it hold what is deployed now, if there is one: a workload that is gone takes its queues along.

        If that cannot be done now, it is done as soon as it can.
        """
        name = broker_name(app, environment)
        if self._healthy(name) is None:
            self._held.pop(name, None)
            return
        try:
            await self._hold(app, environment)
        except FigError as error:
            log.warning("broker of %s.%s: %s", app, environment, error.message)
            self._held.pop(name, None)

    async def remove(self, app: str, environment: str) -> None:
        """When this returns, it is gone. Idempotent, also where only a part of it is there."""
        name, reason = broker_name(app, environment), "its environment is deleted"
        self._held.pop(name, None)
        undos = [self.books.delete_group(name, reason)] if name in self.books.desired.groups else []
        undos += [self.books.delete_balancer(listener.name, reason) for listener in self._listeners(name)]
        await self.applier.follow(*undos)
        self.wake(name)
        await self.fleet.gone(name)
        self.histories.forget(name)

    def held(self, app: str, environment: str) -> str | None:
        """The task that has been brought to hold what it is to hold."""
        held = self._held.get(broker_name(app, environment))
        return None if held is None else held[0]

    def is_busy(self, app: str, environment: str) -> bool:
        """Whether it is being opened or brought to hold what it is to hold."""
        return self._turns[broker_name(app, environment)].locked()

    async def run(self) -> None:
        """Until cancelled: see to brokers that were started anew."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for name in filter(is_of_broker, self.books.desired.groups):
                    record, held = self._healthy(name), self._held.get(name)
                    is_new = record is not None and (held is None or held[0] != record.task.id)
                    if is_new and name not in self._tended:
                        self._tended.add(name)
                        tasks.create_task(self._tend(name))
                await asyncio.sleep(LOOK_S)

    async def _tend(self, name: str) -> None:
        app, environment, _ = name.split(".")
        try:
            await self._hold(app, environment)
        except FigError as error:
            log.warning("broker of %s.%s: %s", app, environment, error.message)
            await asyncio.sleep(LOOK_AFTER_FAILURE_S)
        finally:
            self._tended.discard(name)

    def _listeners(self, name: str) -> list[Balancer]:
        """One where processes of this machine reach it, one where containers do, if both have asked for it."""
        there = self.books.desired.balancers
        return [there[one] for one in (name, f"{name}.other") if one in there]

    async def _listen(self, name: str, host: str) -> Balancer:
        """The one at ``host``. One that was made for the environment's other runtime stays: tasks may have its URL."""
        own = self._listeners(name)
        there = next((listener for listener in own if listener.host == host), None)
        if there is not None and name in self.books.desired.groups:
            # It may have waited for its address till now.
            await self.router.claim(host, there.port)
            await self.applier.follow()
            return there
        moved = next((listener for listener in own if is_loopback(listener.host) is is_loopback(host)), None)
        called = moved.name if moved is not None else f"{name}.other" if own else name
        # Without its group a listener keeps its port: tasks may have its URL.
        listener = Balancer(called, host, await self.router.claim(host, there.port if there is not None else 0))
        group = self.books.desired.groups.get(name) or _to_group(name, self.home)
        names = sorted({*(one.name for one in own), called})
        group = replace(group, ingress=tuple(Ingress("aws" if one == name else "aws-other", one) for one in names))
        undo = self.books.save_deployment(group, (listener,), f"topics and queues at {host}")
        self.wake(name)
        await self.applier.follow(undo)
        return listener

    async def _hold(self, app: str, environment: str, coming: Workload | None = None) -> None:
        name = broker_name(app, environment)
        async with self._turns[name]:
            record = await self._ready(name)
            wanted = (record.task.id, self.layout(app, environment, coming))
            if self._held.get(name) != wanted:
                await set_up(f"http://127.0.0.1:{record.task.port}", wanted[1])
                self._held[name] = wanted

    async def _ready(self, name: str) -> TaskRecord:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while True:
                    record = self._healthy(name)
                    if record is not None:
                        return record
                    await asyncio.sleep(READY_LOOK_S)
        except TimeoutError as error:
            raise DeployFailed(
                f"the local broker does not start: {self.histories.problem(name) or 'it does not answer'}",
                hint="`fig journal` tells what became of it; repeat the deploy once it is mended.",
            ) from error

    def _healthy(self, name: str) -> TaskRecord | None:
        healthy = [record for record in self.fleet.of(name) if record.task.state is TaskState.HEALTHY]
        return healthy[-1] if healthy else None


def is_loopback(host: str) -> bool:
    return ip_address(host).is_loopback


def _to_url(listener: Balancer) -> str:
    return f"http://{listener.host}:{listener.port}"


def require_equipped() -> None:
    # Not imported: it would take long, and stay in memory.
    if any(importlib.util.find_spec(library) is None for library in ("moto", "boto3", "flask")):
        raise Unequipped(
            "topics and queues need a local broker, which is not installed",
            hint="Install it with `pip install 'stranglerfig[queues]'` and run `fig daemon stop`: traffic goes on.",
        )


def _to_group(name: str, home: str) -> TargetGroup:
    return TargetGroup(
        name,
        ProcessTargets(COMMAND, home, start_timeout_s=READY_WITHIN_S, recreate=True),
        drain_s=1.0,
    )
