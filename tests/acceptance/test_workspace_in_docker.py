"""The commands of a workspace on the real engine: images are built on the way; what does not build changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from stranglerfig.runtimes.docker.engine import connect
from tests.acceptance.machine import a_machine, wait_until
from tests.acceptance.workspaces import Folder, ask
from tests.docker_engine import docker_engine, docker_host  # noqa: F401
from tests.docker_image import BASE

DEPLOY_FAILED = 7
#: FIG_RUNTIME empty: as if it were not set.
UNDECIDED = {"FIG_RUNTIME": ""}
SERVER = """\
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("X-Served-By", os.environ["COPILOT_SERVICE_NAME"])
        self.end_headers()
        self.wfile.write(os.environ.get("GREETING", "hello").encode())
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
DOCKERFILE = f"""\
FROM {BASE}
WORKDIR /app
COPY server.py .
EXPOSE 8080
CMD ["python3", "server.py"]
"""
SIDECAR = f"""
sidecars:
  neighbour:
    image: {BASE}
    command: [sleep, "600"]
"""


@pytest.fixture
def shop(docker_host: str) -> Iterator[Folder]:  # noqa: F811
    with a_machine(environ={"DOCKER_HOST": docker_host}) as machine:
        folder = Folder(machine, machine.home / "shop")
        folder.path.mkdir()
        (folder.path / "server.py").write_text(SERVER)
        (folder.path / "Dockerfile").write_text(DOCKERFILE)
        yield folder
        folder.try_fig("app", "delete", "--yes")


def given_web(shop: Folder) -> str:
    """What the command said."""
    flags = ("--app", "shop", "--name", "web", "--type", "Load Balanced Web Service")
    result = shop.try_fig("init", *flags, **UNDECIDED)
    assert result.status == 0, result.stderr
    return result.stderr


def test_where_an_engine_answers_a_folder_becomes_a_service_in_a_container(shop: Folder) -> None:
    said = given_web(shop)

    assert "services run in Docker" in said
    assert "✔ Deployed service web, revision 1." in said
    assert ask(shop.url(), "/").text == "hello"
    assert "unchanged" in shop.fig("svc", "deploy", "--name", "web").stderr, "a build that finds all in its cache"
    assert shop.fig("svc", "show", "--name", "web", "--json").json()["configurations"][0]["runtime"] == "docker"


def test_the_last_five_revisions_keep_their_images_and_a_deleted_app_none(shop: Folder, docker_host: str) -> None:  # noqa: F811
    given_web(shop)
    built = [*images_of(shop)]
    for number in range(5):
        (shop.path / "server.py").write_text(f"{SERVER}# {number}\n")
        shop.fig("svc", "deploy", "--name", "web", "--tag", f"v{number}")
        built += [one for one in images_of(shop) if one not in built]

    wait_until(lambda: sorted(images_of(shop)) == sorted(built[1:]), "the first revision's image is gone")
    assert len(built) == 6

    shop.fig("app", "delete", "--yes")
    assert images_of(shop) == []


def images_of(shop: Folder) -> list[str]:
    """Ids of those that this fig built."""
    with contextlib.closing(connect(10.0)) as api:
        found = api.images(filters={"label": f"stranglerfig.image.home={shop.machine.home}"})
        return [str(image["Id"]) for image in found]


def test_an_image_that_does_not_build_leaves_the_old_revision_serving(shop: Folder) -> None:
    given_web(shop)
    (shop.path / "Dockerfile").write_text(DOCKERFILE + "RUN echo the oven is cold && false\n")

    result = shop.try_fig("svc", "deploy", "--name", "web")

    assert result.status == DEPLOY_FAILED
    assert "cannot build the image shop/web:latest" in result.stderr
    assert "the oven is cold" in result.stderr
    assert ask(shop.url(), "/").text == "hello"


def test_a_sidecar_comes_with_the_next_revision(shop: Folder) -> None:
    given_web(shop)
    manifest = shop.path / "copilot" / "web" / "manifest.yml"
    manifest.write_text(manifest.read_text() + SIDECAR)

    assert "✔ Deployed service web, revision 2." in shop.fig("svc", "deploy", "--name", "web").stderr
    containers = {row["container"] for row in shop.fig("svc", "show", "--name", "web", "--json").json()["variables"]}
    assert containers == {"web", "neighbour"}
    assert ask(shop.url(), "/").text == "hello"
