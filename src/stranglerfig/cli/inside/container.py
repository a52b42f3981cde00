"""A command in a container, with this terminal for its own where there is one."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env

from stranglerfig.errors import NotFound, Unavailable

PART_BYTES = 65_536


def run_in_container(container: str, words: Sequence[str]) -> int:
    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        engine = docker.APIClient(version="auto", **kwargs_from_env())
        created = engine.exec_create(container, list(words), tty=has_terminal, stdin=has_terminal)
        if has_terminal:
            with_terminal(engine, created["Id"])
        else:
            for out, err in engine.exec_start(created["Id"], stream=True, demux=True):
                sys.stdout.buffer.write(out or b"")
                sys.stderr.buffer.write(err or b"")
                sys.stdout.flush()
        return int(engine.exec_inspect(created["Id"])["ExitCode"] or 0)
    except APIError as error:
        raise NotFound(
            f"cannot run {words[0]} in the task: {error.explanation or error}",
            hint="Does the image have it? Without --command it is /bin/sh.",
        ) from error
    except (DockerException, OSError) as error:
        raise Unavailable(f"Docker does not answer: {error}", hint="`fig doctor` says what is missing.") from error


def with_terminal(engine: docker.APIClient, created: str) -> None:
    """Every key goes there as it is typed, until the other side closes."""
    stream = engine.exec_start(created, tty=True, socket=True)
    connection: Any = getattr(stream, "_sock", stream)  # the SDK wraps it for unix sockets

    def fit(*_: Any) -> None:
        size = os.get_terminal_size(sys.stdout.fileno())
        engine.exec_resize(created, height=size.lines, width=size.columns)

    fit()
    signal.signal(signal.SIGWINCH, fit)
    keys, screen = sys.stdin.fileno(), sys.stdout.fileno()
    with raw(keys):
        open_ends = [connection, keys]
        while True:
            ready, _, _ = select.select(open_ends, [], [])
            if keys in ready:
                typed = os.read(keys, PART_BYTES)
                if not typed:
                    open_ends.remove(keys)
                connection.sendall(typed)
            if connection in ready:
                shown = connection.recv(PART_BYTES)
                if not shown:
                    return
                os.write(screen, shown)


@contextmanager
def raw(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)  # what was typed ahead is kept
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
