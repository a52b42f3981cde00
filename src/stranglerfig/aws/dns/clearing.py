"""Clears the zones of environments and applications before they are deleted, and says beforehand what cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stranglerfig.aws.applications import Application
from stranglerfig.aws.dns.hosted_zone import HostedZone, Record, leads_to, plain_name
from stranglerfig.aws.dns.kept import going_with
from stranglerfig.aws.dns.leftovers import left_in, names_in, refuse_left
from stranglerfig.aws.dns.loose_records import LooseRecords, clear_proofs, entrance_of
from stranglerfig.aws.environments import Environment, session_that_stays
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.zones import app_domain, env_zone


def refuse_foreign(env: Environment, workloads: Iterable[Stack] = ()) -> None:
    """Raises ``Conflict`` for records of users in the environment's zone. ``workloads`` are stacks that go before."""
    stack = env.stack()
    zone = own_zone(env, stack) if stack else None
    if stack is None or zone is None:
        return
    before = list(workloads)
    left = [one for one in _left(env, zone, [stack, *before]) if not _is_ours(env, stack, one)]
    refuse_left(zone, env_zone(env.facts({})), _without_going(env, zone, before, left))


def refuse_foreign_of_app(app: Application, there: Mapping[str, tuple[Environment, list[Stack]]]) -> None:
    """The same of the application's zone; ``there`` are its environments by name, with all stacks that go before."""
    facts = app.facts()
    if facts.own_zone is None:
        return
    zone, domain = HostedZone(app.session, facts.own_zone), app_domain(facts)
    kept = {f"{name}.{domain}" for name in there}
    left = left_in(zone, domain, frozenset)
    for env, found in there.values():
        if left:
            kept |= env.facts({}).kept_hosts
            ours = names_in(env.stacks, found, found[0].exports)() if found else frozenset[str]()
            left = [one for one in left if plain_name(one["Name"]) not in ours | kept]
            left = _without_going(env, zone, found[1:], left)
    refuse_left(zone, domain, [one for one in left if plain_name(one["Name"]) not in kept])


def clear_zone(env: Environment, stack: Stack) -> None:
    """Of what CloudFormation does not take away, and would stumble over."""
    zone = own_zone(env, stack)
    if zone is not None:
        facts = env.facts({})
        # In the application's zone too; of other types than fig's, which are in the environment's alone, below.
        LooseRecords(facts, env.app.session, zone.session, zone.id).drop(facts.kept_hosts)
        clear_proofs(zone)
        zone.change("DELETE", [one for one in _left(env, zone, [stack]) if _is_ours(env, stack, one)])


def own_zone(env: Environment, stack: Stack) -> HostedZone | None:
    """Of the environment, also where its stack has come to nothing and says no more."""
    found = stack.outputs.get(names.OWN_ZONE)
    if found is None and env.app.record.domain:
        has = env.stacks.resources(stack.id)
        found = next((one.physical for one in has if one.logical == names.OWN_ZONE and one.physical), None)
    return HostedZone(session_that_stays(env), found) if found else None


def _left(env: Environment, zone: HostedZone, found: list[Stack]) -> list[Record]:
    return left_in(zone, env_zone(env.facts({})), names_in(env.stacks, found, found[0].exports))


def _without_going(env: Environment, zone: HostedZone, workloads: list[Stack], left: list[Record]) -> list[Record]:
    """Less those that go with the workloads; they are asked for only where something is left."""
    going = [record for stack in workloads for record in going_with(env, stack, zone)] if left else []
    return [one for one in left if one not in going]


def _is_ours(env: Environment, stack: Stack, record: Record) -> bool:
    """What leads to the environment is of no use without it, and a function wrote it or a takeover kept it."""
    entrance = entrance_of(stack.outputs)
    is_kept = plain_name(record["Name"]) in env.facts({}).kept_hosts
    return is_kept or (entrance is not None and leads_to(record, entrance.name))
