"""What would keep a hosted zone from being deleted: records in it that no stack has, and that fig does not look after.

Route 53 deletes no zone that has records. Those of users are theirs to delete, so they are named before anything goes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache

from stranglerfig.aws.adopting.comparing import Known, Written, scope_of
from stranglerfig.aws.dns.hosted_zone import HostedZone, Record, plain_name
from stranglerfig.aws.dns.loose_records import is_proof
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import STACK_TYPE, Stack
from stranglerfig.core.cloudformation.templates.evaluation import active_resources, properties_of
from stranglerfig.core.cloudformation.templates.scope import Pseudo
from stranglerfig.errors import Conflict

RECORD, RECORDS = "AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup"
#: as many of them are named as one can read
MOST_NAMED = 10


def left_in(zone: HostedZone, domain: str, in_stacks: Callable[[], Collection[str]]) -> list[Record]:
    """Beside what every zone has, and what proves certificates. ``in_stacks`` are the names that stacks have records
    of: they are asked for only where something is left."""
    found = [one for one in zone.records() if not is_proof(one) and not _is_of_zone(one, domain)]
    return [one for one in found if plain_name(one["Name"]) not in in_stacks()] if found else []


def refuse_left(zone: HostedZone, domain: str, left: Iterable[Record]) -> None:
    """Raises ``Conflict`` that names them, and the command that deletes them."""
    records = list(left)
    if not records:
        return
    named = [f"{plain_name(one['Name'])} ({one['Type']})" for one in records[:MOST_NAMED]]
    more = [f"{len(records) - MOST_NAMED} more"] if len(records) > MOST_NAMED else []
    raise Conflict(
        f"the hosted zone {domain} has records that are not fig's to delete: {', '.join([*named, *more])}",
        hint=f"Keep them elsewhere if they are needed, delete them, and repeat: `{zone.how_to_delete(records)}`.",
    )


def names_in(stacks: Stacks, found: Iterable[Stack], exports: Mapping[str, str]) -> Callable[[], frozenset[str]]:
    """Of the records that these stacks have, and stacks in them. ``exports`` are the environment's."""

    @cache
    def asked() -> frozenset[str]:
        return frozenset(name for stack in found for name in _names(stacks, stack, exports))

    return asked


def _names(stacks: Stacks, stack: Stack, exports: Mapping[str, str]) -> Iterator[str]:
    pseudo = Pseudo(stack.id.split(":")[4], stacks.region, stack.name, stack.id)
    written = Written(parse_template(stacks.template(stack.id)), stack.parameters)
    scope = scope_of(written, Known(pseudo, exports))
    for name, resource in active_resources(scope).items():
        if resource.type in (RECORD, RECORDS):
            properties = properties_of(scope, name)
            for one in properties.get("RecordSets", [properties]):
                yield plain_name(str(one.get("Name")))
    for one in stacks.resources(stack.id):
        if one.type == STACK_TYPE and one.physical and (inner := stacks.find(one.physical)):
            yield from _names(stacks, inner, exports)


def _is_of_zone(record: Record, domain: str) -> bool:
    return record["Type"] in ("NS", "SOA") and plain_name(record["Name"]) == domain
