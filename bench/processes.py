"""Starts processes on a chosen processor and ends exactly these again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


class BenchError(Exception):
    """The bench cannot go on, or one contender cannot be measured; the text says why."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One process in a session of its own, output in ``log``. ``stop`` ends it and whatever it forked."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cpu: int,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                ["taskset", "-c", str(cpu), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def running(self) -> bool:
        return self._popen.poll() is None

    def end(self, grace_s: float) -> None:
        """Ask it to end and hold it to a clean one."""
        self._popen.terminate()
        try:
            status = self._popen.wait(timeout=grace_s)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{self.log.stem} did not end within {grace_s:.0f} s") from None
        if status:
            raise BenchError(f"{self.log.stem} ended with status {status}: {self.last_words()}")

    def stop(self, grace_s: float = 3.0) -> None:
        """SIGTERM, and SIGKILL for the session when that did not do. Idempotent."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=grace_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(timeout=5)

    def wait_for_port(self, port: int, timeout_s: float = 20.0) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if not self.running():
                raise BenchError(f"{self.log.stem} ended with status {self._popen.returncode}: {self.last_words()}")
            if accepts(port):
                return
            time.sleep(0.02)
        raise BenchError(f"{self.log.stem} does not listen on port {port}: {self.last_words()}")

    def last_words(self) -> str:
        return last_lines(self.log)


def last_lines(log: Path, count: int = 3) -> str:
    with contextlib.suppress(OSError):
        return " / ".join(log.read_text(errors="replace").strip().splitlines()[-count:])
    return "no output"


def accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False


def wait_for_answer(port: int, path: str, wanted: bytes, timeout_s: float = 20.0) -> None:
    """Until one GET is answered 200 with ``wanted`` in it."""
    deadline = time.monotonic() + timeout_s
    answer = b""
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            answer = _get(port, path)
            if answer.startswith(b"HTTP/1.1 200") and wanted in answer:
                return
        time.sleep(0.05)
    raise BenchError(f"port {port} does not answer {path} with {wanted.decode()!r}: {answer[:200]!r}")


def _get(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nX-User: u0\r\nConnection: close\r\n\r\n".encode())
        pieces = []
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def family(pid: int) -> tuple[int, ...]:
    """``pid`` and all its descendants."""
    parents = dict(_parents())
    found = [pid]
    for known in found:
        found.extend(child for child, parent in parents.items() if parent == known)
    return tuple(found)


def marked(marker: str) -> tuple[int, ...]:
    """Every process that has ``marker`` in its command line or environment, ourselves excepted."""
    return tuple(pid for pid, _ in _parents() if pid != os.getpid() and _mentions(pid, marker.encode()))


def _mentions(pid: int, marker: bytes) -> bool:
    for name in ("cmdline", "environ"):
        with contextlib.suppress(OSError):
            if marker in Path(f"/proc/{pid}/{name}").read_bytes():
                return True
    return False


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                status = (entry / "stat").read_text()
                yield int(entry.name), int(status.rpartition(")")[2].split()[1])
