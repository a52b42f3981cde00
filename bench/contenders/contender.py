"""What every contender can do, and the plain case: one process with a configuration in a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from bench.processes import Process, family, wait_for_answer
from bench.values import Side, Site


class Running(Protocol):
    """A contender that answers on its port."""

    def pids(self) -> tuple[int, ...]:
        """All its processes, in whatever number they are now."""

    def switch(self, side: Side) -> None:
        """Send the route to ``side``; returns when the contender's own command or call says it is accepted."""

    def stop(self) -> None:
        """End all its processes. Idempotent."""


class Contender(Protocol):
    """One row of the tables. ``name`` is its key, ``label`` what the reader sees, ``path`` what the load asks for."""

    name: str
    label: str
    path: str
    measured: bool
    switches: bool

    def missing(self) -> str | None:
        """Why it cannot run on this machine; None when it can."""

    def version(self) -> str: ...

    def start(self, site: Site, side: Side) -> Running:
        """Start it with the route on ``side`` and return when it answers there."""


class SingleProcess:
    """A contender whose processes all descend from one. Its ``switch`` is the subclass's."""

    def __init__(self, site: Site, process: Process) -> None:
        self.site = site
        self.process = process

    def pids(self) -> tuple[int, ...]:
        return family(self.process.pid)

    def switch(self, side: Side) -> None:
        raise NotImplementedError(f"no switch to {side.value}")

    def stop(self) -> None:
        self.process.stop()


R = TypeVar("R", bound=SingleProcess)


def answering(running: R, path: str, side: Side) -> R:
    """Wait until it answers from ``side``; one that does not is ended, and the reason raised."""
    try:
        running.process.wait_for_port(running.site.port)
        wait_for_answer(running.site.port, path, side.value.encode())
    except BaseException:
        running.stop()
        raise
    return running


def by_name(contenders: Iterable[Contender], wanted: Iterable[str]) -> list[Contender]:
    """Those whose name or a part before ``-`` is wanted: ``fig`` is all of fig's."""
    words = tuple(wanted)
    return [
        one
        for one in contenders
        if not words or any(one.name == word or one.name.startswith(f"{word}-") for word in words)
    ]
