"""``fig export``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_spaces
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, require_free, show, warn, write_file


@verb(
    "export",
    examples="""
    fig export shop > shop.yml
    fig export shop -o shop.yml
    fig export shop --json
    """,
)
@flags.proxy
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@click.option("--json", "as_json", is_flag=True, help="The template as JSON instead of YAML.")
@flags.overwrite
def export(proxy: str, output: Path | None, as_json: bool, force: bool) -> None:
    """Write a proxy as a CloudFormation template of AWS Migration Hub Refactor Spaces: an environment, an application,
    its services and its routes.

    `aws cloudformation deploy` makes the same of it, here or on AWS. What Refactor Spaces cannot say, weights for one,
    is told on stderr.
    """
    from stranglerfig.manifest.render import block

    if output is not None:
        require_free(output, force=force)
    exported = to_spaces().template(proxy)
    template = exported["template"]
    text = json.dumps(template, indent=2) + "\n" if as_json else "".join(f"{line}\n" for line in block(template))
    if output is None:
        show(text.rstrip("\n"))
    else:
        write_file(output, text)
    for remark in exported["remarks"]:
        warn(remark)
    if output is not None:
        done(f"{output} holds the template.")
        recommend(f"aws cloudformation deploy --template-file {output} --stack-name {proxy}")
