"""Runs a command whose output is passed on as it comes, and ends its last line where the command did not."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

PART_BYTES = 64 * 1024


def run_forwarded(argv: Sequence[str], *, cwd: str, env: Mapping[str, str]) -> int:
    """All that it prints goes to stderr. Gives its exit status."""
    sys.stderr.flush()
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(argv, cwd=cwd, env=env, stdout=writer, stderr=writer)
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    last = _forward_to_end(reader, process)
    if last not in (b"", b"\n"):
        _write(b"\n")
    # Of what it left running, which could not print any more if nobody read.
    threading.Thread(target=_forward_rest, args=(reader,), daemon=True).start()
    return process.wait()


def _forward_to_end(reader: int, process: subprocess.Popen[bytes]) -> bytes:
    """Until the command itself has ended and what it printed is passed on. Gives the last byte."""
    last, left = b"", PART_BYTES
    end = os.pidfd_open(process.pid)
    try:
        while left > 0:
            ready, _, _ = select.select([reader, end], [], [])
            if reader not in ready:
                break
            part = os.read(reader, left)
            if not part:
                break
            _write(part)
            last = part[-1:]
            if end in ready:
                # More than a pipe holds is not its own.
                left -= len(part)
    finally:
        os.close(end)
    return last


def _forward_rest(reader: int) -> None:
    while part := os.read(reader, PART_BYTES):
        _write(part)
    os.close(reader)


def _write(data: bytes) -> None:
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()
