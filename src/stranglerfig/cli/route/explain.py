"""``fig route explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import percent, show, show_json

if TYPE_CHECKING:
    from stranglerfig.api.wire import ExplainRequest, ExplanationWire


@verb(
    "explain",
    examples="""
    fig route explain shop /api/users/3
    fig route explain shop http://shop.example/api/posts?page=2 -X POST
    fig route explain shop /api/%70osts -H 'X-Beta: yes' --json
    """,
)
@flags.proxy
@click.argument("url", metavar="URL|PATH")
@click.option("-X", "--method", default="GET", show_default=True, help="The request's method.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'N: V'", help="A header; may be repeated.")
@click.option("--source", metavar="ADDR", help="The client's address (127.0.0.1).")
@elsewhere
@flags.as_json
def explain(
    proxy: str, url: str, method: str, headers: tuple[str, ...], source: str | None, where: Where, as_json: bool
) -> None:
    """Say who would answer a request, by which route, at which URL, and what that route shadows. Nothing is sent."""
    method = method.upper()
    proxy, found = where.locate(proxy)
    if found is not None:
        from stranglerfig.cli.aws.proxies import routes

        routes.explain(found, url, method, headers, source, as_json=as_json)
        return
    request: ExplainRequest = {"url": url, "method": method, "headers": list(headers)}
    if source is not None:
        request["source"] = source
    explanation = to_daemon().routes.explain(proxy, request)
    if as_json:
        show_json(explanation)
        return
    show(f"{method} {url}")
    for line in answer_lines(explanation):
        show(line)


def answer_lines(explanation: ExplanationWire) -> list[str]:
    lines = []
    if explanation["canonical"] is not None:
        lines.append(f"  read as  {explanation['canonical']}")
    lines.append(f"  verdict  {verdict(explanation)}")
    lines.append(f"  by       {explanation['rule'] or 'no route'}: {explanation['why']}")
    for upstream in explanation["upstreams"]:
        lines.append(f"  {percent(upstream['share'] * 100):>8}  {upstream['group']}  {upstream['url']}")
    for other in explanation["shadowed"]:
        lines.append(f"  shadows  {other['rule']}: {other['because']}")
    return lines


def verdict(explanation: ExplanationWire) -> str:
    detail = explanation["location"] or ""
    status = f"{explanation['status']}" if explanation["status"] is not None else ""
    return " ".join(filter(None, (explanation["verdict"], status, detail)))
