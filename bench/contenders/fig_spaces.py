"""fig as an application of Refactor Spaces: a route is switched by the calls that stock clients make."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from bench.contenders import haproxy
from bench.contenders.fig import at_once
from bench.figs import Fig
from bench.processes import BenchError, wait_for_answer
from bench.values import PLAIN, Side, Site
from stranglerfig.api.access.client import AwsClient
from stranglerfig.api.client import Transport

NAME = "bench"
VPC = "vpc-00000000"
#: those who ask without a pause take the daemon's time from the change that they wait for
PAUSE_S = 0.02
PASSING = ("CREATING", "UPDATING", "DELETING")


@dataclass(slots=True)
class Application:
    """One application, asked through boto3; ``ids`` say which one, as every request does."""

    client: Any
    ids: dict[str, str]

    def make(self, kind: str, **parameters: Any) -> str:
        """The id, once it is active or inactive."""
        made: dict[str, str] = getattr(self.client, f"create_{kind}")(**self.ids, **parameters)
        self.settle(kind, made[f"{kind.capitalize()}Id"])
        return made[f"{kind.capitalize()}Id"]

    def settle(self, kind: str, resource_id: str) -> None:
        """Until it is in no passing state."""
        wanted = {**self.ids, f"{kind.capitalize()}Identifier": resource_id}
        while (found := getattr(self.client, f"get_{kind}")(**wanted))["State"] in PASSING:
            time.sleep(PAUSE_S)
        if found["State"] == "FAILED":
            raise BenchError(f"{resource_id} is FAILED: {found['Error']}")

    def add_route(self, service: str, path: str) -> str:
        wanted = {
            "SourcePath": path,
            "ActivationState": "ACTIVE",
            "IncludeChildPaths": True,
            "AppendSourcePath": True,
        }
        return self.make("route", RouteType="URI_PATH", ServiceIdentifier=service, UriPathRoute=wanted)


@dataclass(slots=True)
class RunningSpaces:
    fig: Fig
    application: Application
    route: str

    def pids(self) -> tuple[int, ...]:
        return self.fig.pids()

    def switch(self, side: Side) -> None:
        """Accepted when the API says so: its first answer is UPDATING."""
        state = "ACTIVE" if side is Side.NEW else "INACTIVE"
        asked = {**self.application.ids, "RouteIdentifier": self.route, "ActivationState": state}
        _guarded(lambda: self.application.client.update_route(**asked))
        time.sleep(PAUSE_S)
        _guarded(lambda: self.application.settle("route", self.route))

    def stop(self) -> None:
        self.fig.down()


class FigSpaces:
    """Built the first time and brought up again after that, as fig's other rows are."""

    def __init__(self, name: str, label: str, *, routes: int) -> None:
        self.name = name
        self.label = label
        self.path = f"/prod{PLAIN}"
        self.routes = routes
        self.measured = False
        self.switches = True

    def missing(self) -> str | None:
        return haproxy.missing()

    def version(self) -> str:
        return ""

    def start(self, site: Site, side: Side) -> RunningSpaces:
        fig, built = Fig(site.folder / "home", site.proxy_cpu), site.folder / "application"
        try:
            fig.run("up" if built.exists() else "status")
            if not built.exists():
                built.write_text(json.dumps(_guarded(lambda: _build(_to_client(fig), site, self.routes))))
            known = json.loads(built.read_text())
            running = RunningSpaces(fig, Application(_to_client(fig), known["ids"]), known["route"])
            running.switch(side)
            wait_for_answer(site.port, self.path, f'"side":"{side.value}"'.encode())
        except BaseException:
            fig.down()
            raise
        return running


def _to_client(fig: Fig) -> Any:
    aws = AwsClient(Transport(str(fig.home / "run" / "api.sock")))
    where, key = aws.show(), aws.key("default")
    return boto3.client(
        "migration-hub-refactor-spaces",
        endpoint_url=where["endpoint"],
        region_name=where["region"],
        aws_access_key_id=key["id"],
        aws_secret_access_key=key["secret"],
    )


def _build(client: Any, site: Site, routes: int) -> dict[str, Any]:
    """The application's ids, and the route's."""
    application = Application(client, {})
    environment = application.make("environment", Name="bench-estate", NetworkFabricType="NONE")
    application.ids = {"EnvironmentIdentifier": environment}
    made = client.create_application(
        **application.ids, Name=NAME, ProxyType="API_GATEWAY", VpcId=VPC, Tags={"fig:port": str(site.port)}
    )
    application.ids["ApplicationIdentifier"] = made["ApplicationId"]
    application.settle("application", made["ApplicationId"])
    services = {
        side: application.make(
            "service",
            Name=f"up-{side.value}",
            EndpointType="URL",
            UrlEndpoint={"Url": f"http://127.0.0.1:{site.upstream(side)}"},
        )
        for side in Side
    }
    application.make("route", RouteType="DEFAULT", ServiceIdentifier=services[Side.OLD])
    route = application.add_route(services[Side.NEW], PLAIN)
    at_once(lambda number: _add_other(application, services[Side.OLD], number), routes - 2)
    return {"ids": application.ids, "route": route}


def _add_other(application: Application, service: str, number: int) -> None:
    application.add_route(service, f"/area{number % 37}/service{number}/items")


def _guarded(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except (BotoCoreError, ClientError) as error:
        raise BenchError(f"the AWS API refused: {error}") from error
