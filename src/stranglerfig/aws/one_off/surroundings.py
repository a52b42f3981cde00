"""What a one-off task stands on and flags name: told before anything is made of it. Who may not look goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from stranglerfig.aws.environments import session_that_stays
from stranglerfig.aws.one_off.place import Network, TaskPlace
from stranglerfig.aws.session import Client
from stranglerfig.errors import NotFound, Refused, UsageError

ARN = "arn:"
#: of an ARN before the key, stage and version that ECS takes with it
_PARTS = 7


def check_network(place: TaskPlace, network: Network) -> None:
    """Raises ``NotFound`` for what is not there, ``UsageError`` for what is not in one VPC."""
    with suppress(Refused):
        subnets = _found(place, "describe_subnets", "Subnets", "subnet-id", network.subnets)
        _refuse_missing(place, "subnet", network.subnets, {one["SubnetId"] for one in subnets}, "subnets")
        groups = _found(place, "describe_security_groups", "SecurityGroups", "group-id", network.groups)
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
    named = sorted({one for one in secrets if not one.startswith(ARN)})
    if named:
        wanted = [{"Key": "Name", "Option": "Equals", "Values": named}]
        with suppress(Refused):
            found = _own_client(place, "ssm").pages("describe_parameters", "Parameters", ParameterFilters=wanted)
            known = {one["Name"] for one in found}
            yield from (one for one in named if one not in known)


def _missing_of_manager(place: TaskPlace, secrets: Collection[str]) -> Iterator[str]:
    for one in sorted(secrets):
        parts = one.split(":")
        if one.startswith(ARN) and parts[2:4] == ["secretsmanager", place.region]:
            try:
                _own_client(place, "secretsmanager").describe_secret(SecretId=":".join(parts[:_PARTS]))
            except NotFound:
                yield one
            except Refused:
                continue


def _own_client(place: TaskPlace, service: str) -> Client:
    """The user's own way where there is one: the environment's role knows its own secrets alone."""
    session = session_that_stays(place.env) if place.env else place.session
    return session.client(service, place.region)


def _found(place: TaskPlace, call: str, key: str, filter: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    if not ids:
        return []
    return list(place.client("ec2").pages(call, key, Filters=[{"Name": filter, "Values": list(ids)}]))


def _refuse_missing(place: TaskPlace, what: str, wanted: Sequence[str], found: Collection[str], flag: str) -> None:
    missing = ", ".join(one for one in wanted if one not in found)
    if missing:
        raise NotFound(
            f"there is no {what} {missing} in {place.region}",
            hint=f"`aws ec2 describe-{flag}` lists those that there are, for `--{flag}`.",
        )
