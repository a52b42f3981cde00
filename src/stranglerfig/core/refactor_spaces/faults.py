"""The API's errors, with the members that its model gives them (pure)."""

from __future__ import annotations

from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.resources import Resource, type_of


def not_found(resource_id: str, resource_type: str) -> Fault:
    return Fault(
        "ResourceNotFoundException",
        f"There is no {resource_type.lower()} {resource_id} here.",
        http_status=404,
        members={"ResourceId": resource_id, "ResourceType": resource_type},
    )


def conflict(resource: Resource, reason: str) -> Fault:
    """``reason`` goes on after the resource's id."""
    return Fault(
        "ConflictException",
        f"{type_of(resource).capitalize()} {resource.facts.id} {reason}.",
        http_status=409,
        members={"ResourceId": resource.facts.id, "ResourceType": type_of(resource)},
    )


def invalid(reason: str) -> Fault:
    return Fault("ValidationException", reason, http_status=400)


def denied(caller: str, action: str, reason: str) -> Fault:
    return Fault(
        "AccessDeniedException",
        f"{caller} is not authorized to perform refactor-spaces:{action}: {reason}",
        http_status=403,
    )


def bad_policy(reason: str) -> Fault:
    return Fault("InvalidResourcePolicyException", reason, http_status=400)
