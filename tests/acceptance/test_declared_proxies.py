"""Proxies deployed from manifests, with clients on them: whole tables switch, and nobody notices but by the answers."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.machine import FIG, Machine, a_machine, free_port, kill_and_wait
from tests.acceptance.scenes import get
from tests.acceptance.traffic import fresh, keep_alive, posts, traffic_on
from tests.acceptance.workspaces import Folder

PATHS = ["/page", "/api/users", "/api/users/7", "/api/posts", "/api/threads"]
DEPLOYS = 9
KILLS = 3
#: a deploy takes two or three times as long
KILL_AFTER_S = 0.1
NOT_FOUND = 3
CONFLICT = 4


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with a_machine() as found:
        yield found


@pytest.fixture(scope="module")
def workspace(machine: Machine) -> Folder:
    path = machine.home / "forum"
    (path / "copilot" / "environments" / "test").mkdir(parents=True)
    (path / "copilot" / ".workspace").write_text("application: forum\n")
    environment = "name: test\ntype: Environment\ntarget: local\n"
    (path / "copilot" / "environments" / "test" / "manifest.yml").write_text(environment)
    return Folder(machine, path)


@pytest.fixture(scope="module")
def upstreams(machine: Machine) -> dict[str, str]:
    """URLs by name."""
    return {name: machine.start_upstream(name) for name in ("monolith", "users", "posts")}


def write(workspace: Folder, name: str, text: str) -> Path:
    path = workspace.path / "copilot" / name / "manifest.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"name: {name}\ntype: Strangler Proxy\n{text}")
    return path


def a_route(name: str, path: str, to: str, more: str = "") -> str:
    return f"  {name}: {{path: {path}, to: '{to}'{', ' if more else ''}{more}}}\n"


def by(port: int, path: str) -> str:
    return get(port, path).by


def test_whole_tables_switch_under_load_and_no_request_fails(workspace: Folder, upstreams: dict[str, str]) -> None:
    port = free_port()
    monolith, users, articles = (upstreams[name] for name in ("monolith", "users", "posts"))
    tables = (
        f"default: {monolith}\nport: {port}\nroutes:\n"
        + a_route("users", "/api/users", users)
        + a_route("posts", "/api/posts", articles, "weight: 50"),
        f"default: {monolith}\nport: {port}\nhttp2: true\norder: priority\nroutes:\n"
        + a_route("posts", "/api/posts", articles, "priority: 2")
        + a_route("threads", "/api/threads", users, "methods: GET, priority: 1"),
        f"default: {articles}\nport: {port}\nroutes:\n" + a_route("users", "/api/users", monolith, "exact: true"),
    )
    answers = (
        {"/page": "monolith", "/api/users/7": "users", "/api/threads": "monolith"},
        {"/page": "monolith", "/api/users/7": "monolith", "/api/posts": "posts", "/api/threads": "users"},
        {"/page": "posts", "/api/users": "monolith", "/api/users/7": "posts", "/api/threads": "posts"},
    )
    write(workspace, "shop", tables[0])
    workspace.fig("proxy", "deploy", "shop", "--env", "test")
    crew = [keep_alive(400, PATHS, 16), fresh(60, PATHS, 8), posts(40, PATHS, 4)]
    with traffic_on(port, crew) as traffic:
        for number in range(1, DEPLOYS + 1):
            which = number % len(tables)
            write(workspace, "shop", tables[which])
            result = workspace.fig("proxy", "deploy", "shop", "--env", "test", "--json").json()
            assert result["outcome"] == "changed"
            assert {path: by(port, path) for path in answers[which]} == answers[which]
        tally = traffic.stop()

    assert tally.failed == 0, tally.explain()
    assert tally.requests > 500
    assert set(tally.answered_by) == {"monolith", "users", "posts"}


def test_a_deploy_whose_daemon_is_killed_is_there_as_a_whole_or_not_at_all(
    machine: Machine, workspace: Folder, upstreams: dict[str, str]
) -> None:
    port = free_port()
    head = f"default: {upstreams['monolith']}\nport: {port}\nroutes:\n"
    tables = [
        head + "".join(a_route(f"{name}-{number}", f"/{name}/{number}", upstreams[name]) for number in range(20))
        for name in ("users", "posts")
    ]
    write(workspace, "killed", tables[0])
    workspace.fig("proxy", "deploy", "killed", "--env", "test")
    whole = {frozenset(f"{name}-{number}" for number in range(20)) for name in ("users", "posts")}
    with traffic_on(port, [keep_alive(200, PATHS, 8)]) as traffic:
        for number in range(1, KILLS + 1):
            write(workspace, "killed", tables[number % 2])
            deploying = subprocess.Popen(
                [str(FIG), "proxy", "deploy", "killed", "--env", "test"],
                env=machine.env(),
                cwd=workspace.path,
                stderr=subprocess.DEVNULL,
            )
            with contextlib.suppress(subprocess.TimeoutExpired):
                deploying.wait(timeout=KILL_AFTER_S * number)
            kill_and_wait(machine.daemon_pid())
            deploying.wait()
            found = workspace.fig("route", "ls", "forum.test.killed", "--json").json()
            assert frozenset(route["id"] for route in found) in whole
            workspace.fig("proxy", "deploy", "killed", "--env", "test")
            assert by(port, f"/{('users', 'posts')[number % 2]}/7") == ("users", "posts")[number % 2]
        tally = traffic.stop()

    assert tally.failed == 0, tally.explain()


def test_a_second_deploy_changes_nothing_and_routes_made_by_hand_stay(
    workspace: Folder, upstreams: dict[str, str]
) -> None:
    text = f"default: {upstreams['monolith']}\nroutes:\n"
    users = a_route("users", "/api/users", upstreams["users"], "weight: 5, owner: web, expires: 2025-12-31")
    write(workspace, "second", text + users + a_route("posts", "/api/posts", upstreams["posts"]))
    first = workspace.fig("proxy", "deploy", "second", "--env", "test")
    assert "with 2 routes of its manifest" in first.stderr
    journal = workspace.fig("journal", "--json").stdout
    again = workspace.fig("proxy", "deploy", "second", "--env", "test")
    assert "second is unchanged" in again.stderr
    assert workspace.fig("journal", "--json").stdout == journal
    assert workspace.fig("proxy", "diff", "second", "--env", "test").stdout == "No changes.\n"

    workspace.fig("route", "add", "forum.test.second", "/beta", "--to", upstreams["posts"])
    write(workspace, "second", text + users)
    different = workspace.try_fig("proxy", "diff", "second", "--env", "test")
    assert (different.status, "- posts:" in different.stdout, "+" in different.stdout) == (1, True, False)
    deployed = workspace.fig("proxy", "deploy", "second", "--env", "test")
    assert "Made by hand, and left as they are: beta." in deployed.stderr
    assert "! route users (owner: web) was to live until 2025-12-31." in deployed.stderr
    routes = workspace.fig("route", "ls", "forum.test.second", "--json").json()
    assert [route["id"] for route in routes] == ["users", "beta"]
    assert "2025-12-31 (over)" in workspace.fig("proxy", "show", "forum.test.second").stdout


def test_what_cannot_be_changes_nothing(workspace: Folder, upstreams: dict[str, str]) -> None:
    text = f"default: {upstreams['monolith']}\nroutes:\n"
    write(workspace, "third", text + a_route("users", "/api/users", upstreams["users"]))
    workspace.fig("proxy", "deploy", "third", "--env", "test")
    before = workspace.fig("proxy", "show", "forum.test.third", "--json").json()
    targets = workspace.fig("target", "ls", "--json").json()

    dead = f"http://127.0.0.1:{free_port()}"
    write(
        workspace,
        "third",
        text
        + a_route("posts", "/api/posts", upstreams["posts"] + "/v2")
        + a_route("users", "/api/users", upstreams["users"])
        + a_route("dead", "/dead", dead),
    )
    refused = workspace.try_fig("proxy", "deploy", "third", "--env", "test")
    assert (refused.status != 0, f"cannot reach {dead}" in refused.stderr) == (True, True)
    write(workspace, "third", text + a_route("users", "/api/users", "nobody"))
    assert workspace.try_fig("proxy", "deploy", "third", "--env", "test").status == NOT_FOUND
    write(workspace, "third", text.replace("routes", f"port: {free_port()}\nroutes") + "  a: {path: /a, to: b}\n")
    assert workspace.try_fig("proxy", "deploy", "third", "--env", "test").status == CONFLICT

    after = workspace.fig("proxy", "show", "forum.test.third", "--json").json()
    assert (after["routes"], after["default"], after["port"]) == (before["routes"], before["default"], before["port"])
    assert [one["name"] for one in workspace.fig("target", "ls", "--json").json()] == [one["name"] for one in targets]


def test_a_proxy_made_by_hand_is_written_down_and_taken_over(workspace: Folder, upstreams: dict[str, str]) -> None:
    workspace.fig("proxy", "create", "old", "--to", upstreams["monolith"])
    workspace.fig("route", "add", "old", "/api/users", "--to", upstreams["users"], "--weight", "12.5")
    port = workspace.fig("proxy", "show", "old", "--json").json()["port"]

    workspace.fig("proxy", "init", "legacy", "--from", "old")
    assert workspace.fig("proxy", "diff", "legacy", "--env", "test").stdout == "No changes.\n"
    assert "is unchanged" in workspace.fig("proxy", "deploy", "legacy", "--env", "test").stderr
    exported = workspace.fig("proxy", "export", "old").stdout
    manifest = workspace.path / "copilot" / "legacy" / "manifest.yml"
    assert exported.rstrip() == manifest.read_text().rstrip()
    manifest.write_text(exported.partition("routes:")[0])
    assert "with no routes" in workspace.fig("proxy", "deploy", "legacy", "--env", "test").stderr
    assert (by(port, "/api/users"), workspace.fig("route", "ls", "old", "--json").json()) == ("monolith", [])


def test_a_shadow_runs_as_it_is_declared(workspace: Folder, upstreams: dict[str, str]) -> None:
    text = (
        f"default: {upstreams['monolith']}\nroutes:\n  users: {{path: /api/users, to: '{upstreams['users']}', weight: 0"
    )

    def deploy(shadow: str) -> str:
        write(workspace, "watched", f"{text}{shadow}}}\n")
        return str(workspace.fig("proxy", "deploy", "watched", "--env", "test").stderr)

    assert "forum.test.watched" in deploy(", shadow: {sample: 10, rules: [ignore $.from]}")
    (shadow,) = workspace.fig("shadow", "ls", "--json").json()
    assert (shadow["state"], shadow["sample"], shadow["rules"]) == ("RUNNING", 10.0, ["ignore $.from"])
    assert "is unchanged" in deploy(", shadow: {sample: 10, rules: [ignore $.from]}")
    assert "sample: 10 -> 50" in deploy(", shadow: {sample: 50, rules: [ignore $.from]}")
    assert workspace.fig("shadow", "ls", "--json").json()[0]["sample"] == 50.0
    assert "- shadow:" in deploy("")
    assert workspace.fig("shadow", "ls", "--json").json()[0]["state"] == "STOPPED"
    assert "is unchanged" in deploy("")


def test_a_running_shift_keeps_its_weight_and_a_failed_one_is_not_begun_again(
    workspace: Folder, upstreams: dict[str, str]
) -> None:
    text = f"default: {upstreams['monolith']}\nroutes:\n"

    def deploy(to: str = "users", more: str = "", others: str = "", terms: str = "") -> str:
        plan = f"shift: {{steps: [5, 25, 100], bake: 1h{terms}}}"
        write(workspace, "moving", text + a_route("users", "/api/users", upstreams[to], plan + more) + others)
        return str(workspace.fig("proxy", "deploy", "moving", "--env", "test").stderr)

    def weight() -> float:
        return float(workspace.fig("route", "show", "forum.test.moving", "users", "--json").json()["weight"])

    assert "The shift of users begins" in deploy()
    assert weight() == 5
    workspace.fig("shift", "promote", "forum.test.moving", "users")
    told = deploy(more=", owner: web, methods: GET", others=a_route("posts", "/api/posts", upstreams["posts"]))
    assert "Route users is being shifted, 25 % now: that is left to its shift; path and conditions of the" in told
    assert weight() == 25
    shown = workspace.fig("route", "show", "forum.test.moving", "users", "--json").json()
    assert (shown["owner"], shown["methods"]) == ("web", [])

    workspace.fig("shift", "abort", "forum.test.moving", "users")
    assert "is not begun again. It was ABORTED: given up by its user." in deploy()
    assert (weight(), "is unchanged" in deploy()) == (0, True)
    workspace.fig("shift", "start", "forum.test.moving", "users")
    assert weight() == 5
    workspace.fig("shift", "abort", "forum.test.moving", "users")
    assert "The shift of users begins" in deploy(to="posts")
    assert weight() == 5
    workspace.fig("shift", "abort", "forum.test.moving", "users")
    deploy(to="posts", terms=", cohorts: ['header:X-Beta=1']")
    begun = workspace.fig("shift", "start", "forum.test.moving", "users", "--bake", "2h", "--json").json()
    assert (begun["cohorts"], begun["steps"], begun["bake_s"]) == (["header:X-Beta=1"], [0, 5, 25, 100], 7200)
    assert "users is being shifted, 0 % now" in deploy(to="posts", terms=", cohorts: ['header:X-Beta=1']")
    workspace.fig("shift", "abort", "forum.test.moving", "users")


def test_proxies_go_with_all_of_a_workspace_and_are_no_services(workspace: Folder) -> None:
    for name in ("third", "killed", "legacy", "watched", "moving"):
        (workspace.path / "copilot" / name / "manifest.yml").unlink(missing_ok=True)
    deployed = workspace.fig("deploy", "--all", "--env", "test")
    assert "shop is unchanged" in deployed.stderr
    assert "second is unchanged" in deployed.stderr
    assert workspace.fig("svc", "ls", "--json").json() == {"services": []}
    shown = workspace.fig("app", "show", "--json").json()
    assert (shown["services"], shown["proxies"]) == ([], ["second", "shop"])
    refused = workspace.try_fig("svc", "deploy", "--name", "shop", "--env", "test")
    assert "shop is a proxy, neither service nor job" in refused.stderr
    in_use = workspace.try_fig("env", "delete", "--name", "test", "--yes")
    assert (in_use.status, "is in use by proxy forum.test." in in_use.stderr) == (CONFLICT, True)
    workspace.fig("app", "delete", "--yes")
    assert json.loads(workspace.fig("proxy", "ls", "--json").stdout) == []
