"""Whether balancers have room for what is to be behind them, all of a command's workloads together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stranglerfig.aws.priorities import account_limit, behind_balancer, rules_on
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.balancing.number_records import listener_paths
from stranglerfig.aws.synth.balancing.room import MOST_TARGETS, check_groups, check_targets, count_targets, groups_of
from stranglerfig.aws.synth.facts import Release

TARGETS_QUOTA = "targets-per-application-load-balancer"
#: a workload, the listeners of its balancer by protocol, and the ARNs of the rules that it has
Placed = tuple[Release, Mapping[str, str], frozenset[str]]


def check_room(session: Session, placed: Sequence[Placed]) -> None:
    """Raises ``Refused``."""
    together: dict[frozenset[str], list[Placed]] = {}
    for one in placed:
        together.setdefault(frozenset(listener_paths(behind_balancer(one[0])).values()), []).append(one)
    for those in together.values():
        releases = [behind_balancer(release) for release, _, _ in those]
        check_groups(releases, _others(session, those))
        if count_targets(releases) > MOST_TARGETS:
            check_targets(releases, account_limit(session, TARGETS_QUOTA, MOST_TARGETS))


def _others(session: Session, those: Sequence[Placed]) -> int:
    listeners = {arn for _, found, _ in those for arn in found.values()}
    own = {rule for _, _, rules in those for rule in rules}
    rules = [rule for listener in listeners for rule in rules_on(session, listener)]
    return len(
        groups_of(one for one in rules if one["RuleArn"] not in own)
        - groups_of(one for one in rules if one["RuleArn"] in own)
    )
