"""Tags, and what some of them tell fig (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stranglerfig.core.refactor_spaces.faults import invalid

Tags = tuple[tuple[str, str], ...]

MOST_TAGS = 50
#: of a service: the target or the deployed service (APP.ENVIRONMENT.NAME) that answers for it
SERVICE_TAG = "fig:service"
#: of an application: where its proxy listens
PORT_TAG = "fig:port"
HOST_TAG = "fig:host"


def to_tags(given: Mapping[str, str] | None) -> Tags:
    return _checked(dict(given or {}))


def with_tags(tags: Tags, added: Mapping[str, str]) -> Tags:
    return _checked({**dict(tags), **added})


def without_tags(tags: Tags, keys: Iterable[str]) -> Tags:
    gone = set(keys)
    return tuple((key, value) for key, value in tags if key not in gone)


def _checked(tags: dict[str, str]) -> Tags:
    if len(tags) > MOST_TAGS:
        raise invalid(f"{len(tags)} tags are too many; a resource has at most {MOST_TAGS}.")
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved:
        raise invalid(f"Tag keys that begin with aws: are AWS's own: {', '.join(sorted(reserved))}.")
    return tuple(sorted(tags.items()))
