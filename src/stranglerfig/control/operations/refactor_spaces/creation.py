"""What all creations have in common: tokens, new ids, the books, and the job that goes on with it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.faults import conflict
from stranglerfig.core.refactor_spaces.identifiers import to_id
from stranglerfig.core.refactor_spaces.resources import PREFIXES, Facts, Resource
from stranglerfig.core.refactor_spaces.tags import Tags


@dataclass(frozen=True, slots=True)
class Origin:
    """What a resource that is brought here from elsewhere keeps. UTC seconds."""

    id: str
    created_at: float


#: checks everything and makes the resource, in state CREATING
Make = Callable[[], Resource]


def create(control: Control, caller: Caller, operation: str, parameters: Mapping[str, Any], make: Make) -> Resource:
    """The resource in state CREATING; for a token that was used before, what it made then, as it is now."""
    refactoring = control.refactoring
    token, digest, now = parameters.get("ClientToken"), _digest(parameters), refactoring.wall()
    before = _find_earlier(control, caller, operation, token, digest)
    if before is not None:
        return before
    resource = make()
    with control.books.together():
        refactoring.books.store.save_resource(resource, f"{operation} of {caller.account}")
        if token is not None:
            key = (caller.account, operation, token)
            refactoring.books.store.save_token(key, digest, resource.facts.id, now)
    refactoring.books.spaces.resources[resource.facts.id] = resource
    refactoring.settler.begin(resource)
    return resource


def new_facts(
    control: Control, caller: Caller, kind: type, tags: Tags, *, owner: str | None = None, origin: Origin | None = None
) -> Facts:
    """``owner`` None: whoever asks."""
    now = control.refactoring.wall()
    if origin is None:
        origin = Origin(to_id(PREFIXES[kind], os.urandom(16)), now)
    return Facts(origin.id, owner or caller.account, caller.account, origin.created_at, now, tags=tags)


def _find_earlier(control: Control, caller: Caller, operation: str, token: str | None, digest: str) -> Resource | None:
    if token is None:
        return None
    refactoring = control.refactoring
    known = refactoring.books.store.token(caller.account, operation, token, refactoring.wall())
    resource = None if known is None else refactoring.books.spaces.resources.get(known[1])
    if known is None or resource is None:
        return None
    if known[0] != digest:
        raise conflict(resource, "was created with this ClientToken and other parameters")
    return resource


def _digest(parameters: Mapping[str, Any]) -> str:
    given = {name: value for name, value in parameters.items() if name != "ClientToken"}
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
