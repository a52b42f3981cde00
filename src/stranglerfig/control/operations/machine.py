"""Everything at once: down, up, and what the journal says."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.control.operations.leftovers import remove_everything, require_stoppable
from stranglerfig.errors import FigError


async def bring_down(control: Control, *, purge: bool) -> tuple[str, ...]:
    """When this returns no listener is open and no task runs; the daemon ends soon after.

    HAProxy goes first, and finishes what it has: a task must not end under a request. With ``purge`` the books are
    emptied as well, journal included, and the next daemon starts as on the first day. What
    Docker may have left is told.
    """
    rest: tuple[str, ...] = ()
    if purge:
        await require_stoppable(control)
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
        control.clear_logs()
    control.stop()
    return rest


async def bring_up(control: Control) -> None:
    """Listeners accept when this returns; tasks are starting. If all is up, it is seen to once more.

    If it fails, an address being taken, say, all stays down: half a façade would be taken for a whole one.
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
