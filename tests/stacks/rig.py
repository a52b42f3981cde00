"""Stacks of CloudFormation on a control plane in this process, and the templates that they are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.removal import remove
from stranglerfig.core.cloudformation.stacks.records import Definition, Stack
from stranglerfig.core.cloudformation.stacks.states import OnFailure, Status
from tests.control.world import a_home, a_plane
from tests.dataplane.haproxy_rig import Answer, Client
from tests.spaces.rig import OWNER, VPC

Tree = dict[str, Any]

ROUTE, SERVICE = "AWS::RefactorSpaces::Route", "AWS::RefactorSpaces::Service"


@dataclass
class Bench:
    """Where stacks are made. ``client`` keeps its connections."""

    control: Control
    home: Path
    clients: dict[int, Client] = field(default_factory=dict)

    def begin(self, tree: Tree, name: str = "estate", on_failure: OnFailure = OnFailure.ROLLBACK) -> Stack:
        stacks = self.control.stacks
        stack = stacks.new_stack(OWNER.account, name, a_definition(tree))
        return stacks.begin_create(stack, replace(stacks.new_operation(OWNER), on_failure=on_failure))

    async def create(self, tree: Tree, name: str = "estate", on_failure: OnFailure = OnFailure.ROLLBACK) -> Stack:
        return await self.settled(self.begin(tree, name, on_failure))

    async def update(self, tree: Tree, name: str = "estate", on_failure: OnFailure = OnFailure.ROLLBACK) -> Stack:
        stacks = self.control.stacks
        operation = replace(stacks.new_operation(OWNER), on_failure=on_failure)
        return await self.settled(stacks.begin_update(self.stack(name), a_definition(tree), operation))

    async def delete(self, name: str = "estate", *retain: str) -> Stack:
        stacks = self.control.stacks
        operation = replace(stacks.new_operation(OWNER), retain=retain)
        return await self.settled(stacks.begin_delete(self.stack(name), operation))

    async def roll_back(self, name: str = "estate") -> Stack:
        stacks = self.control.stacks
        return await self.settled(stacks.begin_rollback(self.stack(name), stacks.new_operation(OWNER)))

    async def clear(self) -> None:
        """Whatever stacks there are, and what they were to leave. Nothing is left to the next test."""
        for stack in reversed(self.control.stacks.books.all(OWNER.account)):
            if (await self.settled(stack)).is_live:
                gone = await self.delete(stack.name)
                assert gone.status is Status.DELETE_COMPLETE, f"{gone.reason}: {self.reasons(gone)}"
            self.control.stacks.books.remove(stack.id)
        for resource in reversed([*self.control.refactoring.books.spaces.resources.values()]):
            remove(self.control, cast(Any, resource))
            left = await self.control.refactoring.settler.settled(resource.facts.id)
            assert left is None, left.facts

    async def settled(self, stack: Stack) -> Stack:
        found = await self.control.stacks.settled(stack.id)
        assert found is not None
        return found

    def stack(self, name: str = "estate") -> Stack:
        found = self.control.stacks.books.find(OWNER.account, name)
        assert found is not None
        return found

    def events(self, stack: Stack) -> list[tuple[str, str]]:
        """Who has come to what, the oldest first."""
        found = reversed(self.control.stacks.books.store.events(stack.id))
        return [(one.logical_id, one.status) for one in found]

    def reasons(self, stack: Stack) -> dict[tuple[str, str], str | None]:
        return {(one.logical_id, one.status): one.reason for one in self.control.stacks.books.store.events(stack.id)}

    def physical_id(self, logical_id: str, name: str = "estate") -> str:
        return self.control.stacks.books.resources(self.stack(name).id)[logical_id].physical_id

    def kinds(self) -> list[str]:
        """Of the resources of Refactor Spaces that are there."""
        return sorted(type(one).__name__ for one in self.control.refactoring.books.spaces.resources.values())

    async def request(self, target: str, stack: Stack | None = None) -> Answer:
        outputs = {one.key: one.value for one in (stack or self.stack()).outputs}
        port = int(outputs["Url"].rpartition(":")[2].partition("/")[0])
        client = self.clients.setdefault(port, Client(port))
        return await client.ask(f"/prod{target}")


def a_definition(tree: Tree) -> Definition:
    return Definition("", tree)


def get(logical_id: str, attribute: str) -> Tree:
    return {"Fn::GetAtt": [logical_id, attribute]}


def a_template(mono: str, **more: Tree) -> Tree:
    """An environment with an application whose default route leads to ``mono``, and what else is to be in it."""
    resources = {
        "Estate": {
            "Type": "AWS::RefactorSpaces::Environment",
            "Properties": {"Name": "estate", "NetworkFabricType": "NONE"},
        },
        "Shop": {
            "Type": "AWS::RefactorSpaces::Application",
            "Properties": {
                "Name": "shop",
                "EnvironmentIdentifier": get("Estate", "EnvironmentIdentifier"),
                "ProxyType": "API_GATEWAY",
                "VpcId": VPC,
            },
        },
        "Mono": a_service("mono", mono),
        "Default": a_route("Mono"),
        **more,
    }
    outputs = {"Url": {"Value": get("Shop", "ProxyUrl")}}
    return {"Resources": resources, "Outputs": outputs}


def a_service(name: str, url: str, **properties: Any) -> Tree:
    return {
        "Type": SERVICE,
        "Properties": {
            **_place(),
            "Name": name,
            "EndpointType": "URL",
            "UrlEndpoint": {"Url": url},
            "VpcId": VPC,
            **properties,
        },
    }


def a_route(service: str, path: str | None = None, *, active: bool = True) -> Tree:
    """Without a path the default one."""
    state = {"ActivationState": "ACTIVE" if active else "INACTIVE"}
    properties = {**_place(), "ServiceIdentifier": get(service, "ServiceIdentifier")}
    if path is None:
        return {"Type": ROUTE, "Properties": {**properties, "RouteType": "DEFAULT", "DefaultRoute": state}}
    wanted = {**state, "SourcePath": path, "IncludeChildPaths": True, "AppendSourcePath": True}
    return {"Type": ROUTE, "Properties": {**properties, "RouteType": "URI_PATH", "UriPathRoute": wanted}}


def _place() -> Tree:
    return {
        "EnvironmentIdentifier": get("Estate", "EnvironmentIdentifier"),
        "ApplicationIdentifier": get("Shop", "ApplicationIdentifier"),
    }


@asynccontextmanager
async def a_bench(home: Path | None = None) -> AsyncIterator[Bench]:
    """``home``: of an earlier one; None makes one, and ends what runs out of it."""
    if home is None:
        async with a_home() as made, a_bench(made) as bench:
            yield bench
        return
    async with a_plane(home) as plane:
        bench = Bench(plane.control, home)
        yield bench
        for client in bench.clients.values():
            client.close()
