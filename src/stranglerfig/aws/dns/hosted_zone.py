"""A hosted zone of Route 53 with its records."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.refusals import code_of, was_repeated
from stranglerfig.aws.session import Session
from stranglerfig.errors import FigError

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HostedZone:
    session: Session
    id: str

    def records(self) -> Iterator[Record]:
        """None where a deletion that went on to fail has taken the zone."""
        try:
            yield from self.session.client("route53").pages(
                "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=self.id
            )
        except FigError as error:
            if code_of(error) != "NoSuchHostedZone":
                raise

    def aliases(self, host: str) -> list[Record]:
        """That lead the host to something of AWS's."""
        return [one for one in self.records() if plain_name(one["Name"]) == host and is_alias(one)]

    def change(self, action: str, records: Sequence[Record]) -> None:
        if not records:
            return
        try:
            self.session.client("route53").change_resource_record_sets(
                HostedZoneId=self.id, ChangeBatch=to_batch(action, records)
            )
        except FigError as error:
            # The SDK asks again where an answer was lost, and what was to be deleted is gone by then.
            if action != "DELETE" or not was_repeated(error) or self._has_any(records):
                raise

    def _has_any(self, records: Sequence[Record]) -> bool:
        wanted = {(plain_name(one["Name"]), one["Type"]) for one in records}
        return any((plain_name(one["Name"]), one["Type"]) in wanted for one in self.records())

    def how_to_delete(self, records: Sequence[Record]) -> str:
        """The command of AWS that does."""
        batch = shlex.quote(json.dumps(to_batch("DELETE", records), separators=(",", ":")))
        return f"aws route53 change-resource-record-sets --hosted-zone-id {self.id} --change-batch {batch}"


def to_batch(action: str, records: Sequence[Record]) -> dict[str, Any]:
    return {"Changes": [{"Action": action, "ResourceRecordSet": record} for record in records]}


def is_alias(record: Record) -> bool:
    return record["Type"] == "A" and "AliasTarget" in record


def leads_to(record: Record, name: str) -> bool:
    return "AliasTarget" in record and plain_name(record["AliasTarget"]["DNSName"]) == plain_name(name)


def plain_name(text: str) -> str:
    """As it is compared: Route 53 ends names with a dot, and writes an asterisk as its number."""
    return text.rstrip(".").lower().replace("\\052", "*").removeprefix("dualstack.")
