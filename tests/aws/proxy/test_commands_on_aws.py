"""The commands of proxies, routes and shifts, with an environment that is on AWS.

Those that are killed are processes of their own; the others run in this one, for the SDK takes long to load.
"""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from stranglerfig.aws.applications import AppWish, begin_application
from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.proxies.rules import live_weights
from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.session import Access, open_session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.cli.main import run
from tests.aws.goldens import APP, ENV
from tests.aws.proxy.places import NAME, PATHS, SERVICE, SERVICES, begin_place, bring_service, deregister, register
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud
from tests.cli.command_line import Fig, Result

SHOP = """
    name: shop
    type: Strangler Proxy
    default: monolith
    port: 8080
    routes:
      users:
        path: /users
        to: users
        weight: 25
      posts: {path: /api/posts, to: posts, shift: {steps: [10, 100], bake: 5m}}
"""


@dataclass
class Desk:
    """A workspace whose environment is on AWS, and somebody who works there."""

    cloud: Cloud
    place: Place
    groups: dict[str, str]
    root: Path
    fig: Fig

    def run(self, *arguments: str, status: int = 0) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            found = run(list(arguments))
        result = Result(out.getvalue(), err.getvalue(), found)
        assert result.status == status, result.stderr
        return result

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.fig.argv(*arguments), env=self.fig.env(), cwd=self.root, stderr=subprocess.PIPE, text=True
        )

    def write(self, text: str) -> None:
        (self.root / "copilot" / NAME / "manifest.yml").write_text(dedent(text))

    def weights(self) -> dict[str, int]:
        return live_weights(self.place, self.place.require(NAME))


@pytest.fixture(scope="module")
def desk_of_module(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    session = open_session(Access())
    place = begin_place(session)
    app, record = begin_application(session, AppWish(APP), Deploying(session)), EnvRecord(APP, ENV, REGION, ACCOUNT)
    app.add_place(app.facts(), record)
    app.records.begin_environment(record)
    groups = {name: bring_service(place, name) for name in SERVICES}
    for at, group in enumerate(groups.values()):
        register(place, group, f"10.0.1.{at}")
    root, home = tmp_path_factory.mktemp("forum"), tmp_path_factory.mktemp("home")
    write_workspace(root)
    desk = Desk(cloud, place, groups, root, Fig(home, cloud.environ()))
    desk.write(SHOP)
    desk.run("proxy", "deploy", "shop", "--env", ENV)
    return desk


@pytest.fixture
def desk(desk_of_module: Desk) -> Iterator[Desk]:
    yield desk_of_module
    desk_of_module.cloud.faults.clear()


def write_workspace(root: Path) -> None:
    files = {
        ".workspace": f"application: {APP}\n",
        f"environments/{ENV}/manifest.yml": f"name: {ENV}\ntype: Environment\n",
    }
    files |= {f"{name}/manifest.yml": SERVICE.format(name=name, path=PATHS[name]) for name in SERVICES}
    for name, text in files.items():
        path = root / "copilot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "copilot" / NAME).mkdir()


def test_a_deploy_of_the_same_changes_nothing_and_says_what_waits(desk: Desk) -> None:
    found = desk.run("proxy", "deploy", "shop", "--env", ENV)

    assert "shop is unchanged: nothing to deploy." in found.stderr
    assert "Route posts waits for its shift: `fig shift start forum.test.shop posts`" in found.stderr
    assert desk.run("proxy", "diff", "shop", "--env", ENV).stdout == "No changes.\n"


def test_a_proxy_is_shown_and_written_down_as_it_is_in_force(desk: Desk) -> None:
    shown = desk.run("proxy", "show", "forum.test.shop", "--json").json()
    exported = desk.run("proxy", "export", "shop", "--env", ENV).stdout

    assert shown["url"].startswith("http://")
    assert [(one["id"], one["weight"]) for one in shown["routes"]] == [("users", 25.0), ("posts", 0.0)]
    assert "weight: 25" in exported
    assert "port" not in exported


def test_a_request_is_explained_by_the_rules_on_the_balancer(desk: Desk) -> None:
    explained = desk.run("route", "explain", "shop", "/users/3", "--env", ENV, "--json").json()

    assert explained["rule"] == "users"
    assert [(one["group"], one["share"]) for one in explained["upstreams"]] == [
        ("forum.test.users", 0.25),
        ("forum.test.monolith", 0.75),
    ]


def test_a_weight_is_set_and_taken_back_by_a_word(desk: Desk) -> None:
    found = desk.run("route", "set", "forum.test.shop", "/users", "--weight", "12.34")
    assert "A balancer has shares by tenths of a percent: 12.34 % became 12.3 %." in found.stderr
    assert "12.3 % forum.test.users, 87.7 % forum.test.monolith" in desk.run("route", "ls", "forum.test.shop").stdout

    desk.run("rollback", "shop", "users", "--env", ENV)
    assert desk.weights()["users"] == 0
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] == "0,999"


def test_what_is_the_manifests_is_not_set_by_hand(desk: Desk) -> None:
    found = desk.run("route", "set", "shop", "users", "--state", "inactive", "--env", ENV, status=2)

    assert "on AWS state of a route is what the manifest says" in found.stderr


def test_a_weight_outlives_who_set_it_killed_before_cloudformation_was_told(desk: Desk) -> None:
    desk.cloud.calls.clear()
    with desk.cloud.failing("CreateChangeSet", "hang up"):
        process = desk.begin("route", "set", "shop", "users", "--weight", "60", "--env", ENV)
        deadline = time.monotonic() + 60
        while "CreateChangeSet" not in desk.cloud.actions() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert desk.weights()["users"] == 6_000
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] != "600,400"

    found = desk.run("proxy", "deploy", "shop", "--env", ENV)

    assert "Route users has 60 %, set since: the manifest's 25 % is left aside until it says another." in found.stderr
    assert desk.weights()["users"] == 6_000
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] == "600,400"


def test_a_shift_is_watched_by_who_starts_it_and_taken_back_with_a_status(desk: Desk) -> None:
    deregister(desk.place, desk.groups["posts"], "10.0.1.2")
    try:
        refused = desk.run("shift", "start", "shop", "posts", "--env", ENV, status=4)
        found = desk.run("shift", "start", "shop", "posts", "--env", ENV, "--force", status=7)
    finally:
        register(desk.place, desk.groups["posts"], "10.0.1.2")

    assert "forum.test.posts has no healthy target" in refused.stderr
    assert "10 % of forum.test.shop/posts (/api/posts) goes to forum.test.posts: step 1 of 2." in found.stderr
    assert "the shift of forum.test.shop/posts is ROLLED_BACK: forum.test.posts has no healthy target" in found.stderr
    assert desk.weights()["posts"] == 0


def test_a_shift_is_steered_from_anywhere(desk: Desk) -> None:
    process = desk.begin("shift", "start", "shop", "/api/posts", "--env", ENV)
    assert process.stderr is not None
    while "CloudWatch has no figures" not in (line := process.stderr.readline()) and line:
        pass
    process.kill()
    process.communicate()

    assert desk.run("shift", "ls", "--env", ENV, "--json").json()[0]["phase"] == "BAKING"
    refused = desk.run("route", "set", "shop", "posts", "--weight", "50", "--env", ENV, status=4)
    assert "is being shifted to forum.test.posts" in refused.stderr
    desk.run("shift", "promote", "shop", "posts", "--env", ENV)
    assert desk.weights()["posts"] == 10_000
    shown = desk.run("shift", "status", "shop", "posts", "--env", ENV, "--json").json()
    assert (shown["step"], shown["seen"]["verdict"]) == (2, "INCONCLUSIVE")
    desk.run("shift", "abort", "shop", "posts", "--env", ENV)
    assert desk.weights()["posts"] == 0
    told = desk.run("shift", "history", "shop", "posts", "--env", ENV, "--json").json()
    assert [one["event"] for one in told][-3:] == ["start", "promote", "abort"]


def test_a_proxy_is_taken_away_with_its_rules_and_numbers(desk: Desk) -> None:
    desk.run("proxy", "delete", "shop", "--env", ENV, "--yes")

    assert desk.place.find(NAME) is None
    below = desk.place.session.client("ssm").pages(
        "get_parameters_by_path", "Parameters", Path=f"/copilot/applications/{APP}/environments/{ENV}", Recursive=True
    )
    assert [one["Name"] for one in below if "proxy:" in one["Value"] or "/shifts/" in one["Name"]] == []
    gone = desk.run("route", "ls", "shop", "--env", ENV, status=3)
    assert "proxy shop is not deployed to test" in gone.stderr
