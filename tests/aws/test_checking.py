"""What is wrong with any workload of a command is refused before anything is changed, with the line to mend."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import Stacks
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import IMAGE, MANIFESTS, Said, Terminal, workspace

#: what changes anything on AWS begins so
CHANGES = ("Create", "Put", "Update", "Execute", "Delete", "Modify", "Register", "Run", "Set", "Tag", "Add", "Initiate")
WEB = """\
name: web
type: Load Balanced Web Service
image:
  location: public.ecr.aws/nginx/nginx:1.27
  port: 80
http:
  path: /
"""
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate"
SECRET = "/copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/db"
MAKES_A_PARAMETER = """\
Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}
Resources:
  Db:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub "/copilot/${App}/${Env}/secrets/db", Type: String, Value: one}
"""


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """In a workspace with an environment that is begun, and another one that is deployed."""
    root = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        terminal = workspace(root, "first")
        for env in ("begun", "prod"):
            assert terminal("env", "init", "--name", env, "--target", "aws").status == 0
        assert terminal("env", "deploy", "--name", "prod").status == 0
        yield terminal


def refused(fig: Terminal, cloud: Cloud, *words: str) -> Said:
    """Nothing is changed by it."""
    cloud.calls.clear()
    said = fig(*words)
    assert said.status == 2, said.err
    changed = [action for action in cloud.actions() if action.startswith((*CHANGES, "PUT", "POST", "DELETE"))]
    assert [one for one in changed if one != "AssumeRole"] == []
    return said


def test_the_certificate_for_cloudfront_is_as_it_was_when_an_image_cannot_be_built(
    cloud: Cloud, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new alias makes another one, in us-east-1: not while it is only checked."""
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    session.client("route53").create_hosted_zone(Name="edge.example", CallerReference="edge")
    fig = workspace(tmp_path, "edge")
    fig.write("copilot/.workspace", "application: edge\ndomain: edge.example\n")
    fig.write("copilot/environments/prod/manifest.yml", "name: prod\ntype: Environment\ntarget: aws\ncdn: true\n")
    assert fig("env", "init", "--name", "prod", "--target", "aws").status == 0
    assert fig("env", "deploy", "--name", "prod").status == 0
    edge = Stacks(session, "us-east-1")
    before = edge.template("edge-prod-cdn-certificate")
    fig.write("Dockerfile", "FROM scratch\n")
    image = f"location: {WEB.partition('location: ')[2].splitlines()[0]}"
    fig.write_manifest("web", WEB.replace(image, "build: Dockerfile") + "  alias: www.edge.example\n")

    said = fig("svc", "deploy", "--name", "web", "--env", "prod")

    assert (said.status, "no Docker engine answers" in said.err) == (6, True), said.err
    assert edge.template("edge-prod-cdn-certificate") == before


def test_a_mistake_that_synthesis_finds_changes_nothing(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("web", f"{WEB}  alias: web.example.com\n")

    said = refused(fig, cloud, "svc", "deploy", "--name", "web", "--env", "prod")

    assert "copilot/web/manifest.yml:8: http.alias: needs HTTPS, and prod has neither a domain nor" in said.err


def test_one_that_is_wrong_keeps_all_others_of_the_command_back(fig: Terminal, cloud: Cloud) -> None:
    """Also where the environment is only begun: it is known what it will be."""
    fig.write_manifest("web", f"{WEB}  alb: nobodys\n")
    fig.write_manifest("api", MANIFESTS["api"] + "http: {path: api, healthcheck: {interval: 1s}}\n")
    fig.write_manifest("mail", MANIFESTS["mail"] + "env_file: mail.env\n")
    fig.write_manifest("spam", MANIFESTS["mail"].replace("mail", "spam") + f"secrets:\n  DB: {SECRET}\n")
    fig.write_manifest("made", MANIFESTS["mail"].replace("mail", "made") + f"secrets:\n  DB: {SECRET}\n")
    fig.write("copilot/made/addons/db.yml", MAKES_A_PARAMETER)
    fig.write_manifest("report", MANIFESTS["report"].replace(f"location: '{IMAGE}'", "build: report.Dockerfile"))
    fig.write_manifest("site")

    said = refused(fig, cloud, "deploy", "--all", "--env", "begun")

    assert said.err.splitlines()[1:] == [
        "copilot/api/manifest.yml:4: http.healthcheck.interval: must be 5 to 300 s on AWS, but is 1 s",
        "copilot/api/manifest.yml:4: http.healthcheck.timeout: must be shorter than the interval of 1 s, but is 5 s",
        "copilot/mail/manifest.yml:4: env_file: cannot read mail.env: No such file or directory"
        " (Write the file, or take it out of the manifest.)",
        "copilot/report/manifest.yml:3: image.build: there is no file report.Dockerfile",
        f"copilot/site/manifest.yml:3: files: there is no public in {fig.root}",
        "copilot/spam/manifest.yml:5: secrets.DB: there is no secret /copilot/first/begun/secrets/db"
        " (Keep it by `fig secret init --name db` first.)",
        "copilot/web/manifest.yml:8: http.alb: there is no load balancer nobodys in eu-west-1",
    ]
    fig.write("copilot/environments/addons/db.yml", MAKES_A_PARAMETER.replace(", Name: {Type: String}", ""))
    assert "copilot/spam" not in refused(fig, cloud, "deploy", "--all", "--env", "begun").err
    shutil.rmtree(fig.root / "copilot/environments/addons")


@pytest.mark.parametrize("is_written", [False, True])
def test_an_environment_is_begun_for_nothing_that_cannot_be_deployed(
    fig: Terminal, cloud: Cloud, is_written: bool
) -> None:
    """All that can be told without it is told by lines, and its own manifest is not written either."""
    env = "written" if is_written else "fresh"
    path = fig.root / f"copilot/environments/{env}/manifest.yml"
    if is_written:
        fig.write(f"copilot/environments/{env}/manifest.yml", f"name: {env}\ntype: Environment\ntarget: aws\n")
    fig.write_manifest("web", f"{WEB}  alias: web.example.com\n")
    fig.write_manifest("mail", MANIFESTS["mail"] + "subscribe: {topics: [{service: api, name: gone}]}\n")
    fig.write_manifest("report", MANIFESTS["report"].replace(f"location: '{IMAGE}'", "build: report.Dockerfile"))
    words = ("deploy", "--name", "web", "--name", "mail", "--name", "report", "--init-env", "--env", env)

    said = refused(fig, cloud, *words, "--region", "eu-west-1")

    assert "copilot/web/manifest.yml:8: http.alias: needs HTTPS" in said.err
    assert "copilot/mail/manifest.yml:4: subscribe.topics[0]: subscribes to the topic 'gone' of 'api'" in said.err
    assert "copilot/report/manifest.yml:3: image.build: there is no file report.Dockerfile" in said.err
    assert path.exists() is is_written
    fig.write_manifest("web", WEB.replace("type:", "typo:"))
    assert "web/manifest.yml" in refused(fig, cloud, *words, "--region", "eu-west-1").err
    assert path.exists() is is_written
    shutil.rmtree(path.parent, ignore_errors=True)


def test_two_services_that_take_the_same_requests_are_refused_before_either(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("web", WEB)
    fig.write_manifest("shop", WEB.replace("web", "shop"))

    said = refused(fig, cloud, "deploy", "--name", "web", "--name", "shop", "--env", "prod")

    assert "web/manifest.yml:7: http.path: rule 0 of first/prod/web takes the same requests as" in said.err


def test_a_topic_that_nobody_publishes_is_refused_with_those_that_there_are(fig: Terminal, cloud: Cloud) -> None:
    """A publisher counts once it is deployed, or is in the same command; from whichever workspace it was."""
    publishes = MANIFESTS["api"] + "publish: {topics: [{name: created}, {name: gone}]}\n"
    subscribed = "subscribe: {topics: [{service: api, name: %s}]}\n"
    deploy = ("svc", "deploy", "--name", "mail", "--env", "prod")
    told = "mail/manifest.yml:4: subscribe.topics[0]: subscribes to the topic '%s' of 'api', which nobody publishes in"
    fig.write_manifest("api", publishes)
    fig.write_manifest("mail", MANIFESTS["mail"] + subscribed % "shipped")

    together = refused(fig, cloud, "deploy", "--name", "mail", "--name", "api", "--env", "prod")
    assert f"{told % 'shipped'} prod (topics of api: created, gone)" in together.err
    fig.write_manifest("mail", MANIFESTS["mail"] + subscribed % "created")
    alone = refused(fig, cloud, *deploy)
    assert f"{told % 'created'} prod (topics of api: created, gone)" in alone.err
    assert "Deploy who publishes it first: `fig svc deploy --name api --env prod`" in alone.err
    assert fig("svc", "deploy", "--name", "api", "--env", "prod").status == 0
    shutil.rmtree(fig.root / "copilot/api")
    deployed = fig(*deploy)
    assert deployed.status == 0, deployed.err
    fig.write_manifest("mail", MANIFESTS["mail"] + subscribed % "shipped")
    assert f"{told % 'shipped'} prod (topics of api: created, gone)" in refused(fig, cloud, *deploy).err
    assert fig("svc", "delete", "--name", "api", "--env", "prod", "--yes").status == 0


def test_an_environment_that_is_not_there_is_named_with_those_that_are(fig: Terminal, cloud: Cloud) -> None:
    """And no daemon is started for it."""
    fig.write_manifest("web", WEB)

    for words in (
        ("svc", "deploy", "--name", "web", "--env", "prdo"),
        ("deploy", "--all", "--env", "prdo"),
        ("svc", "show", "--name", "web", "--manifest", "prdo"),
        ("svc", "delete", "--name", "web", "--env", "prdo", "--yes"),
        ("env", "delete", "--name", "prdo", "--yes"),
    ):
        said = fig(*words)
        assert said.status in (2, 3), said.err
        assert "(known: begun, prod)" in said.err
        assert "Did you mean prod?" in said.err
    unnamed = fig("svc", "delete", "--name", "web", "--yes")
    assert "environments of first are on AWS, and none is named" in unnamed.err
    assert not (fig.root / "home/run").exists()


def test_what_is_planned_is_refused_by_its_lines_too(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("web", f"{WEB}cpu: 300\n")

    said = refused(fig, cloud, "svc", "package", "--name", "web", "--env", "prod")

    assert "web/manifest.yml:8: cpu: must be one of" in said.err


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (("--override-vpc-cidr", "10.0.0.0/8"), "--override-vpc-cidr: must be an IPv4 network of /16 to /28"),
        (("--override-vpc-cidr", "10.0.0.0"), "--override-vpc-cidr: must be a network like 10.1.0.0/16"),
        (("--override-az-names", "us-east-1a,us-east-1b"), "the public subnets: is us-east-1a, and the environment is"),
        (("--override-az-names", "eu-west-1a"), "the subnets: must be in 2 availability zones at least"),
        (("--import-vpc-id", "vpc-1"), "the subnets: must specify at least one of"),
        (("--import-vpc-id", "vpc-1", "--import-public-subnets", "subnet-1"), "the public subnets: must have two"),
        (
            ("--override-public-cidrs", "10.0.0.0/24,10.0.0.0/25", "--override-private-cidrs", "10.9.0.0/24"),
            "the private subnets: 10.9.0.0/24 is not within the VPC's 10.0.0.0/16",
        ),
        (
            ("--import-vpc-id", "vpc-1", "--import-public-subnets", "subnet-1,subnet-1"),
            "the public subnets: subnet-1 is named twice",
        ),
        (
            ("--import-vpc-id", "vpc-1", "--import-public-subnets", "subnet-1,subnet-2"),
            "--import-vpc-id: there is no VPC vpc-1 in eu-west-1",
        ),
        (
            ("--import-cert-arns", f"{CERTIFICATE}/none"),
            f"--import-cert-arns: there is no certificate {CERTIFICATE}/none",
        ),
        (
            ("--import-cert-arns", "arn:aws:acm:us-east-1:123456789012:certificate/1"),
            "as these flags say:\n--import-cert-arns: is of us-east-1, and a load balancer takes those of eu-west-1",
        ),
    ],
)
def test_flags_that_make_no_network_begin_nothing(
    fig: Terminal, cloud: Cloud, flags: tuple[str, ...], wanted: str
) -> None:
    said = refused(fig, cloud, "env", "init", "--name", "mad", "--target", "aws", *flags)

    assert wanted in said.err
    assert not (fig.root / "copilot/environments/mad").exists()


def test_a_network_that_is_not_there_is_refused_by_lines_wherever_it_is_to_be_used(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    ec2 = session.client("ec2")
    one, other = (ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    mine, foreign = (
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.1.0/24")["Subnet"]["SubnetId"] for vpc in (one, other)
    )
    manifest = f"""\
name: begun
type: Environment
target: aws
network:
  vpc:
    id: {one}
    subnets:
      public: [{{id: {mine}}}, {{id: {foreign}}}, {{id: subnet-none}}]
http: {{public: {{certificates: ["{CERTIFICATE}/none"]}}}}
"""
    path = fig.root / "copilot/environments/begun/manifest.yml"
    before = path.read_text()
    path.write_text(manifest)
    fig.write_manifest("mail")

    for words in (
        ("env", "init", "--name", "begun", "--target", "aws"),
        ("env", "deploy", "--name", "begun"),
        ("deploy", "--name", "mail", "--env", "begun"),
    ):
        said = refused(fig, cloud, *words)
        assert f"manifest.yml:8: network.vpc.subnets.public[1].id: {foreign} is of VPC {other}" in said.err, words
        assert "manifest.yml:8: network.vpc.subnets.public[2].id: there is no subnet subnet-none" in said.err
        assert f"manifest.yml:9: http.public.certificates[0]: there is no certificate {CERTIFICATE}" in said.err
    path.write_text(before)


def test_references_that_lead_nowhere_are_refused_and_those_of_others_are_left_to_them(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    session.client("ssm").put_parameter(Name="/there", Value="x", Type="String")
    session.client("secretsmanager").create_secret(Name="kept", SecretString="x")
    manager = "arn:aws:secretsmanager:%s:%s:secret:%s"
    told = f"""\
variables: {{E: {{from_cfn: nope-export}}, OWN: {{from_cfn: first-prod-anything}}}}
secrets:
  A: /nope
  B: nope
  C: {{secretsmanager: foo}}
  D: {{secretsmanager: "kept:key::"}}
  E1: /there
  F: {manager % ("us-east-1", "123456789012", "far")}
  G: {manager % ("eu-west-1", "999900001111", "theirs")}
  H: /aws/reference/secretsmanager/kept
deployment: {{rollback_alarms: [nope-alarm]}}
network: {{vpc: {{placement: {{subnets: [subnet-123]}}, security_groups: [sg-1234]}}}}
"""
    fig.write_manifest("web", WEB + told)

    said = refused(fig, cloud, "svc", "deploy", "--name", "web", "--env", "prod")

    assert [line.partition("manifest.yml:")[2] for line in said.err.splitlines()[1:]] == [
        "8: variables.E: there is no export nope-export in eu-west-1",
        "10: secrets.A: there is no parameter /nope in eu-west-1",
        "11: secrets.B: there is no parameter nope in eu-west-1",
        "12: secrets.C: there is no secret foo in Secrets Manager of eu-west-1",
        "18: deployment.rollback_alarms[0]: there is no alarm nope-alarm in eu-west-1",
        "19: network.vpc.placement.subnets[0]: there is no subnet subnet-123 in eu-west-1",
        "19: network.vpc.security_groups[0]: there is no security group sg-1234 in eu-west-1",
    ]
    fig.write("copilot/web/addons/db.yml", MAKES_A_PARAMETER)
    made = refused(fig, cloud, "svc", "deploy", "--name", "web", "--env", "prod").err
    assert ("secrets.A" in made, "secrets.C" in made, "variables.E" in made) == (False, True, False), made
    shutil.rmtree(fig.root / "copilot/web/addons")


def test_without_credentials_no_environment_is_written(
    fig: Terminal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    said = refused(fig, cloud, "env", "init", "--name", "poor", "--region", "eu-west-1")

    assert ("there are no AWS credentials" in said.err, "Wrote" in said.err) == (True, False), said.err
    assert not (fig.root / "copilot/environments/poor").exists()


def test_a_network_that_cannot_be_is_told_by_its_line_and_is_in_nobodys_way_when_all_goes(
    fig: Terminal, cloud: Cloud
) -> None:
    fig.write_manifest("mail", MANIFESTS["mail"] + "environments: {prdo: {cpu: 512}}\n")
    mail = ("--name", "mail", "--env", "prod")
    for words in (
        ("svc", "deploy", *mail),
        ("svc", "deploy", *mail, "--diff"),
        ("svc", "package", *mail),
        ("svc", "package", *mail, "--diff"),
        ("deploy", *mail),
    ):
        said = fig(*words)
        assert said.status == 0, said.err
        assert (
            "mail/manifest.yml:4: warning: environments.prdo: this workspace has no environment prdo"
            " (did you mean prod? Known: begun, prod)"
        ) in said.err, words
    path = fig.root / "copilot/environments/prod/manifest.yml"
    path.write_text(f"{path.read_text()}network: {{vpc: {{cidr: 10.0.0.0/8}}}}\nnonsense: 1\n")
    fig.write_manifest("mail", "name: [\n")
    fig.write("copilot/s p/manifest.yml", MANIFESTS["mail"])
    everything = refused(fig, cloud, "deploy", "--all", "--env", "prod")
    assert "copilot/s p: the name 's p' cannot be used" in everything.err

    deployed = refused(fig, cloud, "env", "deploy", "--name", "prod")

    assert "prod/manifest.yml:7: network.vpc.cidr: must be an IPv4 network of /16 to /28" in deployed.err
    assert fig("svc", "delete", "--name", "mail", "--env", "prod", "--yes").status == 0
    assert fig("env", "delete", "--name", "prod", "--yes").status == 0
    (fig.root / "copilot").rename(fig.root / "elsewhere")
    gone = fig("env", "delete", "--app", "first", "--name", "begun", "--region", "eu-west-1", "--yes")
    assert gone.status == 0, gone.err
