"""Whether a rule, by one of its paths, means a request; if not, the first reason why not."""

from __future__ import annotations

import ipaddress
import re

from stranglerfig.core.routing import glob
from stranglerfig.core.routing.canonical import parse_target
from stranglerfig.core.routing.paths import path_matches, path_text
from stranglerfig.core.routing.precedence import Alternative
from stranglerfig.core.routing.rules import (
    HeaderCondition,
    HostCondition,
    QueryCondition,
    QueryPair,
    Request,
    SourceCondition,
)


def matches(alternative: Alternative, request: Request, canonical_path: str) -> str | None:
    """None when it matches; else why not, in words."""
    conditions = alternative.rule.conditions
    if not path_matches(alternative.path, canonical_path):
        return f"path {canonical_path} is not {path_text(alternative.path)}"
    if conditions.methods and request.method not in conditions.methods:
        return f"method {request.method} is not {' or '.join(conditions.methods)}"
    if conditions.host and not _host_matches(conditions.host, request.host):
        return f"host {host_only(request.host)} is not {' or '.join(_either(conditions.host))}"
    for header in conditions.headers:
        if not _header_matches(header, request.headers):
            return f"no header {header.name} is {' or '.join(_either(header))}"
    for query in conditions.queries:
        if not _query_matches(query, request.target):
            return f"the query has no {' or '.join(_pair_text(pair) for pair in query.pairs)}"
    if conditions.source and not source_matches(conditions.source, request.source):
        return f"source {request.source} is not in {' or '.join(conditions.source.networks)}"
    return None


def host_only(host: str) -> str:
    """Without port and in lower case; the brackets of an IPv6 address stay."""
    return re.sub(r":[0-9]*$", "", host).lower()


def source_matches(condition: SourceCondition, source: str) -> bool:
    """IPv4 and IPv4-mapped IPv6 are the same address, as for HAProxy."""
    address = _as_v6(ipaddress.ip_address(source))
    return any(address in to_network(network) for network in condition.networks)


def _as_v6(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv6Address:
    if address.version == 6:
        return address
    return ipaddress.IPv6Address(0xFFFF_0000_0000 | int(address))


def to_network(text: str) -> ipaddress.IPv6Network:
    """The same for all spellings of one network. Raises ``ValueError``."""
    network = ipaddress.ip_network(text, strict=False)
    if network.version == 6:
        return network
    return ipaddress.IPv6Network((_as_v6(network.network_address), network.prefixlen + 96))


def _either(condition: HostCondition | HeaderCondition) -> tuple[str, ...]:
    return condition.patterns or condition.regexes


def _host_matches(condition: HostCondition, host: str) -> bool:
    return _value_matches(condition, host_only(host))


def _header_matches(condition: HeaderCondition, headers: tuple[tuple[str, str], ...]) -> bool:
    """Each line of a repeated header counts by itself and whole: a comma separates nothing."""
    name = condition.name.lower()
    return any(_value_matches(condition, value.strip(" \t")) for key, value in headers if key.lower() == name)


def _value_matches(condition: HostCondition | HeaderCondition, value: str) -> bool:
    if any(glob.matches(pattern, value, ignore_case=True) for pattern in condition.patterns):
        return True
    return any(re.search(regex, value, re.ASCII | re.IGNORECASE) for regex in condition.regexes)


def _query_matches(condition: QueryCondition, target: str) -> bool:
    """Pairs as sent, without percent-decoding. What holds no ``=`` is no pair."""
    parts = (part.partition("=") for part in (parse_target(target).query or "").split("&"))
    pairs = [(key, value) for key, equals, value in parts if equals]
    return any(_pair_matches(wanted, key, value) for wanted in condition.pairs for key, value in pairs)


def _pair_matches(wanted: QueryPair, key: str, value: str) -> bool:
    if wanted.key is not None and not glob.matches(wanted.key, key, ignore_case=True, escapes=True):
        return False
    return glob.matches(wanted.value, value, ignore_case=True, escapes=True)


def _pair_text(pair: QueryPair) -> str:
    return pair.value if pair.key is None else f"{pair.key}={pair.value}"
