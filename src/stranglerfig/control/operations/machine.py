"""Everything at once: down, up, and what the journal says."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.control.operations.leftovers import remove_everything, require_stoppable
from stranglerfig.core.application import is_of_broker
from stranglerfig.core.claims import describe_listener
from stranglerfig.core.desired import Balancer, Proxy
from stranglerfig.errors import Conflict, FigError


async def bring_down(control: Control, *, purge: bool) -> tuple[str, ...]:
    """When this returns no listener is open and no task runs; the daemon ends soon after.

    HAProxy goes first, and finishes what it has: a task must not end under a request. With ``purge`` the books are
    emptied as well, journal included, and the next daemon starts as on the first day; what Docker may have left is
    told.
    """
    rest: tuple[str, ...] = ()
    if purge:
        await require_stoppable(control)
    await control.ledger.catch_up()
    control.books.set_running(running=False, reason="fig down")
    await control.applications.runner.stop_all("fig down")
    await control.router.stop()
    control.reconciler.wake_all()
    control.applications.scheduler.wake()
    await control.fleet.gone()
    if purge:
        rest = await remove_everything(control)
        for group in control.books.desired.groups:
            control.histories.forget(group)
        control.books.purge()
        control.refactoring.books.forget()
        control.stacks.books.forget()
        control.ledger.forget()
        control.shifts.books.forget()
        control.clear_traces()
    control.stop()
    return rest


async def bring_up(control: Control) -> None:
    """Listeners accept when this returns; tasks are starting. If all is up, it is seen to once more.

    Raises ``Conflict`` when the addresses of some cannot be opened. All else is up then, and they follow when they can.
    """
    was_running = control.books.desired.running
    await control.router.start()
    if not was_running:
        control.books.set_running(running=True, reason="fig up")
    try:
        await control.applier.follow()
    except FigError as error:
        if not was_running:
            control.books.set_running(running=False, reason=f"fig up failed: {error.message}")
            await control.router.stop()
        raise
    control.reconciler.wake_all()
    control.applications.scheduler.wake()
    refuse_waiting(control)


def refuse_waiting(control: Control) -> None:
    """Raises ``Conflict`` that names the first listener that waits for its address, and what helps its owner."""
    waiting, desired = control.router.waiting(), control.books.desired
    owners: list[Proxy | Balancer] = [*desired.proxies.values(), *desired.balancers.values()]
    # A broker's address may be on the network of an engine that is away, which whoever needs it is told.
    found = [one for one in owners if one.name in waiting and not is_of_broker(one.name)]
    if not found:
        return
    first = found[0]
    others = f", and {len(found) - 1} more wait likewise" if found[1:] else ""
    raise Conflict(
        f"fig is up, but {describe_listener(first)} does not answer: {waiting[first.name]}{others}",
        hint=f"It follows by itself as soon as its address is free (`ss -ltnp 'sport = :{first.port}'` shows who has "
        f"it). {_other_way(first)}".rstrip(),
    )


def _other_way(listener: Proxy | Balancer) -> str:
    """How it gets another port while that one is taken. Ports that fig chose have no manifest."""
    if isinstance(listener, Proxy):
        return f"Another port needs another proxy: `fig proxy create NAME --to {listener.default} --port PORT`."
    _, environment, *service = listener.name.split(".")
    if not service:
        file = f"copilot/environments/{environment}/manifest.yml"
        return f"Or write another `local.port` in {file}, and run `fig env deploy --name {environment}`."
    return f"Or write another `nlb.port` in the manifest of {service[0]}, and deploy it." if service[1:] else ""
