"""The local stand-in for SNS, SQS, S3 and DynamoDB: one broker for each environment that needs it.

It is moto's server, and runs as a target group like any other, behind a listener that keeps its port. It has everything
in memory, so whenever it was started anew it is brought to hold the topics and queues of what is deployed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.applier import Applier
from stranglerfig.control.apps.broker_contents import set_up
from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet, TaskRecord
from stranglerfig.control.history import Histories
from stranglerfig.control.ports import Router
from stranglerfig.core.application import Environment, Workload
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
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def url(self, app: str, environment: str) -> str | None:
        """None: nobody has asked for one yet."""
        balancer = self.books.desired.balancers.get(broker_name(app, environment))
        return None if balancer is None else f"http://{balancer.host}:{balancer.port}"

    async def ensure(self, environment: Environment, host: str, coming: Workload | None = None) -> str:
        """Its URL. When this returns, it answers at ``host`` and holds what it is to hold, that of ``coming`` too."""
        require_equipped()
        name = broker_name(environment.app, environment.name)
        async with self._turn:
            if name not in self.books.desired.balancers:
                balancer = Balancer(name, host, await self.router.claim(host, 0))
                undo = self.books.save_deployment(_to_group(name, self.home), (balancer,), "topics and queues")
                self.wake(name)
                await self.applier.follow(undo)
        await self._hold(environment.app, environment.name, coming)
        url = self.url(environment.app, environment.name)
        assert url is not None
        return url

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
        """When this returns, it is gone. Idempotent."""
        name = broker_name(app, environment)
        self._held.pop(name, None)
        if name not in self.books.desired.balancers:
            return
        undos = [self.books.delete_group(name, "its environment is deleted")]
        undos.append(self.books.delete_balancer(name, "its environment is deleted"))
        await self.applier.follow(*undos)
        self.wake(name)
        await self.fleet.gone(name)
        self.histories.forget(name)

    def held(self, app: str, environment: str) -> str | None:
        """The task that has been brought to hold what it is to hold."""
        held = self._held.get(broker_name(app, environment))
        return None if held is None else held[0]

    async def run(self) -> None:
        """Until cancelled: see to brokers that were started anew."""
        while True:
            pause_s = LOOK_S
            for name in [name for name in self.books.desired.balancers if name.endswith(SUFFIX)]:
                record, held = self._healthy(name), self._held.get(name)
                if record is not None and (held is None or held[0] != record.task.id):
                    app, environment = name.removesuffix(SUFFIX).split(".")
                    try:
                        await self._hold(app, environment)
                    except FigError as error:
                        log.warning("broker of %s.%s: %s", app, environment, error.message)
                        pause_s = LOOK_AFTER_FAILURE_S
            await asyncio.sleep(pause_s)

    async def _hold(self, app: str, environment: str, coming: Workload | None = None) -> None:
        name = broker_name(app, environment)
        async with self._turn:
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


#: No workload can be called so.
SUFFIX = "._broker"


def broker_name(app: str, environment: str) -> str:
    """Of its target group and its listener."""
    return f"{app}.{environment}{SUFFIX}"


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
        ingress=(Ingress("aws", name),),
    )
