"""Starts the real daemon again and again, and has it kill itself at one moment of one transition of a shift.

A line on stdin starts a daemon, which is answered with its pid; the next one is started when that has ended. It is a
child of this process, which has loaded everything: that takes longer than all else at a start. What it is to die at
stands in ``ORDERS``, a file of JSON that may be written at any time: ``{"route", "phase", "event", "death"}``. It kills
itself by SIGKILL at the first such transition, and leaves in ``DEATH`` what that was, with its ``step``.

Nothing is changed but for looking on: each function that is wrapped here does what it always does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

ORDERS, DEATH = "orders.json", "death.json"
#: within the transaction of the decision; once that is through; once HAProxy follows, before anybody is told
BEFORE_COMMIT, BEFORE_ACTING, AFTER_ACTING = DEATHS = ("before commit", "before acting", "after acting")


class Fate:
    """What the daemon is to die at, and whether it has come to that transition."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: what is to stand in ``DEATH``
        self.told: dict[str, Any] = {}
        #: the shift whose transition it is, and the moment
        self.doomed: tuple[str, str] | None = None

    def see(self, record: Any, event: Any) -> None:
        """The transition begins."""
        try:
            orders = json.loads((self.folder / ORDERS).read_text())
        except FileNotFoundError:
            return
        found = (record.route, record.shift.phase.value, event.value)
        if found == (orders["route"], orders["phase"], orders["event"]):
            self.told = {**orders, "step": record.shift.step}
            self.doomed = (record.id, orders["death"])

    def come(self, shift: str, *moments: str) -> None:
        """``moments`` are those that these are; none: all of them."""
        if self.doomed is None or self.doomed[0] != shift or self.doomed[1] not in (moments or DEATHS):
            return
        (self.folder / DEATH).write_text(json.dumps(self.told))
        os.kill(os.getpid(), signal.SIGKILL)


def watch(fate: Fate) -> None:
    from stranglerfig.control.shifts.books import ShiftBooks
    from stranglerfig.control.shifts.shifts import Shifts
    from stranglerfig.control.shifts.telling import Teller
    from stranglerfig.store.shifts import SqliteShifts

    def decide(go_on: Callable[..., Any], shifts: Any, record: Any, event: Any, *more: Any) -> Any:
        fate.see(record, event)
        done = go_on(shifts, record, event, *more)
        if done[0] is record:
            # The table has it stay where it is: nothing is committed, and there is but one moment.
            fate.come(record.id)
        return done

    def write(go_on: Callable[..., Any], store: Any, record: Any, decision: Any) -> Any:
        done = go_on(store, record, decision)
        fate.come(record.id, BEFORE_COMMIT)
        return done

    def hold(go_on: Callable[..., Any], books: Any, records: Any) -> None:
        for record in records:
            fate.come(record.id, BEFORE_ACTING)
        go_on(books, records)

    def tell(go_on: Callable[..., Any], teller: Any, record: Any) -> None:
        fate.come(record.id, AFTER_ACTING)
        go_on(teller, record)

    for holder, name, around in (
        (Shifts, "_advance", decide),
        (SqliteShifts, "add_decision", write),
        (ShiftBooks, "hold", hold),
        (Teller, "tell", tell),
    ):
        setattr(holder, name, wrapped(getattr(holder, name), around))


def wrapped(function: Callable[..., Any], around: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any) -> Any:
        return around(function, *args)

    return call


def become_the_daemon(home: Path) -> None:
    """As the command line starts it: in a session of its own, its words in the log."""
    from stranglerfig.cli.main import main

    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(home / "log" / "daemon.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, stream in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, stream)
    watch(Fate(home))
    sys.argv = ["fig", "daemon", "run"]
    main()


def load_everything() -> None:
    import stranglerfig.cli.daemon.run
    import stranglerfig.control.daemon
    import stranglerfig.control.server  # noqa: F401 - to be there


if __name__ == "__main__":
    load_everything()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            become_the_daemon(Path(os.environ["FIG_HOME"]))
        print(child, flush=True)  # noqa: T201 - whoever started this reads it
        os.waitpid(child, 0)
