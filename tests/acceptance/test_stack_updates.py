"""Stacks that change and stacks that fail, against a real daemon: what clients of the proxy see of it is nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.facades import a_facade, a_log, a_path, a_resource, logs
from tests.acceptance.machine import a_machine, wait_until
from tests.acceptance.scenes import get
from tests.acceptance.stacks import Account, an_account, asking, refused, to_request
from tests.ports import free_port


@pytest.fixture(scope="module")
def aws() -> Iterator[Account]:
    with a_machine() as machine:
        machine.fig("up")
        yield an_account(machine)


@pytest.fixture(scope="module")
def urls(aws: Account) -> dict[str, str]:
    return {name: aws.machine.start_upstream(name) for name in ("old", "new")}


def test_a_stack_that_fails_is_taken_back_in_reverse(aws: Account, urls: dict[str, str]) -> None:
    template = a_facade({"Odd": a_resource("AWS::Odd::Thing", Name="x") | {"DependsOn": "DefaultRoute"}})

    stack = aws.create("odd", template, values={"Url": urls["old"]})

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "AWS::Odd::Thing" in aws.reason("odd", "Odd", "CREATE_FAILED")
    assert "[Odd]" in aws.reason("odd", "odd", "ROLLBACK_IN_PROGRESS")
    deleted = [name for name, status in aws.statuses("odd") if status == "DELETE_COMPLETE"]
    spaces = [name for name in deleted if name not in ("Vpc", "Odd")]
    assert spaces == ["DefaultRoute", "Service", "Application", "Environment"]
    assert environments(aws) == []
    with refused("ValidationError", "is in ROLLBACK_COMPLETE state and can not be updated"):
        aws.update("odd", template, values={"Url": urls["old"]})
    with refused("ValidationError", "is in ROLLBACK_COMPLETE state and can not be updated"):
        aws.cloudformation.create_change_set(StackName="odd", ChangeSetName="c", **to_request(template, {}))
    assert aws.delete("odd")["StackStatus"] == "DELETE_COMPLETE"


def test_a_service_that_does_not_answer_fails_its_route_and_the_stack(aws: Account) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"

    stack = aws.create("dead", a_facade(), values={"Url": nobody})

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert nobody in aws.reason("dead", "DefaultRoute", "CREATE_FAILED")
    assert environments(aws) == []
    aws.delete("dead")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE"),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED"),
        ({"DisableRollback": True}, "CREATE_FAILED"),
    ],
)
def test_whoever_makes_a_stack_says_what_becomes_of_it_when_it_fails(
    aws: Account, given: dict[str, object], status: str
) -> None:
    template = {"Resources": {"One": a_log("/one"), "Odd": a_resource("AWS::Odd::Thing") | {"DependsOn": "One"}}}
    made = aws.cloudformation.create_stack(StackName="choice", **to_request(template, given))

    assert aws.settled(made["StackId"])["StackStatus"] == status
    if status == "CREATE_FAILED":
        assert aws.resources("choice")["One"]["ResourceStatus"] == "CREATE_COMPLETE"
        aws.cloudformation.rollback_stack(StackName="choice")
        assert aws.settled("choice")["StackStatus"] == "ROLLBACK_COMPLETE"
        aws.delete("choice")


def test_a_service_is_replaced_and_no_request_fails(aws: Account, urls: dict[str, str]) -> None:
    aws.create("moved", a_facade(), values={"Url": urls["old"]})
    before = aws.resources("moved")

    with asking(aws.outputs("moved")["ProxyUrl"], ["/a"]):
        for name in ("new", "old", "new"):
            assert aws.update("moved", a_facade(), values={"Url": urls[name]})["StackStatus"] == "UPDATE_COMPLETE"
            assert answered_by(aws, "moved") == name

    after = aws.resources("moved")
    kept = {name for name, one in after.items() if one["PhysicalResourceId"] == before[name]["PhysicalResourceId"]}
    assert kept == {"Vpc", "Environment", "Application"}
    cleaning = aws.statuses("moved").index(("moved", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert aws.statuses("moved").index(("Service", "DELETE_COMPLETE")) > cleaning
    assert len(services(aws, "moved")) == 1
    aws.delete("moved")


def test_a_condition_adds_a_route_and_takes_it_away(aws: Account, urls: dict[str, str]) -> None:
    template = a_facade(
        a_path("Users", "/users", {"Ref": "UsersUrl"}, Condition="HasUsers"),
        Parameters={"UsersUrl": {"Type": "String", "Default": ""}},
        Conditions={"HasUsers": {"Fn::Not": [{"Fn::Equals": [{"Ref": "UsersUrl"}, ""]}]}},
    )
    aws.create("flips", template, values={"Url": urls["old"]})

    with asking(aws.outputs("flips")["ProxyUrl"], ["/users/3", "/other"]):
        aws.update("flips", template, values={"Url": urls["old"], "UsersUrl": urls["new"]})
        assert answered_by(aws, "flips", "/users/3") == "new"
        assert answered_by(aws, "flips", "/other") == "old"
        aws.update("flips", template, values={"Url": urls["old"]})
        assert answered_by(aws, "flips", "/users/3") == "old"

    assert "UsersRoute" not in aws.resources("flips")
    aws.delete("flips")


def test_a_route_is_switched_in_place(aws: Account, urls: dict[str, str]) -> None:
    parts = {state: a_facade(a_path("Users", "/users", urls["new"], state=state)) for state in ("ACTIVE", "INACTIVE")}
    aws.create("switch", parts["ACTIVE"], values={"Url": urls["old"]})
    route = aws.resources("switch")["UsersRoute"]["PhysicalResourceId"]

    with asking(aws.outputs("switch")["ProxyUrl"], ["/users/3"]):
        aws.update("switch", parts["INACTIVE"], values={"Url": urls["old"]})
        assert answered_by(aws, "switch", "/users/3") == "old"
        aws.update("switch", parts["ACTIVE"], values={"Url": urls["old"]})
        assert answered_by(aws, "switch", "/users/3") == "new"

    assert aws.resources("switch")["UsersRoute"]["PhysicalResourceId"] == route
    aws.delete("switch")


def test_an_update_that_fails_goes_back_to_what_was(aws: Account, urls: dict[str, str]) -> None:
    aws.create("back", a_facade(), values={"Url": urls["old"]})
    broken = a_facade({"Odd": a_resource("AWS::Odd::Thing") | {"DependsOn": "DefaultRoute"}})

    with asking(aws.outputs("back")["ProxyUrl"], ["/a"]):
        stack = aws.update("back", broken, values={"Url": urls["new"]})

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["Parameters"] == [{"ParameterKey": "Url", "ParameterValue": urls["old"]}]
    assert answered_by(aws, "back") == "old"
    assert "AWS::Odd::Thing" in aws.reason("back", "Odd", "CREATE_FAILED")
    assert len(services(aws, "back")) == 1
    assert aws.update("back", a_facade(), values={"Url": urls["new"]})["StackStatus"] == "UPDATE_COMPLETE"
    aws.delete("back")


def test_an_update_is_cancelled(aws: Account, urls: dict[str, str]) -> None:
    """While it waits for a service that does not answer."""
    aws.create("cancelled", a_facade(), values={"Url": urls["old"]})
    slow = a_facade(a_path("Users", "/users", f"http://127.0.0.1:{free_port()}"))
    client = aws.cloudformation
    client.update_stack(StackName="cancelled", **to_request(slow, {"values": {"Url": urls["old"]}}))

    assert aws.stack("cancelled")["StackStatus"] == "UPDATE_IN_PROGRESS"
    with refused("ValidationError", "is in UPDATE_IN_PROGRESS state and can not be updated"):
        aws.update("cancelled", a_facade(), values={"Url": urls["new"]})
    with refused("ValidationError", "cannot be deleted while in status UPDATE_IN_PROGRESS"):
        client.delete_stack(StackName="cancelled")
    client.cancel_update_stack(StackName="cancelled")

    assert aws.settled("cancelled")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "UsersRoute" not in {name for name, one in aws.resources("cancelled").items() if is_there(one)}
    with refused("ValidationError", "CancelUpdateStack cannot be called from current stack status"):
        client.cancel_update_stack(StackName="cancelled")
    aws.delete("cancelled")


def test_a_rollback_that_fails_is_continued(aws: Account, urls: dict[str, str]) -> None:
    """What it has to go back to does not answer any more."""
    port = free_port()
    url = aws.machine.start_upstream("frail", port)
    process = aws.machine.started[-1]
    on = a_facade(a_path("Users", "/users", url))
    aws.create("frail", on, values={"Url": urls["old"]})
    off = a_facade(
        a_path("Users", "/users", url, state="INACTIVE"),
        a_path("Odd", "/odd", f"http://127.0.0.1:{free_port()}", DependsOn="UsersRoute"),
    )
    process.kill()
    process.wait()

    assert aws.update("frail", off, values={"Url": urls["old"]})["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert url in aws.reason("frail", "UsersRoute", "UPDATE_FAILED")
    with refused("ValidationError", "is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        aws.update("frail", on, values={"Url": urls["new"]})
    aws.machine.start_upstream("frail", port)
    aws.cloudformation.continue_update_rollback(StackName="frail")

    assert aws.settled("frail")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert answered_by(aws, "frail", "/users/3") == "frail"
    aws.delete("frail")


def test_what_cannot_be_deleted_is_named_and_can_be_retained(aws: Account, urls: dict[str, str]) -> None:
    aws.create("held", a_facade(), values={"Url": urls["old"]})
    client, ids = aws.cloudformation, ids_of(aws, "held")
    other = aws.spaces.create_service(
        **ids, Name="other", EndpointType="URL", UrlEndpoint={"Url": urls["new"]}, VpcId="vpc-12345678"
    )

    assert aws.delete("held")["StackStatus"] == "DELETE_FAILED"
    assert other["ServiceId"] in aws.reason("held", "Application", "DELETE_FAILED") + str(aws.events("held"))
    with refused("ValidationError", "are not in stack [held]: [Nothing]"):
        client.delete_stack(StackName="held", RetainResources=["Nothing"])
    gone = aws.delete("held", RetainResources=["Application", "Environment"])
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert ("Application", "DELETE_SKIPPED") in aws.statuses(gone["StackId"])
    aws.spaces.delete_service(**ids, ServiceIdentifier=other["ServiceId"])
    wait_until(lambda: aws.spaces.list_services(**ids)["ServiceSummaryList"] == [], "the service is gone")
    aws.spaces.delete_application(**ids)


def test_what_is_to_be_retained_stays(aws: Account) -> None:
    kept = aws.create("retains", {"Resources": {"One": a_log("/kept", DeletionPolicy="Retain"), "Two": a_log("/two")}})

    assert aws.delete("retains")["StackStatus"] == "DELETE_COMPLETE"
    assert ("One", "DELETE_SKIPPED") in aws.statuses(kept["StackId"])
    assert ("Two", "DELETE_COMPLETE") in aws.statuses(kept["StackId"])


def test_an_export_in_use_is_not_changed(aws: Account) -> None:
    def exporting(name: str) -> dict[str, object]:
        output = {"Value": {"Ref": "One"}, "Export": {"Name": "used"}}
        return {"Resources": {"One": a_log(name)}, "Outputs": {"Name": output}}

    aws.create("source", exporting("/first"))
    aws.create("user", {"Resources": {"Two": a_log({"Fn::ImportValue": "used"})}})

    assert aws.update("source", exporting("/second"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "used" in " ".join(event.get("ResourceStatusReason", "") for event in aws.events("source"))
    assert aws.outputs("source") == {"Name": "/first"}
    aws.delete("user")
    aws.delete("source")


def test_a_key_of_one_path_makes_no_more_than_its_routes(aws: Account, urls: dict[str, str]) -> None:
    """A stack acts with the rights of whoever asks for it."""
    aws.create("whole", a_facade(), values={"Url": urls["old"]})
    ids, team = ids_of(aws, "whole"), an_account(aws.machine, path_prefix="/users")

    def beside(path: str) -> dict[str, object]:
        parts = a_path("Users", path, urls["new"])
        for one in parts.values():
            one["Properties"] |= ids
        return {"Resources": parts}

    assert team.create("team", beside("/users"))["StackStatus"] == "CREATE_COMPLETE"
    assert answered_by(aws, "whole", "/users/3") == "new"
    assert team.create("more", beside("/orders"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "not authorized" in team.reason("more", "UsersRoute", "CREATE_FAILED")
    for name in ("team", "more", "whole"):
        aws.delete(name)


def test_what_a_stack_cannot_do_here_is_refused(aws: Account) -> None:
    client = aws.cloudformation
    aws.create("plain", logs("One"))
    with refused("ValidationError", "cannot be imported"):
        client.create_change_set(
            StackName="plain", ChangeSetName="one", ChangeSetType="IMPORT", **to_request(logs("Two"), {})
        )
    with refused("ValidationError", "no CloudWatch"):
        triggers = [{"Arn": "arn:aws:cloudwatch:us-east-1:0:alarm:a", "Type": "AWS::CloudWatch::Alarm"}]
        aws.create("alarmed", logs("One"), RollbackConfiguration={"RollbackTriggers": triggers})
    with refused("ValidationError", "is in CREATE_COMPLETE state and can not be rolled back"):
        client.rollback_stack(StackName="plain")
    with refused("ValidationError", "is in CREATE_COMPLETE state"):
        client.continue_update_rollback(StackName="plain")
    with refused("ValidationError", "not allowed by parameter ResourceTypes"):
        aws.create("narrow", logs("One"), ResourceTypes=["AWS::EC2::*"])
    with refused("ValidationError", "Update of resource type is not permitted"):
        aws.update("plain", {"Resources": {"One": a_resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")}})
    aws.delete("plain")


def answered_by(aws: Account, stack: str, path: str = "/a") -> str:
    """Through the stack's proxy."""
    authority, _, stage = aws.outputs(stack)["ProxyUrl"].removeprefix("http://").partition("/")
    answer = get(int(authority.rpartition(":")[2]), f"/{stage}{path}")
    assert answer.status == 200
    return answer.by


def ids_of(aws: Account, stack: str) -> dict[str, str]:
    """Of its application."""
    environment, application = aws.resources(stack)["Application"]["PhysicalResourceId"].split("|")
    return {"EnvironmentIdentifier": environment, "ApplicationIdentifier": application}


def services(aws: Account, stack: str) -> list[str]:
    return [one["ServiceId"] for one in aws.spaces.list_services(**ids_of(aws, stack))["ServiceSummaryList"]]


def environments(aws: Account) -> list[str]:
    return [one["EnvironmentId"] for one in aws.spaces.list_environments()["EnvironmentSummaryList"]]


def is_there(resource: dict[str, object]) -> bool:
    return not str(resource["ResourceStatus"]).startswith("DELETE_")
