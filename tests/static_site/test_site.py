"""The site's server as the task that fig starts: a process on its own port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests.ports import free_port

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("around") / "site"
    (folder / "docs").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>home</h1>")
    (folder / "docs" / "index.html").write_text("<h1>docs</h1>")
    (folder / "docs" / "style.css").write_text("h1 { color: green }")
    (folder.parent / "secret.txt").write_text("not of the site")
    number = free_port()
    command = [sys.executable, "-m", "stranglerfig.static_site", str(folder)]
    process = subprocess.Popen(command, env={**os.environ, "PORT": str(number)}, stderr=subprocess.DEVNULL)
    try:
        wait_for(number)
        yield number
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", b"<h1>home</h1>"),
        ("/docs", b"<h1>docs</h1>"),
        ("/docs/", b"<h1>docs</h1>"),
        ("/docs/style.css", b"h1 { color: green }"),
        ("/docs/style.css?v=1.2", b"h1 { color: green }"),
    ],
)
def test_a_path_without_a_dot_is_a_folder_with_an_index(port: int, path: str, body: bytes) -> None:
    assert ask(port, "GET", path) == (200, body)


@pytest.mark.parametrize("path", ["/missing", "/missing.css", "/../secret.txt", "/%2e%2e/secret.txt", "/docs/%00"])
def test_what_is_not_of_the_site_is_not_there(port: int, path: str) -> None:
    assert ask(port, "GET", path)[0] == 404


def test_head_has_no_body_and_other_methods_are_refused(port: int) -> None:
    assert ask(port, "HEAD", "/") == (200, b"")
    assert ask(port, "POST", "/")[0] == 405


def test_files_have_their_media_types(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("GET", "/docs/style.css")
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.headers["content-type"].startswith("text/css")


def test_without_a_folder_it_says_how_it_is_called() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "stranglerfig.static_site", "/nowhere"], capture_output=True, check=False, text=True
    )

    assert ended.returncode == 2
    assert "FOLDER" in ended.stderr


def ask(port: int, method: str, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the site's server did not start"
            time.sleep(0.05)
        else:
            return
