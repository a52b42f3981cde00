"""What an update would change, worked out before it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.core.cloudformation.stacks.changes import Change, changes_of
from stranglerfig.core.cloudformation.stacks.records import Incarnation, StackResource, Tags
from stranglerfig.core.cloudformation.stacks.rendering import show_change
from stranglerfig.core.cloudformation.stacks.states import ResourceStatus
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault

SERVICE, ROUTE = "AWS::RefactorSpaces::Service", "AWS::RefactorSpaces::Route"
PSEUDO = Pseudo("000000000000", "us-east-1", "shop", "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1")
IDS = {"EnvironmentIdentifier": "env-1", "ApplicationIdentifier": "app-1"}


def a_service(url: str, **more: Any) -> dict[str, Any]:
    properties = {**IDS, "Name": "users", "EndpointType": "URL", "UrlEndpoint": {"Url": url}}
    return {"Type": SERVICE, "Properties": properties, **more}


def a_route(service: Any, state: str = "ACTIVE") -> dict[str, Any]:
    path = {"SourcePath": "/users", "ActivationState": state}
    return {
        "Type": ROUTE,
        "Properties": {**IDS, "ServiceIdentifier": service, "RouteType": "URI_PATH", "UriPathRoute": path},
    }


def there(name: str, declared: dict[str, Any], **attributes: str) -> StackResource:
    now = Incarnation(declared["Type"], f"id-of-{name}", declared["Properties"], attributes)
    return StackResource(name, declared["Type"], ResourceStatus.CREATE_COMPLETE, 0.0, now=now)


def changes(resources: dict[str, dict[str, Any]], known: list[StackResource], tags: Tags = ()) -> dict[str, Change]:
    scope = Scope(read_template({"Resources": resources}), {}, PSEUDO)
    return {one.logical_id: one for one in changes_of(scope, {one.logical_id: one for one in known}, tags)}


KNOWN = [
    there("Users", a_service("http://old"), ServiceIdentifier="svc-1"),
    there("Route", a_route("svc-1")),
]
REFERENCE = {"Fn::GetAtt": ["Users", "ServiceIdentifier"]}


def test_what_is_as_it_was_is_no_change() -> None:
    assert changes({"Users": a_service("http://old"), "Route": a_route(REFERENCE)}, KNOWN) == {}


def test_what_hangs_on_a_replaced_resource_changes_too() -> None:
    found = changes({"Users": a_service("http://new"), "Route": a_route(REFERENCE)}, KNOWN)

    assert {name: one.replacement for name, one in found.items()} == {"Users": "True", "Route": "Conditional"}
    assert [one.property for one in found["Route"].details] == ["ServiceIdentifier"]
    assert found["Users"].details[0].is_static
    assert not found["Route"].details[0].is_static


def test_a_state_is_changed_in_place() -> None:
    found = changes({"Users": a_service("http://old"), "Route": a_route(REFERENCE, "INACTIVE")}, KNOWN)

    assert [(one.logical_id, one.replacement) for one in found.values()] == [("Route", "False")]


def test_tags_of_the_stack_are_tags_of_what_it_holds() -> None:
    found = changes({"Users": a_service("http://old"), "Route": a_route(REFERENCE)}, KNOWN, (("team", "a"),))

    assert {name: one.replacement for name, one in found.items()} == {"Users": "False", "Route": "False"}
    assert show_change(found["Users"])["ResourceChange"]["Scope"] == ["Tags"]


def test_what_is_added_and_removed_is_named() -> None:
    found = changes({"Other": a_service("http://old")}, [replace(KNOWN[0], logical_id="Gone")])

    assert {name: one.action for name, one in found.items()} == {"Other": "Add", "Gone": "Remove"}
    shown = show_change(found["Gone"])["ResourceChange"]
    assert (shown["PhysicalResourceId"], shown["PolicyAction"]) == ("id-of-Users", "Delete")


def test_what_was_deleted_is_added_again() -> None:
    gone = replace(KNOWN[0], status=ResourceStatus.DELETE_COMPLETE)

    assert changes({"Users": a_service("http://old")}, [gone])["Users"].action == "Add"


def test_what_is_said_beside_the_properties_is_a_change() -> None:
    found = changes({"Users": a_service("http://old", Metadata={"a": 1}, DeletionPolicy="Retain")}, KNOWN[:1])

    assert found["Users"].beside == ("Metadata", "DeletionPolicy")
    assert show_change(found["Users"])["ResourceChange"]["Scope"] == ["Metadata", "DeletionPolicy"]


def test_a_resource_cannot_become_one_of_another_type() -> None:
    with pytest.raises(Fault, match=r"Update of resource type is not permitted\..*\[Users\]"):
        changes({"Users": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}, KNOWN[:1])
