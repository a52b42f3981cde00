"""The daemon: the only place that knows every adapter. Crash-only: what it holds is in the books or in HAProxy.

In this order: lock, books, tasks taken up again, data plane, API. Whoever asks the API finds everything in force.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from stranglerfig import __version__
from stranglerfig.control.apps.secret_files import SecretFiles
from stranglerfig.control.assembly import Bell, World, assemble
from stranglerfig.control.context import Control
from stranglerfig.control.operations.addresses import REACH_TIMEOUT_S
from stranglerfig.control.reconciler import DATA_PLANE
from stranglerfig.control.recovery import recover_tasks
from stranglerfig.control.server import serve_apps
from stranglerfig.control.settings import Settings, prepare
from stranglerfig.core.observed import TaskState
from stranglerfig.core.topology import HealthCheck, Tls
from stranglerfig.dataplane.counting import COUNTERS
from stranglerfig.dataplane.lines.receiver import receiving
from stranglerfig.dataplane.locate import find_haproxy
from stranglerfig.dataplane.machine import read_machine
from stranglerfig.dataplane.router import HaproxyRouter
from stranglerfig.errors import FigError
from stranglerfig.runtimes.docker.surroundings import Surroundings
from stranglerfig.runtimes.either import ContainerTasks, EitherRuntime
from stranglerfig.runtimes.probe import probe_address
from stranglerfig.runtimes.process import ProcessRuntime
from stranglerfig.shadow.beside import ProcessBeside
from stranglerfig.store.access_keys import SqliteKeys
from stranglerfig.store.apps import SqliteApps
from stranglerfig.store.ledger import SqliteLedger
from stranglerfig.store.lock import acquire
from stranglerfig.store.runs import SqliteRuns
from stranglerfig.store.shadows import SqliteShadows
from stranglerfig.store.shifts import SqliteShifts
from stranglerfig.store.spaces import SqliteSpaces
from stranglerfig.store.sqlite import open_store
from stranglerfig.store.stacks import SqliteStacks

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Until SIGTERM, SIGINT, or a request to end. Traffic and tasks go on. Raises what keeps it from starting."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.umask(0o077)
    prepare(settings)
    with acquire(settings.daemon_lock, started=datetime.now(UTC)):
        asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        store = open_store(settings.database)
        stack.callback(store.close)
        bell = Bell()
        secrets = SecretFiles(settings.secret_dir)
        processes = ProcessRuntime(settings.log_dir, on_change=bell.ring, secrets=secrets.value)
        runtime = EitherRuntime(settings.log_dir, processes, lambda: make_containers(settings, secrets, bell))
        stack.callback(runtime.close)
        surroundings = Surroundings(str(settings.home))
        stack.callback(surroundings.close)
        binary = find_haproxy(os.environ)
        machine = read_machine(binary, os.environ, tuple(map(str, settings.resolvers)))
        replayer = ProcessBeside()
        stack.push_async_callback(replayer.aclose)
        router = HaproxyRouter(settings.run_dir, binary, machine)
        control = assemble(
            World(
                store=store,
                runtime=runtime,
                router=router,
                reach=reach_address,
                home=str(settings.home),
                stop=stop.set,
                clear_traces=lambda: _clear_traces(settings),
                apps=SqliteApps(store),
                runs=SqliteRuns(store),
                secrets=secrets,
                spaces=SqliteSpaces(store),
                stacks=SqliteStacks(store),
                check=check_address,
                keys=SqliteKeys(store),
                shadows=SqliteShadows(store),
                replayer=replayer,
                ledger=SqliteLedger(store),
                shifts=SqliteShifts(store),
                identity=settings.api.identity,
                limits=settings.api.quotas,
                engine=surroundings,
            )
        )
        bell.listener = control.see_ended
        await stack.enter_async_context(receiving(settings.run_dir, control.lines.publish))
        await stack.enter_async_context(running(control, stop, runtime))
        await stack.enter_async_context(tended(router))
        await serve_apps(control, settings, stop)


@contextlib.asynccontextmanager
async def running(control: Control, stop: asyncio.Event, runtime: EitherRuntime) -> AsyncIterator[None]:
    """Everything but the API: taken up, in force, and watched until the block ends."""
    reconciler, applications = control.reconciler, control.applications
    control.books.read()
    control.refactoring.books.read()
    control.stacks.books.read()
    control.shadows.read()
    control.ledger.read()
    control.shifts.books.read()
    await applications.runner.adopt()
    records = await recover_tasks(control.books, control.fleet, control.runtime, control.reconciler.clock)
    if control.books.desired.running:
        await control.router.start()
        try:
            await control.applier.follow()
        except FigError as error:
            # HAProxy serves what it served before. A daemon that would not start could not be told what to mend.
            log.error("the data plane does not follow: %s", error.message)
            reconciler.loop.wake(DATA_PLANE)
    async with asyncio.TaskGroup() as group:
        watching = (
            *(runtime.watch(), control.meter.run(), applications.scheduler.run(), applications.brokers.run()),
            *(control.shadows.run(), control.ledger.run()),
        )
        shifting = group.create_task(control.shifts.loop.run(stop))
        looping = group.create_task(reconciler.loop.run(stop))
        await asyncio.sleep(0)
        for record in records:
            if record.task.state is not TaskState.EXITED:
                reconciler.loop.spawn(reconciler.executor.prober.watch(record), f"health of {record.task.id}")
        reconciler.wake_all()
        applications.runner.resume()
        control.refactoring.settler.resume()
        control.stacks.resume()
        control.shifts.resume()
        watchers = [group.create_task(one) for one in watching]
        log.info("fig %s serves %d proxies", __version__, len(control.books.desired.proxies))
        try:
            yield
        finally:
            stop.set()
            await looping
            await control.ledger.catch_up()
            await shifting
            for watcher in watchers:
                watcher.cancel()


@contextlib.asynccontextmanager
async def tended(router: HaproxyRouter) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tending = group.create_task(router.tend())
        try:
            yield
        finally:
            tending.cancel()


def make_containers(settings: Settings, secrets: SecretFiles, bell: Bell) -> ContainerTasks:
    # Loaded with the first task in Docker: the SDK takes long, and most machines have no engine.
    from stranglerfig.runtimes.docker.runtime import DockerRuntime

    return DockerRuntime(settings.log_dir, home=str(settings.home), secrets=secrets.value, on_change=bell.ring)


async def reach_address(host: str, port: int) -> str | None:
    answer = await probe_address(host, port, HealthCheck(timeout_s=REACH_TIMEOUT_S))
    return None if answer else f"it {answer.detail}"


async def check_address(host: str, port: int, health: HealthCheck, tls: Tls | None) -> str | None:
    answer = await probe_address(host, port, health, tls=tls)
    return None if answer else answer.detail


def _clear_traces(settings: Settings) -> None:
    """What tasks have printed, and what HAProxy has counted."""
    (settings.run_dir / COUNTERS).unlink(missing_ok=True)
    for entry in settings.log_dir.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
