"""Shifts written down where everybody who may change the environment finds them: a parameter for each route.

Each decision is a version of its own, so that the parameter's history is the shift's. Two who write at once are told
apart by the version that they get: the second one takes back what it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.records import as_text
from stranglerfig.aws.synth import names
from stranglerfig.core.json_values import UnreadableValue, from_json, to_json
from stranglerfig.core.shift.record import Decision, ShiftRecord
from stranglerfig.errors import Conflict, NotFound, StateUnusable


@dataclass(frozen=True, slots=True)
class Entry:
    """``decision`` is what made the record what it is. ``version`` 0: it is not written yet."""

    record: ShiftRecord
    decision: Decision
    version: int = 0

    def says(self, other: Entry) -> bool:
        """The same, whichever version it is."""
        return (self.record, self.decision) == (other.record, other.decision)


class ShiftBooks:
    """Those of one environment."""

    def __init__(self, place: Place) -> None:
        self._ssm = place.session.client("ssm", place.env.region)
        self._path = f"{names.env_record(place.env.app.name, place.env.name)}/shifts"
        self._tags = [
            {"Key": key, "Value": value}
            for key, value in ((names.APP_TAG, place.env.app.name), (names.ENV_TAG, place.env.name))
        ]

    def all(self) -> list[Entry]:
        """The last one of each route, the oldest first."""
        found = self._ssm.pages("get_parameters_by_path", "Parameters", Path=self._path, Recursive=True)
        return sorted((to_entry(one) for one in found), key=lambda entry: entry.record.started_at)

    def find(self, proxy: str, route: str) -> Entry | None:
        try:
            return to_entry(self._ssm.get_parameter(Name=self._name(proxy, route))["Parameter"])
        except NotFound:
            return None

    def history(self, proxy: str, route: str) -> list[Entry]:
        """As far back as the parameter store goes, a hundred versions."""
        try:
            found = list(self._ssm.pages("get_parameter_history", "Parameters", Name=self._name(proxy, route)))
        except NotFound:
            return []
        return [to_entry(one) for one in found]

    def write(self, entry: Entry, proxy: str) -> Entry | None:
        """None: somebody else has written since ``entry.version``, and theirs stands."""
        try:
            version = self._put(proxy, entry.record.route, entry)
        except Conflict:
            # It is there already; made by us, if the answer was lost and the SDK has asked again.
            present = self.find(proxy, entry.record.route)
            return present if present is not None and present.says(entry) else None
        if version > entry.version + 1:
            since = [one for one in self.history(proxy, entry.record.route) if entry.version < one.version < version]
            others = [one for one in since if not one.says(entry)]
            if others:
                self._put(proxy, entry.record.route, others[-1])
                return None
        return Entry(entry.record, entry.decision, version)

    def forget(self, proxy: str) -> None:
        for entry in self.all():
            if entry.record.proxy.rpartition(".")[2] == proxy:
                with suppress(NotFound):
                    self._ssm.delete_parameter(Name=self._name(proxy, entry.record.route))

    def _put(self, proxy: str, route: str, entry: Entry) -> int:
        value = {"record": to_json(entry.record), "decision": to_json(entry.decision)}
        given: dict[str, Any] = {
            "Name": self._name(proxy, route),
            "Value": as_text(value),
            "Type": "String",
            "Tier": "Intelligent-Tiering",
        }
        # Tags are for a new one only.
        more = {"Overwrite": True} if entry.version else {"Tags": self._tags, "Overwrite": False}
        return int(self._ssm.put_parameter(**given, **more)["Version"])

    def _name(self, proxy: str, route: str) -> str:
        return f"{self._path}/{proxy}/{route}"


def to_entry(parameter: Mapping[str, Any]) -> Entry:
    try:
        value = json.loads(parameter["Value"])
        return Entry(
            from_json(ShiftRecord, value["record"]), from_json(Decision, value["decision"]), int(parameter["Version"])
        )
    except (ValueError, KeyError, TypeError, UnreadableValue) as error:
        raise StateUnusable(
            f"the parameter {parameter['Name']} holds no shift",
            hint=f"See who wrote it with `aws ssm get-parameter-history --name {parameter['Name']}`.",
        ) from error


def since_start(entries: list[Entry]) -> Iterator[tuple[ShiftRecord, list[Decision]]]:
    """Each shift with its decisions, the oldest first."""
    by_shift: dict[str, list[Entry]] = {}
    for entry in entries:
        by_shift.setdefault(entry.record.id, []).append(entry)
    for found in by_shift.values():
        yield found[-1].record, [entry.decision for entry in found]
