"""What comes before what (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def cycle_in(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Sorted names of what waits for each other, and of what lies between; empty if there is an order. Names that
    the graph has no entry for count as done."""
    left = {name: {other for other in needed if other in graph} for name, needed in graph.items()}
    # What waits for a cycle without being waited for by it is not part of it: so both ends are cut off.
    _cut(left)
    reverse: dict[str, set[str]] = {name: set() for name in left}
    for name, needed in left.items():
        for other in needed:
            reverse[other].add(name)
    _cut(reverse)
    return sorted(reverse)


def in_order(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Each after what it needs, else as the graph lists them. There must be no cycle."""
    placed: dict[str, None] = {}
    for name in graph:
        stack = [name]
        while stack:
            waiting = [other for other in graph[stack[-1]] if other in graph and other not in placed]
            if stack[-1] in placed or not waiting:
                placed[stack.pop()] = None
            else:
                stack.append(waiting[0])
    return [*placed]


def _cut(left: dict[str, set[str]]) -> None:
    """Takes away whatever needs nothing, until nothing does."""
    users: dict[str, set[str]] = {name: set() for name in left}
    for name, needed in left.items():
        for other in needed:
            users[other].add(name)
    free = [name for name, needed in left.items() if not needed]
    while free:
        done = free.pop()
        del left[done]
        for user in users[done]:
            left[user].discard(done)
            if not left[user]:
                free.append(user)
