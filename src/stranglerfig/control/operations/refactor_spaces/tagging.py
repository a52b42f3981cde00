"""Tags of resources that exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.rights import Parameters, require
from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.faults import denied, invalid, not_found
from stranglerfig.core.refactor_spaces.identifiers import id_of_arn, to_arn
from stranglerfig.core.refactor_spaces.resources import Resource
from stranglerfig.core.refactor_spaces.tags import HOST_TAG, PORT_TAG, SERVICE_TAG, Tags, with_tags, without_tags

Answer = dict[str, Any]

_READ_ONCE = {HOST_TAG, PORT_TAG, SERVICE_TAG}


async def tag_resource(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    resource = _find(control, caller, "TagResource", parameters)
    given: dict[str, str] = parameters["Tags"]
    known = dict(resource.facts.tags)
    _refuse_read_once(key for key, value in given.items() if known.get(key) != value)
    _save(control, resource, with_tags(resource.facts.tags, given))
    return {}


async def untag_resource(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    resource = _find(control, caller, "UntagResource", parameters)
    _refuse_read_once(key for key in parameters["TagKeys"] if key in dict(resource.facts.tags))
    _save(control, resource, without_tags(resource.facts.tags, parameters["TagKeys"]))
    return {}


async def list_tags_for_resource(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    return {"Tags": dict(_find(control, caller, "ListTagsForResource", parameters).facts.tags)}


def _find(control: Control, caller: Caller, action: str, parameters: Parameters) -> Resource:
    """Only the owner sees to tags."""
    arn = parameters["ResourceArn"]
    resource_id = id_of_arn(arn)
    resource = control.refactoring.books.spaces.resources.get(resource_id or "")
    if resource is None or to_arn(resource, control.identity.region) != arn:
        raise not_found(resource_id or arn, "ENVIRONMENT" if resource_id is None else _kind(resource_id))
    require(control, caller, action, resource)
    if caller.account != resource.facts.owner:
        raise denied(caller.arn, action, f"{resource.facts.id} belongs to account {resource.facts.owner}")
    return resource


def _kind(resource_id: str) -> str:
    return {"env": "ENVIRONMENT", "app": "APPLICATION", "svc": "SERVICE", "rte": "ROUTE"}[resource_id[:3]]


def _refuse_read_once(keys: Iterable[str]) -> None:
    """They would seem to do something."""
    found = sorted(_READ_ONCE.intersection(keys))
    if found:
        raise invalid(f"The tag {found[0]} is read when the resource is created, and cannot be changed afterwards.")


def _save(control: Control, resource: Resource, tags: Tags) -> None:
    refactoring = control.refactoring
    facts = replace(resource.facts, tags=tags, updated_at=refactoring.wall())
    refactoring.books.save(replace(resource, facts=facts), "tags")
