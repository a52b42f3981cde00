"""Revisions that go wrong in every way that users know, while clients are on the service: the old one serves on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.machine import a_machine, wait_until
from tests.acceptance.traffic import Traffic, fresh, keep_alive, traffic_on
from tests.acceptance.workspaces import Folder, ask

DEPLOY_FAILED = 7
#: What it does is in MODE; ``good`` says hello until it is told to end.
APP = """\
import http.server, os, signal, sys, threading, time

MODE = os.environ.get("MODE", "good")
PORT = int(os.environ["PORT"])

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if MODE == "flood":
            print("x" * 200_000, flush=True)
        status = 500 if MODE == "unhealthy" and self.path == "/health" else 200
        body = b'{"from":"%s","method":"GET","path":"%s","bytes":0,"crc":0}' % (MODE.encode(), self.path.encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass

def leave(*_):
    threading.Thread(target=server.shutdown).start()

if MODE == "crash":
    print("reading the configuration")
    sys.exit("the disk is on fire")
if MODE == "unhealthy":
    print("cannot reach the database", flush=True)
if MODE == "short":
    threading.Timer(2.5, os._exit, (9,)).start()
signal.signal(signal.SIGTERM, signal.SIG_IGN if MODE == "stubborn" else leave)
server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT + 1 if MODE == "elsewhere" else PORT), Handler)
server.serve_forever()
"""
DOCKERFILE = 'FROM python:3.11-slim\nCOPY app.py .\nEXPOSE 80\nCMD ["python", "-u", "app.py"]\n'


@pytest.fixture(scope="module")
def shops() -> Iterator[Folder]:
    """A folder with one service, for all tests that come."""
    with a_machine() as machine:
        path = machine.home / "shop"
        path.mkdir()
        (path / "app.py").write_text(APP)
        (path / "Dockerfile").write_text(DOCKERFILE)
        shop = Folder(machine, path)
        shop.fig("init", "--app", "shop", "--name", "web", "--type", "Load Balanced Web Service")
        manifest = path / "copilot" / "web" / "manifest.yml"
        terms = "\n  healthcheck:\n    path: /health\n    grace_period: 4s\n  deregistration_delay: 2s\n"
        manifest.write_text(manifest.read_text().replace("\nhttp:\n", f"\nhttp:{terms}", 1))
        yield shop


@pytest.fixture
def shop(shops: Folder) -> Folder:
    """A good revision of the service serves, whatever the last test has left."""
    (shops.path / "Dockerfile").write_text(DOCKERFILE)
    with_mode(shops, "good")
    shops.fig("svc", "deploy", "--name", "web")
    return shops


@pytest.fixture
def clients(shop: Folder) -> Iterator[Traffic]:
    port = int(shop.url().rpartition(":")[2])
    with traffic_on(port, [keep_alive(150, ["/a"], 8), fresh(50, ["/a"], 4)]) as traffic:
        yield traffic


def mode_of(shop: Folder) -> str:
    return str(json.loads(ask(shop.url(), "/").text)["from"])


def with_mode(shop: Folder, mode: str) -> None:
    path = shop.path / "copilot" / "web" / "manifest.yml"
    path.write_text(path.read_text().partition("\nvariables:")[0] + f"\nvariables:\n  MODE: {mode}\n")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("crash", "the disk is on fire"),
        ("unhealthy", "cannot reach the database"),
        ("elsewhere", "not on the PORT it was given"),
    ],
)
def test_what_does_not_become_healthy_is_taken_back_with_its_last_words(
    shop: Folder, clients: Traffic, mode: str, words: str
) -> None:
    with_mode(shop, mode)

    result = shop.try_fig("svc", "deploy", "--name", "web")

    assert result.status == DEPLOY_FAILED
    assert "of web was taken back" in result.stderr
    assert words in result.stderr
    assert mode_of(shop) == "good"
    assert clients.stop().failed == 0


def test_a_dockerfile_that_runs_nothing_changes_nothing(shop: Folder, clients: Traffic) -> None:
    (shop.path / "Dockerfile").write_text("FROM python:3.11-slim\nCOPY app.py .\n")

    result = shop.try_fig("svc", "deploy", "--name", "web")

    assert result.status != 0
    assert "Dockerfile" in result.stderr
    assert "Traceback" not in result.stderr
    assert mode_of(shop) == "good"
    assert clients.stop().failed == 0


@pytest.mark.parametrize("mode", ["stubborn", "flood"])
def test_what_is_healthy_but_ill_bred_is_replaced_without_a_failed_request(
    shop: Folder, clients: Traffic, mode: str
) -> None:
    with_mode(shop, mode)
    shop.fig("svc", "deploy", "--name", "web")
    assert mode_of(shop) == mode

    with_mode(shop, "good")
    shop.fig("svc", "deploy", "--name", "web")

    assert mode_of(shop) == "good"
    assert clients.stop().failed == 0


def test_a_flood_of_output_fills_no_disk(shop: Folder, clients: Traffic) -> None:
    with_mode(shop, "flood")
    shop.fig("svc", "deploy", "--name", "web")
    clients.look()
    clients.stop()

    logs = sum(file.stat().st_size for file in (shop.machine.home / "log").rglob("*") if file.is_file())

    assert 0 < logs < 64 * 1024 * 1024


def test_tasks_that_end_after_a_while_are_replaced_and_the_reason_is_shown(shop: Folder) -> None:
    with_mode(shop, "short")
    shop.fig("svc", "deploy", "--name", "web")

    def problem() -> str:
        return str(shop.fig("svc", "status", "--name", "web", "--json").json()["target"]["problem"])

    wait_until(lambda: "status 9" in problem(), "it says how they ended")
    wait_until(lambda: '"from":"short"' in ask(shop.url(), "/").text, "another one serves")
