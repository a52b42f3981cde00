"""Environments."""

from __future__ import annotations

from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.creation import Origin, create, new_facts
from stranglerfig.control.operations.refactor_spaces.removal import remove
from stranglerfig.control.operations.refactor_spaces.rights import Parameters, find_environment, require
from stranglerfig.core.access import Caller
from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.paging import page
from stranglerfig.core.refactor_spaces.quotas import check_quota
from stranglerfig.core.refactor_spaces.rendering import show_change, show_environment
from stranglerfig.core.refactor_spaces.resources import Environment
from stranglerfig.core.refactor_spaces.rules import check_environment_removal
from stranglerfig.core.refactor_spaces.tags import to_tags
from stranglerfig.core.refactor_spaces.vpcs import show_vpcs

Answer = dict[str, Any]


async def create_environment(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    created = create(
        control, caller, "CreateEnvironment", parameters, lambda: make_environment(control, caller, parameters)
    )
    assert isinstance(created, Environment)
    return show_environment(created, control.identity.region)


def make_environment(
    control: Control, caller: Caller, parameters: Parameters, origin: Origin | None = None
) -> Environment:
    refactoring, tags = control.refactoring, to_tags(parameters.get("Tags"))
    require(control, caller, "CreateEnvironment", None, tags=tags)
    check_quota(refactoring.books.spaces, Environment, caller.account, None, refactoring.limits)
    return Environment(
        new_facts(control, caller, Environment, tags, origin=origin),
        parameters["Name"],
        parameters["NetworkFabricType"],
        parameters.get("Description"),
    )


async def get_environment(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    found = find_environment(control, caller, "GetEnvironment", parameters)
    return show_environment(found, control.identity.region)


async def list_environments(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """The caller's own, and those that are shared with its account."""
    everything = control.refactoring.books.spaces.all_of(Environment)
    mine = [one for one in everything if _may_see(control, caller, one)]
    shown, token = page(mine, parameters.get("MaxResults"), parameters.get("NextToken"))
    summaries = [show_environment(one, control.identity.region) for one in shown]
    return {"EnvironmentSummaryList": summaries, "NextToken": token}


async def list_environment_vpcs(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    environment = find_environment(control, caller, "ListEnvironmentVpcs", parameters)
    return show_vpcs(
        control.refactoring.books.spaces, environment, parameters.get("MaxResults"), parameters.get("NextToken")
    )


async def delete_environment(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    environment = find_environment(control, caller, "DeleteEnvironment", parameters)
    check_environment_removal(control.refactoring.books.spaces, environment)
    return show_change(remove(control, environment), control.identity.region, "EnvironmentId", "Name")


def _may_see(control: Control, caller: Caller, environment: Environment) -> bool:
    try:
        require(control, caller, "GetEnvironment", environment)
    except Fault:
        return False
    return True
