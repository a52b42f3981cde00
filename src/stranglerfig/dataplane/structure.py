"""What of HAProxy's configuration differs, and whether that takes a reload (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stranglerfig.core.routing.rules import UrlRewrite
from stranglerfig.core.topology import Topology
from stranglerfig.dataplane.actions import backend_of_answer, backend_of_group, rewrite_name
from stranglerfig.dataplane.config import Structure, answers
from stranglerfig.dataplane.frontend import features, hand_over_name
from stranglerfig.dataplane.membership import has_moved, in_rotation, without_servers


def to_structure(topology: Topology, sockets: Mapping[str, int]) -> Structure:
    """``sockets`` are file numbers by listener. Rules live in maps: the structure has none."""
    return Structure(
        listeners={listener.name: replace(listener, rules=()) for listener in topology.listeners},
        groups={group.name: in_rotation(group) for group in topology.groups},
        sockets={listener.name: sockets[listener.name] for listener in topology.listeners},
        features={listener.name: features(listener) for listener in topology.listeners},
        answers=frozenset().union(*map(answers, topology.listeners)),
    )


def grown(held: Structure, wanted: Structure) -> Structure:
    """Both at once: what requests that follow the old rules need, and what the new rules will."""
    return Structure(
        listeners={**held.listeners, **wanted.listeners},
        groups={**held.groups, **wanted.groups},
        sockets={**held.sockets, **wanted.sockets},
        features=_features(held, wanted),
        answers=held.answers | wanted.answers,
    )


def shrunk(held: Structure, wanted: Structure) -> Structure:
    """Only what is wanted; features and answers stay while their listener does, for they cost nothing."""
    kept = {name: found for name, found in _features(held, wanted).items() if name in wanted.listeners}
    return replace(wanted, features=kept, answers=held.answers | wanted.answers)


def same_without_servers(one: Structure, other: Structure) -> bool:
    """Whether HAProxy can get from one to the other without a reload."""
    if one == other:
        return True
    if any(has_moved(group, other.groups[name]) for name, group in one.groups.items() if name in other.groups):
        return False
    return _skeleton(one) == _skeleton(other)


def backends_and_features(structure: Structure) -> frozenset[str]:
    """What a worker with this configuration can be told to use; see ``actions.needed_by``."""
    codes = (
        rewrite_name(one) if isinstance(one, UrlRewrite) else one
        for found in structure.features.values()
        for one in found
    )
    return frozenset(
        (
            *map(backend_of_group, structure.groups),
            *map(backend_of_answer, structure.answers),
            *(hand_over_name(name) for name, listener in structure.listeners.items() if not listener.tcp),
            *codes,
        )
    )


def _features(held: Structure, wanted: Structure) -> dict[str, frozenset[str | UrlRewrite]]:
    names = {**held.features, **wanted.features}
    none: frozenset[str | UrlRewrite] = frozenset()
    return {name: held.features.get(name, none) | wanted.features.get(name, none) for name in names}


def _skeleton(structure: Structure) -> Structure:
    return replace(structure, groups={name: without_servers(group) for name, group in structure.groups.items()})
