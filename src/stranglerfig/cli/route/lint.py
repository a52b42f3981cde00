"""``fig route lint``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, plural, say, show, show_json


@verb(
    "lint",
    examples="""
    fig route lint shop
    fig route lint shop --json
    """,
)
@flags.proxy
@flags.as_json
@click.pass_context
def lint(ctx: click.Context, proxy: str, as_json: bool) -> None:
    """Find routes that never match, overlap, miss a segment boundary, leave methods out, or have nobody behind.

    Exit status 1 when there are findings, 0 when there are none.
    """
    findings = to_daemon().routes.lint(proxy)
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            show(f"{finding['kind']}  {finding['rule']}: {finding['message']}")
            show(f"    {finding['mend']}")
    if findings:
        say(f"{plural(len(findings), 'finding')} in the routes of {proxy}.")
        ctx.exit(1)
    done(f"Nothing found in the routes of {proxy}.")
