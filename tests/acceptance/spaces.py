"""The Refactor Spaces API of a real daemon as its users have it: boto3, another endpoint, and keys of fig's own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from stranglerfig.api.access.wire import CreateKey, KeyWire
from tests.acceptance.aws_clients import a_client, keys_of
from tests.acceptance.conformity import Witness
from tests.acceptance.machine import Machine, a_machine, wait_until
from tests.acceptance.scenes import Answer, get
from tests.spaces.requests import a_path_route

PASSING = {"CREATING", "UPDATING", "DELETING"}
VPC = "vpc-12345678"
OWNER, TEAM, STRANGER = "000000000000", "222222222222", "333333333333"
#: what a member of an answer names, and the operation's parameter for it
IDENTIFIERS = {
    "EnvironmentId": "EnvironmentIdentifier",
    "ApplicationId": "ApplicationIdentifier",
    "ServiceId": "ServiceIdentifier",
    "RouteId": "RouteIdentifier",
}

Shown = dict[str, Any]


@dataclass(frozen=True)
class Space:
    """One key's view. Requests that need an environment or an application and name none are given its own."""

    machine: Machine
    client: Any
    witness: Witness
    environment: str = ""
    application: str = ""
    keys: dict[str, Any] = field(default_factory=dict)

    def ask(self, operation: str, **parameters: Any) -> Shown:
        wanted = self.client.meta.service_model.operation_model(operation).input_shape.members
        for name, value in (("EnvironmentIdentifier", self.environment), ("ApplicationIdentifier", self.application)):
            if name in wanted and value:
                parameters.setdefault(name, value)
        method = next(name for name, found in self.client.meta.method_to_api_mapping.items() if found == operation)
        answer: Shown = getattr(self.client, method)(**parameters)
        return answer

    def as_key(self, name: str, **limits: Any) -> Space:
        """The same place, asked with a key of its own: ``account``, ``read_only``, ``path_prefix``."""
        if name not in self.keys:
            wanted: CreateKey = {"name": name, **limits}  # type: ignore[typeddict-item]
            self.keys[name] = a_watched_client(self.machine, keys_of(self.machine).create(wanted), self.witness)
        return replace(self, client=self.keys[name])

    def within(self, environment: str, application: str = "") -> Space:
        return replace(self, environment=environment, application=application)

    def settled(self, shown: Shown) -> Shown:
        """Its kind's Get, once it is in no state that passes."""
        operation, ids = getting(shown)
        found: list[Shown] = []

        def look() -> bool:
            found[:] = [self.ask(operation, **ids)]
            return found[0]["State"] not in PASSING

        wait_until(look, f"{ids} settles")
        return found[0]

    def gone(self, shown: Shown) -> None:
        """Returns when its kind's Get does not find it any more."""
        operation, ids = getting(shown)

        def look() -> bool:
            try:
                self.ask(operation, **ids)
            except self.client.exceptions.ResourceNotFoundException:
                return True
            return False

        wait_until(look, f"{ids} is gone")

    def new_environment(self, name: str = "estate", **more: Any) -> Shown:
        return self.settled(self.ask("CreateEnvironment", **{"Name": name, "NetworkFabricType": "NONE", **more}))

    def new_application(self, name: str = "shop", **more: Any) -> Shown:
        return self.settled(self.ask("CreateApplication", **an_application(name, **more)))

    def new_service(self, name: str, url: str, **more: Any) -> str:
        return str(self.settled(self.ask("CreateService", **a_service(name, url, **more)))["ServiceId"])

    def new_default(self, service: str, state: str = "ACTIVE") -> str:
        return str(self.settled(self.ask("CreateRoute", **a_default(service, state)))["RouteId"])

    def new_route(self, service: str, path: str, flags: str = "A", methods: str = "", state: str = "ACTIVE") -> Shown:
        return self.settled(self.ask("CreateRoute", **a_route(service, path, flags, methods, state)))

    def switched(self, route: str, state: str) -> Shown:
        changed = self.ask("UpdateRoute", RouteIdentifier=route, ActivationState=state)
        return self.settled({**changed, "EnvironmentId": self.environment})

    def deleted(self, operation: str, **ids: Any) -> None:
        self.gone({"EnvironmentId": self.environment, **self.ask(operation, **ids)})

    def removed(self, shown: Shown) -> None:
        """What an answer is about is deleted, and gone."""
        operation, ids = getting(shown)
        self.deleted(operation.replace("Get", "Delete"), **ids)

    def cleared(self) -> None:
        """All routes of the application but the default one are gone."""
        for route in self.ask("ListRoutes")["RouteSummaryList"]:
            if route["RouteType"] == "URI_PATH":
                self.removed(route)

    def request(self, path: str) -> Answer:
        """Through the proxy; ``path`` comes after the stage."""
        url: str = self.ask("GetApplication")["ApiGatewayProxy"]["ProxyUrl"]
        authority, _, stage = url.removeprefix("http://").partition("/")
        return get(int(authority.rpartition(":")[2]), f"/{stage}{path}")


def a_watched_client(machine: Machine, key: KeyWire, witness: Witness) -> Any:
    """Sends whatever it is given."""
    made = a_client(machine, key=key, parameter_validation=False)
    witness.watch(made)
    return made


@contextmanager
def a_space(environ: Mapping[str, str] | None = None) -> Iterator[Space]:
    """A daemon, with nothing in it."""
    with a_machine(environ=environ) as machine:
        yield space_of(machine)


def space_of(machine: Machine) -> Space:
    machine.fig("up")
    witness = Witness()
    return Space(machine, a_watched_client(machine, keys_of(machine).key("default"), witness), witness)


def a_shop(space: Space, name: str = "shop", **more: Any) -> Space:
    """An environment with an application, for the requests of whoever asks it."""
    environment = space.new_environment(name)["EnvironmentId"]
    application = space.within(environment).new_application(name, **more)["ApplicationId"]
    return space.within(environment, application)


def signed(space: Space, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """A request of our own making: the path goes over the wire as it is."""
    where, key = keys_of(space.machine).show(), keys_of(space.machine).key("default")
    data = b"" if body is None else json.dumps(body).encode()
    request = AWSRequest(method=method, url=f"{where['endpoint']}{path}", data=data)
    SigV4Auth(Credentials(key["id"], key["secret"]), "refactor-spaces", where["region"]).add_auth(request)
    connection = http.client.HTTPConnection((where["endpoint"] or "").removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, body=data, headers=dict(request.headers))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def getting(shown: Shown) -> tuple[str, Shown]:
    """The Get of what an answer is about, and the ids that it wants."""
    ids = {parameter: shown[name] for name, parameter in IDENTIFIERS.items() if name in shown}
    if "RouteIdentifier" in ids:
        ids.pop("ServiceIdentifier", None)
    kind = next(name for name in ("Route", "Service", "Application", "Environment") if f"{name}Identifier" in ids)
    return f"Get{kind}", ids


def an_application(name: str, **more: Any) -> Shown:
    return {"Name": name, "ProxyType": "API_GATEWAY", "VpcId": VPC, **more}


def a_service(name: str, url: str, **more: Any) -> Shown:
    """``url`` with ``HealthUrl`` beside it, where that is given."""
    endpoint = {"Url": url, **({"HealthUrl": more.pop("HealthUrl")} if "HealthUrl" in more else {})}
    return {"Name": name, "EndpointType": "URL", "UrlEndpoint": endpoint, **more}


def a_default(service: str, state: str = "ACTIVE") -> Shown:
    return {"RouteType": "DEFAULT", "ServiceIdentifier": service, "DefaultRoute": {"ActivationState": state}}


def a_route(service: str, path: str, flags: str = "A", methods: str = "", state: str = "ACTIVE") -> Shown:
    """As ``a_path_route``, with the source path appended where nothing else is said."""
    return a_path_route(service, path, flags, methods, state)


@contextmanager
def refused(code: str, reason: str | None = None) -> Iterator[Callable[[], Shown]]:
    """Gives the parsed error, once it is there."""
    with pytest.raises(ClientError, match=reason) as found:
        yield lambda: dict(found.value.response)
    assert found.value.response["Error"]["Code"] == code, found.value
