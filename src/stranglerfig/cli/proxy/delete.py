"""``fig proxy delete``."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend
from stranglerfig.cli.prompt import confirm


@verb(
    "delete",
    examples="""
    fig proxy delete shop
    fig proxy delete shop --yes
    """,
)
@flags.proxy_name
@elsewhere
@flags.yes
def delete(name: str, where: Where, yes: bool) -> None:
    """Close a proxy's listener and forget its routes. Its clients are refused from then on; targets run on."""
    name, found = where.locate(name)
    if found is not None:
        from stranglerfig.cli.aws.proxies import proxies

        proxies.delete(replace(found, given={**found.given, "yes": yes}))
        return
    confirm(f"Close proxy {name} and forget its routes", yes=yes)
    to_daemon().proxies.delete(name)
    done(f"Proxy {name} is gone; targets are untouched.")
    recommend("fig target ls")
