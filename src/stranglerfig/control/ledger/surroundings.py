"""What the ledger asks the books: who is legacy, which paths routes name, and who may send to whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from stranglerfig.control.blueprint import to_claims
from stranglerfig.control.books import Books
from stranglerfig.core.desired import Desired
from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.ledger.records import Side
from stranglerfig.core.ledger.sides import legacy_of_balancer, legacy_of_proxy
from stranglerfig.core.routing.rules import PathExact, PathPrefix, PathTemplate


@dataclass(slots=True)
class Surroundings:
    """Worked out once for each state of the books."""

    books: Books
    _of: Desired | None = None
    _legacy: dict[str, frozenset[str]] = field(default_factory=dict)

    def is_empty(self) -> bool:
        """There is no listener yet."""
        return not (self.books.desired.proxies or self.books.desired.balancers)

    def side(self, listener: str, group: str) -> Side:
        if not group:
            return Side.NOBODY
        return Side.LEGACY if group in self._legacies().get(listener, ()) else Side.MOVED

    def templates(self, listener: str) -> list[str]:
        """Paths that routes name, as endpoints have them."""
        proxy = self.books.desired.proxies.get(listener)
        conditions = [route.conditions for route in proxy.routes] if proxy is not None else []
        if proxy is None:
            conditions = [claim.ingress.conditions for claim in to_claims(self.books.desired).get(listener, ())]
        plain = (PathExact, PathPrefix, PathTemplate)
        return [path.path for one in conditions for path in one.paths if isinstance(path, plain)]

    def homes(self, pools: list[str]) -> dict[str, tuple[str, ...]]:
        """The listeners that may send to each pool."""
        found: dict[str, dict[str, None]] = {}
        for user, groups in self._users():
            for group in groups:
                found.setdefault(group, {})[user] = None
        return {pool: tuple(found.get(to_group_name(pool), ())) for pool in pools}

    def _users(self) -> list[tuple[str, set[str]]]:
        desired = self.books.desired
        users = [
            (
                one.name,
                {side.group for route in one.routes for side in (route.candidate, route.legacy)} | {one.default or ""},
            )
            for one in desired.proxies.values()
        ]
        return users + [(name, {claim.group.name for claim in claims}) for name, claims in to_claims(desired).items()]

    def _legacies(self) -> dict[str, frozenset[str]]:
        desired = self.books.desired
        if desired is self._of:
            return self._legacy
        found = {name: legacy_of_proxy(proxy) for name, proxy in desired.proxies.items()}
        found |= {name: legacy_of_balancer(claims) for name, claims in to_claims(desired).items()}
        self._legacy, self._of = found, desired
        return found
