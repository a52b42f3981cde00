"""What all deletions have in common."""

from __future__ import annotations

from typing import TypeVar

from stranglerfig.control.context import Control
from stranglerfig.core.refactor_spaces.resources import Application, Environment, Route, Service, State

R = TypeVar("R", Environment, Application, Service, Route)


def remove(control: Control, resource: R) -> R:
    """In state DELETING; the job that goes on with it has begun."""
    refactoring = control.refactoring
    leaving: R = refactoring.books.move(resource, State.DELETING, "asked for", now=refactoring.wall())
    refactoring.settler.begin(leaving)
    return leaving
