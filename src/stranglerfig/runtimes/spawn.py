"""Starts one task's process, or says why it cannot be started; then nothing of it is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.errors import FigError, StateUnusable, Unavailable, UsageError
from stranglerfig.runtimes.census import MARK
from stranglerfig.runtimes.limits import to_launch_command, to_limits

#: the machine's fault, and one that may pass
PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


@dataclass(frozen=True, slots=True)
class Birth:
    """All that a task is born with. ``port`` 0: it does not listen. ``secrets`` are variables."""

    task_id: str
    group: str
    revision: int
    port: int
    log: Path
    spec: ProcessTargets
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def to_environment(birth: Birth, inherited: Mapping[str, str]) -> dict[str, str]:
    """The daemon's variables without its own, then the group's, then those that fig alone decides.

    Python buffers output that goes to a file until it ends; unless told otherwise, tasks do not, or a crash would take
    the lines that explain it along.
    """
    kept = {name: value for name, value in inherited.items() if not name.startswith("FIG_")}
    kept.pop("PORT", None)
    return {
        **kept,
        "HOST": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
        **dict(birth.spec.env),
        **birth.secrets,
        **({"PORT": str(birth.port)} if birth.port else {}),
        "FIG_TASK": birth.task_id,
        "FIG_TARGET": birth.group,
        "FIG_REVISION": str(birth.revision),
        MARK: str(birth.log),
    }


def check_spec(spec: ProcessTargets) -> None:
    if not spec.command or not spec.command[0]:
        raise UsageError("the command is empty", hint="Give it after `--`, as in `fig target run NAME -- COMMAND`.")
    if not Path(spec.cwd).is_dir():
        raise UsageError(
            f"cannot run `{spec.command[0]}` in {spec.cwd}: there is no such folder",
            hint="Run `fig target run` again in a folder that exists.",
        )
    if not os.access(spec.cwd, os.X_OK):
        raise UsageError(
            f"cannot run `{spec.command[0]}` in {spec.cwd}: this user may not enter the folder",
            hint="Run `fig target run` again in a folder that this user may enter.",
        )
    if any(name == "PORT" for name, _ in (*spec.env, *spec.secrets)):
        raise UsageError(
            "PORT cannot be set: every task is given its own",
            hint="Leave PORT out of the variables given to `fig target run`, and let the command read it.",
        )


async def start_process(birth: Birth) -> subprocess.Popen[bytes]:
    """A process in a session of its own that writes to its log file, so that it needs nobody of ours alive."""
    check_spec(birth.spec)
    with _open_log(birth.log) as log:
        limits = to_limits(birth.spec)
        try:
            if limits:
                return await _start_limited(birth, limits, log.fileno())
            return _start(birth, birth.spec.command, log.fileno())
        except OSError as error:
            raise to_start_error(birth.spec, error.errno or 0) from error
        except ValueError as error:
            raise UsageError(
                f"cannot run `{birth.spec.command[0]}`: {error}",
                hint="Mend the command or the variables given to `fig target run`.",
            ) from error


def to_start_error(spec: ProcessTargets, number: int) -> FigError:
    program, reason = spec.command[0], os.strerror(number).lower()
    again = "then `fig target run` again"
    match number:
        case errno.ENOENT if "/" in program and Path(spec.cwd, program).exists():
            return UsageError(
                f"cannot run `{program}`: the interpreter in its first line does not exist",
                hint=f"Mend the `#!` line of {program}, {again}.",
            )
        case errno.ENOENT | errno.ENOTDIR:
            return UsageError(
                f"cannot run `{program}`: command not found",
                hint=f"Check its name, give its full path or install it, {again}.",
            )
        case errno.EACCES:
            return UsageError(
                f"cannot run `{program}`: not executable",
                hint=f"Make it executable with `chmod +x {program}`, {again}.",
            )
        case errno.ENOEXEC:
            return UsageError(
                f"cannot run `{program}`: neither a program for this machine nor a script with a `#!` line",
                hint=f"Put the interpreter first, as in `sh {program}`, {again}.",
            )
        case _ if number in PASSING:
            return Unavailable(
                f"cannot run `{program}`: {reason}", hint="See with `fig doctor` what this machine is short of."
            )
        case _:
            return UsageError(f"cannot run `{program}`: {reason}", hint=f"Mend the command, {again}.")


def _open_log(path: Path) -> FileIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileIO(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise StateUnusable(
            f"cannot open the log file {path}: {os.strerror(error.errno or 0).lower()}",
            hint="See with `fig doctor` whether the disk is full or the folder is not ours.",
        ) from error


def _start(birth: Birth, command: tuple[str, ...], log: int, keep: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    # Not awaited and not in a thread: a caller that is cancelled must never leave a process nobody knows of.
    return subprocess.Popen(
        command,
        cwd=birth.spec.cwd,
        env=to_environment(birth, os.environ),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        pass_fds=keep,
    )


async def _start_limited(birth: Birth, limits: tuple[str, ...], log: int) -> subprocess.Popen[bytes]:
    reader, writer = os.pipe()
    try:
        process = _start(birth, to_launch_command(limits, birth.spec.command, writer), log, (writer,))
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    try:
        trouble = await asyncio.to_thread(_read_to_end, reader)
    except BaseException:
        end_process(process)
        raise
    if trouble:
        end_process(process)
        raise _to_launch_error(birth.spec, trouble)
    return process


def _read_to_end(reader: int) -> str:
    with FileIO(reader, "rb") as pipe:
        return pipe.readall().decode()


def end_process(process: subprocess.Popen[bytes]) -> None:
    """At once, with its group: for a task that nobody will ever know of."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _to_launch_error(spec: ProcessTargets, trouble: str) -> FigError:
    step, _, number = trouble.partition(" ")
    match step:
        case "exec" if int(number) == errno.ENOMEM and spec.memory_bytes is not None:
            return UsageError(
                f"cannot run `{spec.command[0]}`: it does not fit into {spec.memory_bytes} bytes of memory",
                hint="Give `fig target run` a larger memory limit.",
            )
        case "exec":
            return to_start_error(spec, int(number))
        case "RLIMIT_NOFILE":
            what = f"open files to {spec.open_files}"
        case _:
            what = f"memory to {spec.memory_bytes} bytes"
    return UsageError(
        f"cannot limit {what}: {os.strerror(int(number)).lower()}",
        hint="Ask `fig target run` for a lower limit, or raise this machine's own (see `ulimit -Ha`).",
    )
