"""``fig manifest check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags, workspace_flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, plural, show_json, warn
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.cli.manifest.files import ManifestOnDisk
    from stranglerfig.manifest.load import Loaded
    from stranglerfig.manifest.problems import Problem


@verb(
    "check",
    examples="""
    fig manifest check
    fig manifest check copilot/posts/manifest.yml
    fig manifest check posts.yml --env prod
    fig manifest check --lenient --json
    """,
)
@click.argument("path", required=False)
@workspace_flags.env
@workspace_flags.lenient
@flags.as_json
@click.pass_context
def check(ctx: click.Context, path: str | None, env: str | None, lenient: bool, as_json: bool) -> None:
    """Find everything that is wrong in a manifest, or in all of the workspace, with file, line and nearest right name.

    Without --env the overrides of every environment are checked; with it, variables must be set that it needs. Exit
    status 2 when something is wrong.
    """
    from stranglerfig.cli.manifest.files import manifests_at
    from stranglerfig.manifest.problems import ManifestInvalid

    verdicts = [examine(found, env, is_lenient=lenient) for found in manifests_at(path)]
    problems = [problem for verdict in verdicts for problem in verdict.problems]
    if as_json:
        show_json([verdict.as_json() for verdict in verdicts])
        if not all(verdict.is_valid for verdict in verdicts):
            ctx.exit(UsageError.exit_status)
        return
    if not all(verdict.is_valid for verdict in verdicts):
        raise ManifestInvalid(problems)
    for problem in problems:
        warn(str(problem))
    done(f"{plural(len(verdicts), 'manifest')} without a fault.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` None: the manifest is wrong."""

    file: str
    kind: str | None
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        return self.kind is not None

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "valid": self.is_valid,
            "type": self.kind,
            "problems": [
                {
                    "line": problem.line,
                    "path": problem.path,
                    "message": problem.message,
                    "hint": problem.hint,
                    "warning": problem.is_warning,
                }
                for problem in self.problems
            ],
        }


def examine(manifest: ManifestOnDisk, env: str | None, *, is_lenient: bool) -> Verdict:
    from stranglerfig.manifest.problems import ManifestInvalid

    try:
        loaded = manifest.load(env, is_lenient=is_lenient)
    except ManifestInvalid as invalid:
        return Verdict(manifest.shown, None, invalid.problems)
    return Verdict(manifest.shown, loaded.kind.name, (*loaded.warnings, *strangers(loaded, manifest.environments)))


def strangers(loaded: Loaded, known: Sequence[str]) -> Iterator[Problem]:
    """Overrides for environments that the workspace does not have. It may be elsewhere: that is no error."""
    from stranglerfig.manifest.nearest import nearest

    for name in loaded.environments if known else ():
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"the environments are: {', '.join(known)}"
            problem = loaded.problem(f"environments.{name}", "no environment of this workspace is called so", hint)
            yield replace(problem, is_warning=True)
