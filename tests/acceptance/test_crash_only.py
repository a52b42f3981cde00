"""The daemon may die at any instruction of any command: what is in the books is in force, and nothing else runs."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Say
from tests.acceptance.machine import Machine, a_machine, answers, is_alive, kill_and_wait, wait_until
from tests.acceptance.scenes import get, given_a_monolith_behind_a_proxy, given_a_service, run_command, task_pids
from tests.acceptance.traffic import Traffic, fresh, keep_alive, posts, slow, traffic_on
from tests.effort import amount

LATEST_KILL_S = 0.3
#: what clients ask for all the while
PATHS = ["/page", "/api/users"]


@dataclass
class Scene:
    """``shop`` serves ``/api/users`` from two tasks; the commands to be cut short are about all that and more."""

    machine: Machine
    port: int
    traffic: Traffic
    chance: random.Random
    number: int = 0
    done: list[str] = field(default_factory=list)

    def next_command(self) -> list[str]:
        """One that can succeed, going by what there is now."""
        status = self.machine.fig("status", "--json").json()
        targets = [target["name"] for target in status["targets"] if not target["used_by"]]
        proxies = [proxy["name"] for proxy in status["proxies"] if proxy["name"] != "shop"]
        routes = [route["id"] for route in status["proxies"][0]["routes"] if route["id"] != "api-users"]
        self.number += 1
        new = f"n{self.number}"
        choices: list[list[str]] = [
            run_command(new, "--replicas", "2"),
            run_command("users", "--replicas", "2", "--env", f"VERSION={new}"),
            ["target", "scale", "users", str(self.chance.choice([2, 3]))],
            ["route", "add", "shop", f"/{new}", "--to", "users", "--weight", "50"],
            ["route", "set", "shop", "api-users", "--weight", str(self.chance.choice([0, 50, 100]))],
            ["proxy", "create", new, "--to", "shop-default"],
            *[["target", "delete", name, "--yes"] for name in targets[:1]],
            *[["route", "delete", "shop", route, "--yes"] for route in routes[:1]],
            *[["proxy", "delete", proxy, "--yes"] for proxy in proxies[:1]],
        ]
        return self.chance.choice(choices)

    def cut_short(self, command: list[str]) -> None:
        delay = self.chance.uniform(0, LATEST_KILL_S)
        self.done.append(f"fig {' '.join(command)[:60]} (cut short after {delay * 1000:.0f} ms)")
        daemon = self.machine.daemon_pid()
        process = self.machine.begin_fig(*command)
        # The moment is what is tried here; nothing is waited for.
        time.sleep(delay)
        kill_and_wait(daemon)
        process.wait(timeout=60)


@pytest.fixture
def scene() -> Iterator[Scene]:
    seed = int(os.environ.get("FIG_SEED", time.time_ns() % 100_000))
    with a_machine() as machine:
        port = given_a_monolith_behind_a_proxy(machine)
        given_a_service(machine, "users", "--replicas", "2")
        machine.fig("route", "add", "shop", "/api/users", "--to", "users")
        crew = [keep_alive(amount(200, 800), PATHS, 8), fresh(50, PATHS, 4), posts(50, PATHS, 4), slow(4, PATHS, 8)]
        with traffic_on(port, crew) as traffic:
            yield Scene(machine, port, traffic, random.Random(seed), done=[f"FIG_SEED={seed}"])


@pytest.mark.timeout(300)
def test_books_and_world_agree_wherever_the_daemon_died(scene: Scene, say: Say, is_full: bool) -> None:
    count = 25 if is_full else 4
    for _ in range(count):
        scene.cut_short(scene.next_command())
        status = scene.machine.fig("status", "--json").json()
        told = "\n".join(scene.done)
        wait_until(lambda: has_settled(scene.machine), f"targets settle after\n{told}")
        assert_listeners(status, told)
        assert_routes(scene.machine, told)
        wait_until(lambda: strays(scene.machine) == {}, f"only known tasks run after\n{told}")
        tally = scene.traffic.look()
        assert tally.failed == 0, f"{tally.explain()}\n{told}"
    say(f"{count} commands cut short, {scene.done[0]}")


def has_settled(machine: Machine) -> bool:
    targets = machine.client().targets.all()
    return all(
        target["state"] == "ACTIVE"
        and (target["kind"] == "url" or [s["health"] for s in target["servers"]] == ["UP"] * target["replicas"])
        for target in targets
    )


def assert_listeners(status: dict[str, Any], told: str) -> None:
    for proxy in status["proxies"]:
        assert get(proxy["port"], "/page").by == "monolith", told


def assert_routes(machine: Machine, told: str) -> None:
    """What explain says is what clients get, for every route that there is and for none."""
    client = machine.client()
    for proxy in client.proxies.all():
        for path in ["/page", "/api/users", *(route["path"] for route in proxy["routes"])]:
            explained = client.routes.explain(proxy["name"], {"url": path})
            expected = {name_of(upstream["group"]) for upstream in explained["upstreams"] if upstream["share"] > 0}
            seen = {get(proxy["port"], path).by for _ in range(6)}
            assert seen <= expected, f"{path} of {proxy['name']}: {seen} answered, explained was {expected}\n{told}"


def name_of(group: str) -> str:
    return "monolith" if group == "shop-default" else group


def strays(machine: Machine) -> dict[int, str]:
    """Processes with a task's mark whose task fig does not know."""
    known = {server["task"] for target in machine.client().targets.all() for server in target["servers"]}
    found = {}
    for pid, command in machine.processes().items():
        task = task_of(pid)
        if task is not None and task not in known:
            found[pid] = f"{task}: {command}"
    return found


def task_of(pid: int) -> str | None:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    marks = [entry.partition(b"=")[2].decode() for entry in environ if entry.startswith(b"FIG_TASK_LOG=")]
    return Path(marks[0]).name.removesuffix(".log") if marks else None


def test_a_task_that_was_started_but_never_booked_is_ended_and_replaced(machine: Machine) -> None:
    """The moment between the two is too short to be met by chance."""
    given_a_monolith_behind_a_proxy(machine)
    given_a_service(machine, "users")
    (pid,) = task_pids(machine, "users")
    kill_and_wait(machine.daemon_pid())
    with contextlib.closing(sqlite3.connect(machine.home / "fig.sqlite3")) as database, database:
        database.execute("UPDATE task SET state = 'STARTING', identity = NULL")
    machine.fig("status")
    wait_until(lambda: len(task_pids(machine, "users")) == 1, "there is a task again")
    assert not is_alive(pid)
    assert strays(machine) == {}


def test_a_port_of_a_proxy_that_came_to_nothing_is_closed(machine: Machine) -> None:
    """The address is opened before the proxy is booked."""
    port = given_a_monolith_behind_a_proxy(machine)
    open_before = listening_ports(machine)
    for delay in (0.0, 0.02, 0.04, 0.06, 0.08, 0.12)[:: amount(2, 1)]:
        daemon = machine.daemon_pid()
        process = machine.begin_fig("proxy", "create", "other", "--to", "shop-default")
        time.sleep(delay)
        kill_and_wait(daemon)
        process.wait(timeout=60)
        if any(proxy["name"] == "other" for proxy in machine.fig("proxy", "ls", "--json").json()):
            machine.fig("proxy", "delete", "other", "--yes")
    machine.fig("route", "add", "shop", "/more", "--to", "shop-default")
    assert listening_ports(machine) == open_before
    assert answers(port)


def listening_ports(machine: Machine) -> set[int]:
    """Of the keeper."""
    inodes = {
        os.readlink(entry).removeprefix("socket:[").removesuffix("]")
        for entry in Path(f"/proc/{machine.keeper_pid()}/fd").iterdir()
        if os.readlink(entry).startswith("socket:[")
    }
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A" and row[9] in inodes}
