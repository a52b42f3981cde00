"""What a pipeline's test commands print is passed on as it is, but its last line is always ended."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from stranglerfig.cli.output import done
from stranglerfig.cli.pipeline.forwarding import run_forwarded
import os
status = run_forwarded(["bash", "-c", sys.argv[1]], cwd="/", env=os.environ)
done(f"status {status}")
"""


def forwarded(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, line], capture_output=True, text=True, timeout=90, check=True, env=os.environ
    )


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("printf 'two\\nlines'", "two\nlines\n"),
        ("echo one", "one\n"),
        ("printf ''", ""),
        ("printf out; printf err >&2", "outerr\n"),
    ],
)
def test_a_line_of_our_own_never_continues_a_commands_last(line: str, printed: str) -> None:
    result = forwarded(line)

    assert result.stderr == f"{printed}✔ status 0\n"
    assert result.stdout == ""


def test_all_that_a_command_prints_is_there_before_our_own_line() -> None:
    lines = forwarded("seq 200000; exit 3").stderr.splitlines()

    assert lines == [*map(str, range(1, 200_001)), "✔ status 3"]


def test_what_a_command_leaves_running_is_not_waited_for_and_goes_on() -> None:
    assert forwarded("echo begun; (sleep 1; echo late) &").stderr == "begun\n✔ status 0\nlate\n"
