"""Types that are kept as records: they have ids and attributes for others to ask for, and nothing is made of them."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.stacks.provider import Wish
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.effects import Made
from stranglerfig.core.cloudformation.stacks.records import Incarnation
from stranglerfig.core.cloudformation.templates.record_identities import NewRecord, made_up

NOTE = "Kept as a record: fig makes nothing of this type."


@dataclass(frozen=True, slots=True)
class RecordProvider:
    region: str

    async def create(self, wish: Wish) -> Made:
        return self._made(wish, wish.token)

    async def update(self, wish: Wish, now: Incarnation) -> Made:
        """Its id stays: it hangs on what it was first made with."""
        made = self._made(wish, now.token)
        return Made(now.physical_id, {**made.attributes, "Ref": now.attributes.get("Ref", now.physical_id)}, NOTE)

    async def replace(self, wish: Wish, now: Incarnation) -> Made:
        return self._made(wish, wish.token)

    async def delete(self, caller: Caller, gone: Incarnation) -> None:
        """There is nothing to delete."""

    def _made(self, wish: Wish, seed: str) -> Made:
        stack = wish.stack
        new = NewRecord(wish.type, stack.account, self.region, stack.name, wish.logical_id, seed.encode())
        physical_id, attributes = made_up(new, wish.properties)
        return Made(physical_id, {"Ref": physical_id, **attributes}, NOTE)
