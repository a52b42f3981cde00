"""The files that HAProxy reads: written whole or not at all, and the configuration only after ``haproxy -c`` agreed."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path

from stranglerfig.dataplane.keeper_client import CONFIGURATION
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.replies import parse_alerts
from stranglerfig.errors import StateUnusable, Unavailable

LAST_GOOD = "haproxy.cfg.good"
#: there from before a new configuration is put in place until HAProxy has taken it up
PENDING = "haproxy.cfg.pending"
_CHECK_TIMEOUT_S = 30.0
_INHERITED_SOCKET = re.compile(r"^  bind fd@\d+", re.MULTILINE)


class ConfigFile:
    """``haproxy.cfg`` in ``run_dir`` is always one that HAProxy could start with, after a crash too."""

    def __init__(self, run_dir: Path, binary: HaproxyBinary) -> None:
        self._run_dir = run_dir
        self._binary = binary

    def read(self) -> str | None:
        path = self._run_dir / CONFIGURATION
        return path.read_text() if path.exists() else None

    def is_in_force(self, text: str) -> bool:
        """Whether HAProxy runs with ``text``. Not so when we ended between ``replace`` and ``settle``."""
        return not (self._run_dir / PENDING).exists() and self.read() == text

    async def replace(self, text: str) -> None:
        """Check, keep the former as last good, put in place; ``settle`` or ``restore`` follow.

        Raises ``Unavailable`` and leaves all as it was.
        """
        await self._check(text)
        current = self._run_dir / CONFIGURATION
        write_file(self._run_dir / PENDING, "")
        if current.exists():
            os.replace(current, self._run_dir / LAST_GOOD)
        write_file(current, text)

    def settle(self) -> None:
        """HAProxy runs with it."""
        (self._run_dir / PENDING).unlink(missing_ok=True)

    def restore(self) -> None:
        """Back to the last good one, with which HAProxy runs on."""
        good = self._run_dir / LAST_GOOD
        if good.exists():
            os.replace(good, self._run_dir / CONFIGURATION)
        self.settle()

    def write_ahead(self, text: str) -> None:
        """For a change of servers only, which HAProxy is told at run time next; ``settle`` follows.

        Unchecked: servers are the part that users cannot get wrong.
        """
        write_file(self._run_dir / PENDING, "")
        write_file(self._run_dir / CONFIGURATION, text)

    async def _check(self, text: str) -> None:
        """In a process of its own: a configuration that crashes the parser would take the master with it.

        That process has not the keeper's sockets, so it reads of other ones, which it does not open.
        """
        path = self._run_dir / f"{CONFIGURATION}.check"
        write_file(path, _INHERITED_SOCKET.sub("  bind 127.0.0.1:1", text))
        process = await asyncio.create_subprocess_exec(
            *(self._binary.path, "-c", "-f", path.name),
            cwd=self._run_dir,
            env={**os.environ, **dict(self._binary.env)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S):
                _, said = await process.communicate()
        except TimeoutError as problem:
            process.kill()
            await process.wait()
            raise Unavailable("haproxy did not finish checking its configuration") from problem
        if process.returncode != 0:
            reasons = "; ".join(parse_alerts(said.decode(errors="replace"))) or f"status {process.returncode}"
            raise Unavailable(
                f"haproxy refused the new configuration: {reasons}",
                hint=f"The former one stays in force. Please report this with the file {path}.",
            )


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        write_file(folder / name, text)


def write_file(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never a part."""
    draft = path.with_name(f"{path.name}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(text)
        os.replace(draft, path)
    except OSError as problem:
        raise StateUnusable(
            f"{path} could not be written: {problem.strerror}", hint="Make room on the disk, then repeat the command."
        ) from problem
