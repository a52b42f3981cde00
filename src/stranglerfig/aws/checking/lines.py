"""Refusals that name fields, told by the lines of the manifest's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stranglerfig.aws.synth.balancing.limits import rule_field
from stranglerfig.aws.synth.balancing.priorities import SameRequests
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
    except SameRequests as same:
        if loaded is None:
            raise
        problems.append(loaded.problem(f"{rule_field(same.rule.at)}.path", same.message, same.hint))


@contextmanager
def by_lines(loaded: Loaded | None) -> Iterator[None]:
    """What is refused inside is raised as ``ManifestInvalid``."""
    problems: list[Problem] = []
    with located(loaded, problems):
        yield
    if problems:
        raise ManifestInvalid(problems)
