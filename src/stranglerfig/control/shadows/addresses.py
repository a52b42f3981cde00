"""Where a side of a route is asked, past the listener: copies are in no counter of live traffic."""

from __future__ import annotations

from dataclasses import dataclass, field

from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet
from stranglerfig.core.compare.jobs import Address
from stranglerfig.core.desired import UrlTargets
from stranglerfig.core.topology import HostHeader, Tls
from stranglerfig.core.urls import parse_target_url


@dataclass(frozen=True, slots=True)
class Origin:
    """``base_path`` is that of a URL. ``host`` None: the client's own."""

    url: str
    base_path: str = ""
    host: str | None = None
    tls: Tls | None = None

    def address(self, target: str, host: str) -> Address:
        return Address(self.url, target, host if self.host is None else self.host, self.tls)


@dataclass(slots=True)
class Origins:
    """One server of a target group after the other."""

    books: Books
    fleet: Fleet
    _turn: int = field(default=0)

    def next(self, group: str) -> Origin | None:
        """None: nobody is there."""
        found = self._all(group)
        self._turn += 1
        return found[self._turn % len(found)] if found else None

    def _all(self, name: str) -> list[Origin]:
        group = self.books.desired.groups.get(name)
        if group is None:
            return []
        if not isinstance(group.targets, UrlTargets):
            servers = self.fleet.servers(name)
            return [Origin(f"http://{_authority(one.host, one.port)}") for one in servers if not one.draining]
        urls = [parse_target_url(url) for url in group.targets.urls]
        has_own = group.targets.host_header is HostHeader.TARGET
        return [
            Origin(
                f"{url.scheme}://{url.authority}", url.base_path, url.authority if has_own else None, group.targets.tls
            )
            for url in urls
        ]


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
