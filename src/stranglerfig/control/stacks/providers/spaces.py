"""Environments, applications and services of Refactor Spaces: made by its operations, as whoever works on the stack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.applications import create_application, delete_application
from stranglerfig.control.operations.refactor_spaces.environments import create_environment, delete_environment
from stranglerfig.control.operations.refactor_spaces.services import create_service, delete_service
from stranglerfig.control.operations.refactor_spaces.tagging import tag_resource, untag_resource
from stranglerfig.control.stacks.provider import StepFailure, Wish
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.effects import Made
from stranglerfig.core.cloudformation.stacks.records import Incarnation
from stranglerfig.core.refactor_spaces.constraints import check_creation
from stranglerfig.core.refactor_spaces.identifiers import to_arn
from stranglerfig.core.refactor_spaces.rendering import show_application, show_environment
from stranglerfig.core.refactor_spaces.resources import Application, Environment, Resource, Service, State

Parameters = dict[str, Any]
Operation = Callable[[Control, Caller, Mapping[str, Any]], Awaitable[Parameters]]
#: resource and region -> what GetAtt gives, None for what it does not have
Attributes = Callable[[Any, str], Mapping[str, Any]]

_IDENTIFIERS = ("EnvironmentIdentifier", "ApplicationIdentifier")


@dataclass(frozen=True, slots=True)
class SpaceKind:
    """``own`` is what its own id is called; ``above`` are the ids that Ref has in front of it."""

    name: str
    create: Operation
    delete: Operation
    own: str
    above: tuple[str, ...]
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class SpaceProvider:
    control: Control
    kind: SpaceKind

    async def create(self, wish: Wish) -> Made:
        return await self.make(wish, self.kind.create)

    async def update(self, wish: Wish, now: Incarnation) -> Made:
        resource = await self.settled(wish, now.physical_id)
        await self.retag(wish, now, resource)
        return self.made(now.physical_id, resource)

    async def replace(self, wish: Wish, now: Incarnation) -> Made:
        return await self.create(wish)

    async def delete(self, caller: Caller, gone: Incarnation) -> None:
        settler = self.control.refactoring.settler
        resource_id = id_of(gone.physical_id)
        if await settler.settled(resource_id) is None:
            return
        ids = dict(zip((*self.kind.above, self.kind.own), gone.physical_id.split("|"), strict=True))
        await self.kind.delete(self.control, caller, ids)
        left = await settler.settled(resource_id)
        if left is not None:
            raise StepFailure(_reason(left))

    async def make(self, wish: Wish, create: Operation) -> Made:
        """What an earlier attempt has made is taken up."""
        physical_id = wish.known
        if not physical_id or id_of(physical_id) not in self.control.refactoring.books.spaces.resources:
            parameters = to_parameters(wish.properties)
            check_creation(f"Create{self.kind.name}", parameters)
            answer = await create(self.control, wish.caller, {**parameters, "ClientToken": wish.token})
            above = (str(parameters[name]) for name in self.kind.above)
            physical_id = "|".join((*above, answer[f"{self.kind.name}Id"]))
        wish.started(physical_id)
        resource = await self.settled(wish, physical_id)
        if resource.facts.state is State.FAILED:
            raise StepFailure(_reason(resource))
        return self.made(physical_id, resource)

    async def settled(self, wish: Wish, physical_id: str) -> Resource:
        resource = await self.control.refactoring.settler.settled(id_of(physical_id))
        if resource is None:
            raise StepFailure(f"{wish.logical_id} ({id_of(physical_id)}) is not there: it was deleted by other means.")
        return resource

    async def retag(self, wish: Wish, now: Incarnation, resource: Resource) -> None:
        arn = to_arn(resource, self.control.identity.region)
        before, wanted, real = _tags(now.properties), _tags(wish.properties), dict(resource.facts.tags)
        gone = sorted(key for key in before if key in real and key not in wanted)
        added = {key: value for key, value in wanted.items() if real.get(key) != value}
        if gone:
            await untag_resource(self.control, wish.caller, {"ResourceArn": arn, "TagKeys": gone})
        if added:
            await tag_resource(self.control, wish.caller, {"ResourceArn": arn, "Tags": added})

    def made(self, physical_id: str, resource: Resource) -> Made:
        region = self.control.identity.region
        found = {**self.kind.attributes(resource, region), self.kind.own: resource.facts.id}
        known = {name: value for name, value in found.items() if value is not None}
        return Made(physical_id, {"Ref": physical_id, "Arn": to_arn(resource, region), **known})


def to_parameters(properties: Mapping[str, Any]) -> Parameters:
    """Those of the operation that makes it: the names are the same, and tags are a map."""
    found = {name: value for name, value in properties.items() if name != "Tags"}
    tags = _tags(properties)
    return {**found, "Tags": tags} if tags else found


def id_of(physical_id: str) -> str:
    """The last part of what Ref gives."""
    return physical_id.rpartition("|")[2]


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {str(one["Key"]): str(one["Value"]) for one in properties.get("Tags") or ()}


def _reason(resource: Resource) -> str:
    failure = resource.facts.failure
    return f"{resource.facts.id} is {resource.facts.state.value}" if failure is None else failure.message


def _of_environment(environment: Environment, region: str) -> Mapping[str, Any]:
    return {"TransitGatewayId": show_environment(environment, region)["TransitGatewayId"]}


def _of_application(application: Application, region: str) -> Mapping[str, Any]:
    shown = cast(Mapping[str, Any], show_application(application, region)["ApiGatewayProxy"])
    names = ("ApiGatewayId", "NlbArn", "NlbName", "ProxyUrl", "StageName", "VpcLinkId")
    return {name: shown.get(name) for name in names}


def _of_service(service: Service, region: str) -> Mapping[str, Any]:
    """Nothing but what all have."""
    return {}


KINDS = {
    "AWS::RefactorSpaces::Environment": SpaceKind(
        *("Environment", create_environment, delete_environment, "EnvironmentIdentifier", ()), _of_environment
    ),
    "AWS::RefactorSpaces::Application": SpaceKind(
        *("Application", create_application, delete_application, "ApplicationIdentifier"),
        above=_IDENTIFIERS[:1],
        attributes=_of_application,
    ),
    "AWS::RefactorSpaces::Service": SpaceKind(
        *("Service", create_service, delete_service, "ServiceIdentifier", _IDENTIFIERS), _of_service
    ),
}
