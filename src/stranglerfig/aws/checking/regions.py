"""A region that is misspelt: AWS has no address there, and the SDK would try to reach it for minutes."""

from __future__ import annotations

import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from stranglerfig.errors import UsageError
from stranglerfig.manifest.nearest import nearest


def refuse_unknown(region: str, known: Collection[str], endpoint: str) -> None:
    """``known`` are those of the SDK; a newer one has an address all the same. Where requests go elsewhere than to the
    region, it is nobody's business here."""
    host = urlsplit(endpoint).hostname or ""
    if region in known or region not in host.split(".") or has_address(host):
        return
    near = nearest(region, known)
    meant = f"Did you mean {near}? " if near else ""
    raise UsageError(
        f"there is no region {region}, as far as can be told: {host} has no address",
        hint=f"{meant}`--region`, AWS_REGION or the profile says it.",
    )


def has_address(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False
