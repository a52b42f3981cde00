"""Runs a command whose output is passed on as it comes, and ends its last line where the command did not."""

from __future__ import annotations

import os
import select
import subprocess
import sys
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
    try:
        last = _forward_to_end(reader, process)
        if last not in (b"", b"\n"):
            _write(b"\n")
        # What it left running must not end with us for want of a reader.
        subprocess.Popen(["cat"], stdin=reader, stdout=sys.stderr.fileno(), start_new_session=True)
        return process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(reader)


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


def _write(data: bytes) -> None:
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()
