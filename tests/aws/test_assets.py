"""What a deploy puts on AWS before it: only what is not there yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stranglerfig.aws.assets.bucket import ArtifactBucket, empty
from stranglerfig.aws.assets.images import Images, platform_of
from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.assets.site import bring_files, renew
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.core.application import Kind
from stranglerfig.errors import Refused
from stranglerfig.manifest.model import Build, ContainerSpec, Image, WorkloadManifest
from tests.aws.process_lists import process_lists
from tests.aws.standin.cloud import REGION, Cloud
from tests.aws.standin.registry import push_target
from tests.aws.workspaces import workspace


def test_what_goes_into_the_bucket_is_named_after_its_content_and_goes_there_once(
    cloud: Cloud, session: Session
) -> None:
    session.client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    bucket = ArtifactBucket(session, REGION, "artifacts")

    url = bucket.put_template("shop-test", "{}")
    arn = bucket.put_env_file("web", b"A=1\n")

    assert url.startswith(f"https://artifacts.s3.{REGION}.amazonaws.com/manual/templates/shop-test/44136fa355b3678a")
    assert url.endswith(".json")
    assert arn.startswith("arn:aws:s3:::artifacts/manual/env-files/web/")
    assert arn.endswith(".env")
    before = len([action for action in cloud.actions() if action.startswith("PUT")])
    assert bucket.put_env_file("web", b"A=1\n") == arn
    assert bucket.put_env_file("web", b"A=2\n") != arn
    assert len([action for action in cloud.actions() if action.startswith("PUT")]) == before + 1


def test_a_bucket_is_emptied_of_all_versions_and_one_that_is_gone_is_empty(session: Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="full", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="full", VersioningConfiguration={"Status": "Enabled"})
    for text in ("1", "2"):
        s3.put_object(Bucket="full", Key="a", Body=text.encode())
    s3.delete_object(Bucket="full", Key="a")

    assert empty(session, REGION, "full") == 3
    s3.delete_bucket(Bucket="full")
    assert empty(session, REGION, "full") == 0


def test_a_bucket_is_emptied_by_what_the_environments_role_may_do_whether_it_keeps_versions_or_not(
    session: Session,
) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("a", "b"):
        s3.put_object(Bucket="plain", Key=key, Body=b"1")
    asked: list[str] = []
    session._raw._session.register("before-call.s3", lambda model, **_: asked.append(model.name))
    other = Session(session._raw, session._who, session._outages)

    assert empty(other, REGION, "plain") == 2
    assert s3.list_objects_v2(Bucket="plain")["KeyCount"] == 0
    # As `_of_files` in synth/environment/roles.py: s3:ListBucketVersions, s3:DeleteObject and s3:DeleteObjectVersion.
    assert set(asked) == {"ListObjectVersions", "DeleteObjects"}


def test_objects_that_cannot_be_deleted_are_named(session: Session, tmp_path: Path) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="held", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("a", "b"):
        s3.put_object(Bucket="held", Key=key, Body=b"1")
    nobody = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::held/*"}
    s3.put_bucket_policy(Bucket="held", Policy=json.dumps({"Version": "2012-10-17", "Statement": [nobody]}))

    with pytest.raises(Refused, match="a in bucket held could not be deleted, and 1 others: Access Denied"):
        empty(session, REGION, "held")
    page = tmp_path / "index.html"
    page.write_text("new")
    with pytest.raises(Refused, match="a in bucket held could not be deleted"):
        bring_files(session, REGION, "held", {"index.html": page}, print)


def test_the_content_network_is_told_of_a_site_whose_deploy_was_cut_off_before(
    session: Session, tmp_path: Path
) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="pages", CreateBucketConfiguration={"LocationConstraint": REGION})
    page = tmp_path / "index.html"
    page.write_text("new")
    origin = {"Id": "1", "DomainName": "pages.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour = {"TargetOriginId": "1", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "1"}
    made = session.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                **behaviour,
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            },
        }
    )["Distribution"]["Id"]

    first = bring_files(session, REGION, "pages", {"index.html": page}, print)
    after_the_cut = bring_files(session, REGION, "pages", {"index.html": page}, print)
    renew(session, REGION, "pages", made)

    assert (first, after_the_cut, bring_files(session, REGION, "pages", {"index.html": page}, print)) == (1, 1, 0)
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="pages")["Contents"]] == ["index.html"]


def test_an_image_is_pushed_once_under_its_tags_and_named_by_its_digest(
    cloud: Cloud, session: Session, tmp_path: Path, docker_host: str
) -> None:
    Path(tmp_path, "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    session.client("ecr").create_repository(repositoryName="shop/web")
    web = ContainerSpec("web", Image(build=Build(dockerfile="Dockerfile")))
    proxy = ContainerSpec("proxy", Image(location="public.ecr.aws/nginx/nginx:1"))
    manifest = WorkloadManifest(Kind.BACKEND, "web", {}, containers=(web, proxy))
    told: list[str] = []
    with push_target() as target:
        cloud.registry = target.host
        images = Images(tmp_path, "shop", "abc123", Registry(session, REGION))
        first = images.bring(manifest, images.build(manifest, told.append), told.append)
        again = images.bring(manifest, images.build(manifest, told.append), told.append)
        images.keep(manifest, "test", first)
        images.registry.empty("shop/none")

    assert first == again
    assert first["web"].startswith(f"{target.host}/shop/web@sha256:")
    assert first["proxy"] == "public.ecr.aws/nginx/nginx:1"
    assert target.pushes == ["shop/web:abc123", "shop/web:latest"]
    assert target.refused > 0, "the engine was asked for the password, and had it"
    there = session.client("ecr").list_images(repositoryName="shop/web")["imageIds"]
    assert {one["imageTag"] for one in there} == {"abc123", "latest", "in-use-test"}
    assert told.count("pushing the image of web") == 1
    assert "auth-token" not in "\n".join(told) + repr(images.registry.login())


@pytest.mark.parametrize(
    ("written", "platform"),
    [(None, "linux/amd64"), ("linux/x86_64", "linux/amd64"), ("linux/arm64", "linux/arm64")],
)
def test_images_are_built_for_where_they_will_run_whatever_this_machine_is(written: str | None, platform: str) -> None:
    assert platform_of(WorkloadManifest(Kind.BACKEND, "web", {}, platform=written)) == platform


def test_an_image_that_is_there_is_known_by_its_configuration(session: Session) -> None:
    ecr = session.client("ecr")
    ecr.create_repository(repositoryName="shop/known")
    registry = Registry(session, REGION)
    repository = registry.repository("shop/known")
    assert registry.pushed(repository, "sha256:aa", ["1"]) is None
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": "sha256:aa"},
    }
    digest = ecr.put_image(repositoryName="shop/known", imageManifest=json.dumps(manifest), imageTag="1")["image"][
        "imageId"
    ]

    assert registry.pushed(repository, "sha256:aa", ["1"]) == digest["imageDigest"]
    assert registry.pushed(repository, "sha256:bb", ["1"]) is None
    registry.empty("shop/known")
    assert registry.pushed(repository, "sha256:aa", ["1"]) is None


def test_a_deploy_builds_and_pushes_an_image_and_its_stack_names_it_by_digest(
    cloud: Cloud, session: Session, tmp_path: Path, docker_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    fig = workspace(tmp_path, "built")
    fig.write("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")
    fig.write_manifest("api", "name: api\ntype: Backend Service\nimage: {build: Dockerfile, port: 8080}\n")
    assert fig("env", "init", "--name", "prod", "--target", "aws").status == 0
    with push_target() as target:
        cloud.registry = target.host
        with process_lists(cloud) as lists:
            first = fig("deploy", "--env", "prod", "--tag", "v1")
        again = fig("deploy", "--env", "prod", "--tag", "v1")
        words = ("svc", "package", "--name", "api", "--env", "prod", "--tag", "v1", "--output-dir", "out")
        named = fig(*words)
        by_tag = image_in(tmp_path / "out/api-prod.params.json")
        packaged = fig(*words, "--upload-assets")

    assert first.status == again.status == named.status == packaged.status == 0, first.err + again.err + packaged.err
    assert target.pushes == ["built/api:v1", "built/api:latest"]
    assert lists.names("pytest"), "what runs was looked at"
    assert lists.shown() == []
    assert "api is unchanged" in again.err
    image = Stacks(session).require("built-prod-api").parameters["ContainerImage"]
    assert image.startswith(f"{target.host}/built/api@sha256:")
    assert by_tag.endswith("/built/api:v1"), "nothing was looked at, and the tag is all that is known"
    assert image_in(tmp_path / "out/api-prod.params.json") == image
    there = session.client("ecr").list_images(repositoryName="built/api")["imageIds"]
    assert {one["imageTag"] for one in there} == {"v1", "latest", "in-use-prod"}


def image_in(path: Path) -> str:
    return str(json.loads(path.read_text())["Parameters"]["ContainerImage"])
