"""``.ci/run`` in a project of its own: when tests that failed have one more chance, and what is said of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / ".ci" / "run"
MAKEFILE = """
check:
\t@echo checked
test:
\t@{test}
retest:
\t@{retest}
"""
SUMMARY = "=== 1 failed, 2 passed in 3.00s ==="
ATTENTION = "ATTENTION: FAILED BESIDE OTHERS, PASSED ALONE."


@dataclass(frozen=True)
class Ended:
    status: int
    lines: list[str]

    def says(self, text: str) -> bool:
        return any(text in line for line in self.lines)


def run(folder: Path, test: str, retest: str) -> Ended:
    (folder / "Makefile").write_text(MAKEFILE.format(test=test, retest=retest))
    (folder / ".ci").mkdir()
    shutil.copy(RUN, folder / ".ci" / "run")
    done = subprocess.run([folder / ".ci" / "run"], capture_output=True, text=True, timeout=60, check=False)
    return Ended(done.returncode, done.stdout.splitlines())


def printing(*lines: str, status: int) -> str:
    """A recipe."""
    return "".join(f"echo '{line}'; " for line in lines) + f"exit {status}"


def failing(*names: str) -> str:
    listed = [f"FAILED {name} - assert 1 == 2" for name in names]
    return printing("=== short test summary info ===", *listed, SUMMARY, status=1)


def test_a_run_that_passes_is_left_alone(tmp_path: Path) -> None:
    ended = run(tmp_path, printing("=== 3 passed in 3.00s ===", status=0), "echo again")
    assert (ended.status, ended.lines[-1], ended.says("again")) == (0, "=== 3 passed in 3.00s ===", False)


def test_what_passes_alone_passes_and_is_told_of(tmp_path: Path) -> None:
    ended = run(tmp_path, failing("tests/test_one.py::test_a[x y]"), printing("=== 1 passed in 0.1s ===", status=0))
    assert ended.status == 0
    assert ended.lines[-3].startswith(ATTENTION)
    assert ended.lines[-2:] == ["  tests/test_one.py::test_a[x y]", SUMMARY]


def test_what_fails_alone_as_well_fails_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, failing("tests/test_one.py::test_a"), "exit 1")
    assert (ended.status != 0, ended.lines[-1], ended.says(ATTENTION)) == (True, SUMMARY, False)


@pytest.mark.parametrize(
    "test",
    [
        failing(*(f"tests/test_one.py::test_{number}" for number in range(11))),
        printing("=== short test summary info ===", "ERROR tests/test_one.py", SUMMARY, status=1),
        printing("a defect before the tests", status=1),
        printing(SUMMARY, status=1),
    ],
    ids=["many failed", "a file could not be collected", "the check failed", "nobody knows what failed"],
)
def test_there_is_no_second_chance_for_more_than_a_few_tests(tmp_path: Path, test: str) -> None:
    ended = run(tmp_path, test, "echo again")
    assert (ended.status != 0, ended.says("again")) == (True, False)


def test_pytest_says_what_is_looked_for(tmp_path: Path) -> None:
    """A test that fails by its set-up and only the first time, one that passes, and the real pytest."""
    (tmp_path / "test_first_time.py").write_text(
        "import pathlib, pytest\n"
        "@pytest.fixture\n"
        "def seen():\n"
        "    seen = pathlib.Path('seen')\n"
        "    if not seen.exists():\n"
        "        seen.touch()\n"
        "        raise OSError('no luck')\n"
        "def test_luck(seen): pass\n"
        "def test_sound(): assert not pathlib.Path('again').exists()\n"
    )
    pytest_alone = f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {sys.executable} -m pytest -ra"
    ended = run(tmp_path, pytest_alone, f"touch again; {pytest_alone} --last-failed")
    assert ended.status == 0, ended.lines
    assert ended.lines[-3].startswith(ATTENTION)
    assert ended.lines[-2] == "  test_first_time.py::test_luck"
    assert "1 passed, 1 error in" in ended.lines[-1]
