from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stranglerfig.demo.stage import find_processes, make_home

SLEEPER = "import sys, time; sys.stdout.write('.'); sys.stdout.flush(); time.sleep(60)"


@contextmanager
def sleeper(home: Path, variable: str = "FIG_HOME", terminal: int | None = None) -> Iterator[int]:
    """A process with the folder in its environment, once it runs. With a terminal, it is the one in control there."""
    argv = [sys.executable, "-c", SLEEPER]
    if terminal is not None:
        opened = f"import os; os.close(os.open({os.ttyname(terminal)!r}, os.O_RDWR)); {SLEEPER}"
        argv = [sys.executable, "-c", opened]
    env = {"PATH": os.environ["PATH"], variable: str(home)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        try:
            yield process.pid
        finally:
            process.kill()


def test_processes_of_a_folder_are_found_by_their_environment_and_others_are_not(tmp_path: Path) -> None:
    mine = tmp_path / "a"
    with sleeper(mine) as one, sleeper(mine / "x", "DB") as two, sleeper(tmp_path / "ab"):
        assert set(find_processes(mine)) == {one, two}


def test_a_process_with_a_terminal_is_somebody_elses(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        with sleeper(tmp_path, terminal=theirs):
            assert find_processes(tmp_path) == []
    finally:
        os.close(ours)
        os.close(theirs)


def test_striking_a_stage_whose_daemon_is_gone_ends_what_is_left_and_removes_the_folder() -> None:
    home = make_home()
    with sleeper(home, "FORUM_DB") as pid:
        program = f"from pathlib import Path; from stranglerfig.demo.stage import strike; strike(Path({str(home)!r}))"
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "FIG_HOME": str(home)}, check=True, timeout=60
        )
        assert pid not in find_processes(home)
        assert not home.exists()


def test_the_folders_path_leaves_room_for_sockets() -> None:
    home = make_home()
    home.rmdir()
    assert len(str(home)) < 70
