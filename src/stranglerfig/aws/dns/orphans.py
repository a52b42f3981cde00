"""Zones of an environment that are in no stack any more.

A first deploy that fails is rolled back, and CloudFormation cannot delete the zone if a certificate has been proved in
it by then. The next one makes another zone, and is not hindered; the old one costs money until somebody thinks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from stranglerfig.aws.dns.hosted_zone import HostedZone, plain_name
from stranglerfig.aws.dns.leftovers import left_in
from stranglerfig.aws.dns.loose_records import clear_proofs
from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.environment.domain import comment_of
from stranglerfig.errors import FigError, NotFound


def remove_orphans(env: EnvRecord, domain: str, session: Session, own: str | None, note: Callable[[str], None]) -> None:
    """``own`` is the zone that the stack has by now. Those that users have written into stay, which is told."""
    if not domain:
        return
    name = f"{env.name}.{env.app}.{domain}"
    try:
        for zone in _orphans(name, comment_of(env.name, name), session, own):
            if left_in(zone, name, frozenset):
                note(f"Hosted zone {zone.id} is left of an earlier deploy of {env.name}, and has records of yours.")
                continue
            try:
                clear_proofs(zone)
                with suppress(NotFound):
                    session.client("route53").delete_hosted_zone(Id=zone.id)
            except FigError as error:
                note(
                    f"Hosted zone {zone.id} is left of an earlier deploy of {env.name}: {error.message}. "
                    f"`aws route53 delete-hosted-zone --id {zone.id}` deletes it."
                )
    except FigError as error:
        # Roles of environments that are there already have no such right yet, and nothing stands on it.
        note(f"Hosted zones that earlier deploys of {env.name} may have left were not looked for: {error.message}.")


def _orphans(name: str, comment: str, session: Session, own: str | None) -> Iterator[HostedZone]:
    found = list(session.client("route53").pages("list_hosted_zones", "HostedZones"))
    for one in found:
        zone = str(one["Id"]).rpartition("/")[2]
        if plain_name(one["Name"]) == name and one["Config"].get("Comment") == comment and zone != own:
            yield HostedZone(session, zone)
