"""What goes wrong is said in a sentence, with a mend and its exit status; what ran before runs on."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import stranglerfig
from tests.acceptance.machine import Machine, Result, a_machine, kill_and_wait
from tests.acceptance.scenes import get, given_a_monolith_behind_a_proxy
from tests.acceptance.traffic import Traffic, fresh, keep_alive, traffic_on
from tests.ports import free_port

USAGE, NOT_FOUND, CONFLICT, REFUSED, UNAVAILABLE, STATE_UNUSABLE, UNEQUIPPED = 2, 3, 4, 5, 6, 8, 9


@dataclass
class Scene:
    """A proxy named ``shop`` with one route and clients on it."""

    machine: Machine
    port: int
    traffic: Traffic

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def a_scene(home: Path | None = None) -> Iterator[Scene]:
    with a_machine(home) as machine:
        port = given_a_monolith_behind_a_proxy(machine)
        machine.fig("route", "add", "shop", "/api/users", "--to", machine.start_upstream("users"))
        with traffic_on(port, [keep_alive(200, ["/page", "/api/users"], 8), fresh(50, ["/page"], 4)]) as traffic:
            yield Scene(machine, port, traffic)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with a_scene() as found:
        yield found


@pytest.fixture
def own_scene() -> Iterator[Scene]:
    """For tests that leave the daemon or its state unlike before."""
    with a_scene() as found:
        yield found


def test_a_port_that_another_program_has(scene: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = scene.machine.try_fig("proxy", "create", "two", "--to", scene.url, "--port", str(port))
    assert_told(scene, result, CONFLICT, f"port {port} is taken")


def test_a_port_that_another_proxy_has(scene: Scene) -> None:
    url = scene.machine.start_upstream("other")
    result = scene.machine.try_fig("proxy", "create", "two", "--to", url, "--port", str(scene.port))
    assert_told(scene, result, CONFLICT, "is taken by proxy 'shop'")


def test_a_name_that_is_taken(scene: Scene) -> None:
    result = scene.machine.try_fig("proxy", "create", "shop", "--to", scene.url)
    assert_told(scene, result, CONFLICT, "proxy 'shop' exists already")


def test_a_target_that_nobody_answers_at(scene: Scene) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    for command in (
        ("proxy", "create", "two", "--to", dead),
        ("route", "add", "shop", "/two", "--to", dead),
        ("target", "add", "two", dead),
    ):
        assert_told(scene, scene.machine.try_fig(*command), UNAVAILABLE, f"cannot reach {dead}")


@pytest.mark.parametrize(
    "url", ["http://", "ftp://127.0.0.1:21", "http://127.0.0.1:99999", "http://127.0.0.1:80/a?b=c", "http://a b/"]
)
def test_a_url_that_is_none(scene: Scene, url: str) -> None:
    assert_told(scene, scene.machine.try_fig("target", "add", "two", url), USAGE, "url")


@pytest.mark.parametrize("path", ["api/users", "/a b", "/a?b=c", "/a/../b", "/{id", "/%zz", ""])
def test_a_path_that_is_none(scene: Scene, path: str) -> None:
    result = scene.machine.try_fig("route", "add", "shop", path, "--to", "shop-default")
    assert_told(scene, result, USAGE, repr(path) if path else "path")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("proxy show nothing", "nothing"),
        ("proxy delete nothing --yes", "nothing"),
        ("route ls nothing", "nothing"),
        ("route add nothing /a --to shop-default", "nothing"),
        ("route set shop nothing --weight 5", "nothing"),
        ("route set shop /nothing --weight 5", "/nothing"),
        ("route delete shop nothing --yes", "nothing"),
        ("route explain nothing /", "nothing"),
        ("route add shop /a --to nothing", "nothing"),
        ("proxy create two --to nothing", "nothing"),
        ("target show nothing", "nothing"),
        ("target scale nothing 2", "nothing"),
        ("target rollback nothing", "nothing"),
        ("target delete nothing --yes", "nothing"),
        ("logs nothing", "nothing"),
    ],
)
def test_a_name_that_is_not_known(scene: Scene, command: str, name: str) -> None:
    assert_told(scene, scene.machine.try_fig(*command.split()), NOT_FOUND, name)


def test_a_proxy_that_would_be_sent_to_itself(scene: Scene) -> None:
    for host in ("127.0.0.1", "localhost"):
        url = f"http://{host}:{scene.port}"
        result = scene.machine.try_fig("route", "add", "shop", "/loop", "--to", url)
        assert_told(scene, result, REFUSED, "loop: shop -> shop")


def test_two_proxies_that_would_be_sent_to_each_other(scene: Scene) -> None:
    second = scene.machine.fig("proxy", "create", "second", "--to", scene.url, "--json").json()
    result = scene.machine.try_fig("route", "add", "shop", "/loop", "--to", second["url"])
    assert_told(scene, result, REFUSED, "loop: shop -> second -> shop")
    scene.machine.fig("proxy", "delete", "second", "--yes")


def test_a_target_whose_new_url_would_close_a_loop(scene: Scene) -> None:
    scene.machine.fig("target", "add", "later", scene.machine.start_upstream("later"))
    scene.machine.fig("route", "add", "shop", "/later", "--to", "later")
    assert_told(scene, scene.machine.try_fig("target", "add", "later", scene.url), REFUSED, "loop: shop -> shop")
    assert get(scene.port, "/later").by == "later"


def test_a_second_daemon_says_who_holds_the_state(scene: Scene) -> None:
    result = scene.machine.try_fig("daemon", "run")
    assert_told(scene, result, CONFLICT, f"pid {scene.machine.daemon_pid()}")


def test_a_haproxy_that_is_not_there(own_scene: Scene) -> None:
    kill_and_wait(own_scene.machine.daemon_pid())
    result = own_scene.machine.try_fig("route", "ls", "shop", FIG_HAPROXY="/nowhere/haproxy")
    assert_told(own_scene, result, UNEQUIPPED, "/nowhere/haproxy: no such file")


def test_a_haproxy_that_is_too_old(own_scene: Scene) -> None:
    old = own_scene.machine.home / "haproxy-old"
    old.write_text("#!/bin/sh\necho 'HAProxy version 2.4.22 2023/02/14'\n")
    old.chmod(0o755)
    kill_and_wait(own_scene.machine.daemon_pid())
    result = own_scene.machine.try_fig("route", "ls", "shop", FIG_HAPROXY=str(old))
    assert_told(own_scene, result, UNEQUIPPED, "too old: 2.4.22")


def test_a_machine_without_a_usable_haproxy_from_the_start(machine: Machine) -> None:
    url = machine.start_upstream("monolith")
    result = machine.try_fig("proxy", "create", "shop", "--to", url, FIG_HAPROXY="/nowhere/haproxy")
    assert_clear(result, UNEQUIPPED, "/nowhere/haproxy")
    assert machine.processes() == {}


def test_a_disk_that_is_full_refuses_the_change_and_nothing_else(own_scene: Scene) -> None:
    daemon = own_scene.machine.daemon_pid()
    # No file of the daemon may grow: what a full disk looks like, without one.
    resource.prlimit(daemon, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    assert_changes_refused(own_scene)
    resource.prlimit(daemon, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert_mended(own_scene)
    assert own_scene.machine.daemon_pid() == daemon


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fig", dir="/tmp"))
    mounting = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "fig", str(folder)], check=False)
    if mounting.returncode != 0:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_small_disk_that_runs_full(small_disk: Path) -> None:
    with a_scene(small_disk) as scene:
        filler = small_disk / "filler"
        fill(filler)
        assert_changes_refused(scene)
        filler.unlink()
        assert_mended(scene)


def test_a_corrupt_state_file(own_scene: Scene) -> None:
    kill_and_wait(own_scene.machine.daemon_pid())
    own_scene.machine.home.joinpath("fig.sqlite3").write_bytes(b"not what it was" * 1000)
    result = own_scene.machine.try_fig("route", "ls", "shop")
    assert_told(own_scene, result, STATE_UNUSABLE, "fig.sqlite3 is corrupt")


def test_a_state_of_a_newer_fig(own_scene: Scene) -> None:
    kill_and_wait(own_scene.machine.daemon_pid())
    with contextlib.closing(sqlite3.connect(own_scene.machine.home / "fig.sqlite3")) as database:
        database.execute("PRAGMA user_version = 4711")
    result = own_scene.machine.try_fig("route", "ls", "shop")
    assert_told(own_scene, result, STATE_UNUSABLE, "newer")


def test_a_daemon_of_another_version_is_noticed_and_served(own_scene: Scene) -> None:
    machine = own_scene.machine
    kill_and_wait(machine.daemon_pid())
    machine.try_fig("status", PYTHONPATH=a_fig_of_another_version(machine.home))
    result = machine.fig("route", "set", "shop", "/api/users", "--weight", "0")
    assert "the daemon that runs is fig 9.9.9, this is fig " + stranglerfig.__version__ in result.stderr
    assert "fig daemon stop" in result.stderr
    machine.fig("daemon", "stop")
    assert "9.9.9" not in machine.fig("route", "ls", "shop").stderr
    assert own_scene.traffic.look().failed == 0


def test_a_daemon_that_speaks_another_api_is_refused(own_scene: Scene) -> None:
    machine = own_scene.machine
    kill_and_wait(machine.daemon_pid())
    machine.try_fig("status", PYTHONPATH=a_fig_of_another_version(machine.home, api=99))
    result = machine.try_fig("route", "set", "shop", "/api/users", "--weight", "0")
    assert_clear(result, REFUSED, "9.9.9 and speaks API version 99")
    assert own_scene.traffic.look().failed == 0


def assert_clear(result: Result, status: int, *words: str) -> None:
    """A sentence, a mend, the documented status, and no word of Python's."""
    assert result.status == status, result.stderr
    assert result.stdout == ""
    message, *hint = result.stderr.strip().splitlines()
    assert message.startswith("✘ ")
    for word in words:
        assert word.lower() in message.lower(), result.stderr
    assert any(re.search(r"[.?]$", line.strip()) for line in hint), f"no hint:\n{result.stderr}"
    assert "Traceback" not in result.stderr
    assert "Error(" not in result.stderr


def assert_told(scene: Scene, result: Result, status: int, *words: str) -> None:
    """As above, and the clients have noticed nothing."""
    assert_clear(result, status, *words)
    assert get(scene.port, "/page").by == "monolith"
    assert get(scene.port, "/api/users").by == "users"
    tally = scene.traffic.look()
    assert tally.failed == 0, tally.explain()


def assert_changes_refused(scene: Scene) -> None:
    before = scene.machine.client().routes.all("shop")
    for command in (
        ("route", "set", "shop", "/api/users", "--weight", "0"),
        ("route", "add", "shop", "/more", "--to", "shop-default"),
        ("route", "delete", "shop", "/api/users", "--yes"),
        ("target", "add", "more", scene.machine.start_upstream("more")),
        ("proxy", "create", "more", "--to", "shop-default"),
    ):
        assert_told(scene, scene.machine.try_fig(*command), STATE_UNUSABLE)
    assert scene.machine.client().routes.all("shop") == before


def assert_mended(scene: Scene) -> None:
    scene.machine.fig("route", "set", "shop", "/api/users", "--weight", "0")
    assert get(scene.port, "/api/users").by == "monolith"
    tally = scene.traffic.look()
    assert tally.failed == 0, tally.explain()


def fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


def a_fig_of_another_version(folder: Path, api: int | None = None) -> str:
    """A folder for PYTHONPATH."""
    package = folder / "other" / "stranglerfig"
    shutil.copytree(Path(stranglerfig.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    replace(package / "__init__.py", r"__version__ = .*", '__version__ = "9.9.9"')
    if api is not None:
        replace(package / "api" / "versions.py", r"API_VERSION = \d+", f"API_VERSION = {api}")
    return str(package.parent)


def replace(path: Path, pattern: str, by: str) -> None:
    text, count = re.subn(pattern, by, path.read_text(), count=1)
    assert count == 1, f"{path} has no {pattern}"
    path.write_text(text)
