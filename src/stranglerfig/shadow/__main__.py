"""The process beside the daemon: jobs come in on stdin, what they show goes out on stdout, one JSON document a line.

It gives way to everybody else, and ends when its stdin does: so the daemon's death is its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

from stranglerfig.core.compare.jobs import Job
from stranglerfig.core.json_values import from_json, to_json
from stranglerfig.shadow.beside import LONGEST_LINE
from stranglerfig.shadow.rounds import play
from stranglerfig.shadow.sender import Sender

log = logging.getLogger(__name__)


def give_way(niceness: int) -> None:
    """To everybody else. Where sessions share the processor evenly, that has to be said of the session as well."""
    os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def spare_searches() -> None:
    """httpcore looks for this library four times a request; where it is not there, that is a fifth of all the work."""
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = cast(ModuleType, None)


async def main(niceness: int) -> None:
    give_way(niceness)
    spare_searches()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    sender = Sender()
    under_way: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        task = asyncio.create_task(_work(sender, line))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


async def _work(sender: Sender, line: bytes) -> None:
    order = json.loads(line)
    try:
        compared = to_json(await play(sender, from_json(Job, order["job"])))
    except Exception:
        # One copy that fig stumbles over is lost; the others are not.
        log.exception("a copy could not be compared: a defect in fig")
        compared = None
    told = json.dumps({"number": order["number"], "compared": compared}, separators=(",", ":"))
    sys.stdout.buffer.write(told.encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
