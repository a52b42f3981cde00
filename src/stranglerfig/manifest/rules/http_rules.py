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
    return [
        (
            "alias" if aliases else "allowed_source_ips",
            f'"alias" and "allowed_source_ips" have {count} values, and a rule may have {MOST_CONDITIONS};'
            f' split it with "additional_rules" on the same path: {as_split_rules(aliases, networks, MOST_CONDITIONS)}',
        )
    ]


def hosted_zone_with_alias(body: dict[str, object]) -> Problems:
    if has(body, "hosted_zone") and not has(body, "alias"):
        return [("alias", 'must be specified if "hosted_zone" is specified')]
    return []


def as_split_rules(aliases: Sequence[str], networks: Sequence[str], most: int) -> str:
    """Rules of at most ``most`` values that together match what the one did, as they would be written."""
    parts = list(islice(_split(aliases, networks, most), MOST_SUGGESTED + 1))
    return "; ".join([_as_rule(*part) for part in parts[:MOST_SUGGESTED]] + ["…"] * (len(parts) > MOST_SUGGESTED))


def _split(aliases: Sequence[str], networks: Sequence[str], most: int) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Each host with each network."""
    if not networks:
        yield from ((part, ()) for part in _chunks(aliases, most))
        return
    of_networks = min(len(networks), most - bool(aliases))
    hosts = _chunks(aliases, most - of_networks) if aliases else [()]
    for part in hosts:
        yield from ((part, some) for some in _chunks(networks, of_networks))


def _chunks(values: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (values[start : start + most] for start in range(0, len(values), most))


def _as_rule(aliases: Sequence[str], networks: Sequence[str]) -> str:
    parts = [("alias", aliases), ("allowed_source_ips", networks)]
    return ", ".join(f"{name}: [{', '.join(values)}]" for name, values in parts if values)
