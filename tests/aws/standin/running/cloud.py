"""A thread that makes what is in moto run, and tells moto of it, for as long as a test lasts.

It looks whenever something has been asked for that may change something, and while anything is on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.moto_api import state_manager

from stranglerfig.aws.session import Access, open_session
from stranglerfig.core.routing.rules import Forward
from stranglerfig.core.topology import Topology
from stranglerfig.dataplane.keeper_client import Keeper as HaproxyKeeper
from stranglerfig.dataplane.locate import find_haproxy
from stranglerfig.dataplane.machine import read_machine
from stranglerfig.dataplane.router import HaproxyRouter
from stranglerfig.errors import Unavailable
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud
from tests.aws.standin.containers import FARGATE
from tests.aws.standin.formation import SCRIPT
from tests.aws.standin.running.balancer import Balancer
from tests.aws.standin.running.figures import Figures
from tests.aws.standin.running.one_off import OneOffs
from tests.aws.standin.running.services import BROKEN, Copy, Keeper
from tests.aws.standin.running.targets import Membership, to_target_group
from tests.aws.standin.running.tasks import Program, Tasks
from tests.aws.standin.running.told import tell_log, tell_service, tell_task
from tests.aws.standin.running.topology import LOOPBACK, to_topology

#: how much faster time goes than target groups say: a check of every 30 s is one of every 0.3 s
PACE = 100.0
ROUND_S = 0.05
FIGURES_EVERY_S = 0.3
FAREWELL_S = 0.3
#: of a task that has ended
LAST_LINES = 20
#: for a thread that starts or ends
PATIENCE_S = 60.0

#: reason; empty when all is as it should be
Conclude = Callable[[str], None]


@dataclass
class Settling:
    """A stack that waits for its services: revisions by ARN."""

    services: dict[str, str]
    conclude: Conclude


@dataclass
class RunningCloud:
    cloud: Cloud
    programs: Mapping[str, Program]
    pace: float
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    keepers: list[Keeper] = field(default_factory=list)
    settling: list[Settling] = field(default_factory=list)
    trouble: list[BaseException] = field(default_factory=list)
    rounds: int = 0
    held: Topology | None = None
    began: float = field(default_factory=time.time)
    _over: threading.Event = field(default_factory=threading.Event)
    _begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.ecs = ecs_backends[ACCOUNT][REGION]
        self.elb = elbv2_backends[ACCOUNT][REGION]
        self.logs = logs_backends[ACCOUNT][REGION]

    def now(self) -> float:
        """UTC seconds of the time that goes faster here: checks, drains and figures are in it."""
        return self.began + (time.time() - self.began) * self.pace

    def port(self, dns_name: str, port: int = 80) -> int:
        """Of this machine, where a listener of a balancer is reached."""
        for balancer in list(self.elb.load_balancers.values()):
            for listener in list(balancer.listeners.values()):
                if balancer.dns_name == dns_name and int(listener.port) == port:
                    return self.ports[listener.arn]
        raise AssertionError(f"{dns_name} does not listen at {port}")

    def keeper(self, service: str) -> Keeper:
        """By the beginning of its name, which has random letters at its end."""
        return next(one for one in reversed(self.keepers) if one.service.name.startswith(service))

    def keeper_of(self, arn: str) -> Keeper | None:
        """The youngest: a service that was deleted may have come back."""
        return next((one for one in reversed(self.keepers) if one.service.arn == arn), None)

    def kill_task(self, task_id: str) -> None:
        """As a machine that fails does."""
        os.killpg(self.tasks.pid(task_id), signal.SIGKILL)

    def go_round(self, times: int) -> None:
        """Comes back when as many looks at everything are over."""
        goal = self.rounds + times
        while self.rounds < goal:
            time.sleep(ROUND_S)

    def settle(self, services: set[str], conclude: Conclude) -> None:
        """For stacks: ``conclude`` is called once the services are steady, or will never be."""
        found = [one for one in list(self.ecs.services.values()) if one.arn in services]
        wanted = {one.arn: str(one.task_definition) for one in found}
        self.settling.append(Settling(wanted, conclude))

    async def run(self) -> None:
        binary = find_haproxy({})
        run_dir = self.folder / "run"
        run_dir.mkdir(mode=0o700)
        router = HaproxyRouter(run_dir, binary, read_machine(binary, {}))
        self.tasks = Tasks(self.folder, self.programs)
        self.one_offs = OneOffs(self.ecs, self.logs, self.tasks)
        balancer = Balancer(router)
        self.members = Membership(self.pace, lambda: None, self.settled, balancer.is_busy, balancer.cut_off)
        await router.start()
        beside = [asyncio.create_task(one) for one in (self.tasks.runtime.watch(), self.count(router))]
        self._begun.set()
        try:
            while not self._over.is_set():
                for task in beside:
                    if task.done():
                        task.result()
                await self.round(router, balancer)
                await asyncio.sleep(ROUND_S)
        finally:
            for task in beside:
                task.cancel()
            router.close()
            await HaproxyKeeper(run_dir).stop(FAREWELL_S)
            await self.tasks.stop_all()

    async def round(self, router: HaproxyRouter, balancer: Balancer) -> None:
        # Rules before groups: what a rule leads to was there before it.
        listeners = await self.listeners(router)
        self.members.follow({one.arn: to_target_group(one) for one in list(self.elb.target_groups.values())})
        known = {id(one.service) for one in self.keepers}
        for service in [one for one in list(self.ecs.services.values()) if id(one) not in known]:
            find = self.ecs.describe_task_definition
            self.keepers.append(Keeper(service, find, self.tasks, self.members, self.tell_task))
        for keeper in self.keepers:
            await keeper.step()
        await self.one_offs.step()
        groups = {arn: (group, self.members.servers(arn)) for arn, group in self.members.groups.items()}
        wanted = to_topology(listeners, groups)
        if wanted != self.held and is_complete(wanted):
            await balancer.apply(wanted)
            self.held = wanted
        self.rounds += 1
        self.tell()
        self.conclude()

    async def count(self, router: HaproxyRouter) -> None:
        figures = Figures(open_session(Access()).client("cloudwatch"), self.now)
        while True:
            await asyncio.sleep(FIGURES_EVERY_S)
            # Whoever is too busy to answer now does so the next time.
            with contextlib.suppress(Unavailable):
                observed = await router.observe()
                await asyncio.to_thread(figures.put, observed.groups, list(self.elb.target_groups.values()))

    async def settled(self) -> None:
        """The round that is on its way may have begun too early."""
        goal = self.rounds + 2
        while self.rounds < goal:  # noqa: ASYNC110
            await asyncio.sleep(ROUND_S)

    async def listeners(self, router: HaproxyRouter) -> dict[str, tuple[int, list[Any]]]:
        found: dict[str, tuple[int, list[Any]]] = {}
        for balancer in list(self.elb.load_balancers.values()):
            for listener in list(balancer.listeners.values()):
                if listener.arn not in self.ports:
                    self.ports[listener.arn] = await router.claim(LOOPBACK, 0)
                found[listener.arn] = (self.ports[listener.arn], list(listener.rules.values()))
        return found

    def tell(self) -> None:
        for arn in self.members.groups:
            group: Any = self.elb.target_groups.get(arn)
            if group is not None:
                group.seen = self.members.healths(arn)
        for keeper in self.keepers:
            tell_service(keeper)

    def tell_task(self, keeper: Keeper, copy: Copy) -> None:
        if tell_task(self.ecs, keeper, copy):
            definition = self.ecs.describe_task_definition(copy.rollout.definition)
            lines = self.tasks.lines(keeper.group, copy.process.id)
            tell_log(self.logs, definition, copy.process.id, lines[-LAST_LINES:])

    def conclude(self) -> None:
        for one in list(self.settling):
            waiting = {arn: keeper for arn in one.services if (keeper := self.keeper_of(arn)) is not None}
            reasons = [BROKEN for arn, keeper in waiting.items() if one.services[arn] in keeper.broken]
            steady = [keeper.is_steady and keeper.is_at(one.services[arn]) for arn, keeper in waiting.items()]
            if reasons or (len(waiting) == len(one.services) and all(steady)):
                self.settling.remove(one)
                one.conclude(reasons[0] if reasons else "")


def is_complete(topology: Topology) -> bool:
    """False while a group goes that a rule still leads to: soon the rule will be gone, too."""
    known = {group.name for group in topology.groups}
    actions = [rule.action for listener in topology.listeners for rule in listener.rules]
    return all(one.group in known for action in actions if isinstance(action, Forward) for one in action.groups)


@contextlib.contextmanager
def running(cloud: Cloud, programs: Mapping[str, Program], *, pace: float = PACE) -> Iterator[RunningCloud]:
    """``programs`` by image."""
    # Sockets live below it, and their paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="aws", dir="/tmp"))
    found = RunningCloud(cloud, programs, pace, folder)

    def work() -> None:
        try:
            asyncio.run(found.run())
        except BaseException as error:  # noqa: BLE001 - it is raised where the test ends
            traceback.print_exception(error)
            found.trouble.append(error)
            for one in found.settling:
                one.conclude(f"the stand-in has failed: {error!r}")

    thread = threading.Thread(target=work, name="running cloud", daemon=True)
    thread.start()
    assert found._begun.wait(PATIENCE_S), "HAProxy does not start"
    SCRIPT.settle, FARGATE.first_status = found.settle, "PROVISIONING"
    # moto would have tasks end for being looked at.
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})
    try:
        with cloud.clock_of(found.now):
            yield found
    finally:
        SCRIPT.settle, FARGATE.first_status = None, "RUNNING"
        state_manager.unset_transition("ecs::task")
        found._over.set()
        thread.join(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)
    assert not found.trouble, found.trouble
