"""The networks of an environment, as far as its services name them (pure). fig makes none: they are kept as said."""

from __future__ import annotations

from typing import Any

from stranglerfig.core.refactor_spaces.paging import page
from stranglerfig.core.refactor_spaces.resources import Environment, Service
from stranglerfig.core.refactor_spaces.spaces import Spaces


def show_vpcs(spaces: Spaces, environment: Environment, most: int | None, token: str | None) -> dict[str, Any]:
    """Each by the first service in it, whose account and time it has. What a VPC's addresses are is not known here."""
    first: dict[str, Service] = {}
    for service in spaces.all_of(Service):
        if service.environment == environment.facts.id and service.vpc is not None:
            first.setdefault(service.vpc, service)
    shown, next_token = page(list(first.values()), most, token)
    return {
        "EnvironmentVpcList": [_show(service) for service in shown],
        "NextToken": next_token,
    }


def _show(service: Service) -> dict[str, Any]:
    return {
        "AccountId": service.facts.creator,
        "CreatedTime": service.facts.created_at,
        "EnvironmentId": service.environment,
        "LastUpdatedTime": service.facts.updated_at,
        "VpcId": service.vpc,
        "VpcName": "",
    }
