"""Whether what users name is there on AWS. Who may not look is told ``Refused``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from stranglerfig.aws.session import Client
from stranglerfig.errors import NotFound, Refused

#: of a parameter that is listed: AWS's own are not, nor is one named with a version or label
_LISTED = re.compile(r"(?!/aws/)[\w./-]+", re.ASCII)
#: that one question may name
_MOST_NAMES = 50
#: of an ARN before the key, stage and version that ECS takes with it
_PARTS = 7


def found(ec2: Client, call: str, key: str, filter: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Those that there are, by ``filter``."""
    if not ids:
        return []
    return list(ec2.pages(call, key, Filters=[{"Name": filter, "Values": list(ids)}]))


def missing_parameters(ssm: Client, named: Iterable[str]) -> list[str]:
    listed = sorted({one for one in named if _LISTED.fullmatch(one)})
    known: set[str] = set()
    for at in range(0, len(listed), _MOST_NAMES):
        wanted = [{"Key": "Name", "Option": "Equals", "Values": listed[at : at + _MOST_NAMES]}]
        known |= {one["Name"] for one in ssm.pages("describe_parameters", "Parameters", ParameterFilters=wanted)}
    return [one for one in listed if one not in known]


def missing_secrets(manager: Client, arns: Iterable[str]) -> Iterator[str]:
    """Of Secrets Manager. One may be allowed to look at some of them alone."""
    for one in sorted({*arns}):
        try:
            manager.describe_secret(SecretId=":".join(one.split(":")[:_PARTS]))
        except NotFound:
            yield one
        except Refused:
            continue


def missing_alarms(cloudwatch: Client, named: Sequence[str]) -> list[str]:
    if not named:
        return []
    kinds = {"MetricAlarms": "MetricAlarm", "CompositeAlarms": "CompositeAlarm"}
    told = cloudwatch.describe_alarms(AlarmNames=list(named), AlarmTypes=list(kinds.values()), MaxRecords=100)
    known = {one["AlarmName"] for kind in kinds for one in told.get(kind) or ()}
    return [one for one in named if one not in known]


def missing_exports(cloudformation: Client, named: Collection[str]) -> list[str]:
    if not named:
        return []
    known = {one["Name"] for one in cloudformation.pages("list_exports", "Exports")}
    return [one for one in named if one not in known]
