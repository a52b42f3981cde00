"""Memory and open-file limits of a task, in force before its first instruction.

Without a cgroup, which needs rights that fig does not ask for, ``RLIMIT_AS`` is the only memory limit the kernel keeps.
It counts address space, not memory in use: programs that reserve far more than they touch (Node, Java, Go with cgo)
need a generous value or none. Every process of the task has the limit for itself.

The limits are set by a small launcher that then becomes the task. The alternatives lose: ``preexec_fn`` may deadlock in
a program with threads, ``prlimit`` on the running child comes too late for what it did first, and a shell's ``ulimit``
drops variables whose names it cannot spell and hides why a command did not start. It costs about 10 ms, and only for
tasks that have a limit.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.errors import UsageError
from stranglerfig.runtimes import launch


def to_limits(spec: ProcessTargets) -> tuple[str, ...]:
    """``RESOURCE=VALUE`` for each limit asked for."""
    wanted = {"RLIMIT_AS": spec.memory_bytes, "RLIMIT_NOFILE": spec.open_files}
    if any(value is not None and value < 1 for value in wanted.values()):
        raise UsageError(
            "a limit must be at least 1", hint="Give `fig target run` a positive number, or leave the limit out."
        )
    return tuple(f"{name}={value}" for name, value in wanted.items() if value is not None)


def to_launch_command(limits: tuple[str, ...], command: tuple[str, ...], error_fd: int) -> tuple[str, ...]:
    launcher = str(Path(launch.__file__).resolve())
    return (sys.executable, "-I", "-S", launcher, str(error_fd), *limits, "--", *command)
