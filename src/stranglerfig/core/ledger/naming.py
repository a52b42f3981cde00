"""Which endpoint a request belongs to, of a bounded number of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stranglerfig.core.ledger.records import OTHER, UNSEEN
from stranglerfig.core.traffic.endpoints import Endpoints

#: pairs of method and template, of one listener
MOST_ENDPOINTS = 500
#: so many different words in one place of a path are values of a parameter
MOST_WORDS = 100
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
UNKNOWN_METHOD = "OTHER"
#: answers by which nothing is known to be there: who scans for holes must not fill the ledger
NOTHING_THERE = frozenset({0, 400, 404, 405, 410, 414, 421, 431})


@dataclass(slots=True)
class Naming:
    """Of one listener."""

    endpoints: Endpoints
    names: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, templates: Iterable[str], names: Iterable[tuple[str, str]] = ()) -> Naming:
        """``templates`` are the paths of routes; ``names`` were found before."""
        before = [(method, name) for method, name in names if name not in (OTHER, UNSEEN)]
        endpoints = Endpoints.of([*templates, *(name for _, name in before if "{" in name)], most_words=MOST_WORDS)
        for _, name in before:
            endpoints.learn(name)
        return cls(endpoints, {(method, endpoints.settle(name)) for method, name in before})

    def name(self, method: str, path: str, *, is_there: bool) -> tuple[str, str]:
        """Method and endpoint. With ``is_there`` a new one is learned, as long as there is room."""
        method = method if method in METHODS else UNKNOWN_METHOD
        found = (method, self.endpoints.learn(path) if is_there else self.endpoints.settle(path))
        if found in self.names:
            return found
        if not is_there or len(self.names) >= MOST_ENDPOINTS:
            return method, OTHER
        self.names.add(found)
        return found

    def settle(self, endpoint: str) -> str:
        """What an endpoint of before is called by now: words in it may have become parameters."""
        return endpoint if endpoint in (OTHER, UNSEEN) else self.endpoints.settle(endpoint)


def is_there(group: str, status: int) -> bool:
    """Whether an answer says that the path exists."""
    return bool(group) and status not in NOTHING_THERE
