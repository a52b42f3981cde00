"""The operations of CloudFormation, each by boto3 against a real daemon: what they answer, and what they refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from stranglerfig.api.aws.cloudformation import OPERATIONS
from tests.acceptance.facades import Members, a_facade, a_log, a_resource, attribute, logs
from tests.acceptance.machine import a_machine
from tests.acceptance.stacks import TEMPLATES, Account, an_account, refused, to_parameters, to_request

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
ROLE = a_resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
QUICK = {"Delay": 1, "MaxAttempts": 30}


@pytest.fixture(scope="module")
def aws() -> Iterator[Account]:
    with a_machine() as machine:
        machine.fig("up")
        yield an_account(machine)


def test_a_stack_is_made_shown_and_deleted(aws: Account) -> None:
    url = aws.machine.start_upstream("main")
    client = aws.cloudformation
    tags = [{"Key": "team", "Value": "forum"}]
    made = client.create_stack(
        StackName="whole",
        TemplateBody=json.dumps(a_facade(Description="The whole", Metadata={"by": "hand"})),
        Parameters=to_parameters({"Url": url}),
        Tags=tags,
        RoleARN="arn:aws:iam::000000000000:role/deployer",
        TimeoutInMinutes=5,
        NotificationARNs=["arn:aws:sns:us-east-1:000000000000:told"],
    )
    client.get_waiter("stack_exists").wait(StackName="whole", WaiterConfig=QUICK)
    client.get_waiter("stack_create_complete").wait(StackName="whole", WaiterConfig=QUICK)

    stack = aws.stack("whole")
    assert stack["StackId"] == made["StackId"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert (stack["Description"], stack["Tags"]) == ("The whole", tags)
    assert stack["Parameters"] == [{"ParameterKey": "Url", "ParameterValue": url}]
    assert stack["RoleARN"].endswith("role/deployer")
    assert stack["TimeoutInMinutes"] == 5
    assert stack["Outputs"][0]["OutputValue"].startswith("http://127.0.0.1:")
    assert {name: one["ResourceStatus"] for name, one in aws.resources("whole").items()} == dict.fromkeys(
        ("Vpc", "Environment", "Application", "Service", "DefaultRoute"), "CREATE_COMPLETE"
    )
    environment = aws.resources("whole")["Environment"]["PhysicalResourceId"]
    assert aws.spaces.get_environment(EnvironmentIdentifier=environment)["Tags"] == {"team": "forum"}
    detail = client.describe_stack_resource(StackName="whole", LogicalResourceId="Vpc")["StackResourceDetail"]
    assert detail["PhysicalResourceId"].startswith("vpc-")
    by_physical_id = client.describe_stack_resources(PhysicalResourceId=environment)["StackResources"]
    assert {one["StackName"] for one in by_physical_id} == {"whole"}
    assert client.get_template(StackName="whole")["TemplateBody"] == a_facade(
        Description="The whole", Metadata={"by": "hand"}
    )

    client.delete_stack(StackName="whole")
    client.get_waiter("stack_delete_complete").wait(StackName="whole", WaiterConfig=QUICK)
    assert aws.stack(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    summaries = client.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert made["StackId"] in [one["StackId"] for one in summaries]
    assert aws.events(made["StackId"])[-1]["ResourceStatus"] == "DELETE_COMPLETE"
    client.delete_stack(StackName="whole")


def test_records_say_that_they_are_records(aws: Account) -> None:
    aws.create("recorded", logs("One"))

    assert "record" in aws.reason("recorded", "One", "CREATE_COMPLETE")
    assert aws.resources("recorded")["One"]["PhysicalResourceId"] == "/One"


def test_what_is_not_there_is_named_as_clients_expect(aws: Account) -> None:
    client = aws.cloudformation
    with refused("ValidationError", "Stack with id nobody does not exist"):
        client.describe_stacks(StackName="nobody")
    with refused("ValidationError", "Stack [nobody] does not exist"):
        client.describe_stack_events(StackName="nobody")
    with refused("ValidationError", "Stack [nobody] does not exist"):
        client.update_stack(StackName="nobody", TemplateBody=json.dumps(logs("One")))
    aws.create("somebody", logs("One"))
    with refused("ValidationError", "Resource Two does not exist for stack somebody"):
        client.describe_stack_resource(StackName="somebody", LogicalResourceId="Two")
    with refused("ChangeSetNotFound", "ChangeSet [nothing] does not exist"):
        client.describe_change_set(StackName="somebody", ChangeSetName="nothing")
    with refused("ValidationError", "StackName must be specified"):
        client.describe_change_set(ChangeSetName="nothing")
    client.delete_change_set(StackName="somebody", ChangeSetName="nothing")
    with refused("AlreadyExistsException", "Stack [somebody] already exists"):
        aws.create("somebody", logs("One"))
    with refused("ValidationError", "Value 'not_a_name' at 'stackName' failed to satisfy constraint"):
        aws.create("not_a_name", logs("One"))


def test_a_template_can_be_looked_at_alone(aws: Account) -> None:
    client = aws.cloudformation
    text = (TEMPLATES / "monolith.yaml").read_text(encoding="utf-8")

    valid = client.validate_template(TemplateBody=text)
    assert [one["ParameterKey"] for one in valid["Parameters"]][:2] == ["Name", "MonolithUrl"]
    summary = client.get_template_summary(TemplateBody=text)
    assert summary["Version"] == "2010-09-09"
    assert "AWS::RefactorSpaces::Route" in summary["ResourceTypes"]
    fabric = next(one for one in summary["Parameters"] if one["ParameterKey"] == "NetworkFabricType")
    assert fabric["ParameterConstraints"]["AllowedValues"] == ["NONE", "TRANSIT_GATEWAY"]
    with_role = client.validate_template(TemplateBody=json.dumps({"Resources": {"Role": ROLE}}))
    assert with_role["Capabilities"] == ["CAPABILITY_IAM"]
    assert "AWS::IAM::Role" in with_role["CapabilitiesReason"]
    with refused("ValidationError", "Template format error"):
        client.validate_template(TemplateBody="Resources: [")
    with refused("ValidationError", "send the text as TemplateBody"):
        client.validate_template(TemplateURL="https://bucket.s3.amazonaws.com/t.yaml")
    with refused("ValidationError", "must be specified"):
        client.validate_template()


@pytest.mark.parametrize(
    ("template", "values", "words"),
    [
        (logs(), {}, "Template format error"),
        ({"Resources": {"A": a_log({"Ref": "B"})}}, {}, "Unresolved resource dependencies [B]"),
        ({"Resources": {"A": a_log(DependsOn="B"), "B": a_log(DependsOn="A")}}, {}, "Circular dependency"),
        ({**logs("A"), "Transform": "AWS::Serverless-2016-10-31"}, {}, "Transform"),
        ({**logs("A"), "Parameters": {"P": {"Type": "String"}}}, {}, "Parameters: [P] must have values"),
        (logs("A"), {"P": "x"}, "Parameters: [P] do not exist in the template"),
        ({**logs("A"), "Parameters": {"P": {"Type": "String", "AllowedValues": ["a"]}}}, {"P": "b"}, "P"),
        ({**logs("A"), "Parameters": {"P": {"Type": "Number", "MaxValue": 3}}}, {"P": "4"}, "P"),
        ({**logs("A"), "Parameters": {"P": {"Type": "String", "AllowedPattern": "[a-z]+"}}}, {"P": "7"}, "P"),
    ],
)
def test_a_stack_that_cannot_be_meant_is_refused(
    aws: Account, template: Members, values: dict[str, str], words: str
) -> None:
    with refused("ValidationError", words):
        aws.create("unmeant", template, values=values)
    with refused("ValidationError", "does not exist"):
        aws.stack("unmeant")


def test_a_change_set_is_made_looked_at_and_executed(aws: Account) -> None:
    client = aws.cloudformation
    made = client.create_change_set(
        StackName="staged", ChangeSetName="first", ChangeSetType="CREATE", **to_request(logs("One", "Two"), {})
    )
    client.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig=QUICK)
    assert aws.stack("staged")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert aws.resources("staged") == {}
    shown = client.describe_change_set(ChangeSetName=made["Id"])
    assert (shown["Status"], shown["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert actions(shown) == {"One": ("Add", None), "Two": ("Add", None)}
    with refused("AlreadyExistsException", "already exists"):
        client.create_change_set(
            StackName="staged", ChangeSetName="first", ChangeSetType="CREATE", **to_request(logs("One"), {})
        )
    with refused("ValidationError", "is in REVIEW_IN_PROGRESS state and can not be updated"):
        aws.update("staged", logs("One"))

    client.execute_change_set(ChangeSetName="first", StackName="staged")
    assert aws.settled("staged")["StackStatus"] == "CREATE_COMPLETE"
    assert aws.stack("staged")["ChangeSetId"] == made["Id"]
    with refused("InvalidChangeSetStatus"):
        client.execute_change_set(ChangeSetName=made["Id"])
    with refused("ValidationError", "Stack [staged] already exists and cannot be created again"):
        client.create_change_set(
            StackName="staged", ChangeSetName="again", ChangeSetType="CREATE", **to_request(logs("One"), {})
        )


def test_a_stack_can_be_made_before_any_of_its_conditions_holds(aws: Account) -> None:
    """Nothing is in it, and it is there for the update that brings the first resource."""
    client, template = aws.cloudformation, logs("One")
    template["Parameters"] = {"Wanted": {"Type": "String", "Default": "no"}}
    template["Conditions"] = {"IsWanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}}
    template["Resources"]["One"]["Condition"] = "IsWanted"
    client.create_change_set(
        StackName="vacant", ChangeSetName="first", ChangeSetType="CREATE", **to_request(template, {})
    )
    client.execute_change_set(StackName="vacant", ChangeSetName="first")
    client.get_waiter("stack_create_complete").wait(StackName="vacant", WaiterConfig=QUICK)
    assert aws.resources("vacant") == {}

    aws.update("vacant", template, values={"Wanted": "yes"})
    assert [*aws.resources("vacant")] == ["One"]
    aws.update("vacant", template, values={"Wanted": "no"})
    assert aws.resources("vacant") == {}


def test_change_sets_tell_what_would_be_replaced(aws: Account) -> None:
    client, before = aws.cloudformation, logs("One", "Two", "Three")
    aws.create("weighed", before)
    after = {"Resources": {"One": a_log("/other"), "Two": a_log("/Two"), "Four": a_log({"Ref": "One"})}}
    after["Resources"]["Two"]["Properties"]["RetentionInDays"] = 7
    made = client.create_change_set(StackName="weighed", ChangeSetName="second", **to_request(after, {}))
    shown = client.describe_change_set(ChangeSetName=made["Id"])

    assert actions(shown) == {
        "One": ("Modify", "True"),
        "Two": ("Modify", "False"),
        "Three": ("Remove", None),
        "Four": ("Add", None),
    }
    changed = next(
        one["ResourceChange"] for one in shown["Changes"] if one["ResourceChange"]["LogicalResourceId"] == "Two"
    )
    assert changed["Details"][0]["Target"]["Name"] == "RetentionInDays"
    assert changed["Details"][0]["Target"]["RequiresRecreation"] == "Never"
    assert client.get_template(ChangeSetName=made["Id"])["TemplateBody"] == after
    assert [one["ChangeSetName"] for one in client.list_change_sets(StackName="weighed")["Summaries"]] == ["second"]

    aws.update("weighed", logs("One", "Two"))
    assert client.describe_change_set(ChangeSetName=made["Id"])["ExecutionStatus"] == "OBSOLETE"
    client.delete_change_set(ChangeSetName=made["Id"])
    assert client.list_change_sets(StackName="weighed")["Summaries"] == []


def test_no_change_is_said_as_clients_expect(aws: Account) -> None:
    client = aws.cloudformation
    aws.create("still", logs("One"))

    with refused("ValidationError", "No updates are to be performed."):
        aws.update("still", logs("One"))
    client.create_change_set(StackName="still", ChangeSetName="none", **to_request(logs("One"), {}))
    shown = client.describe_change_set(StackName="still", ChangeSetName="none")
    assert (shown["Status"], shown["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert shown["StatusReason"] == NO_CHANGES
    with refused("InvalidChangeSetStatus"):
        client.execute_change_set(StackName="still", ChangeSetName="none")
    again = client.create_change_set(StackName="still", ChangeSetName="none", **to_request(logs("One", "Two"), {}))
    assert client.describe_change_set(ChangeSetName=again["Id"])["Status"] == "CREATE_COMPLETE"
    assert len(client.list_change_sets(StackName="still")["Summaries"]) == 1
    aws.update("still", {**logs("One"), "Outputs": {"Arn": {"Value": attribute("One", "Arn")}}})
    assert ":log-group:/One" in aws.outputs("still")["Arn"]


def test_what_is_said_beside_properties_counts_as_a_change(aws: Account) -> None:
    client = aws.cloudformation
    aws.create("beside", logs("One"))
    after = {"Resources": {"One": a_log("/One", Metadata={"by": "hand"}, DeletionPolicy="Retain")}}
    made = client.create_change_set(StackName="beside", ChangeSetName="one", **to_request(after, {}))
    change = client.describe_change_set(ChangeSetName=made["Id"])["Changes"][0]["ResourceChange"]
    assert (change["Scope"], change["Replacement"]) == (["Metadata", "DeletionPolicy"], "False")

    aws.update("beside", after)
    detail = client.describe_stack_resource(StackName="beside", LogicalResourceId="One")["StackResourceDetail"]
    assert json.loads(detail["Metadata"]) == {"by": "hand"}
    with refused("ValidationError", "No updates are to be performed."):
        aws.update("beside", after)
    assert ("One", "DELETE_SKIPPED") in aws.statuses(aws.delete("beside")["StackId"])


def test_identities_have_to_be_acknowledged(aws: Account) -> None:
    plain = {"Resources": {"Role": ROLE}}
    named = {"Resources": {"Role": a_resource("AWS::IAM::Role", **ROLE["Properties"], RoleName="deployer")}}

    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"):
        aws.create("acknowledged", plain)
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"):
        aws.create("acknowledged", named, Capabilities=["CAPABILITY_IAM"])
    made = aws.create("acknowledged", named, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert made["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert aws.resources("acknowledged")["Role"]["PhysicalResourceId"] == "deployer"


def test_a_token_makes_a_repetition_harmless(aws: Account) -> None:
    client = aws.cloudformation
    first = client.create_stack(StackName="once", ClientRequestToken="token-1", **to_request(logs("One"), {}))
    aws.settled("once")

    again = client.create_stack(StackName="once", ClientRequestToken="token-1", **to_request(logs("One"), {}))
    assert again["StackId"] == first["StackId"]
    with refused("TokenAlreadyExistsException"):
        client.update_stack(StackName="once", ClientRequestToken="token-1", **to_request(logs("Two"), {}))
    assert {event["ClientRequestToken"] for event in aws.events("once")} == {"token-1"}


def test_a_protected_stack_stays(aws: Account) -> None:
    aws.create("kept", logs("One"), EnableTerminationProtection=True)

    with refused("ValidationError", "Stack [kept] cannot be deleted while TerminationProtection is enabled"):
        aws.cloudformation.delete_stack(StackName="kept")
    aws.cloudformation.update_termination_protection(StackName="kept", EnableTerminationProtection=False)
    assert aws.delete("kept")["StackStatus"] == "DELETE_COMPLETE"


def test_a_policy_is_honoured_in_updates(aws: Account) -> None:
    client = aws.cloudformation
    aws.create("ruled", logs("One", "Two"))
    allow = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "Update:Delete", "Resource": "LogicalResourceId/Two"}
    policy = json.dumps({"Statement": [allow, deny]})
    assert "StackPolicyBody" not in client.get_stack_policy(StackName="ruled")
    client.set_stack_policy(StackName="ruled", StackPolicyBody=policy)
    assert client.get_stack_policy(StackName="ruled")["StackPolicyBody"] == policy

    with refused("ValidationError", "Statement [#2] does not allow [Update:Delete] for resource [Two]"):
        aws.update("ruled", logs("One"))
    during = json.dumps({"Statement": [allow]})
    assert aws.update("ruled", logs("One"), StackPolicyDuringUpdateBody=during)["StackStatus"] == "UPDATE_COMPLETE"
    assert client.get_stack_policy(StackName="ruled")["StackPolicyBody"] == policy
    with refused("ValidationError", "Error validating stack policy"):
        client.set_stack_policy(StackName="ruled", StackPolicyBody="{}")


def test_long_lists_come_in_pages(aws: Account) -> None:
    names = [f"Log{number:03}" for number in range(130)]
    aws.create("long", logs(*names))
    client = aws.cloudformation

    pages = list(client.get_paginator("list_stack_resources").paginate(StackName="long"))
    assert len(pages) == 2
    assert [one["LogicalResourceId"] for page in pages for one in page["StackResourceSummaries"]] == names
    events = aws.events("long")
    assert len({event["EventId"] for event in events}) == len(events) > 260
    assert [one for one in events if one["LogicalResourceId"] == "long"][-1]["ResourceStatus"] == "CREATE_COMPLETE"
    with refused("ValidationError", "NextToken"):
        client.list_stack_resources(StackName="long", NextToken="nonsense")


def test_exports_are_imported_and_held(aws: Account) -> None:
    client = aws.cloudformation
    exporting = {**logs("One"), "Outputs": {"Name": {"Value": {"Ref": "One"}, "Export": {"Name": "log-name"}}}}
    importing = {"Resources": {"Two": a_log({"Fn::Sub": ["${Name}/two", {"Name": {"Fn::ImportValue": "log-name"}}]})}}
    exporter = aws.create("exporter", exporting)
    aws.create("importer", importing)

    exports = client.list_exports()["Exports"]
    assert {"ExportingStackId": exporter["StackId"], "Name": "log-name", "Value": "/One"} in exports
    assert client.list_imports(ExportName="log-name")["Imports"] == ["importer"]
    assert aws.resources("importer")["Two"]["PhysicalResourceId"] == "/One/two"
    with refused("ValidationError", "log-name"):
        client.delete_stack(StackName="exporter")
    aws.delete("importer")
    with refused("ValidationError", "Export 'log-name' is not imported by any stack."):
        client.list_imports(ExportName="log-name")
    assert aws.delete("exporter")["StackStatus"] == "DELETE_COMPLETE"


def test_a_key_for_reading_reads_and_changes_nothing(aws: Account) -> None:
    aws.create("seen", logs("One"))
    reader = an_account(aws.machine, read_only=True)

    assert reader.stack("seen")["StackStatus"] == "CREATE_COMPLETE"
    reader.cloudformation.validate_template(TemplateBody=json.dumps(logs("One")))
    with refused("AccessDenied"):
        reader.cloudformation.delete_stack(StackName="seen")
    with refused("AccessDenied"):
        reader.cloudformation.create_change_set(
            StackName="new", ChangeSetName="one", ChangeSetType="CREATE", **to_request(logs("One"), {})
        )


def test_the_command_line_shows_what_there_is(aws: Account) -> None:
    aws.create("typed", {**logs("One"), "Outputs": {"Name": {"Value": {"Ref": "One"}, "Export": {"Name": "typed"}}}})
    show = ("--output", "json")

    events = json.loads(aws.aws("cloudformation", "describe-stack-events", "--stack-name", "typed", *show).stdout)
    assert events["StackEvents"][0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert json.loads(aws.aws("cloudformation", "get-template", "--stack-name", "typed", *show).stdout)["TemplateBody"]
    assert "typed" in aws.aws("cloudformation", "list-exports", *show).stdout
    wrong = aws.try_aws("cloudformation", "validate-template", "--template-body", "Resources: {}")
    assert wrong.status != 0
    assert "ValidationError" in wrong.stderr


def test_a_pattern_that_would_never_be_done_stops_nobody(aws: Account) -> None:
    parameter = {"P": {"Type": "String", "AllowedPattern": "(a+)+b", "Default": "aab"}}
    template, value = {**logs("A"), "Parameters": parameter}, "a" * 60
    request = to_request(template, {"StackName": "endless", "values": {"P": value}})
    asked = time.monotonic()

    with refused("ValidationError", "takes too long to be compared"), ThreadPoolExecutor() as pool:
        endless = pool.submit(aws.cloudformation.create_stack, **request)
        while not endless.done():
            assert aws.machine.client().daemon.version()["pid"]
            assert time.monotonic() - asked < 60, "the daemon answers others meanwhile"
        endless.result()
    with refused("ValidationError", "takes too long to be compared"):
        aws.cloudformation.create_change_set(ChangeSetName="one", ChangeSetType="CREATE", **request)

    aws.cloudformation.create_stack(
        **to_request(template, {"StackName": "endless", "values": {"P": "aaaaaaaaaaaaaaaab"}})
    )
    aws.cloudformation.get_waiter("stack_create_complete").wait(StackName="endless", WaiterConfig=QUICK)
    former = {"StackName": "endless", "UsePreviousTemplate": True}
    with refused("ValidationError", "takes too long to be compared"):
        aws.cloudformation.update_stack(**former, Parameters=to_parameters({"P": value}))


def test_every_operation_was_answered(aws: Account) -> None:
    """By the tests of this module, but for those that the updates are about."""
    elsewhere = {"CancelUpdateStack", "ContinueUpdateRollback", "RollbackStack"}

    assert OPERATIONS.keys() - aws.operations == elsewhere


def actions(change_set: Members) -> dict[str, tuple[str, str | None]]:
    changes = [one["ResourceChange"] for one in change_set["Changes"]]
    return {one["LogicalResourceId"]: (one["Action"], one.get("Replacement")) for one in changes}
