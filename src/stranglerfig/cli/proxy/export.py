"""``fig proxy export``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon, to_declared
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy
from stranglerfig.cli.output import done, recommend, require_free, show, show_json, write_file
from stranglerfig.errors import NotFound

PROXY = Question("Proxy", "Which proxy?", "PROXY", "Every proxy can be written down, however it was made.")


@verb(
    "export",
    examples="""
    fig proxy export shop > manifest.yml
    fig proxy export shop -o copilot/shop/manifest.yml
    fig proxy export --json
    """,
)
@click.argument("proxy", required=False, shell_complete=complete_proxy)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@common.overwrite
@elsewhere
@common.as_json
def export(proxy: str | None, output: Path | None, force: bool, where: Where, as_json: bool) -> None:
    """Write a proxy as it stands as a manifest: what `fig proxy deploy` makes the same of.

    Weights are those of now. Services of its environment have their short names, so that another environment's take
    their place there.
    """
    if output is not None:
        require_free(output, force=force)
    write_down(body_of(where, proxy), output, as_json=as_json)


def body_of(where: Where, proxy: str | None) -> Mapping[str, object]:
    if proxy is not None:
        proxy, found = where.locate(proxy)
    else:
        found = where.environment("proxies")
    if found is not None:
        from stranglerfig.cli.aws.proxies.proxies import body_in_force, choose

        return body_in_force(found if proxy is not None else choose(found, PROXY))
    return to_declared().show(proxy or choose_proxy())["body"]


def write_down(body: Mapping[str, object], output: Path | None, *, as_json: bool) -> None:
    from stranglerfig.workspace.proxy_text import as_written, proxy_text

    if as_json:
        show_json(as_written(body))
    elif output is None:
        show(proxy_text(body).rstrip("\n"))
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_file(output, proxy_text(body))
        done(f"{output} holds the manifest.")
        recommend(f"fig manifest check {output}", f"fig proxy diff {body['name']}")


def choose_proxy() -> str:
    proxies = to_daemon().proxies.all()
    if not proxies:
        raise NotFound("there are no proxies", hint="`fig proxy create NAME --to URL` makes one.")
    return ask_one(PROXY, [Option(one["name"], one["url"]) for one in proxies])
