"""How many resources one account may have (pure). The codes are those of AWS's Service Quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.resources import Application, Environment, Resource, Route, Service, type_of
from stranglerfig.core.refactor_spaces.spaces import Spaces


@dataclass(frozen=True, slots=True)
class Quota:
    word: str
    limit: int
    code: str


#: what AWS grants unless it is asked for more
QUOTAS: dict[type, Quota] = {
    Environment: Quota("environments", 50, "L-DEF84811"),
    Application: Quota("applications", 600, "L-EACEDE8E"),
    Service: Quota("services", 500, "L-B19E8A2B"),
    Route: Quota("routes", 1000, "L-CE52EEA2"),
}
WORDS = tuple(quota.word for quota in QUOTAS.values())


def check_quota(spaces: Spaces, kind: type, owner: str, parent: Resource | None, limits: Mapping[str, int]) -> None:
    """``limits`` by word instead of AWS's own. ``parent`` None: of an environment, which has none."""
    quota = QUOTAS[kind]
    limit = limits.get(quota.word, quota.limit)
    held = sum(isinstance(one, kind) and one.facts.owner == owner for one in spaces.resources.values())
    if held < limit:
        return
    raise Fault(
        "ServiceQuotaExceededException",
        f"Account {owner} has {held} {quota.word}; its quota is {limit}.",
        http_status=402,
        members={
            "ResourceId": parent.facts.id if parent is not None else owner,
            "ResourceType": type_of(parent) if parent is not None else "ENVIRONMENT",
            "ServiceCode": "refactor-spaces",
            "QuotaCode": quota.code,
        },
    )
