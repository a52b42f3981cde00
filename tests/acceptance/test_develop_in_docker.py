"""One-off tasks, and shells in containers, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pexpect
import pytest

from tests.acceptance.machine import FIG, Result, a_machine, wait_until
from tests.acceptance.workspaces import Folder
from tests.docker_engine import docker_engine, docker_host  # noqa: F401
from tests.docker_image import BASE

SERVER = """\
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"web")
print("serving", os.environ["LEVEL"], flush=True)
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
DOCKERFILE = f"""\
FROM {BASE}
WORKDIR /app
COPY server.py .
EXPOSE 8080
CMD ["python3", "server.py"]
"""
MANIFEST = """\
name: web
type: Load Balanced Web Service
http:
  path: /
image:
  build: web/Dockerfile
  port: 8080
variables:
  LEVEL: info
"""
ENVIRONMENT = """\
name: test
type: Environment
target: local
local:
  runtime: docker
"""


@pytest.fixture
def shop(docker_host: str) -> Iterator[Folder]:  # noqa: F811
    with a_machine(environ={"DOCKER_HOST": docker_host}) as machine:
        folder = Folder(machine, machine.home / "shop")
        for path, text in {
            "web/server.py": SERVER,
            "web/Dockerfile": DOCKERFILE,
            "copilot/web/manifest.yml": MANIFEST,
            "copilot/environments/test/manifest.yml": ENVIRONMENT,
        }.items():
            (folder.path / path).parent.mkdir(parents=True, exist_ok=True)
            (folder.path / path).write_text(text)
        fig(folder, "app", "init", "shop")
        fig(folder, "env", "deploy", "--name", "test")
        yield folder
        fig(folder, "app", "delete", "--yes")


def fig(shop: Folder, *args: str, status: int = 0) -> Result:
    result = shop.try_fig(*args, FIG_RUNTIME="docker")
    assert result.status == status, f"fig {' '.join(args)} ended with {result.status}:\n{result.stdout}{result.stderr}"
    return result


def test_a_one_off_task_runs_in_the_services_image_and_can_be_entered(shop: Folder) -> None:
    fig(shop, "svc", "deploy", "--name", "web", "--env", "test")
    as_web = ("task", "run", "--as", "web", "--env", "test")

    ran = fig(
        shop,
        *(*as_web, "--env-vars", "A=b", "--follow"),
        *("--command", "sh -c 'echo $LEVEL $A; ls; exit 3'"),
        status=3,
    )
    fig(shop, *as_web, "--task-group-name", "sweep", "--env-vars", "A=b", "--command", "sleep 222")
    name = ("--name", "sweep", "--env", "test")
    wait_until(lambda: shop.try_fig("task", "exec", *name, "--command", "true").status == 0, "it has started")
    inside = fig(shop, "task", "exec", *name, "--command", "sh -c 'echo $LEVEL $A; exit 4'", status=4)
    fig(shop, "task", "delete", *name, "--yes")

    assert ran.stdout == "info b\nserver.py\n"
    assert inside.stdout == "info b\n"


def test_a_task_of_an_image_needs_no_service(shop: Folder) -> None:
    ran = fig(
        shop,
        *("task", "run", "--task-group-name", "once", "--env", "test", "--image", BASE),
        *("--command", "sh -c 'echo $COPILOT_ENVIRONMENT_NAME'", "--follow"),
    )

    assert ran.stdout == "test\n"


def test_a_terminal_reaches_into_the_container(shop: Folder) -> None:
    fig(shop, "svc", "deploy", "--name", "web", "--env", "test")

    child = pexpect.spawn(
        str(FIG),
        ["svc", "exec", "--name", "web", "--env", "test"],
        env={**shop.machine.env(), "TERM": "xterm", "FIG_RUNTIME": "docker"},
        cwd=str(shop.path),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 100),
    )
    child.sendline("echo level=$LEVEL")
    child.expect("level=info")
    child.sendline("exit 5")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 5
