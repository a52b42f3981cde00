"""Ctrl-C, and what build servers send instead, end a command at any moment, and quietly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from stranglerfig.cli.lazy import ExampleCommand, LazyGroup
from stranglerfig.cli.main import root
from stranglerfig.interrupting import INTERRUPTED
from tests.cli.commands import walk

#: `fig version` that gets a signal as it loads a module; as a shell starts what is to run in the background.
LOADING = """\
import os, signal, sys
module, number = sys.argv[1], int(sys.argv[2])
class Finder:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), number)
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.meta_path.insert(0, Finder())
sys.argv = ["fig", "version"]
from stranglerfig.__main__ import main
main()
"""
#: A command that gets one while Python takes an object apart, and drops what is raised there.
DROPPED = """\
import os, signal, sys, time
from stranglerfig import interrupting
class Object:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
interrupting.hear_with(interrupting.leave)
interrupting.listen()
try:
    Object()
    time.sleep(60)
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["stranglerfig.cli.main", "stranglerfig.cli.machine.version"])
def test_a_command_that_is_interrupted_while_it_is_loaded_does_nothing(module: str, number: signal.Signals) -> None:
    assert ran(LOADING, module, str(int(number))) == (INTERRUPTED, "", "")


def test_what_python_drops_is_told_again() -> None:
    assert ran(DROPPED) == (0, "heard\n", "")


def test_all_verbs_hear_of_it_by_an_exception_once_they_have_begun() -> None:
    verbs = [(path, verb.load()) for path, verb in walk((), root)]
    others = [path for path, verb in verbs if not isinstance(verb, (ExampleCommand, LazyGroup))]

    assert others == []


def ran(program: str, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, env=os.environ.copy()
    )
    return done.returncode, done.stdout, done.stderr
