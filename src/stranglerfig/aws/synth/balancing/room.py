"""What one balancer has room for beside its rules. Pure.

Source: Elastic Load Balancing User Guide, "Quotas for your Application Load Balancers".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.reading.scaling import read_scaling
from stranglerfig.aws.synth.workload.parameters import task_count
from stranglerfig.errors import Refused

#: for every account: AWS gives nobody more
MOST_GROUPS = 100
#: in an account that has not asked for more
MOST_TARGETS = 1_000


def groups_of(rules: Iterable[Mapping[str, Any]]) -> set[str]:
    """ARNs of the target groups that these lead to, as ``describe_rules`` has them."""
    return {group for rule in rules for action in rule.get("Actions") or () for group in _of_action(action)}


def _of_action(action: Mapping[str, Any]) -> Iterator[str]:
    if "TargetGroupArn" in action:
        yield action["TargetGroupArn"]
    for one in action.get("ForwardConfig", {}).get("TargetGroups") or ():
        yield one["TargetGroupArn"]


def count_targets(releases: Iterable[Release]) -> int:
    """As they are deployed: each task is a target of each of its groups. To how many autoscaling goes, nobody knows."""
    return sum(len(one.manifest.http) * task_count(one) for one in releases)


def target_notes(release: Release) -> Iterator[str]:
    scaling = read_scaling(release.manifest.body)
    most = len(release.manifest.http) * scaling.most if scaling else 0
    if most > MOST_TARGETS:
        yield (
            f"{release.manifest.name} may have {most:,} targets by its `count.range`, one for each task and rule, and a"
            f" load balancer takes {MOST_TARGETS:,} where AWS was not asked for more: it does not scale beyond that."
        )


def check_groups(releases: Sequence[Release], others: int) -> None:
    """``releases`` are behind one balancer, ``others`` are the groups of everybody else there."""
    count = others + sum(len(one.manifest.http) for one in releases)
    if count > MOST_GROUPS:
        raise Refused(
            f"with {_names(releases)} its load balancer would have {count} target groups, and AWS allows {MOST_GROUPS}"
            " on one, one for each rule of a service and each address of a proxy",
            hint="Give it another load balancer with `http.alb`, have fewer `additional_rules`, or deploy it to another"
            " environment, which has a load balancer of its own.",
        )


def check_targets(releases: Sequence[Release], most: int) -> None:
    """``most`` as the account may have."""
    count = count_targets(releases)
    if count > most:
        raise Refused(
            f"{_names(releases)} would have {count} targets behind one load balancer, and this account may have {most}:"
            " each task is one for each of its rules",
            hint="Ask AWS for a higher quota of targets, or lower `count`, or have fewer `additional_rules`.",
        )


def _names(releases: Sequence[Release]) -> str:
    return ", ".join(one.manifest.name for one in releases)
