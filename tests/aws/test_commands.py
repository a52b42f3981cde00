"""The commands on AWS, from the first environment to the end of the application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.change_sets import LARGEST_BODY
from stranglerfig.aws.stacks.stacks import Stacks
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import IMAGE, MANIFESTS, Terminal, workspace

ENV = ("--env", "prod")
ADDONS = """\
Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
Outputs:
  queueURL: {Value: !Ref Queue}
"""


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """In a workspace with an environment that is deployed."""
    root = tmp_path_factory.mktemp("forum")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        terminal = workspace(root, "forum")
        assert terminal("env", "init", "--name", "prod", "--target", "aws").status == 0
        assert terminal("env", "deploy", "--name", "prod").status == 0
        yield terminal


def stacks_of(session: Session, app: str) -> set[str]:
    found = session.client("cloudformation").describe_stacks()["Stacks"]
    return {one["StackName"] for one in found if one["StackName"].startswith(f"{app}-")}


def parameters_of(session: Session, app: str) -> list[str]:
    found = session.client("ssm").pages("describe_parameters", "Parameters")
    return [one["Name"] for one in found if f"/{app}" in one["Name"]]


def test_a_workspace_goes_to_aws_and_away_again_and_nothing_is_left(tmp_path: Path, session: Session) -> None:
    fig = workspace(tmp_path, "shop")
    for name in MANIFESTS:
        fig.write_manifest(name)
    fig.write("public/index.html", "<h1>hello</h1>")
    fig.write("copilot/.workspace", "application: shop\ntags:\n  team: a\npermissions_boundary: fence\n")

    begun = fig("env", "init", "--name", "prod", "--region", "eu-west-1")
    assert begun.status == 0, begun.err
    assert "Environment prod of shop is begun in account 123456789012, eu-west-1." in begun.err
    assert "target: aws" in (tmp_path / "copilot/environments/prod/manifest.yml").read_text()

    deployed = fig("deploy", "--all", *ENV)
    assert deployed.status == 0, deployed.err
    for sentence in (
        "Deployed service web.",
        "Deployed job report.",
        "web is accessible at http://shop-prod-PublicLoa-",
        "api is accessible at api.prod.shop.local:8080 with service discovery.",
        "Run it now with `fig job run --name report --env prod`; its schedule is in force.",
    ):
        assert sentence in deployed.err
    wanted = {"shop-infrastructure-roles", "shop-prod", *(f"shop-prod-{one}" for one in MANIFESTS)}
    assert stacks_of(session, "shop") >= wanted
    assert Stacks(session).require("shop-prod-web").tags == {
        "team": "a",
        "copilot-application": "shop",
        "copilot-environment": "prod",
        "copilot-service": "web",
    }
    bucket = Stacks(session).require("shop-prod-site").outputs["BucketName"]
    assert session.client("s3").get_object(Bucket=bucket, Key="index.html")["ContentType"] == "text/html"

    again = fig("deploy", "--all", *ENV)
    assert again.err.count("is unchanged: nothing to deploy") == len(MANIFESTS), again.err

    once = fig("task", "run", *ENV, "--task-group-name", "once", "--image", IMAGE)
    assert once.status == 0, once.err
    assert Stacks(session).find("task-once") is not None

    gone = fig("app", "delete", "--target", "aws", "--yes")
    assert gone.status == 0, gone.err
    assert "Application shop is gone from AWS." in gone.err
    assert Stacks(session).find("task-once") is None
    assert stacks_of(session, "shop") == set()
    assert parameters_of(session, "shop") == []
    assert [one["Name"] for one in session.client("s3").list_buckets()["Buckets"] if "shop" in one["Name"]] == []
    assert [one["RoleName"] for one in session.client("iam").list_roles()["Roles"] if "shop" in one["RoleName"]] == []


def test_an_environment_has_what_its_workloads_need_and_loses_it_with_the_last(fig: Terminal, session: Session) -> None:
    fig.write_manifest("web")
    refused = fig("svc", "deploy", "--name", "web", *ENV, "--profile", "nobody")
    assert (refused.status, "there is no AWS profile 'nobody'" in refused.err) == (2, True)
    assert fig("svc", "deploy", "--name", "web", *ENV).status == 0
    assert Stacks(session).require("forum-prod").parameters["ALBWorkloads"] == "web"

    # What would be lost is not lost without a word.
    fig.write_manifest("web", MANIFESTS["web"].replace("port: 80", "port: 8080"))
    replaced = fig("svc", "deploy", "--name", "web", *ENV)
    assert replaced.status == 5, replaced.err
    assert "TargetGroup would be replaced, for Port cannot be changed in place" in replaced.err
    assert Stacks(session).require("forum-prod-web").status == "CREATE_COMPLETE"
    assert fig("svc", "deploy", "--name", "web", *ENV, "--yes").status == 0

    kept = fig("svc", "delete", "--name", "web", *ENV)
    assert (kept.status, "not done without confirmation" in kept.err) == (5, True)
    gone = fig("svc", "delete", "--name", "web", *ENV, "--yes")
    assert gone.status == 0, gone.err
    assert "PublicLoadBalancer would be removed: the address of the load balancer (traffic)" in gone.err
    assert Stacks(session).require("forum-prod").parameters["ALBWorkloads"] == ""
    assert "/copilot/applications/forum/components/web" not in parameters_of(session, "forum")
    assert [name for name in parameters_of(session, "forum") if "/rules/" in name] == []


def test_a_template_may_be_longer_than_what_is_sent_along(fig: Terminal, session: Session) -> None:
    variables = "".join(f"  VARIABLE_{number}: {'long ' * 20}\n" for number in range(300))
    fig.write_manifest("talky", MANIFESTS["mail"].replace("mail", "talky") + f"variables:\n{variables}")

    deployed = fig("svc", "deploy", "--name", "talky", *ENV)

    assert deployed.status == 0, deployed.err
    assert len(Stacks(session).template("forum-prod-talky")) > LARGEST_BODY
    assert fig("svc", "delete", "--name", "talky", *ENV, "--yes").status == 0


def test_packages_are_what_a_deploy_would_ask_for_and_change_nothing(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("worker", MANIFESTS["mail"].replace("mail", "worker"))
    fig.write("copilot/worker/addons/queue.yml", ADDONS)
    calls = len(cloud.calls)

    printed = fig("svc", "package", "--name", "worker", *ENV)
    different = fig("svc", "package", "--name", "worker", *ENV, "--diff")
    written = fig("svc", "package", "--name", "worker", *ENV, "--output-dir", "out")
    environment = fig("env", "package", "--name", "prod", "--diff")

    assert printed.status == written.status == 0, printed.err + written.err
    assert "AWS::ECS::Service" in printed.out
    assert '"TaskCPU": "256"' in printed.out
    assert different.status == 1
    assert "+ Resources: " in different.out
    folder = fig.root / "out"
    files = {"worker-prod.stack.yml", "worker-prod.params.json", "worker.addons.stack.yml"}
    assert {path.name for path in folder.iterdir()} == files
    assert json.loads((folder / "worker-prod.params.json").read_text())["Tags"]["copilot-service"] == "worker"
    assert (environment.status, environment.out) == (0, "No changes.\n")
    changing = ("Put", "Create", "Execute", "Delete", "PUT", "Update")
    assert [action for action in cloud.actions()[calls:] if action.startswith(changing)] == []


def test_addons_that_go_take_nothing_with_them_without_a_word(fig: Terminal, session: Session) -> None:
    fig.write_manifest("held", MANIFESTS["mail"].replace("mail", "held"))
    fig.write("copilot/held/addons/queue.yml", ADDONS)
    assert fig("svc", "deploy", "--name", "held", *ENV).status == 0
    (fig.root / "copilot/held/addons/queue.yml").unlink()

    refused = fig("svc", "deploy", "--name", "held", *ENV)
    assert refused.status == 5, refused.err
    assert "forum-prod-held: AddonsStack/Queue would be removed: a queue with its messages (data)" in refused.err
    assert "AddonsStack" in {one.logical for one in Stacks(session).resources("forum-prod-held")}

    agreed = fig("svc", "deploy", "--name", "held", *ENV, "--yes")
    assert agreed.status == 0, agreed.err
    assert "forum-prod-held: AddonsStack would be removed (AWS::CloudFormation::Stack)" in agreed.err
    assert "AddonsStack" not in {one.logical for one in Stacks(session).resources("forum-prod-held")}
    assert fig("svc", "delete", "--name", "held", *ENV, "--yes").status == 0


def test_lists_and_shows_tell_what_is_on_aws_and_a_workload_keeps_its_environment(fig: Terminal) -> None:
    fig.write_manifest("report")
    assert fig("job", "deploy", "--name", "report", *ENV).status == 0

    assert "forum" in fig("app", "ls", "--target", "aws").out.splitlines()
    assert fig("env", "ls", "--target", "aws", "--json").json() == {
        "environments": [{"app": "forum", "name": "prod", "account": "123456789012", "region": "eu-west-1"}]
    }
    assert fig("job", "ls", "--target", "aws").out.splitlines()[-1].split() == ["report", "Scheduled", "Job", "prod"]
    shown = fig("env", "show", "--name", "prod", "--json", "--resources").json()
    assert shown["environment"]["status"].endswith("_COMPLETE")
    assert shown["services"] == [{"name": "report", "kind": "Scheduled Job", "status": "CREATE_COMPLETE"}]
    assert {one["type"] for one in shown["resources"]} >= {"AWS::EC2::VPC", "AWS::ECS::Cluster"}
    assert "target: aws" in fig("env", "show", "--name", "prod", "--manifest").out
    held = fig("env", "delete", "--name", "prod", "--yes")
    assert (held.status, "report is deployed to prod of forum" in held.err) == (4, True)
    assert "`fig job delete --name report --env prod` takes one away." in held.err
    assert fig("job", "delete", "--name", "report", *ENV, "--yes").status == 0


def test_a_manifest_that_is_wrong_keeps_everything_from_being_touched(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("api", MANIFESTS["api"] + "countt: 3\n")
    calls = len(cloud.calls)

    found = fig("svc", "deploy", "--name", "api", *ENV)

    assert found.status == 2
    assert "copilot/api/manifest.yml" in found.err
    assert len(cloud.calls) == calls


def test_an_environment_that_is_somewhere_else_already_is_named(fig: Terminal) -> None:
    other = fig("env", "init", "--name", "prod", "--target", "aws", "--region", "us-east-1")

    assert other.status == 4
    assert (
        "environment prod of forum is in account 123456789012, eu-west-1, not in 123456789012, us-east-1" in other.err
    )


def test_an_environment_whose_manifest_says_aws_is_not_said_to_be_on_this_machine(fig: Terminal) -> None:
    said = fig("env", "init", "--name", "prod")

    assert said.status == 0
    assert "run `fig env init --name prod --target aws` to begin it there" in said.err
    assert "on this machine" not in said.err


def test_a_deploy_that_names_no_environment_says_which_there_is(
    fig: Terminal, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    calls = len(cloud.calls)

    for words in (("svc", "deploy", "--name", "worker"), ("deploy",)):
        refused = fig(*words)
        assert "on AWS" in refused.err, refused.err
        assert "`--env prod`" in refused.err
    assert not (tmp_path / "home").exists(), "a daemon was started"
    assert len(cloud.calls) == calls


def test_where_nothing_would_change_nothing_is_asked(fig: Terminal) -> None:
    fig.write_manifest("mail")
    assert fig("svc", "deploy", "--name", "mail", *ENV).status == 0

    again = fig("svc", "deploy", "--name", "mail", *ENV, "--diff")

    assert (again.status, again.out) == (0, "No changes.\n"), again.err
    assert "mail is unchanged: nothing to deploy." in again.err
    assert fig("env", "deploy", "--name", "prod", "--diff").status == 0


def test_an_environment_is_begun_on_the_way_to_it(fig: Terminal, session: Session) -> None:
    words = ("deploy", "--name", "mail", "--init-env", "--env", "stage")

    done = fig(*words, "--region", "eu-west-1")
    again = fig(*words)

    assert (done.status, again.status) == (0, 0), done.err + again.err
    assert "Environment stage of forum is begun in account 123456789012, eu-west-1." in done.err
    assert "is begun" not in again.err
    assert "forum-stage-mail" in stacks_of(session, "forum")


def test_a_file_for_patches_is_written_once_and_what_stands_in_it_is_done(fig: Terminal) -> None:
    fig.write_manifest("patched", MANIFESTS["mail"].replace("mail", "patched"))
    path = fig.root / "copilot/patched/overrides/cfn.patches.yml"

    assert fig("svc", "override", "--name", "patched", *ENV).status == 0
    plain = fig("svc", "package", "--name", "patched", *ENV)
    path.write_text(uncommented(path.read_text()))
    again = fig("svc", "override", "--name", "patched")
    patched = fig("svc", "package", "--name", "patched", *ENV)

    assert (plain.status, again.status, patched.status) == (0, 0, 0), plain.err + patched.err
    assert "already, and it stays" in again.err
    assert ("SizeInGiB" in plain.out, "SizeInGiB" in patched.out) == (False, True)
    refused = fig("env", "override", "--tool", "cdk")
    assert (refused.status, "fig runs no program of the CDK" in refused.err) == (2, True)


def uncommented(text: str) -> str:
    """With the example in force."""
    lines = [line for line in text.splitlines() if line.startswith(("# - ", "#   "))]
    return "\n".join(line.removeprefix("# ") for line in lines)


def test_the_example_of_a_patch_for_environments_finds_its_place(fig: Terminal) -> None:
    path = fig.root / "copilot/environments/overrides/cfn.patches.yml"
    assert fig("env", "override", "--name", "prod").status == 0
    path.write_text(uncommented(path.read_text()))

    said = fig("env", "package", "--name", "prod", "--diff")

    path.unlink()
    assert (said.status, "~ Value: disabled -> enabled" in said.out) == (1, True), said.out + said.err


def test_a_program_of_the_cdk_is_not_passed_over_in_silence(fig: Terminal) -> None:
    fig.write_manifest("api")
    fig.write("copilot/api/overrides/cdk.json", "{}")

    refused = fig("svc", "package", "--name", "api", *ENV)

    assert (refused.status, "copilot/api/overrides is a program of the CDK" in refused.err) == (2, True), refused.err


def test_what_the_other_place_would_heed_says_that_it_has_no_effect(fig: Terminal) -> None:
    said = fig("svc", "deploy", "--name", "mail", *ENV, "--runtime", "process", "--allow-downgrade")

    assert said.status == 0, said.err
    assert "--runtime has no effect on an environment on AWS." in said.err
    assert "--allow-downgrade has no effect here." in said.err
    for verb in ("init", "deploy"):
        target = ("--target", "aws") if verb == "init" else ()
        said = fig("env", verb, "--name", "prod", *target, "--runtime", "process")
        assert (said.status, "--runtime has no effect on an environment on AWS." in said.err) == (0, True), said.err


def test_flags_of_the_network_become_the_manifest_of_the_environment(fig: Terminal, session: Session) -> None:
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    cidrs = ("10.7.1.0/24", "10.7.2.0/24")
    one, other = (ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"] for cidr in cidrs)
    words = ("--import-vpc-id", vpc, "--import-private-subnets", f"{one},{other}", "--container-insights")

    assert fig("env", "init", "--name", "inside", *words).status == 0

    written = (fig.root / "copilot/environments/inside/manifest.yml").read_text()
    subnets = f"      private:\n        - id: {one}\n        - id: {other}\n"
    assert f"network:\n  vpc:\n    id: {vpc}\n    subnets:\n{subnets}" in written
    assert "observability:\n  container_insights: true\n" in written
    both = fig("env", "init", "--name", "wrong", *words, "--override-vpc-cidr", "10.1.0.0/16")
    assert (both.status, "exclude each other" in both.err) == (2, True)
