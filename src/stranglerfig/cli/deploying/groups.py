"""In which order workloads are deployed: by priority, and publishers before their subscribers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stranglerfig.errors import UsageError


def parse_names(texts: Sequence[str]) -> dict[str, int | None]:
    """``NAME`` or ``NAME/PRIORITY``, the last of one name counts."""
    found: dict[str, int | None] = {}
    for text in texts:
        name, slash, priority = text.partition("/")
        if not name or (slash and not priority.isdecimal()):
            raise UsageError(
                f"{text!r} is neither a name nor NAME/PRIORITY", hint="Write `--name web` or `--name database/1`."
            )
        found[name] = int(priority) if slash else None
    return found


def to_groups(priorities: Mapping[str, int | None]) -> list[list[str]]:
    """Groups to be deployed one after the other: the lowest priority first, what has none last."""
    ranks = sorted({rank(priority) for priority in priorities.values()})
    return [sorted(name for name in priorities if rank(priorities[name]) == wanted) for wanted in ranks]


def rank(priority: int | None) -> float:
    return float("inf") if priority is None else priority


def to_layers(names: Sequence[str], needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """``names`` in layers that can start side by side, each after what it ``needs`` among them.

    A circle of needs, which nothing forbids, is one layer.
    """
    left, layers = list(names), []
    while left:
        ready = [name for name in left if not set(needs.get(name, ())) & set(left) - {name}] or left
        layers.append(ready)
        left = [name for name in left if name not in ready]
    return layers
