"""What others on this machine can read of a command, and of whatever it starts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.aws.standin.cloud import ACCOUNT, Call, Cloud, Watcher

KEY, TOKEN, PASSWORD = "key-that-is-secret", "token-that-is-secret", f"{ACCOUNT}-auth-token"


class ProcessLists(Watcher):
    """All of /proc at each call to AWS, and whatever was started between two of them."""

    def __init__(self) -> None:
        self.lines: set[str] = set()

    def before(self, call: Call) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                self.lines.add((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue

    def names(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def shown(self, *secrets: str) -> list[str]:
        """Which of these stood there, or of what opens the cloud."""
        return [one for one in (KEY, TOKEN, PASSWORD, *secrets) if self.names(one)]


@contextmanager
def process_lists(cloud: Cloud) -> Iterator[ProcessLists]:
    """Commands have other credentials meanwhile."""
    found = ProcessLists()

    class Told(subprocess.Popen[Any]):
        def __init__(self, args: Any, *others: Any, **more: Any) -> None:
            found.lines.add(args if isinstance(args, str) else " ".join(map(os.fsdecode, args)))
            super().__init__(args, *others, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", Told)
        patch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        patch.setenv("AWS_SESSION_TOKEN", TOKEN)
        cloud.watchers.append(found)
        try:
            yield found
        finally:
            cloud.watchers.remove(found)
