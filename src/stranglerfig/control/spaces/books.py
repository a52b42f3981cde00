"""The resources of Refactor Spaces in memory, always what the store holds: every change is committed there first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from stranglerfig.control.ports import SpaceStore, Store
from stranglerfig.core.refactor_spaces.resources import (
    Failure,
    Resource,
    Route,
    State,
)
from stranglerfig.core.refactor_spaces.spaces import Spaces

R = TypeVar("R", bound=Resource)


@dataclass(slots=True)
class SpaceBooks:
    store: SpaceStore
    file: Store
    spaces: Spaces = field(default_factory=Spaces)
    policies: dict[str, str] = field(default_factory=dict)

    def read(self) -> None:
        found = sorted(self.store.resources(), key=lambda one: (one.facts.created_at, one.facts.id))
        self.spaces = Spaces({one.facts.id: one for one in found})
        self.policies = self.store.policies()

    def save(self, resource: Resource, reason: str) -> None:
        self.store.save_resource(resource, reason)
        self.spaces.resources[resource.facts.id] = resource

    def move(self, resource: R, state: State, reason: str, *, now: float, failure: Failure | None = None) -> R:
        """Into another state."""
        moved = self._moved(resource, state, now, failure)
        self.save(moved, reason)
        return moved

    def succeed(self, route: Route, state: State, reason: str, *, now: float) -> None:
        """Into that state, and the one that it replaces is gone: both or neither."""
        moved = self._moved(replace(route, replaces=None), state, now, None)
        with self.file.together():
            if route.replaces is not None:
                self.store.delete_resource(route.replaces, f"replaced by {route.facts.id}")
            self.store.save_resource(moved, reason)
        self.spaces.resources.pop(route.replaces or "", None)
        self.spaces.resources[route.facts.id] = moved

    def _moved(self, resource: R, state: State, now: float, failure: Failure | None) -> R:
        """Its tags are those that it has by now: they may have changed since it was looked at."""
        known = self.spaces.resources.get(resource.facts.id, resource)
        facts = replace(resource.facts, state=state, failure=failure, updated_at=now, tags=known.facts.tags)
        return replace(resource, facts=facts)

    def remove(self, resource_id: str, reason: str) -> None:
        """Idempotent."""
        self.store.delete_resource(resource_id, reason)
        self.spaces.resources.pop(resource_id, None)
        self.policies.pop(resource_id, None)

    def save_policy(self, environment: str, policy: str | None) -> None:
        self.store.save_policy(environment, policy)
        if policy is None:
            self.policies.pop(environment, None)
        else:
            self.policies[environment] = policy

    def forget(self) -> None:
        """The store was emptied."""
        self.spaces, self.policies = Spaces(), {}
