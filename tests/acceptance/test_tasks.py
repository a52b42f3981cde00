"""Services as tasks of fig, through the command line: gated, replaced, taken back, restarted, and gone when told."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.acceptance.machine import (
    Machine,
    a_machine,
    is_alive,
    kill_and_wait,
    upstream_command,
    wait_until,
)
from tests.acceptance.scenes import get, given_a_monolith_behind_a_proxy, given_a_service, run_command, task_pids
from tests.acceptance.traffic import Traffic, fresh, keep_alive, posts, slow, traffic_on
from tests.ports import free_port

DEPLOY_FAILED = 7
PATHS = ["/api/users"]


@dataclass
class Scene:
    """``/api/users`` belongs to the target ``users``, and clients ask for nothing else."""

    machine: Machine
    port: int
    traffic: Traffic

    def assert_nothing_failed(self) -> None:
        tally = self.traffic.look()
        assert tally.failed == 0, tally.explain()
        assert tally.requests > 0


@contextlib.contextmanager
def a_scene(*flags: str) -> Iterator[Scene]:
    with a_machine() as machine:
        port = given_a_monolith_behind_a_proxy(machine)
        given_a_service(machine, "users", *flags)
        machine.fig("route", "add", "shop", "/api/users", "--to", "users")
        crew = [keep_alive(600, PATHS, 8), fresh(100, PATHS, 4), posts(50, PATHS, 4), slow(4, PATHS, 8)]
        with traffic_on(port, crew) as traffic:
            yield Scene(machine, port, traffic)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with a_scene() as found:
        yield found


def test_a_new_version_serves_only_once_it_is_healthy_and_then_alone(scene: Scene) -> None:
    given_a_service(scene.machine, "users", "--replicas", "2", "--env", "WARM_UP=1", version="-2")
    for _ in range(20):
        assert get(scene.port, "/api/users/1").by == "users-2"
    scene.assert_nothing_failed()
    assert len(task_pids(scene.machine, "users")) == 2


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (["--env", "CRASH=0"], "the disk is on fire"),
        (["--env", "HEALTH=503", "--start-timeout", "1s"], "503"),
        (["--env", "WRONG_PORT={free}", "--start-timeout", "1s"], "{free}"),
    ],
    ids=["exits", "unhealthy", "wrong port"],
)
def test_a_new_version_that_does_not_work_is_taken_back(scene: Scene, fault: list[str], told: str) -> None:
    free = str(free_port())
    before = task_pids(scene.machine, "users")
    flags = [word.replace("{free}", free) for word in fault]
    result = scene.machine.try_fig(*run_command("users", *flags, version="-2"))
    assert result.status == DEPLOY_FAILED
    assert "revision 2 of users was taken back" in result.stderr
    assert told.replace("{free}", free) in result.stderr
    assert "users-2 listens on" in result.stderr, "its last output"
    assert task_pids(scene.machine, "users") == before
    assert get(scene.port, "/api/users/1").by == "users"
    scene.assert_nothing_failed()


def test_a_new_version_that_cannot_be_started_is_taken_back(scene: Scene) -> None:
    result = scene.machine.try_fig("target", "run", "users", "--", "./no-such-program")
    assert result.status == DEPLOY_FAILED
    assert "revision 2 of users was taken back" in result.stderr
    assert "no-such-program" in result.stderr
    assert get(scene.port, "/api/users/1").by == "users"
    scene.assert_nothing_failed()


def test_a_first_version_that_does_not_work_says_so(machine: Machine) -> None:
    given_a_monolith_behind_a_proxy(machine)
    result = machine.try_fig(*run_command("users", "--env", "CRASH=0"))
    assert result.status == DEPLOY_FAILED
    assert "the disk is on fire" in result.stderr
    given_a_service(machine, "users")
    assert len(task_pids(machine, "users")) == 1


def test_a_version_can_be_rolled_back(scene: Scene) -> None:
    given_a_service(scene.machine, "users", version="-2")
    scene.machine.fig("target", "rollback", "users")
    assert get(scene.port, "/api/users/1").by == "users"
    scene.assert_nothing_failed()


def test_tasks_come_and_go_with_the_scale(scene: Scene) -> None:
    for replicas in (3, 1, 2):
        scene.machine.fig("target", "scale", "users", str(replicas))
        assert len(task_pids(scene.machine, "users")) == replicas
    scene.assert_nothing_failed()


def test_a_killed_task_is_replaced(scene: Scene) -> None:
    scene.machine.fig("target", "scale", "users", "2")
    scene.traffic.look()
    victim = task_pids(scene.machine, "users")[0]
    kill_and_wait(victim)
    wait_until(lambda: len({*task_pids(scene.machine, "users")} - {victim}) == 2, "two tasks serve")
    tally = scene.traffic.look()
    assert tally.failed_besides_posts() == 0, tally.explain()


def test_a_task_that_crashes_again_and_again_is_restarted_ever_more_slowly(machine: Machine) -> None:
    given_a_monolith_behind_a_proxy(machine)
    began = time.monotonic()
    machine.try_fig(*run_command("users", "--env", "CRASH=0.2", "--no-wait"))
    logs = machine.home / "log" / "users"
    wait_until(lambda: logs.exists() and len(list(logs.glob("*.log"))) >= 4, "it is started four times")
    # 0.1, 0.2 and 0.4 s between them, beside the 0.2 s that each one lives
    assert time.monotonic() - began > 1.1
    assert "the disk is on fire" in machine.fig("journal").stdout


def test_a_task_that_ignores_sigterm_is_killed_after_its_grace(machine: Machine) -> None:
    given_a_monolith_behind_a_proxy(machine)
    given_a_service(machine, "users", "--env", "IGNORE_TERM=1", "--grace", "1s")
    (pid,) = task_pids(machine, "users")
    began = time.monotonic()
    machine.fig("target", "delete", "users", "--yes")
    assert not is_alive(pid)
    assert time.monotonic() - began >= 1.0


def test_a_task_finishes_what_it_has_before_it_goes(scene: Scene) -> None:
    # once the first has ended, requests of one to two seconds are under way all the time
    wait_until(lambda: scene.traffic.look().by_kind["slow"] > 0, "slow requests are under way")
    given_a_service(scene.machine, "users", version="-2")
    tally = scene.traffic.stop()
    assert tally.failed == 0, tally.explain()
    assert tally.by_kind["slow"] > 0


def test_down_leaves_nothing_and_up_brings_everything_back(machine: Machine) -> None:
    port = given_a_monolith_behind_a_proxy(machine)
    # a task with a child that has a session of its own
    offspring = "import subprocess, os, sys; subprocess.Popen(['sleep', '600'], start_new_session=True)"
    program = f"{offspring}; os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", program, *upstream_command("users")]
    machine.fig("target", "run", "users", "--replicas", "2", "--health", "/health", "--", *command)
    machine.fig("route", "add", "shop", "/api/users", "--to", "users", "--weight", "100")
    assert get(port, "/api/users/1").by == "users"
    assert any("sleep 600" in command for command in machine.processes().values())

    machine.fig("down", "--yes")

    assert machine.processes() == {}
    assert_refused(port)

    machine.fig("up")

    assert get(port, "/page").by == "monolith"
    wait_until(lambda: len(task_pids(machine, "users")) == 2, "the tasks are back")
    assert get(port, "/api/users/1").by == "users"


def test_down_with_purge_forgets_everything(machine: Machine) -> None:
    port = given_a_monolith_behind_a_proxy(machine)
    given_a_service(machine, "users")
    get(port, "/page")
    machine.fig("down", "--purge", "--yes")
    assert machine.processes() == {}
    assert_refused(port)
    assert not (machine.home / "log" / "users").exists()
    status = machine.fig("status", "--json").json()
    assert (status["proxies"], status["targets"]) == ([], [])
    # what `fig down --purge` recommends, and no `fig up` before it
    port = given_a_monolith_behind_a_proxy(machine)
    assert get(port, "/page").by == "monolith"
    wait_until(lambda: requests_of(machine), "the new proxy's request is counted")
    assert requests_of(machine) == 1


def requests_of(machine: Machine) -> int:
    [listener] = machine.fig("ledger", "--json").json()["listeners"]
    shown = machine.fig("proxy", "show", "shop", "--json").json()["requests"]
    assert sum(listener["requests"].values()) == shown
    return int(shown)


def assert_refused(port: int) -> None:
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=30):
        pass


def test_tasks_outlive_the_daemon_and_are_taken_up_again(scene: Scene) -> None:
    before = task_pids(scene.machine, "users")
    os.kill(scene.machine.daemon_pid(), 15)
    wait_until(lambda: not is_alive(scene.machine.daemon_pid()), "the daemon ends")
    scene.machine.fig("status")
    assert task_pids(scene.machine, "users") == before
    scene.assert_nothing_failed()
