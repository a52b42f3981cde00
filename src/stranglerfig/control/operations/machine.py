"""Everything at once: down, up, and what the journal says."""

from __future__ import annotations

from stranglerfig.control.context import Control


async def bring_down(control: Control, *, purge: bool) -> None:
    """When this returns no listener is open and no task runs; the daemon ends soon after.

    HAProxy goes first, and finishes what it has: a task must not end under a request. With ``purge`` the books are
    emptied as well, journal included, and the next daemon starts as on the first day.
    """
    control.books.set_running(running=False, reason="fig down")
    await control.router.stop()
    control.reconciler.wake_all()
    await control.fleet.gone()
    if purge:
        for group in control.books.desired.groups:
            control.histories.forget(group)
        control.books.purge()
        control.clear_logs()
    control.stop()


async def bring_up(control: Control) -> None:
    """Listeners accept when this returns; tasks are starting. Nothing happens if all is up."""
    if control.books.desired.running:
        return
    await control.router.start()
    control.books.set_running(running=True, reason="fig up")
    await control.applier.follow()
    control.reconciler.wake_all()
