"""Each error that the model documents for an operation of the Refactor Spaces API, provoked by boto3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.spaces import (
    STRANGER,
    Shown,
    Space,
    a_default,
    a_route,
    a_service,
    a_shop,
    a_space,
    an_application,
    refused,
)

URL = "http://127.0.0.1:9"
ACTIVE = {"ActivationState": "ACTIVE"}
#: Parameters that are right; what stands in braces is an id of the scene.
RIGHT: dict[str, Shown] = {
    "CreateEnvironment": {"Name": "another", "NetworkFabricType": "NONE"},
    "GetEnvironment": {},
    "ListEnvironments": {},
    "ListEnvironmentVpcs": {},
    "DeleteEnvironment": {},
    "CreateApplication": an_application("another"),
    "GetApplication": {},
    "ListApplications": {},
    "DeleteApplication": {},
    "CreateService": a_service("another", URL),
    "GetService": {"ServiceIdentifier": "{service}"},
    "ListServices": {},
    "DeleteService": {"ServiceIdentifier": "{service}"},
    "CreateRoute": a_default("{service}", "INACTIVE"),
    "GetRoute": {"RouteIdentifier": "{default}"},
    "ListRoutes": {},
    "UpdateRoute": {"RouteIdentifier": "{default}", **ACTIVE},
    "DeleteRoute": {"RouteIdentifier": "{default}"},
    "TagResource": {"ResourceArn": "{arn}", "Tags": {"a": "b"}},
    "UntagResource": {"ResourceArn": "{arn}", "TagKeys": ["a"]},
    "ListTagsForResource": {"ResourceArn": "{arn}"},
    "PutResourcePolicy": {"ResourceArn": "{arn}", "Policy": "{{}}"},
    "GetResourcePolicy": {"Identifier": "{arn}"},
    "DeleteResourcePolicy": {"Identifier": "{arn}"},
}
NOWHERE = "arn:aws:refactor-spaces:us-east-1:000000000000:environment/env-0000000000"
OF_TAGS = ("TagResource", "UntagResource", "ListTagsForResource")

#: What changes the parameters for the worse: of what is not there, or is in another environment.
MISSING: dict[str, Shown] = {
    **{name: {"EnvironmentIdentifier": "env-0000000000"} for name in ("GetEnvironment", "DeleteEnvironment")},
    **{name: {"EnvironmentIdentifier": "env-0000000000"} for name in ("ListEnvironmentVpcs", "ListApplications")},
    "CreateApplication": {"EnvironmentIdentifier": "env-0000000000"},
    **{name: {"ApplicationIdentifier": "{elsewhere}"} for name in ("GetApplication", "DeleteApplication")},
    **{name: {"ApplicationIdentifier": "{elsewhere}"} for name in ("CreateService", "ListServices", "ListRoutes")},
    **{name: {"ServiceIdentifier": "{foreign}"} for name in ("GetService", "DeleteService", "CreateRoute")},
    **{name: {"RouteIdentifier": "rte-0000000000"} for name in ("GetRoute", "UpdateRoute", "DeleteRoute")},
    **{name: {"ResourceArn": NOWHERE} for name in (*OF_TAGS, "PutResourcePolicy")},
    **{name: {"Identifier": NOWHERE} for name in ("GetResourcePolicy", "DeleteResourcePolicy")},
}
#: What breaks the model's constraints.
WRONG: dict[str, Shown] = {
    "CreateEnvironment": {"NetworkFabricType": "BOGUS"},
    "CreateApplication": {"ProxyType": "NGINX"},
    "CreateService": {"EndpointType": "SOCKET"},
    "CreateRoute": {"RouteType": "REGEX"},
    "UpdateRoute": {"ActivationState": "ASLEEP"},
    **{name: {"EnvironmentIdentifier": "env-short"} for name in ("GetEnvironment", "DeleteEnvironment")},
    **{name: {"MaxResults": 101} for name in ("ListEnvironments", "ListApplications", "ListServices", "ListRoutes")},
    "ListEnvironmentVpcs": {"MaxResults": 0},
    **{name: {"ApplicationIdentifier": "svc-0123456789"} for name in ("GetApplication", "DeleteApplication")},
    **{name: {"ServiceIdentifier": "svc-01234567890"} for name in ("GetService", "DeleteService")},
    **{name: {"RouteIdentifier": "rte-012345678-"} for name in ("GetRoute", "DeleteRoute")},
    **{name: {"ResourceArn": "arn:aws:s3:::a-bucket-of-mine"} for name in (*OF_TAGS, "PutResourcePolicy")},
    **{name: {"Identifier": "env-0123456789"} for name in ("GetResourcePolicy", "DeleteResourcePolicy")},
}
#: What another resource is in the way of. A token is one that was used for something else.
IN_THE_WAY: dict[str, Shown] = {
    "CreateEnvironment": {"ClientToken": "used"},
    "CreateApplication": {"ClientToken": "used"},
    "CreateService": {"ClientToken": "used"},
    "CreateRoute": {},
    "DeleteEnvironment": {},
    "DeleteApplication": {},
    "DeleteService": {},
    "DeleteRoute": {},
}
CREATING = ("CreateEnvironment", "CreateApplication", "CreateService", "CreateRoute")
QUOTAS = dict(zip(CREATING, ("L-DEF84811", "L-EACEDE8E", "L-B19E8A2B", "L-CE52EEA2"), strict=True))
DENIED = RIGHT.keys() - {"ListEnvironments"}
#: Documented, and never answered: lists have nothing in their way, a list of all has no parent, and an account that may
#: see nothing sees an empty list.
NEVER = {
    *((name, "ConflictException") for name in ("ListApplications", "ListServices", "ListRoutes")),
    *((name, "ServiceQuotaExceededException") for name in ("ListApplications", "ListServices", "ListRoutes")),
    *((name, "ResourceNotFoundException") for name in ("CreateEnvironment", "ListEnvironments")),
    ("ListEnvironments", "AccessDeniedException"),
}


@dataclass(frozen=True)
class Scene:
    shop: Space
    ids: dict[str, str]

    def ask(self, operation: str, change: Shown, by: Space | None = None) -> Shown:
        return (by or self.shop).ask(operation, **filled({**RIGHT[operation], **change}, self.ids))


def filled(value: Any, ids: dict[str, str]) -> Any:
    match value:
        case str():
            return value.format(**ids)
        case dict():
            return {name: filled(item, ids) for name, item in value.items()}
    return value


def a_scene(space: Space) -> Scene:
    """A default route and one of a path, to a service where nobody answers."""
    shop = a_shop(space)
    service = shop.new_service("nobody", URL)
    default = shop.new_default(service, "INACTIVE")
    shop.new_route(service, "/posts", state="INACTIVE")
    return Scene(shop, {"service": service, "default": default, "arn": shop.ask("GetEnvironment")["Arn"]})


@pytest.fixture(scope="module")
def space() -> Iterator[Space]:
    with a_space() as found:
        yield found


@pytest.fixture(scope="module")
def scene(space: Space) -> Scene:
    elsewhere = a_shop(space, "elsewhere")
    foreign = elsewhere.new_service("foreign", URL)
    found = a_scene(space)
    found.ids.update(elsewhere=elsewhere.application, foreign=foreign)
    for operation in CREATING[:3]:
        found.ask(operation, {"ClientToken": "used", "Name": "first", "Tags": {"first": "yes"}})
    return found


@pytest.fixture(scope="module")
def narrow() -> Iterator[Scene]:
    """Where there may be two routes, and one of everything else."""
    quotas = "environments=1,applications=1,services=1,routes=2"
    with a_space({"FIG_API_QUOTAS": quotas}) as space:
        yield a_scene(space)


@pytest.fixture(scope="module")
def slow() -> Iterator[Space]:
    """One request a second."""
    with a_space({"FIG_API_RATE": "1"}) as space:
        yield space


def test_the_tables_here_hold_every_error_that_is_documented(space: Space) -> None:
    model = space.client.meta.service_model
    documented = {
        (name, error.name) for name in model.operation_names for error in model.operation_model(name).error_shapes
    }
    provoked = {
        *((name, "ResourceNotFoundException") for name in MISSING),
        *((name, "ValidationException") for name in WRONG),
        *((name, "ConflictException") for name in IN_THE_WAY),
        *((name, "ServiceQuotaExceededException") for name in QUOTAS),
        *((name, "AccessDeniedException") for name in DENIED),
        *((name, "ThrottlingException") for name in RIGHT),
        ("PutResourcePolicy", "InvalidResourcePolicyException"),
        *((name, "InternalServerException") for name in RIGHT),
    }
    beyond = {(name, code) for name in OF_TAGS for code in ("AccessDeniedException", "ThrottlingException")}
    assert provoked - beyond == documented - NEVER


@pytest.mark.parametrize("operation", MISSING)
def test_what_is_not_there_or_elsewhere_is_named(scene: Scene, operation: str) -> None:
    wanted = filled({**RIGHT[operation], **MISSING[operation]}, scene.ids)
    (changed,) = MISSING[operation]
    missing = wanted[changed].rpartition("/")[2]

    with refused("ResourceNotFoundException") as error:
        scene.ask(operation, MISSING[operation])

    kind = {"env": "ENVIRONMENT", "app": "APPLICATION", "svc": "SERVICE", "rte": "ROUTE"}[missing[:3]]
    assert (error()["ResourceId"], error()["ResourceType"]) == (missing, kind)
    assert error()["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("operation", WRONG)
def test_what_breaks_a_constraint_is_refused_with_the_parameters_name(scene: Scene, operation: str) -> None:
    (name,) = WRONG[operation]
    with refused("ValidationException", f"(?i)at '{name}' failed to satisfy constraint") as error:
        scene.ask(operation, WRONG[operation])
    assert error()["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("operation", IN_THE_WAY)
def test_what_is_in_the_way_is_named(scene: Scene, operation: str) -> None:
    with refused("ConflictException") as error:
        scene.ask(operation, IN_THE_WAY[operation])
    assert error()["ResourceId"] in error()["Message"]
    assert error()["ResourceType"] in ("ENVIRONMENT", "APPLICATION", "SERVICE", "ROUTE")
    assert error()["ResponseMetadata"]["HTTPStatusCode"] == 409


@pytest.mark.parametrize("operation", sorted(DENIED - {"CreateEnvironment"}))
def test_another_account_may_do_nothing_with_what_is_not_shared(scene: Scene, operation: str) -> None:
    stranger = scene.shop.as_key("stranger", account=STRANGER)
    with refused("AccessDeniedException", operation) as error:
        scene.ask(operation, {}, by=stranger)
    assert error()["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert stranger.ask("ListEnvironments")["EnvironmentSummaryList"] == []


@pytest.mark.parametrize("operation", [name for name in RIGHT if not name.startswith(("Get", "List"))])
def test_a_key_for_reading_changes_nothing(scene: Scene, operation: str) -> None:
    reader = scene.shop.as_key("reader", read_only=True)
    with refused("AccessDeniedException", "reading only"):
        scene.ask(operation, {}, by=reader)


@pytest.mark.parametrize("operation", [name for name in RIGHT if name.startswith(("Get", "List"))])
def test_a_key_for_reading_reads(scene: Scene, operation: str) -> None:
    reader = scene.shop.as_key("reader", read_only=True)
    if operation == "GetResourcePolicy":
        with refused("ResourceNotFoundException"):
            scene.ask(operation, {}, by=reader)
    else:
        assert scene.ask(operation, {}, by=reader)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("operation", QUOTAS)
def test_a_quota_that_is_reached_is_named_with_its_code(narrow: Scene, operation: str) -> None:
    route = a_route(narrow.ids["service"], "/users", state="INACTIVE")
    with refused("ServiceQuotaExceededException", "its quota is") as error:
        narrow.shop.ask(operation, **(route if operation == "CreateRoute" else RIGHT[operation]))
    found = error()
    assert (found["ServiceCode"], found["QuotaCode"]) == ("refactor-spaces", QUOTAS[operation])
    assert found["ResourceId"]
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 402


def test_who_asks_too_often_is_told_when_to_come_again(slow: Space) -> None:
    ids = {"service": "svc-0123456789", "default": "rte-0123456789", "arn": NOWHERE}
    asked = Scene(slow.within("env-0123456789", "app-0123456789"), ids)
    for operation in RIGHT:
        found: Shown = {}
        # Now and then one may ask.
        while found.get("Error", {}).get("Code") != "ThrottlingException":
            try:
                asked.ask(operation, {})
            except slow.client.exceptions.ClientError as error:
                found = error.response
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert (found["ServiceCode"], found["QuotaCode"]) == ("refactor-spaces", "FIG_API_RATE")
        if operation not in OF_TAGS:
            assert found["RetryAfterSeconds"] == 1


def test_a_policy_that_cannot_be_read_is_an_error_of_its_own(scene: Scene) -> None:
    for policy in ("no JSON", "[]", "{{}}", '{{"Statement":[]}}', '{{"Statement":[{{"Effect":"Perhaps"}}]}}'):
        with refused("InvalidResourcePolicyException") as error:
            scene.ask("PutResourcePolicy", {"Policy": policy})
        assert error()["ResponseMetadata"]["HTTPStatusCode"] == 400
