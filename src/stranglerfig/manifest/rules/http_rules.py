"""Rules about a balancer's rules: hosts and source networks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from stranglerfig.manifest.rules.given import Body, Problems, has, listed, text, texts

#: AWS allows five values a rule, and the path takes one of them
MOST_CONDITIONS = 4
#: of the rules that the one is to be split into
MOST_SUGGESTED = 6


def aliases_of(body: Body) -> tuple[str, ...]:
    """Hosts, whichever of the forms they are written in."""
    items = listed(body, "alias")
    names = (item if isinstance(item, str) else text(item, "name") for item in items if isinstance(item, str | Mapping))
    return tuple(name for name in names if name)


def few_conditions(body: dict[str, object]) -> Problems:
    aliases, networks = aliases_of(body), texts(body, "allowed_source_ips")
    count = len(aliases) + len(networks)
    if count <= MOST_CONDITIONS:
        return []
    parts = list(islice(_split(aliases, networks), MOST_SUGGESTED + 1))
    rules = "; ".join([_as_rule(*part) for part in parts[:MOST_SUGGESTED]] + ["…"] * (len(parts) > MOST_SUGGESTED))
    return [
        (
            "alias" if aliases else "allowed_source_ips",
            f'"alias" and "allowed_source_ips" have {count} values, and a rule may have {MOST_CONDITIONS};'
            f' split it with "additional_rules" on the same path: {rules}',
        )
    ]


def hosted_zone_with_alias(body: dict[str, object]) -> Problems:
    if has(body, "hosted_zone") and not has(body, "alias"):
        return [("alias", 'must be specified if "hosted_zone" is specified')]
    return []


def _split(aliases: Sequence[str], networks: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Rules that together match what the one did: each host with each network."""
    if not networks:
        yield from ((part, ()) for part in _chunks(aliases, MOST_CONDITIONS))
        return
    of_networks = min(len(networks), MOST_CONDITIONS - bool(aliases))
    hosts = _chunks(aliases, MOST_CONDITIONS - of_networks) if aliases else [()]
    for part in hosts:
        yield from ((part, some) for some in _chunks(networks, of_networks))


def _chunks(values: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (values[start : start + most] for start in range(0, len(values), most))


def _as_rule(aliases: Sequence[str], networks: Sequence[str]) -> str:
    parts = [("alias", aliases), ("allowed_source_ips", networks)]
    return ", ".join(f"{name}: [{', '.join(values)}]" for name, values in parts if values)
