"""The clients' processes: started, listened to, and ended."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from stranglerfig.demo.clients import FRESH, KEEP_ALIVE
from stranglerfig.demo.exchange import Answer, Event, decode_event, encode_answers
from stranglerfig.errors import Unavailable

#: how many clients of each kind, and their part of all requests
KINDS = {KEEP_ALIVE: (12, 0.75), FRESH: (6, 0.25)}
TIMEOUT_S = 5.0
#: a request in flight may take its whole time
GOODBYE_S = TIMEOUT_S + 2


class Crew:
    """``hear`` is called from threads of the crew's own."""

    def __init__(self, home: Path, hear: Callable[[list[Event]], None]) -> None:
        self._home = home
        self._hear = hear
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []

    def start(self, url: str, answers: dict[str, Answer], rate: float) -> None:
        address = urlsplit(url)
        run = uuid.uuid4().hex[:8]
        for kind, (clients, part) in KINDS.items():
            orders = {
                "host": address.hostname,
                "port": address.port,
                "kind": kind,
                "clients": clients,
                "rate": rate * part,
                "run": run,
                "timeout_s": TIMEOUT_S,
                "answers": encode_answers(answers),
            }
            self._processes[kind] = self._spawn(kind, json.dumps(orders))

    def require_alive(self) -> None:
        for kind, process in self._processes.items():
            if process.poll() is not None:
                raise Unavailable(
                    f"the {kind} clients ended with status {process.returncode}: {self._last_words(kind)}",
                    hint="Run `fig demo` again; with a lower `--rate` if the machine is busy.",
                )

    def stop(self) -> None:
        """When this returns, every request has been told of. Raises if a process was gone already."""
        self.require_alive()
        for process in self._processes.values():
            close_input(process)
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(GOODBYE_S)
        statuses = [process.poll() for process in self._processes.values()]
        self.dismiss()
        if any(statuses) or None in statuses:
            raise Unavailable(
                f"the clients did not end as they should: statuses {statuses}", hint="Run `fig demo` again."
            )

    def dismiss(self) -> None:
        """End them at once. Idempotent."""
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
            process.wait()
            close_input(process)
        for reader in self._readers:
            reader.join()
        self._processes.clear()
        self._readers.clear()

    def _spawn(self, kind: str, orders: str) -> subprocess.Popen[str]:
        with open(self._log(kind), "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "stranglerfig.demo.clients"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                cwd=self._home,
                # Ctrl-C is for the demo, which ends its clients in order.
                start_new_session=True,
            )
        reader = threading.Thread(target=self._listen, args=(process,), daemon=True)
        self._readers.append(reader)
        reader.start()
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(orders + "\n")
            process.stdin.flush()
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                # A killed process may leave half a line.
                if line.endswith("\n"):
                    self._hear([decode_event(row) for row in json.loads(line)])

    def _log(self, kind: str) -> Path:
        return self._home / f"clients-{kind}.log"

    def _last_words(self, kind: str) -> str:
        lines = self._log(kind).read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "they said nothing"


def close_input(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
