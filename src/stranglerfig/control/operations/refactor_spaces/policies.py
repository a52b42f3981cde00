"""Resource policies, by which other accounts may work in an environment."""

from __future__ import annotations

from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.rights import Parameters, require
from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.faults import denied, not_found
from stranglerfig.core.refactor_spaces.identifiers import id_of_arn, to_arn
from stranglerfig.core.refactor_spaces.policy import check_policy
from stranglerfig.core.refactor_spaces.resources import Environment

Answer = dict[str, Any]


async def put_resource_policy(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    environment = _find(control, caller, "PutResourcePolicy", parameters["ResourceArn"])
    check_policy(parameters["Policy"])
    control.refactoring.books.save_policy(environment.facts.id, parameters["Policy"])
    return {}


async def get_resource_policy(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    environment = _find(control, caller, "GetResourcePolicy", parameters["Identifier"])
    policy = control.refactoring.books.policies.get(environment.facts.id)
    if policy is None:
        raise not_found(environment.facts.id, "RESOURCE_SHARE")
    return {"Policy": policy}


async def delete_resource_policy(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """Idempotent."""
    environment = _find(control, caller, "DeleteResourcePolicy", parameters["Identifier"])
    control.refactoring.books.save_policy(environment.facts.id, None)
    return {}


def _find(control: Control, caller: Caller, action: str, identifier: str) -> Environment:
    """By ARN or id. Only the owner may."""
    spaces = control.refactoring.books.spaces
    is_arn = identifier.startswith("arn:")
    environment_id = (id_of_arn(identifier) or identifier) if is_arn else identifier
    environment = spaces.environment(environment_id)
    if is_arn and to_arn(environment, control.identity.region) != identifier:
        raise not_found(environment_id, "ENVIRONMENT")
    if caller.account != environment.facts.owner:
        raise denied(caller.arn, action, f"{environment_id} belongs to account {environment.facts.owner}")
    require(control, caller, action, environment)
    return environment
