"""Stacks and their resources in memory, always what the store holds: every change is committed there first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from stranglerfig.control.ports import StackStore, Store
from stranglerfig.core.cloudformation.stacks.beginnings import NOTHING_SPENT, Spent
from stranglerfig.core.cloudformation.stacks.records import Stack, StackEvent, StackResource
from stranglerfig.core.cloudformation.stacks.states import Status


@dataclass(frozen=True, slots=True)
class Export:
    name: str
    value: str
    stack_id: str


@dataclass(slots=True)
class StackBooks:
    """Deleted stacks are found by their id only. Events and change sets are not held here: they are in ``store`` alone.

    ``stacks`` and what they consist of are changed by ``write`` and ``remove`` only.
    """

    store: StackStore
    file: Store
    stacks: dict[str, Stack] = field(default_factory=dict)
    _resources: dict[str, dict[str, StackResource]] = field(default_factory=dict)

    def read(self) -> None:
        self.stacks = {stack.id: stack for stack in self.store.stacks()}
        self._resources = {}
        for stack in self.stacks.values():
            found = self.store.resources(stack.id)
            self._resources[stack.id] = {one.logical_id: one for one in found}

    def forget(self) -> None:
        """The store was emptied."""
        self.stacks, self._resources = {}, {}

    def find(self, account: str, name_or_id: str) -> Stack | None:
        by_id = self.stacks.get(name_or_id)
        if by_id is not None:
            return by_id if by_id.account == account else None
        return next((one for one in self.all(account) if one.name == name_or_id and one.is_live), None)

    def all(self, account: str) -> tuple[Stack, ...]:
        """The oldest first; deleted ones too."""
        return tuple(stack for stack in self.stacks.values() if stack.account == account)

    def resources(self, stack_id: str) -> dict[str, StackResource]:
        """A copy, by logical id."""
        return dict(self._resources.get(stack_id, {}))

    def exports(self, account: str) -> dict[str, Export]:
        return {
            output.export_name: Export(output.export_name, output.value, stack.id)
            for stack in self.all(account)
            if stack.is_live and stack.status is not Status.DELETE_IN_PROGRESS
            for output in stack.outputs
            if output.export_name is not None
        }

    def importers(self, account: str, export: str) -> tuple[str, ...]:
        """Names of the stacks that need it."""
        return tuple(stack.name for stack in self.all(account) if stack.is_live and export in stack.imports)

    def users(self, stack: Stack) -> dict[str, tuple[str, ...]]:
        """Names of the other stacks that need one of its exports, by export."""
        found = {}
        for output in stack.outputs:
            if output.export_name is not None:
                names = self.importers(stack.account, output.export_name)
                found[output.export_name] = tuple(name for name in names if name != stack.name)
        return {export: names for export, names in found.items() if names}

    def write(
        self,
        stack: Stack,
        resources: Iterable[StackResource] = (),
        events: Collection[StackEvent] = (),
        gone: Iterable[str] = (),
        spent: Spent = NOTHING_SPENT,
    ) -> None:
        """In one transaction. ``gone`` are the logical ids of resources that are forgotten, ``spent`` its change sets.

        To be called in no other transaction: what is held in memory would be ahead of the file if that one failed.
        """
        resources, gone = tuple(resources), tuple(gone)
        with self.file.together():
            if self.stacks.get(stack.id) != stack:
                self.store.save_stack(stack)
            for resource in resources:
                self.store.save_resource(stack.id, resource)
            for logical_id in gone:
                self.store.delete_resource(stack.id, logical_id)
            if events:
                self.store.add_events(events)
            for change_set in spent.changed:
                self.store.save_change_set(change_set)
            for change_set_id in spent.gone:
                self.store.delete_change_set(change_set_id)
        self.stacks[stack.id] = stack
        kept = self._resources.setdefault(stack.id, {})
        kept.update({resource.logical_id: resource for resource in resources})
        for logical_id in gone:
            kept.pop(logical_id, None)

    def remove(self, stack_id: str) -> None:
        """With everything, as if it had never been."""
        self.store.delete_stack(stack_id)
        self.stacks.pop(stack_id, None)
        self._resources.pop(stack_id, None)
