"""What a one-off task stands on and flags name: told before anything is made of it. Who may not look goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from stranglerfig.aws.checking.lookups import found, missing_parameters, missing_secrets
from stranglerfig.aws.environments import session_that_stays
from stranglerfig.aws.one_off.place import Network, TaskPlace
from stranglerfig.aws.session import Client
from stranglerfig.errors import NotFound, Refused, UsageError

ARN = "arn:"


def check_network(place: TaskPlace, network: Network) -> None:
    """Raises ``NotFound`` for what is not there, ``UsageError`` for what is not in one VPC."""
    with suppress(Refused):
        subnets = found(place.client("ec2"), "describe_subnets", "Subnets", "subnet-id", network.subnets)
        _refuse_missing(place, "subnet", network.subnets, {one["SubnetId"] for one in subnets}, "subnets")
        groups = found(place.client("ec2"), "describe_security_groups", "SecurityGroups", "group-id", network.groups)
        _refuse_missing(place, "security group", network.groups, {one["GroupId"] for one in groups}, "security-groups")
        vpcs = {one["VpcId"] for one in (*subnets, *groups)}
        if len(vpcs) > 1:
            raise UsageError(
                f"the subnets and security groups are of several VPCs: {', '.join(sorted(vpcs))}",
                hint="Name subnets and security groups of one VPC.",
            )


def check_secrets(place: TaskPlace, secrets: Collection[str]) -> None:
    """``secrets`` are whole names of parameters, and ARNs. Raises ``NotFound``."""
    missing = ", ".join((*_missing_parameters(place, secrets), *_missing_of_manager(place, secrets)))
    if missing:
        raise NotFound(
            f"no secret {missing} is kept in {place.region}",
            hint="Write the whole name of a parameter that is there, or an ARN: `aws ssm describe-parameters` lists"
            " them.",
        )


def _missing_parameters(place: TaskPlace, secrets: Collection[str]) -> Iterator[str]:
    with suppress(Refused):
        yield from missing_parameters(_own_client(place, "ssm"), (one for one in secrets if not one.startswith(ARN)))


def _missing_of_manager(place: TaskPlace, secrets: Collection[str]) -> Iterator[str]:
    here = ["arn", "secretsmanager", place.region]
    named = [one for one in secrets if [*one.split(":")[:1], *one.split(":")[2:4]] == here]
    return missing_secrets(_own_client(place, "secretsmanager"), named)


def _own_client(place: TaskPlace, service: str) -> Client:
    """The user's own way where there is one: the environment's role knows its own secrets alone."""
    session = session_that_stays(place.env) if place.env else place.session
    return session.client(service, place.region)


def _refuse_missing(place: TaskPlace, what: str, wanted: Sequence[str], known: Collection[str], flag: str) -> None:
    missing = ", ".join(one for one in wanted if one not in known)
    if missing:
        raise NotFound(
            f"there is no {what} {missing} in {place.region}",
            hint=f"`aws ec2 describe-{flag}` lists those that there are, for `--{flag}`.",
        )
