"""An application of Refactor Spaces behind a machine's AWS port, asked through boto3 as its users do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from stranglerfig.dataplane.master_socket import MasterSocket
from tests.acceptance.aws_clients import a_client
from tests.acceptance.machine import Machine, wait_until

VPC = "vpc-12345678"
STAGE = "/prod"
PASSING = ("CREATING", "UPDATING", "DELETING")


@dataclass
class Estate:
    """``services`` by name; that of the default route is the monolith."""

    machine: Machine
    client: Any
    environment: str = ""
    application: str = ""
    port: int = 0
    services: dict[str, str] = field(default_factory=dict)
    default_route: str = ""

    @property
    def within(self) -> dict[str, str]:
        return {"EnvironmentIdentifier": self.environment, "ApplicationIdentifier": self.application}

    def add_service(self, name: str, url: str, **more: Any) -> str:
        endpoint = {"Url": url, "HealthUrl": f"{url}/health"}
        made = self.client.create_service(
            **self.within, Name=name, EndpointType="URL", UrlEndpoint=endpoint, VpcId=VPC, **more
        )
        self.services[name] = made["ServiceId"]
        wait_until(lambda: self._service(name)["State"] == "ACTIVE", f"service {name} is active")
        return str(made["ServiceId"])

    def add_default(self, service: str) -> str:
        made = self.client.create_route(
            **self.within,
            RouteType="DEFAULT",
            ServiceIdentifier=self.services[service],
            DefaultRoute={"ActivationState": "ACTIVE"},
        )
        self.default_route = made["RouteId"]
        self.settle(self.default_route)
        return self.default_route

    def add_route(self, service: str, path: dict[str, Any], **more: Any) -> str:
        """When it has settled."""
        route = self.begin_route(service, path, **more)
        self.settle(route)
        return route

    def begin_route(self, service: str, path: dict[str, Any], client: Any = None, **more: Any) -> str:
        made = (client or self.client).create_route(
            **self.within, RouteType="URI_PATH", ServiceIdentifier=self.services[service], UriPathRoute=path, **more
        )
        return str(made["RouteId"])

    def switch(self, route: str, state: str, client: Any = None) -> None:
        """Returns with the API's first answer."""
        (client or self.client).update_route(**self.within, RouteIdentifier=route, ActivationState=state)

    def delete_route(self, route: str, client: Any = None) -> None:
        (client or self.client).delete_route(**self.within, RouteIdentifier=route)

    def settle(self, route: str, client: Any = None) -> dict[str, Any]:
        """The route, in no passing state."""
        asker = client or self.client
        while (found := asker.get_route(**self.within, RouteIdentifier=route))["State"] in PASSING:
            pass
        return dict(found)

    def routes(self) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("list_routes").paginate(**self.within)
        return [route for page in pages for route in page["RouteSummaryList"]]

    def _service(self, name: str) -> dict[str, Any]:
        return dict(self.client.get_service(**self.within, ServiceIdentifier=self.services[name]))


def given_an_estate(machine: Machine, name: str = "shop", client: Any = None, **application: Any) -> Estate:
    """An environment with an application, and nothing in it."""
    estate = Estate(machine, client or a_client(machine))
    made = estate.client.create_environment(Name=f"{name}-estate", NetworkFabricType="NONE")
    estate.environment = made["EnvironmentId"]
    wait_until(
        lambda: estate.client.get_environment(EnvironmentIdentifier=estate.environment)["State"] == "ACTIVE",
        "the environment is active",
    )
    wanted = {"Name": name, "ProxyType": "API_GATEWAY", "VpcId": VPC, **application}
    made = estate.client.create_application(EnvironmentIdentifier=estate.environment, **wanted)
    estate.application = made["ApplicationId"]
    wait_until(lambda: estate.client.get_application(**estate.within)["State"] == "ACTIVE", "the application is active")
    url = estate.client.get_application(**estate.within)["ApiGatewayProxy"]["ProxyUrl"]
    estate.port = urlsplit(url).port or 0
    return estate


@dataclass(frozen=True)
class Haproxy:
    """What it holds, read from its own sockets."""

    socket: MasterSocket

    def reloads(self) -> int:
        return asyncio.run(self.socket.processes()).reloads

    def maps(self, listener: str) -> Iterator[dict[str, str]]:
        """``routes``, the keys to the values, of every worker."""
        for worker in asyncio.run(self.socket.workers()):
            answer = asyncio.run(self.socket.worker(worker.pid, f"show map maps/{listener}.routes"))
            yield dict(re.findall(r"^0x\S+ (\S+) (.+)$", answer, re.MULTILINE))


def haproxy_of(machine: Machine) -> Haproxy:
    return Haproxy(MasterSocket(machine.home / "run" / "master.sock"))
