"""An application on AWS: roles, a StackSet and a record, made once and found again."""

from __future__ import annotations

import json

import pytest

from stranglerfig.aws.applications import AppWish, begin_application, find_application, find_zone, version_of
from stranglerfig.aws.records import EnvRecord, WorkloadRecord
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.change_sets import LARGEST_BODY
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.errors import Conflict, DeployFailed, NotFound
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud

KIND = "application/vnd.docker.distribution.manifest.v2+json"
IMAGE = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": {"digest": "sha256:aa"}, "layers": []})


def test_an_application_is_begun_once_and_its_record_comes_last(cloud: Cloud, session: Session) -> None:
    wish = AppWish("shop", tags={"team": "a"})
    with cloud.failing("PutParameter", "AccessDeniedException", "no"), pytest.raises(Exception, match="PutParameter"):
        begin_application(session, wish, Deploying(session))
    with pytest.raises(NotFound):
        find_application(session, "shop", Deploying(session))

    begun = begin_application(session, wish, Deploying(session))
    calls = len(cloud.calls)
    again = begin_application(session, wish, Deploying(session))

    assert again.record == begun.record
    assert cloud.actions()[calls:] == ["GetParameter"]
    roles = Deploying(session).stacks.require("shop-infrastructure-roles")
    assert roles.tags == {"copilot-application": "shop", "team": "a"}
    assert roles.outputs["ExecutionRoleARN"] == f"arn:aws:iam::{ACCOUNT}:role/shop-executionrole"
    with pytest.raises(Conflict, match=r"application shop is on AWS with no domain, not shop\.example"):
        begin_application(session, AppWish("shop", domain="shop.example"), Deploying(session))


def test_workloads_get_repositories_in_every_region_of_the_application(session: Session) -> None:
    app = begin_application(session, AppWish("many"), Deploying(session))
    with pytest.raises(NotFound, match="the application has nothing in eu-west-1 yet"):
        app.place(REGION)
    env = EnvRecord("many", "test", REGION, ACCOUNT)
    app.add_place(app.facts(), env)
    app.records.begin_environment(env)
    before = app.place(REGION)

    app.add_workload(WorkloadRecord("many", "web-api", "Backend Service"))
    app.add_workload(WorkloadRecord("many", "web-api", "Backend Service"))
    app.add_place(app.facts(), EnvRecord("many", "prod", "us-east-1", ACCOUNT))

    assert app.place(REGION) == before
    assert app.place("us-east-1").bucket != before.bucket
    for region in (REGION, "us-east-1"):
        found = session.client("ecr", region).describe_repositories()["repositories"]
        assert [one["repositoryName"] for one in found] == ["many/web-api"]
    assert version_of(app.stack_set.template() or "") == 2, "the second time nothing had changed"


@pytest.mark.parametrize("is_busy", [False, True])
def test_workloads_that_are_begun_at_once_all_get_their_repositories(
    cloud: Cloud, session: Session, *, is_busy: bool
) -> None:
    name = f"race-{is_busy}".lower()
    app = begin_application(session, AppWish(name), Deploying(session))
    app.add_place(app.facts(), EnvRecord(name, "test", REGION, ACCOUNT))
    other = find_application(open_session(Access()), name, Deploying(session))

    def meanwhile() -> None:
        del cloud.hooks["UpdateStackSet"]
        if is_busy:
            other.records.begin_workload(WorkloadRecord(name, "fast", "Backend Service"))
        else:
            other.add_workload(WorkloadRecord(name, "fast", "Backend Service"))
            session.client("ecr").put_image(repositoryName=f"{name}/fast", imageManifest=IMAGE, imageTag="1")

    cloud.hooks["UpdateStackSet"] = meanwhile
    with cloud.failing("UpdateStackSet", "OperationInProgressException", "busy", times=int(is_busy)):
        app.add_workload(WorkloadRecord(name, "slow", "Backend Service"))

    found = {one["repositoryName"] for one in session.client("ecr").pages("describe_repositories", "repositories")}
    assert {one for one in found if one.startswith(name)} == {f"{name}/fast", f"{name}/slow"}
    images = session.client("ecr").list_images(repositoryName=f"{name}/fast")["imageIds"]
    assert len(images) == (not is_busy), "it was never away"


def test_an_operation_that_failed_or_was_cut_off_is_done_again(cloud: Cloud, session: Session) -> None:
    app = begin_application(session, AppWish("half"), Deploying(session))
    env = EnvRecord("half", "test", REGION, ACCOUNT)
    cloud.stacks.broken["half-infrastructure"] = "no"
    with pytest.raises(DeployFailed, match="stack set half-infrastructure could not be changed"):
        app.add_place(app.facts(), env)
    with pytest.raises(NotFound, match="the application has nothing in eu-west-1 yet"):
        app.place(REGION)
    cloud.stacks.broken.clear()
    app.add_place(app.facts(), env)
    assert app.place(REGION).bucket

    workload = WorkloadRecord("half", "web", "Backend Service")
    cloud.stacks.broken["half-infrastructure"] = "no"
    with pytest.raises(DeployFailed):
        app.add_workload(workload)
    cloud.stacks.broken.clear()
    app.add_workload(workload)
    assert app.stack_set.is_current()
    found = session.client("ecr").describe_repositories(repositoryNames=["half/web"])["repositories"]
    assert len(found) == 1


def test_resources_that_were_put_back_as_they_had_been_are_changed_again(session: Session) -> None:
    """As by `fig app adopt`, `--undo` and `adopt` again, twice: the operations of those versions are known already."""
    app = begin_application(session, AppWish("again"), Deploying(session))
    app.add_place(app.facts(), EnvRecord("again", "test", REGION, ACCOUNT))
    before = app.stack_set.template() or ""
    app.add_workload(WorkloadRecord("again", "web", "Backend Service"))

    for _ in range(2):
        app.stack_set.restore(before, app.stack_set_roles(app.facts()), app.tags())
        app.bring_resources(app.facts())

        assert version_of(app.stack_set.template() or "") == version_of(before) + 1
        found = session.client("ecr").describe_repositories(repositoryNames=["again/web"])["repositories"]
        assert len(found) == 1


def test_an_application_may_have_more_workloads_than_fit_into_a_template_that_is_sent_along(session: Session) -> None:
    app = begin_application(session, AppWish("crowd"), Deploying(session))
    app.add_place(app.facts(), EnvRecord("crowd", "test", REGION, ACCOUNT))
    workloads = [WorkloadRecord("crowd", f"api-{number}", "Backend Service") for number in range(60)]
    for workload in workloads:
        app.records.begin_workload(workload)

    app.bring_resources(app.facts())

    assert len(app.stack_set.template() or "") > LARGEST_BODY
    names = {one["repositoryName"] for one in session.client("ecr").pages("describe_repositories", "repositories")}
    assert {f"crowd/{one.name}" for one in workloads} <= names


def test_a_domain_is_looked_up_in_its_account(session: Session) -> None:
    zone = session.client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]

    app = begin_application(session, AppWish("domain", domain="shop.example"), Deploying(session))

    assert app.record.hosted_zone == zone.rpartition("/")[2]
    assert app.facts().own_zone
    with pytest.raises(NotFound, match=r"no hosted zone for none\.example in account"):
        find_zone(session, "none.example")


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (json.dumps({"Metadata": {"Version": 7}}), 7),
        ("Metadata:\n  TemplateVersion: 'v1.2.0'\n  Version: 12\n  Workloads:\n", 12),
        ("Resources: {}", 1),
    ],
)
def test_templates_of_copilots_count_their_versions_too(body: str, version: int) -> None:
    assert version_of(body) == version
