"""``fig proxy ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json, show_table


@verb(
    "ls",
    examples="""
    fig proxy ls
    fig proxy ls --json
    fig proxy ls --env prod
    fig proxy ls --target aws
    """,
)
@elsewhere
@aws.target
@flags.as_json
def ls(where: Where, target: str, as_json: bool) -> None:
    """All proxies: where they listen, who answers by default, and how much comes in (requests a second).

    With --target aws those of all the application's environments there, with --env those of one.
    """
    found = where.listed("proxies", target)
    if found is not None:
        from stranglerfig.cli.aws.proxies import proxies as there

        there.ls(found, as_json=as_json)
        return
    aws.tell_elsewhere("proxy ls")
    proxies = to_daemon().proxies.all()
    if as_json:
        show_json(proxies)
    elif proxies:
        show_table(
            ("NAME", "URL", "DEFAULT", "ROUTES", "REQ/S", "REQUESTS"),
            (
                (p["name"], p["url"], p["default"] or "nobody", len(p["routes"]), f"{p['rate']:.1f}", p["requests"])
                for p in proxies
            ),
        )
    else:
        say("There are no proxies.")
        recommend("fig proxy create NAME --to http://127.0.0.1:8000")
