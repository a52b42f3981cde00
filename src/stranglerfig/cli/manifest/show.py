"""``fig manifest show``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags, workspace_flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json, warn


@verb(
    "show",
    examples="""
    fig manifest show posts --env test
    fig manifest show copilot/posts/manifest.yml --env prod --json
    """,
)
@click.argument("manifest", metavar="NAME|PATH")
@workspace_flags.env
@workspace_flags.lenient
@flags.as_json
def show_manifest(manifest: str, env: str | None, lenient: bool, as_json: bool) -> None:
    """A manifest as an environment has it: variables filled in, overrides applied, defaults written out.

    Without --env, what holds before any override.
    """
    from stranglerfig.cli.manifest.files import manifest_of
    from stranglerfig.manifest.render import render_manifest, written

    loaded = manifest_of(manifest).load(env, is_lenient=lenient)
    for problem in loaded.warnings:
        warn(str(problem))
    if as_json:
        show_json(written(loaded.body, loaded.kind.section))
    else:
        show(render_manifest(loaded.body, loaded.kind.section).rstrip("\n"))
