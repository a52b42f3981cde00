from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from stranglerfig.api.wire import ProxyWire
from tests.cli.builders import a_proxy, a_route, a_target
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server


def completions(fig: Fig, line: str) -> list[str]:
    """What fish would be offered at the end of ``line``."""
    words, _, last = line.rpartition(" ")
    result = fig(_FIG_COMPLETE="fish_complete", COMP_WORDS=f"{words} {last}", COMP_CWORD=last)
    assert result.stderr == ""
    return [entry.split(",", 1)[1].split("\t")[0] for entry in result.stdout.splitlines() if "," in entry]


@contextmanager
def answering(home: Path, answer: bytes) -> Iterator[None]:
    """Something on the daemon's socket that gives every connection the same bytes and closes."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home / "run" / "api.sock"))
        server.listen()

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(65536)
                    peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_code_is_printed_for_each_shell(fig: Fig, shell: str) -> None:
    result = fig("completion", shell)

    assert result.status == 0
    assert "_FIG_COMPLETE" in result.stdout
    # a shell that reads it at its start must not repeat an advice each time
    assert result.stderr == ""


def test_verbs_are_completed_with_no_daemon(fig: Fig, home: Path) -> None:
    assert completions(fig, "fig pro") == ["proxy"]
    assert completions(fig, "fig route s") == ["show", "set"]
    assert completions(fig, "fig proxy show ") == []
    assert not list((home / "log").iterdir()), "nothing was started"


def test_names_are_completed_from_the_daemon_that_runs(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy(routes=[a_route()])
    daemon.books.targets["users"] = a_target()

    assert completions(fig, "fig proxy show s") == ["shop"]
    assert completions(fig, "fig target scale u") == ["users"]
    assert completions(fig, "fig route set shop ") == ["r1", "/api/users"]
    assert completions(fig, "fig route set shop /") == ["/api/users"]
    assert completions(fig, "fig logs ") == ["users", "all"]


def test_the_doctor_marks_each_line_and_agrees_with_its_exit_status(fig: Fig) -> None:
    result = fig("doctor", "--json")

    checks = result.json()
    assert {check["mark"] for check in checks} <= {"good", "doubtful", "missing"}
    assert result.status == int(any(check["mark"] == "missing" for check in checks))
    for check in checks:
        assert check["mark"] == "good" or check["mend"], check
    lines = fig("doctor").stdout.splitlines()
    assert all(line[0] in "✔!✘ " for line in lines)
    assert any(line.startswith("✔ state") for line in lines)


def test_the_doctor_names_a_home_that_cannot_be_used(fig: Fig, home: Path) -> None:
    (home / "file").write_text("")

    result = fig("doctor", "--json", FIG_HOME=str(home / "file"))

    state = next(check for check in result.json() if check["check"] == "state")
    assert (result.status, state["mark"]) == (1, "missing")
    assert "FIG_HOME" in state["mend"]


def test_the_doctor_names_a_haproxy_that_is_not_there(fig: Fig) -> None:
    result = fig("doctor", "--json", FIG_HAPROXY="/no/such/haproxy")

    haproxy = next(check for check in result.json() if check["check"] == "haproxy")
    assert (result.status, haproxy["mark"]) == (1, "missing")
    assert haproxy["mend"]


def test_the_doctor_sees_a_daemon_of_another_version(fig: Fig, daemon: Server) -> None:
    daemon.books.version = "9.9.9"

    found = next(check for check in fig("doctor", "--json").json() if check["check"] == "daemon")

    assert found["mark"] == "doubtful"
    assert "9.9.9" in found["found"]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"", "ended the connection before it had answered"),
        (b"220 mail ready\r\n", "ended the connection before it had answered"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", "answered with status 500 and no reason"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n[", "ended the connection before it had answered"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[", "cut off or no JSON"),
    ],
)
def test_whatever_answers_wrongly_is_unavailable_and_no_traceback(
    fig: Fig, home: Path, answer: bytes, complaint: str
) -> None:
    with answering(home, answer):
        result = fig("proxy", "ls")

    assert (result.status, result.stdout) == (6, "")
    assert result.stderr.startswith("✘ the daemon")
    assert complaint in result.stderr


def test_what_a_daemon_of_other_code_answers_is_no_fault(fig: Fig, daemon: Server) -> None:
    """Both are made from source, and call themselves by the same version."""
    daemon.books.build = "of yesterday"
    daemon.books.proxies = {"shop": cast("ProxyWire", {"name": "shop"})}
    result = fig("proxy", "ls")

    assert result.status == 5
    assert "answers what this one cannot read: KeyError" in result.stderr
    assert "`fig daemon stop` ends it (traffic goes on)" in result.stderr
    assert "of other code than this fig" in fig("daemon", "status").stderr
    assert ", of other code (`fig daemon stop`" in fig("version").stdout


def test_a_fault_is_one_line_and_the_path_of_its_traceback(fig: Fig, home: Path) -> None:
    with answering(home, b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[{"a":1}]'):
        result = fig("proxy", "ls")

    assert result.status == 70
    [written] = (home / "log").glob("fault-*.txt")
    assert result.stderr.startswith("✘ fig has a fault: KeyError")
    assert str(written) in result.stderr
    assert "Traceback" in written.read_text()
