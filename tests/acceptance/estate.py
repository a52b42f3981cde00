"""An application of Refactor Spaces behind a machine's AWS port, asked through boto3 as its users do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from stranglerfig.api.access.client import AwsClient
from stranglerfig.api.access.wire import KeyWire
from stranglerfig.api.client import Transport
from stranglerfig.dataplane.master_socket import MasterSocket
from tests.acceptance.machine import Machine, wait_until

SERVICE = "migration-hub-refactor-spaces"
REGION = "us-east-1"
VPC = "vpc-12345678"
STAGE = "/prod"
PASSING = ("CREATING", "UPDATING", "DELETING")


def aws_of(machine: Machine) -> AwsClient:
    """It does not start a daemon."""
    return AwsClient(Transport(str(machine.home / "run" / "api.sock")))


def endpoint_of(machine: Machine) -> str:
    endpoint = aws_of(machine).show()["endpoint"]
    assert endpoint is not None
    return endpoint


def spaces_client(machine: Machine, key: KeyWire | None = None) -> Any:
    """A client of its own for whoever asks, for a thread say, which retries nothing."""
    key = key or aws_of(machine).key("default")
    return boto3.session.Session().client(
        SERVICE,
        endpoint_url=endpoint_of(machine),
        region_name=REGION,
        aws_access_key_id=key["id"],
        aws_secret_access_key=key["secret"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def a_path(path: str, flags: str = "", methods: str = "", state: str = "ACTIVE") -> dict[str, Any]:
    """``flags``: C includes child paths, A appends the source path."""
    wanted = {
        "SourcePath": path,
        "ActivationState": state,
        "IncludeChildPaths": "C" in flags,
        "AppendSourcePath": "A" in flags,
    }
    return {**wanted, "Methods": methods.split()} if methods else wanted


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
    estate = Estate(machine, client or spaces_client(machine))
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
