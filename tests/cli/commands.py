"""Every command there is, found by walking the tree that ``fig`` itself walks."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import click

from stranglerfig.cli.lazy import LazyGroup, Verb
from stranglerfig.cli.main import root


def every_group() -> Iterator[tuple[str, ...]]:
    yield ()
    for path, verb in walk((), root):
        if isinstance(verb.load(), LazyGroup):
            yield path


def every_verb() -> Iterator[tuple[str, ...]]:
    for path, verb in walk((), root):
        if not isinstance(verb.load(), LazyGroup):
            yield path


def verb_at(path: tuple[str, ...]) -> click.Command:
    return next(verb.load() for found, verb in walk((), root) if found == path)


def walk(path: tuple[str, ...], group: LazyGroup) -> Iterator[tuple[tuple[str, ...], Verb]]:
    for name, verb in group.verbs.items():
        if find_spec(verb.where.split(":")[0]) is None:
            continue
        yield (*path, name), verb
        loaded = verb.load()
        if isinstance(loaded, LazyGroup):
            yield from walk((*path, name), loaded)
