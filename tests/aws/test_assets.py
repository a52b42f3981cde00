"""What a deploy puts on AWS before it: only what is not there yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stranglerfig.aws.assets.bucket import ArtifactBucket, empty
from stranglerfig.aws.assets.images import Images, platform_of
from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import Build, ContainerSpec, Image, WorkloadManifest
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
        first = images.bring(manifest, told.append)
        again = images.bring(manifest, told.append)
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
        first = fig("deploy", "--env", "prod", "--tag", "v1")
        again = fig("deploy", "--env", "prod", "--tag", "v1")

    assert first.status == again.status == 0, first.err + again.err
    assert target.pushes == ["built/api:v1", "built/api:latest"]
    assert "api is unchanged" in again.err
    image = Stacks(session).require("built-prod-api").parameters["ContainerImage"]
    assert image.startswith(f"{target.host}/built/api@sha256:")
    there = session.client("ecr").list_images(repositoryName="built/api")["imageIds"]
    assert {one["imageTag"] for one in there} == {"v1", "latest", "in-use-prod"}
