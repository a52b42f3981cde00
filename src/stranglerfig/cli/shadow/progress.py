"""Runs a replay while saying how far it is; the first Ctrl-C ends it with what was seen, the next one at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING

from stranglerfig.cli.output import say
from stranglerfig.shadow.replay import Replay
from stranglerfig.shadow.sender import Sender

if TYPE_CHECKING:
    from stranglerfig.core.compare.report import Report
    from stranglerfig.core.traffic.har import Entry
    from stranglerfig.shadow.replay import Wishes

#: on a terminal the line is drawn anew, elsewhere each is one more in a log
EVERY_S = 0.2
EVERY_IN_LOG_S = 10.0


async def run_with_progress(entries: list[Entry], wishes: Wishes) -> tuple[Report, bool]:
    sender, stop = Sender(), asyncio.Event()
    replay = Replay(sender, wishes)
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, interrupt)
    telling = asyncio.create_task(_tell(replay, len(entries)))
    try:
        await replay.run(entries, stop)
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        await sender.close()
    return replay.report, not stop.is_set()


async def _tell(replay: Replay, total: int) -> None:
    in_place = sys.stderr.isatty()
    while True:
        await asyncio.sleep(EVERY_S if in_place else EVERY_IN_LOG_S)
        line = f"{replay.sent:,} of {total:,} sent, {replay.report.different:,} differ"
        if in_place:
            sys.stderr.write(f"\r{line}\033[K")
            sys.stderr.flush()
        else:
            say(line)
