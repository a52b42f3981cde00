"""Rules about which fields of one section stand together. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Problems, has, quoted
from stranglerfig.manifest.schema import Rule


def exactly_one(first: str, second: str) -> Rule:
    def check(body: dict[str, object]) -> Problems:
        given = [name for name in (first, second) if has(body, name)]
        if len(given) == 1:
            return []
        one = "one" if not given else "one, not both,"
        return [("", f"must specify {one} of {quoted((first, second))}")]

    return check


def one_of_two(first: str, second: str) -> Rule:
    """Both may be absent."""

    def check(body: dict[str, object]) -> Problems:
        if has(body, first) and has(body, second):
            return [("", f"must specify one, not both, of {quoted((first, second))}")]
        return []

    return check


def needs(name: str, other: str) -> Rule:
    def check(body: dict[str, object]) -> Problems:
        if has(body, name) and not has(body, other):
            return [(other, f'must be specified if "{name}" is specified')]
        return []

    return check


def all_or_none(*names: str) -> Rule:
    def check(body: dict[str, object]) -> Problems:
        given = [name for name in names if has(body, name)]
        if not given:
            return []
        verb = "is" if len(given) == 1 else "are"
        return [(name, f"must be specified if {quoted(given)} {verb} specified") for name in names if name not in given]

    return check
