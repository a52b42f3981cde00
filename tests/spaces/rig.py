"""A control plane in this process, asked by the operations of Refactor Spaces; its proxies are HAProxy's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.api.aws.refactor_spaces import OPERATIONS
from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.resources import Resource
from tests.control.world import a_home, a_plane
from tests.dataplane.haproxy_rig import Answer, Client
from tests.spaces.requests import a_path_route

OWNER = Caller("000000000000", "AKIAOWNER")
VPC = "vpc-12345678"


@dataclass
class Desk:
    """``environment`` and ``application`` stand in every request that needs them and names none."""

    control: Control
    caller: Caller = OWNER
    environment: str = ""
    application: str = ""
    clients: dict[int, Client] = field(default_factory=dict)

    async def ask(self, operation: str, caller: Caller | None = None, **parameters: Any) -> dict[str, Any]:
        if self.environment:
            parameters.setdefault("EnvironmentIdentifier", self.environment)
        if self.application:
            parameters.setdefault("ApplicationIdentifier", self.application)
        return await OPERATIONS[operation](self.control, caller or self.caller, parameters)

    async def settled(self, resource_id: str) -> Resource | None:
        return await self.control.refactoring.settler.settled(resource_id)

    async def open(self, **application: Any) -> None:
        """An environment with an application."""
        made = await self.ask("CreateEnvironment", Name="estate", NetworkFabricType="NONE")
        self.environment = made["EnvironmentId"]
        await self.settled(self.environment)
        wanted = {"Name": "shop", "ProxyType": "API_GATEWAY", "VpcId": VPC, **application}
        made = await self.ask("CreateApplication", **wanted)
        self.application = made["ApplicationId"]
        await self.settled(self.application)

    async def add_service(self, name: str, url: str, **more: Any) -> str:
        made = await self.ask(
            "CreateService", Name=name, EndpointType="URL", UrlEndpoint={"Url": url}, VpcId=VPC, **more
        )
        await self.settled(made["ServiceId"])
        return str(made["ServiceId"])

    async def add_default(self, service: str, state: str = "ACTIVE") -> str:
        made = await self.ask(
            "CreateRoute", RouteType="DEFAULT", ServiceIdentifier=service, DefaultRoute={"ActivationState": state}
        )
        await self.settled(made["RouteId"])
        return str(made["RouteId"])

    async def add_route(
        self, service: str, path: str, flags: str = "", methods: str = "", state: str = "ACTIVE"
    ) -> str:
        """``flags``: C includes child paths, A appends the source path."""
        made = await self.ask("CreateRoute", **a_path_route(service, path, flags, methods, state))
        await self.settled(made["RouteId"])
        return str(made["RouteId"])

    async def state(self, route: str) -> str:
        return str((await self.ask("GetRoute", RouteIdentifier=route))["State"])

    async def request(self, target: str, method: str = "GET", *, stage: str = "/prod") -> Answer:
        """Through the proxy. ``target`` comes after the stage."""
        url = (await self.ask("GetApplication"))["ApiGatewayProxy"]["ProxyUrl"]
        port = int(url.rpartition(":")[2].partition("/")[0])
        client = self.clients.setdefault(port, Client(port))
        return await client.ask(stage + target, method)


@asynccontextmanager
async def a_desk(**application: Any) -> AsyncIterator[Desk]:
    """With an environment and an application in it."""
    async with a_home() as home, a_plane(home) as plane:
        desk = Desk(plane.control)
        await desk.open(**application)
        yield desk
        for client in desk.clients.values():
            client.close()
