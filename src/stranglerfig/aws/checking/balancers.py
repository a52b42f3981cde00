"""Whether balancers have room for what is to be behind them, all of a command's workloads together."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.aws.priorities import Placed, Seen, account_limit, behind_balancer
from stranglerfig.aws.synth.balancing.number_records import listener_paths
from stranglerfig.aws.synth.balancing.room import MOST_TARGETS, check_groups, check_targets, count_targets, groups_of

TARGETS_QUOTA = "targets-per-application-load-balancer"


def check_room(seen: Seen, placed: Sequence[Placed]) -> None:
    """Raises ``Refused``."""
    together: dict[frozenset[str], list[Placed]] = {}
    for one in placed:
        together.setdefault(frozenset(listener_paths(behind_balancer(one[0])).values()), []).append(one)
    for those in together.values():
        releases = [behind_balancer(release) for release, _, _ in those]
        check_groups(releases, _others(seen, those))
        if count_targets(releases) > MOST_TARGETS:
            check_targets(releases, account_limit(seen.session, TARGETS_QUOTA, MOST_TARGETS))


def _others(seen: Seen, those: Sequence[Placed]) -> int:
    listeners = {arn for _, found, _ in those for arn in found.values()}
    own = {rule for _, _, rules in those for rule in rules}
    rules = [rule for listener in listeners for rule in seen.rules(listener)]
    return len(
        groups_of(one for one in rules if one["RuleArn"] not in own)
        - groups_of(one for one in rules if one["RuleArn"] in own)
    )
