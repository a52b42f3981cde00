"""Images are built, looked at and pruned, on a real engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.core.containers import ContainerHealth
from stranglerfig.errors import DeployFailed, Unavailable, UsageError
from stranglerfig.runtimes.docker.engine import connect
from stranglerfig.runtimes.docker.surroundings import Surroundings
from stranglerfig.workspace.images import (
    BuildOrder,
    build_image,
    engine_answers,
    inspect_image,
    pull_image,
    split_reference,
    to_owner,
)
from tests.docker_engine import docker_engine, docker_host
from tests.docker_image import BASE

__all__ = ["docker_engine", "docker_host"]

TAG = "shop/posts:latest"
DOCKERFILE = f"""
FROM {BASE} AS build
ARG COLOUR=red
RUN echo "$COLOUR" > /colour && echo painted $COLOUR >&2
FROM build AS tested
RUN echo tests run here
FROM {BASE} AS last
COPY . /app
COPY --from=build /colour /app/colour
WORKDIR /app
ENV LEVEL=info
EXPOSE 9000 8000/tcp 53/udp
HEALTHCHECK --interval=5s --retries=4 CMD ["python", "check.py"]
USER nobody
ENTRYPOINT ["python"]
CMD ["app.py"]
"""


@pytest.fixture
def context(tmp_path: Path, docker_host: str) -> Iterator[Path]:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (tmp_path / "app.py").write_text("print('posts')\n", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("do not send", encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("secrets\n", encoding="utf-8")
    yield tmp_path
    with contextlib.closing(connect(20.0)) as api:
        for image in api.images(filters={"label": "stranglerfig.image=yes"}):
            api.remove_image(image["Id"], force=True)


def an_order(context: Path, **more: object) -> BuildOrder:
    return BuildOrder(str(context), "Dockerfile", TAG, **more)  # type: ignore[arg-type]


def output_of(image: str, *command: str) -> str:
    """What a command prints that runs in the image, whatever it usually runs."""
    with contextlib.closing(connect(20.0)) as api:
        config = {"Image": image, "Entrypoint": list(command), "Cmd": []}
        made = api.create_container_from_config(config)["Id"]  # type: ignore[no-untyped-call]
        try:
            api.start(made)
            api.wait(made)
            return api.logs(made).decode()
        finally:
            api.remove_container(made, force=True)


def test_an_image_is_built_as_ordered_and_tells_what_it_runs(context: Path) -> None:
    lines: list[str] = []

    built = build_image(an_order(context, args=(("COLOUR", "green"),), labels=(("team", "forum"),)), lines.append)

    assert "painted green" in lines
    assert not [line for line in lines if "intermediate container" in line or "--->" in line]
    assert inspect_image(TAG) == built
    assert (built.entrypoint, built.command, built.ports) == (("python",), ("app.py",), (8000, 9000))
    assert built.health == ContainerHealth(("CMD", "python", "check.py"), 5.0, 30.0, 4)
    assert (built.workdir, built.user, dict(built.env)["LEVEL"]) == ("/app", "nobody", "info")
    assert output_of(built.id, "sh", "-c", "cat colour; ls") == "green\nDockerfile\napp.py\ncolour\n"


def test_building_ends_at_the_target(context: Path) -> None:
    built = build_image(an_order(context, target="tested"), lambda line: None)

    assert built.entrypoint == ()
    assert output_of(built.id, "cat", "/colour") == "red\n"


def test_a_dockerfile_may_stand_outside_its_context(context: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "web.Dockerfile"
    elsewhere.write_text(f"FROM {BASE}\nCOPY app.py /\n", encoding="utf-8")

    built = build_image(BuildOrder(str(context), str(elsewhere), TAG), lambda line: None)

    assert output_of(built.id, "cat", "/app.py") == "print('posts')\n"


def test_a_build_that_fails_says_where_with_its_last_lines(context: Path) -> None:
    (context / "Dockerfile").write_text(f"FROM {BASE}\nRUN echo no such package; exit 3\n", encoding="utf-8")

    with pytest.raises(DeployFailed, match=f"cannot build the image {TAG}: .*returned a non-zero code: 3") as caught:
        build_image(an_order(context), lambda line: None)

    assert "  no such package" in caught.value.message
    assert caught.value.hint == "Mend Dockerfile, and deploy again."
    assert inspect_image(TAG) is None


def test_what_is_not_there_to_build_from_is_named(context: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*/nosuch"):
        build_image(BuildOrder(str(context), "nosuch", TAG), lambda line: None)
    with pytest.raises(UsageError, match=r"there is no folder /nosuch"):
        build_image(BuildOrder("/nosuch", "Dockerfile", TAG), lambda line: None)


async def test_images_of_an_application_are_removed_unless_they_are_kept(context: Path) -> None:
    def build(app: str, text: str, tag: str = TAG) -> str:
        (context / "app.py").write_text(f"print({text!r})\n", encoding="utf-8")
        return build_image(replace(an_order(context, labels=to_owner(app, str(context))), tag=tag), print).id

    nameless, named, newest = build("shop", "one"), build("shop", "two", "shop/posts:2"), build("shop", "three")
    strangers = [
        build("other", "four", "other/posts:1"),
        build_image(replace(an_order(context), tag="shop/posts:5"), print).id,
    ]
    surroundings = Surroundings(str(context))
    try:
        await surroundings.remove_images("shop", keep=[newest], among=[nameless, newest])
        assert [inspect_image(one) is not None for one in (nameless, named, newest)] == [False, True, True]
        await surroundings.remove_images("shop", keep=[newest])
        assert [inspect_image(one) is not None for one in (named, newest)] == [False, True]
        await Surroundings("another home").remove_images("shop", keep=[])
        assert inspect_image(newest) is not None
        await surroundings.remove_images("shop", keep=[])
        assert inspect_image(newest) is None
        assert all(inspect_image(one) for one in strangers)
    finally:
        surroundings.close()


def test_an_image_that_nobody_has_cannot_be_pulled(docker_host: str) -> None:
    with pytest.raises(Unavailable, match=r"cannot pull the image 127\.0\.0\.1:1/none:1") as caught:
        pull_image("127.0.0.1:1/none:1", lambda line: None)

    assert "docker login" in str(caught.value.hint)


def test_an_image_that_is_here_will_do_when_its_registry_is_out_of_reach(docker_host: str) -> None:
    with contextlib.closing(connect(20.0)) as api:
        api.tag(BASE, "127.0.0.1:1/here", "1")
    lines: list[str] = []

    found = pull_image("127.0.0.1:1/here:1", lines.append)

    assert found == inspect_image(BASE) or found.id == inspect_id(BASE)
    assert lines[-1].endswith("the one that is here is used")


def inspect_id(reference: str) -> str:
    found = inspect_image(reference)
    assert found is not None
    return found.id


def test_an_engine_is_found_where_docker_host_says(docker_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_answers()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert not engine_answers()


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("nginx", ("nginx", "latest")),
        ("nginx:1.27", ("nginx", "1.27")),
        ("registry:5000/team/web", ("registry:5000/team/web", "latest")),
        ("registry:5000/team/web:2", ("registry:5000/team/web", "2")),
        ("web@sha256:abc", ("web", "sha256:abc")),
    ],
)
def test_a_reference_is_repository_and_tag(reference: str, parts: tuple[str, str]) -> None:
    assert split_reference(reference) == parts
