"""What is taken away on AWS goes whole, also when that was cut off, and what others need stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.aws.applications import find_application
from stranglerfig.aws.deleting import delete_role
from stranglerfig.aws.environments import Environment, find_environment
from stranglerfig.aws.priorities import numbered
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.synth.facts import ImportedBalancer
from tests.aws.releases import a_release
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import MANIFESTS, Terminal, workspace

ENV = ("--env", "prod")
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/50dc6c495c0c9188"
PROXY = """\
name: front
type: Strangler Proxy
default: http://10.0.1.17:8080
"""


VPC = {"Fn::ImportValue": {"Fn::Sub": "gone-prod-VpcId"}}


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    root = tmp_path_factory.mktemp("leaving")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        terminal = workspace(root, "gone")
        begin(terminal, "prod")
        assert terminal("env", "deploy", "--name", "prod").status == 0
        yield terminal


def begin(fig: Terminal, env: str, *words: str) -> None:
    done = fig("env", "init", "--name", env, "--target", "aws", *words)
    assert done.status == 0, done.err


def environment(session: Session, name: str = "prod", app: str = "gone") -> Environment:
    how = Deploying(session)
    return find_environment(find_application(session, app, how), name, how)


def remove_stack(session: Session, name: str) -> None:
    """What a deletion does that is cut off then."""
    stacks = Stacks(session)
    stacks.delete(stacks.require(name).id, token=new_token())


def test_a_service_goes_on_being_deleted_when_its_stack_is_gone(fig: Terminal, session: Session) -> None:
    fig.write_manifest("web")
    assert fig("svc", "deploy", "--name", "web", *ENV).status == 0
    remove_stack(session, "gone-prod-web")

    again = fig("svc", "delete", "--name", "web", *ENV, "--yes")

    assert again.status == 0, again.err
    assert "Service web is gone from prod." in again.err
    env = environment(session)
    stack = env.stack()
    assert stack is not None
    assert stack.parameters["ALBWorkloads"] == ""
    assert env.app.records.workloads("gone") == []
    found = session.client("ssm").get_parameters_by_path(Path="/copilot/applications/gone", Recursive=True)
    assert [one["Name"] for one in found["Parameters"] if "/rules/" in one["Name"]] == []
    third = fig("svc", "delete", "--name", "web", *ENV, "--yes")
    assert (third.status, "no service web is in prod of gone" in third.err) == (3, True)


def test_numbers_on_a_balancer_of_somebody_elses_are_given_back(fig: Terminal, session: Session) -> None:
    fig.write_manifest("api")
    assert fig("svc", "deploy", "--name", "api", *ENV).status == 0
    shared = ImportedBalancer(BALANCER, "lb.example.com", "Z0LB", {"HTTP": "arn:listener"})
    release = a_release(MANIFESTS["web"].replace("web", "api"))
    facts = replace(release.env, app=replace(release.env.app, name="gone"), name="prod")
    numbered(session, replace(release, env=facts, balancer=shared))
    ssm = session.client("ssm")
    assert len(ssm.get_parameters_by_path(Path="/copilot/balancers", Recursive=True)["Parameters"]) == 1

    assert fig("svc", "delete", "--name", "api", *ENV, "--yes").status == 0

    assert ssm.get_parameters_by_path(Path="/copilot/balancers", Recursive=True)["Parameters"] == []


def test_a_proxy_has_its_load_balancer_without_any_service_and_keeps_it(fig: Terminal, session: Session) -> None:
    fig.write_manifest("front", PROXY)
    first = fig("proxy", "deploy", "front", *ENV)
    assert first.status == 0, first.err
    fig.write_manifest("web")
    assert fig("svc", "deploy", "--name", "web", *ENV).status == 0

    assert fig("svc", "delete", "--name", "web", *ENV, "--yes").status == 0
    kept = Stacks(session).require("gone-prod")
    assert kept.parameters["ALBWorkloads"] == "front"
    assert "PublicLoadBalancerDNSName" in kept.outputs

    remove_stack(session, "gone-prod-front")
    gone = fig("proxy", "delete", "front", *ENV, "--yes")
    assert gone.status == 0, gone.err
    assert Stacks(session).require("gone-prod").parameters["ALBWorkloads"] == ""


def test_stacks_of_others_that_import_of_an_environment_are_named_before_anything_goes(
    fig: Terminal, session: Session, cloud: Cloud
) -> None:
    """As a service that was deployed by hand, or a stack of another team."""
    fig.write_manifest("web")
    assert fig("svc", "deploy", "--name", "web", *ENV).status == 0
    cloudformation = session.client("cloudformation")
    importing = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "vpc", "Type": "String", "Value": VPC}}
    cloudformation.create_stack(StackName="metrics", TemplateBody=json.dumps({"Resources": {"Vpc": importing}}))
    cloud.calls.clear()

    for words in (("app", "delete", "--name", "gone", "--target", "aws"), ("env", "delete", "--name", "prod")):
        refused = fig(*words, "--yes")
        assert "metrics imports what stack gone-prod exports" in refused.err
        assert "`aws cloudformation delete-stack --stack-name metrics --region eu-west-1`" in refused.err
        assert refused.status == 4
        assert not any(one.startswith(("Delete", "Put", "Execute")) for one in cloud.actions())
        fig("svc", "delete", "--name", "web", *ENV, "--yes")
        cloud.calls.clear()
    cloudformation.delete_stack(StackName="metrics")


@pytest.mark.parametrize("is_gone", [False, True])
def test_an_environment_goes_on_being_deleted_when_its_roles_are_gone(
    fig: Terminal, cloud: Cloud, session: Session, *, is_gone: bool
) -> None:
    name = f"old-{is_gone}".lower()
    begin(fig, name)
    env = environment(session, name)
    remove_stack(session, f"gone-{name}")
    if is_gone:
        delete_role(env, session, env.record.manager_role)
    else:
        [policy] = session.client("iam").list_role_policies(RoleName=f"gone-{name}-EnvManagerRole")["PolicyNames"]
        session.client("iam").delete_role_policy(RoleName=f"gone-{name}-EnvManagerRole", PolicyName=policy)

    with cloud.failing("AssumeRole", "AccessDenied", "User: u is not authorized to perform: sts:AssumeRole"):
        again = fig("env", "delete", "--name", name, "--yes")

    assert again.status == 0, again.err
    assert [one.name for one in env.app.records.environments("gone")] == ["prod"]
    left = [one["RoleName"] for one in session.client("iam").list_roles()["Roles"]]
    assert [one for one in left if one.startswith(f"gone-{name}")] == []


def test_secrets_that_stay_are_named_in_every_region(
    tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    fig = workspace(tmp_path, "keeper")
    begin(fig, "here")
    begin(fig, "there", "--region", "us-east-1")
    names = [f"/copilot/keeper/there/secrets/KEY_{at:02}" for at in range(12)]
    for name in names:
        session.client("ssm", "us-east-1").put_parameter(Name=name, Value="x", Type="SecureString")

    gone = fig("app", "delete", "--target", "aws", "--yes")

    assert gone.status == 0, gone.err
    assert "12 secrets of us-east-1 stay, for nobody else has them:" in gone.err
    command = "`aws ssm delete-parameters --region us-east-1 --names "
    lines = [line.strip() for line in gone.err.splitlines() if command in line]
    assert [line.removeprefix(command).rstrip("`").split() for line in lines] == [names[:10], names[10:]]


def test_a_service_that_is_begun_while_its_application_goes_goes_with_it(
    tmp_path: Path, cloud: Cloud, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    fig = workspace(tmp_path, "haste")
    begin(fig, "prod")
    topic = json.dumps({"Resources": {"It": {"Type": "AWS::SNS::Topic"}}})
    marks = {"copilot-application": "haste", "copilot-environment": "prod", "copilot-service": "api"}

    def begin_stack(name: str) -> None:
        tags = [{"Key": key, "Value": value} for key, value in marks.items()]
        session.client("cloudformation").create_stack(StackName=name, TemplateBody=topic, Tags=tags)

    def meanwhile() -> None:
        del cloud.hooks["DeleteStack"]
        begin_stack("haste-prod-api")
        begin_stack("of-somebody-else")

    cloud.hooks["DeleteStack"] = meanwhile
    gone = fig("app", "delete", "--target", "aws", "--yes")

    assert gone.status == 0, gone.err
    stacks = Stacks(session)
    assert stacks.find("haste-prod-api") is None
    assert stacks.find("of-somebody-else") is not None
    stacks.delete("of-somebody-else", token=new_token())


def test_access_logs_that_are_written_while_an_environment_goes_are_emptied_once_more(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    fig.write(
        "copilot/environments/logged/manifest.yml",
        "name: logged\ntype: Environment\nhttp: {public: {access_logs: true}}\n",
    )
    begin(fig, "logged")
    assert fig("env", "deploy", "--name", "logged").status == 0
    env = environment(session, "logged")
    [logs] = [one.physical for one in env.stacks.resources(env.stack_name) if one.logical == "ELBAccessLogsBucket"]
    deletions: list[str] = []

    def fill() -> None:
        if deletions:
            cloud.stacks.broken.clear()
        else:
            session.client("s3").put_object(Bucket=logs, Key="AWSLogs/1", Body=b"GET /")
            cloud.stacks.broken["-ELBAccessLogsBucket"] = "The bucket you tried to delete is not empty"
        deletions.append(logs)

    cloud.hooks["DeleteStack"] = fill
    gone = fig("env", "delete", "--name", "logged", "--yes")
    cloud.hooks.clear()

    assert gone.status == 0, gone.err
    assert len(deletions) == 2


CACHE = """\
- op: add
  path: /Resources/Cache
  value: {Type: AWS::ElastiCache::ServerlessCache, Properties: {Engine: redis, ServerlessCacheName: gone-prod-cache}}
"""


def test_rights_to_what_patches_make_go_once_it_is_gone(fig: Terminal, session: Session) -> None:
    def rights() -> str:
        return Stacks(session).require("gone-prod").parameters["AddonServices"]

    fig.write("copilot/environments/overrides/cfn.patches.yml", CACHE)
    assert fig("env", "deploy", "--name", "prod", "--yes").status == 0
    assert rights() == '{"environments":["elasticache"]}'
    (fig.root / "copilot/environments/overrides/cfn.patches.yml").unlink()
    without = fig("env", "deploy", "--name", "prod", "--yes")
    assert without.status == 0, without.err
    assert rights() == ""
    assert "No changes." in fig("env", "package", "--name", "prod", "--diff").out
