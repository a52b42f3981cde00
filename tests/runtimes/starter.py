"""Stands for a control plane that is killed: starts tasks, prints what its books would hold, and waits.

Run as ``python -m tests.runtimes.starter LOG_DIR CWD COMMAND...``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import TaskIdentity
from stranglerfig.runtimes.process import ProcessRuntime
from tests.runtimes.programs import GROUP, TASK


async def main(log_dir: str, cwd: str, command: tuple[str, ...]) -> None:
    runtime = ProcessRuntime(Path(log_dir))
    task = await runtime.start(TASK, GROUP, 1, ProcessTargets(command=command, cwd=cwd))
    assert isinstance(task.identity, TaskIdentity)
    sys.stdout.write(json.dumps([task.port, task.identity.pid, task.identity.start_ticks]) + "\n")
    sys.stdout.flush()
    await runtime.watch()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], tuple(sys.argv[3:])))
