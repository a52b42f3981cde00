"""Refusals that name fields, told by the lines of the manifest's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stranglerfig.aws.synth.problems import NotDeployable
from stranglerfig.manifest.load import Loaded
from stranglerfig.manifest.problems import ManifestInvalid, Problem


@contextmanager
def located(loaded: Loaded | None, problems: list[Problem]) -> Iterator[None]:
    """What is refused inside is added to ``problems``. Without a file it is raised as it is."""
    try:
        yield
    except NotDeployable as refused:
        if loaded is None:
            raise
        problems += [loaded.problem(path, text, refused.hint) for path, text in refused.problems]
    except ManifestInvalid as invalid:
        problems += invalid.problems


@contextmanager
def by_lines(loaded: Loaded | None) -> Iterator[None]:
    """What is refused inside is raised as ``ManifestInvalid``."""
    problems: list[Problem] = []
    with located(loaded, problems):
        yield
    if problems:
        raise ManifestInvalid(problems)
