"""Rules about the stages of a pipeline. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.containers import find_circle
from stranglerfig.manifest.rules.given import Problems, number, section, sections, texts
from stranglerfig.manifest.schema import Rule

KNOWN_VERSION = 1


def known_version(body: dict[str, object]) -> Problems:
    version = number(body, "version")
    if version in (None, KNOWN_VERSION):
        return []
    return [("version", f"version {version} is not known; {KNOWN_VERSION} is")]


def order_of(name: str) -> Rule:
    """What ``depends_on`` names stands in the same mapping, and nothing waits for itself."""

    def check(body: dict[str, object]) -> Problems:
        known = section(body, name)
        waits = {key: texts(action, "depends_on") for key, action in sections(body, name)}
        problems: Problems = [
            (f"{name}.{key}.depends_on[{index}]", f'"{other}" does not exist in the same "{name}"')
            for key, others in waits.items()
            for index, other in enumerate(others)
            if other not in known
        ]
        circle = find_circle(waits)
        if circle:
            way = " → ".join((*circle, circle[0]))
            problems.append((f"{name}.{circle[0]}.depends_on", f"a circle that never begins: {way}"))
        return problems

    return check
