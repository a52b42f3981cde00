"""What AWS would refuse in the middle of a deploy, told beforehand with the manifest's fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from stranglerfig.aws.synth.facts import Release
from stranglerfig.errors import UsageError

#: the path of a field, and what is wrong with it
Problem = tuple[str, str]


class NotDeployable(UsageError):
    """``problems`` are all that there are, each on a line of its own. ``what`` is a workload, or an environment."""

    def __init__(self, what: str, where: str, problems: Sequence[Problem], hint: str | None = None) -> None:
        told = "".join(f"\n{field}: {message}" for field, message in problems)
        super().__init__(f"{what} cannot be deployed to {where}:{told}", hint=hint)
        self.problems = tuple(problems)


def refuse(release: Release, problems: Sequence[Problem], hint: str | None = None) -> None:
    """Where there are any."""
    if problems:
        raise NotDeployable(release.manifest.name, release.env.name, problems, hint)


@contextmanager
def about(release: Release, field: str) -> Iterator[None]:
    """What is refused inside without knowing whose it is, is refused as that field's."""
    try:
        yield
    except NotDeployable:
        raise
    except UsageError as error:
        raise NotDeployable(release.manifest.name, release.env.name, [(field, error.message)], error.hint) from error
