"""One daemon a state: the second one is told who holds it, and a dead holder holds nothing."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stranglerfig.errors import Conflict, StateUnusable
from stranglerfig.store.lock import acquire
from tests.store.builders import start_python

SINCE = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

HOLDER = """
    import subprocess, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from stranglerfig.store.lock import acquire

    lock = acquire(Path(sys.argv[1]), started=datetime(2026, 3, 1, 9, 30, tzinfo=UTC), version="1.2.3")
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "daemon.lock"


def test_a_second_daemon_is_told_who_holds_the_state_and_how_to_end_it(path: Path) -> None:
    with acquire(path, started=SINCE, version="1.2.3"), pytest.raises(Conflict) as caught:
        acquire(path, started=SINCE)
    assert caught.value.message == (
        f"{path} is held by another fig daemon: pid {os.getpid()}, version 1.2.3, since 2026-03-01T09:30:00+00:00"
    )
    assert "`fig daemon stop`" in str(caught.value.hint)
    assert "`fig down`" in str(caught.value.hint)


def test_a_released_lock_can_be_taken_again(path: Path) -> None:
    lock = acquire(path, started=SINCE)
    lock.release()
    lock.release()
    with acquire(path, started=SINCE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_killed_daemon_holds_nothing_though_its_tasks_live_on(path: Path) -> None:
    with start_python(HOLDER, path) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(Conflict, match=f"pid {holder.pid}, version 1.2.3"):
                acquire(path, started=SINCE)
            holder.kill()
            holder.wait(timeout=60)
            os.kill(child, 0)
            acquire(path, started=SINCE).release()
        finally:
            os.kill(child, 9)


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", "garbage", '{"pid": 1, "version": "9", "started": "x"}', "x" * 9000]
)
def test_what_a_dead_daemon_left_is_no_obstacle_and_is_replaced(path: Path, content: str) -> None:
    path.write_text(content)
    with acquire(path, started=SINCE), pytest.raises(Conflict, match=f"pid {os.getpid()}"):
        acquire(path, started=SINCE)


def test_a_holder_that_has_not_signed_yet_is_still_respected(path: Path) -> None:
    with acquire(path, started=SINCE):
        path.write_text("")
        with pytest.raises(Conflict, match="just starting"):
            acquire(path, started=SINCE)


def test_a_lock_in_a_missing_folder_is_unusable_state(tmp_path: Path) -> None:
    with pytest.raises(StateUnusable, match="no such file or directory"):
        acquire(tmp_path / "none" / "daemon.lock", started=SINCE)
