"""Parameters that come by stacks are held to the limits of the API's own model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session  # type: ignore[import-untyped]

from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.constraints import (
    METHODS,
    NAMES,
    REQUIRED,
    REQUIRED_WITHIN,
    TEXTS,
    check_creation,
)

MODEL = Session().get_service_model("migration-hub-refactor-spaces")


def texts(shape: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, member in shape.members.items():
        if member.type_name == "structure":
            yield from texts(member, f"{name}.")
        elif member.type_name == "string" and name != "ClientToken":
            yield prefix + name, member


@pytest.mark.parametrize("operation", sorted(REQUIRED))
def test_the_limits_are_the_models(operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    assert sorted(REQUIRED[operation]) == sorted(shape.required_members)
    for name, member in texts(shape):
        least, most, pattern = NAMES[operation] if name == "Name" else TEXTS[name]
        choices = member.enum
        if choices:
            # botocore has no order among them
            assert sorted(pattern.split("|")) == sorted(choices)
            assert (least, most) == (min(map(len, choices)), max(map(len, choices)))
        else:
            wanted = member.metadata
            assert (least, most, f"^{pattern}$") == (wanted["min"], wanted["max"], wanted["pattern"])


def test_what_is_required_within_is_the_models_too() -> None:
    members: dict[str, Any] = {}
    for operation in REQUIRED:
        members |= MODEL.operation_model(operation).input_shape.members
    within = {
        name: tuple(sorted(one.required_members))
        for name, one in members.items()
        if one.type_name == "structure" and one.required_members
    }
    assert within == REQUIRED_WITHIN
    assert sorted(members["UriPathRoute"].members["Methods"].member.enum) == sorted(METHODS)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"NetworkFabricType": "NONE"}, "Name is required"),
        ({"Name": "env-forum", "NetworkFabricType": "NONE"}, "Name is 'env-forum'"),
        ({"Name": "forum", "NetworkFabricType": "MESH"}, "NetworkFabricType"),
        ({"Name": "x", "NetworkFabricType": "NONE"}, "Name has 1 characters; 3 to 63 are allowed"),
    ],
)
def test_what_the_model_would_refuse_is_refused(parameters: dict[str, str], reason: str) -> None:
    with pytest.raises(Fault, match=reason):
        check_creation("CreateEnvironment", parameters)


def test_paths_and_methods_of_a_route_are_looked_at() -> None:
    ids = {"EnvironmentIdentifier": "env-0123456789", "ApplicationIdentifier": "app-0123456789"}
    wanted = {**ids, "ServiceIdentifier": "svc-0123456789", "RouteType": "URI_PATH"}
    route = {"ActivationState": "ACTIVE", "SourcePath": "/posts/{id}"}
    check_creation("CreateRoute", {**wanted, "UriPathRoute": route})
    for spoilt in ({**route, "SourcePath": "/a b"}, {**route, "Methods": ["TRACE"]}, {"SourcePath": "/posts"}):
        with pytest.raises(Fault):
            check_creation("CreateRoute", {**wanted, "UriPathRoute": spoilt})
