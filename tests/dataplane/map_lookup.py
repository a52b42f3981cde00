"""What HAProxy's frontend does with the three maps, in Python: for tests that need thousands of look-ups."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import assert_never

from stranglerfig.core.routing.canonical import parse_target
from stranglerfig.core.routing.match import host_only
from stranglerfig.core.routing.rules import Request
from stranglerfig.dataplane.actions import NO_RULE, rank_of
from stranglerfig.dataplane.maps import AddEntries, DeleteEntry, ReplaceTable, SetEntry, Step
from stranglerfig.dataplane.tables import Tables


@dataclass
class Maps:
    """Entries in order, as HAProxy holds them. ``set map`` and ``del map`` of what is not there are refused."""

    tables: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def holding(cls, tables: Tables) -> Maps:
        return cls({name: dict(tables.map_named(name)) for name in ("routes", "nodes", "patterns")})

    def carry_out(self, step: Step) -> None:
        entries = self.tables[step.table]
        match step:
            case SetEntry(_, key, value):
                assert key in entries, "set map of an unknown key is refused"
                entries[key] = value
            case AddEntries(_, added):
                assert not entries.keys() & dict(added), "add map would make a second entry"
                entries.update(added)
            case DeleteEntry(_, key):
                assert key in entries, "del map of an unknown key is refused"
                del entries[key]
            case ReplaceTable(name, wanted):
                self.tables[name] = dict(wanted)
            case _:  # pragma: no cover
                assert_never(step)

    def value(self, request: Request, path: str) -> str | None:
        """The value that decides about a request with this canonical path; None when a look-up finds nothing."""
        routes, nodes, patterns = (self.tables[name] for name in ("routes", "nodes", "patterns"))
        keys = [key for key in routes if f"{path}//".startswith(key)]
        if not keys:
            return None
        value = routes[max(keys, key=len)]
        if not value.startswith("!n|"):
            return value
        node = nodes.get(f"{request.method}{value}", nodes.get(f"*{value}"))
        generation = value.split("|")[2]
        text = request_text(generation, request, path) if generation else ""
        pattern = next((held for regex, held in patterns.items() if text and re.search(regex, text)), None)
        if pattern is None or (node is not None and _rank(node) < _rank(pattern)):
            return NO_RULE if node is None else node
        return pattern


def request_text(generation: str, request: Request, path: str) -> str:
    """See ``conditions.request_key``; ``req.hdrs`` has lower-case names and ends with an empty line."""
    source = ipaddress.ip_address(request.source).packed.hex().upper()
    headers = (("Host", request.host), *request.headers)
    lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers)
    query = parse_target(request.target).query or ""
    return "\n".join((generation, request.method, host_only(request.host).lower(), source, path, query, lines + "\r\n"))


def _rank(value: str) -> int:
    rank = rank_of(value)
    assert rank is not None
    return int(rank)
