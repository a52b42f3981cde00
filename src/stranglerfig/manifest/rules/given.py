"""Reading a decoded section without knowing which form its author chose. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Body = Mapping[str, object]
Problems = list[tuple[str, str]]
#: the levels that are missing
NOTHING: Body = {}
#: in one message
MOST_NAMES = 8


def section(body: Body, *names: str) -> Body:
    """What stands below the names if it is a mapping, else an empty one."""
    found: object = body
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else NOTHING


def value(body: Body, *names: str) -> object:
    return section(body, *names[:-1]).get(names[-1])


def text(body: Body, *names: str) -> str | None:
    found = value(body, *names)
    return found if isinstance(found, str) else None


def number(body: Body, *names: str) -> int | None:
    found = value(body, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def seconds(body: Body, *names: str) -> float | None:
    found = value(body, *names)
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def listed(body: Body, *names: str) -> list[object]:
    """A list; a single text is a list of one."""
    found = value(body, *names)
    if isinstance(found, str):
        return [found]
    return list(found) if isinstance(found, (list, tuple)) else []


def texts(body: Body, *names: str) -> tuple[str, ...]:
    return tuple(item for item in listed(body, *names) if isinstance(item, str))


def sections(body: Body, *names: str) -> Iterator[tuple[str, Body]]:
    """The mappings below a mapping with keys of the author's; an empty one where nothing stands at a key."""
    for key, found in section(body, *names).items():
        if found is None or isinstance(found, Mapping):
            yield key, found or NOTHING


def items(body: Body, *names: str) -> Iterator[tuple[int, Body]]:
    """The mappings of a list, with their index."""
    found = value(body, *names)
    if isinstance(found, (list, tuple)):
        yield from ((index, item) for index, item in enumerate(found) if isinstance(item, Mapping))


def has(body: Body, *names: str) -> bool:
    return value(body, *names) is not None


def quoted(names: tuple[str, ...] | list[str], joined: str = "and") -> str:
    """``"a", "b" and "c"``; of very many, the first and how many more."""
    marked = [f'"{name}"' for name in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        return f"{', '.join(marked)} {joined} {len(names) - MOST_NAMES} more"
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} {joined} {marked[-1]}"
