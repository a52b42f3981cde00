"""Applications of Copilot's are taken over and given back, and what carries traffic or data stays what it is."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import manifest_of, parse_template, plain, section
from stranglerfig.aws.stacks.values import to_order
from tests.aws.copilot.applications import Recorded, deploy_recorded
from tests.aws.copilot.functions import Functions, functions_of_copilot
from tests.aws.copilot.looks import carriers, lost_by, owners, stack_names
from tests.aws.processes import running, wait_until
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import Terminal
from tests.docs.pages import ROOT, commands, unprinted

PLAIN = Recorded("plain", ("api", "web"))
WITH_DOMAIN = Recorded("shop", ("store", "api", "front", "mail", "report"), "shop.example", has_cdn=True)
KILLED = Recorded("killed", ("web",))
EVERY = [PLAIN, WITH_DOMAIN, KILLED]
CHANGING = ("Put", "Create", "Execute", "Delete", "PUT", "Update", "Register", "Modify")


@pytest.fixture(scope="module")
def functions(cloud: Cloud) -> Iterator[Functions]:
    with functions_of_copilot() as found:
        for app in EVERY:
            deploy_recorded(app, open_session(Access()))
        yield found


@pytest.fixture
def fig(functions: Functions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In an empty folder."""
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    functions.said_goodbye.clear()
    (tmp_path / "repository").mkdir()
    return Terminal(tmp_path / "repository", "")


def priorities(session: Session, app: Recorded) -> dict[str, str]:
    rules = [arn for name, arn in carriers(session, app).items() if "ListenerRule" in name]
    found = session.client("elbv2").describe_rules(RuleArns=rules)["Rules"]
    return {one["RuleArn"]: one["Priority"] for one in found}


def test_a_dry_run_shows_what_changes_and_changes_nothing(fig: Terminal, cloud: Cloud) -> None:
    calls = len(cloud.calls)

    found = fig("app", "adopt", "plain", "--dry-run", "--json")

    assert found.status == 0, found.err
    stacks = {one["stack"]: one for one in found.json()["stacks"]}
    assert list(stacks) == ["plain-infrastructure-roles", "plain-infrastructure", *stack_names(PLAIN)]
    assert [one["refused"] for one in stacks.values()] == [[]] * 5
    assert lost_by(stacks.values()) == []
    gone = [one["resource"] for one in stacks["plain-test-api"]["changes"] if one["action"] == "remove"]
    assert gone == ["EnvControllerRole", "EnvControllerFunction", "EnvControllerAction"]
    assert [one for one in cloud.actions()[calls:] if one.startswith(CHANGING)] == []
    assert list(fig.root.iterdir()) == []


def test_what_runs_is_shown_before_it_is_taken_over(fig: Terminal, cloud: Cloud) -> None:
    calls = len(cloud.calls)
    app = ("--app", "plain", "--target", "aws")

    service = fig("svc", "show", *app, "--name", "web", "--json")
    application = fig("app", "show", "--name", "plain", "--target", "aws", "--json")
    manifest = fig("svc", "show", *app, "--name", "web", "--manifest", "test")
    job = fig("job", "show", "--app", "shop", "--target", "aws", "--name", "report", "--json")

    for said in (service, application, manifest, job):
        assert said.status == 0, said.err
    [configuration] = service.json()["configurations"]
    assert (configuration["environment"], configuration["tasks"], configuration["cpu"]) == ("test", 1, "0.25")
    assert [one["url"].startswith("http://") for one in service.json()["routes"]] == [True]
    assert {one["name"] for one in application.json()["services"]} == {"api", "web"}
    assert "type: Load Balanced Web Service" in manifest.out
    assert [one["schedule"] for one in job.json()["configurations"]] != []
    assert "Runs in test are not shown" in job.err, "Copilot's role may not list them"
    assert [one for one in cloud.actions()[calls:] if one.startswith(CHANGING)] == []


def test_every_command_of_the_page_works_on_an_application_with_a_domain(
    fig: Terminal, session: Session, functions: Functions
) -> None:
    """Which is taken over in place, and given back."""
    before, numbers = carriers(session, WITH_DOMAIN), priorities(session, WITH_DOMAIN)
    ours = []

    for command in commands(ROOT / "docs" / "moving-from-copilot.md"):
        found = fig(*shlex.split(command.line)[1:])

        assert found.status == command.status, f"$ {command.line}\n{found.err}"
        assert unprinted(command, found.out + found.err) == [], f"$ {command.line}\n{found.out}{found.err}"
        after = carriers(session, WITH_DOMAIN)
        assert {name: after.get(name) for name in before} == before, command.line
        assert len(numbers) == 4
        ours.append(owners(session, WITH_DOMAIN))
        if all(ours[-1]):
            assert priorities(session, WITH_DOMAIN) == numbers
            assert functions.said_goodbye == []
            for name in WITH_DOMAIN.workloads:
                written = yaml.safe_load((fig.root / f"copilot/{name}/manifest.yml").read_text())
                assert written == yaml.safe_load(manifest_of(parse_template(WITH_DOMAIN.template(name))))

    assert [set(each) for each in ours] == [{False}, {True}, {False}]
    assert in_order(priorities(session, WITH_DOMAIN)) == in_order(numbers), "as they are asked"
    assert list((fig.root / "copilot/.adopted/shop").iterdir()) == []


def in_order(numbers: dict[str, str]) -> list[str]:
    """Rules as a balancer asks them, its listeners one after the other."""
    return sorted(numbers, key=lambda rule: (rule.rpartition("/")[0], int(numbers[rule])))


def test_what_would_be_lost_is_named_and_nothing_is_touched(fig: Terminal, session: Session, cloud: Cloud) -> None:
    """A service whose manifest says another port than its stack has."""
    tree = parse_template(Stacks(session).template("plain-test-web"))
    metadata = {**section(tree, "Metadata"), "Manifest": manifest_of(tree).replace("port: 80", "port: 8080")}
    parameters = dict.fromkeys(Stacks(session).require("plain-test-web").parameters)
    deploy(to_order("plain-test-web", {**tree, "Metadata": metadata}, parameters=parameters), Deploying(session))
    calls = len(cloud.calls)

    shown = fig("app", "adopt", "plain", "--dry-run")
    refused = fig("app", "adopt", "plain", "--yes")

    assert "TargetGroup would be replaced, for Port cannot be changed in place" in shown.err
    assert refused.status == 5
    assert "plain cannot be taken over as it is\nplain-test-web: TargetGroup would be replaced" in refused.err
    assert [one for one in cloud.actions()[calls:] if one.startswith(CHANGING)] == []
    nothing = fig("app", "adopt", "plain", "--undo", "--yes")
    assert (nothing.status, "has no record of a stack of plain" in nothing.err) == (3, True)
    both = fig("app", "adopt", "plain", "--undo", "--dry-run")
    assert (both.status, "exclude each other" in both.err) == (2, True)
    deploy(to_order("plain-test-web", tree, parameters=parameters), Deploying(session))


def test_a_takeover_that_is_cut_off_again_and_again_goes_on(
    fig: Terminal, session: Session, cloud: Cloud, functions: Functions
) -> None:
    """Each run is allowed four changes of stacks: the roles' is one, the environment's and each workload's are two, so
    that the first ends with one that is held."""
    before = carriers(session, PLAIN)
    runs = 0
    taken = None
    while taken is None or taken.status != 0:
        runs += 1
        with cloud.failing("ExecuteChangeSet", "ExpiredToken", "the token has expired", after=4):
            taken = fig("app", "adopt", "plain", "--yes")
        assert runs <= 2, taken.err
        assert "Traceback" not in taken.err
        if runs == 1:
            refuse_deploy_of_what_is_copilots(fig)

    assert runs == 2
    assert owners(session, PLAIN) == [True, True, True]
    assert {name: carriers(session, PLAIN).get(name) for name in before} == before
    assert functions.said_goodbye == []
    saved = {path.stem: path.read_text() for path in (fig.root / "copilot/.adopted/plain").iterdir()}
    assert saved.keys() == {"plain-infrastructure-roles", "plain-infrastructure", *stack_names(PLAIN)}
    written = parse_template(json.loads(saved["plain-test-web"])["template"])
    assert written == plain_tree("web"), "as it was before the first run"

    again = fig("app", "adopt", "plain")
    assert (again.status, "Application plain is taken over already." in again.err) == (0, True), again.err
    ready = fig("deploy", "--all", "--env", "test")
    assert ready.status == 0, ready.err
    assert ready.err.count("is unchanged: nothing to deploy") == len(PLAIN.workloads), ready.err
    lists = Stacks(session).require("plain-test").parameters
    assert (lists["ALBWorkloads"], lists["NATWorkloads"]) == ("web", "api")


def refuse_deploy_of_what_is_copilots(fig: Terminal) -> None:
    """The environment is taken over, and the service is not."""
    found = fig("svc", "deploy", "--name", "web", "--env", "test")
    assert (found.status, "web of test is as Copilot deployed it" in found.err) == (4, True), found.err
    assert "`fig app adopt plain --dry-run` shows how" in found.err


def plain_tree(name: str) -> object:
    return plain(parse_template(PLAIN.template(name)))


def test_a_takeover_that_is_cut_off_again_and_again_goes_on_and_so_does_the_way_back(
    fig: Terminal, session: Session, cloud: Cloud, functions: Functions
) -> None:
    """At the application's roles, at the environment while it is held, and at the numbers of a service's rules."""
    before, numbers = carriers(session, KILLED), priorities(session, KILLED)
    for action in ("ExecuteChangeSet", "DescribeStackEvents", "PutParameter"):
        kill(fig, cloud, action, "app", "adopt", "killed", "--yes")

    taken = fig("app", "adopt", "killed", "--yes")
    assert taken.status == 0, taken.err
    assert owners(session, KILLED) == [True, True]
    assert {name: carriers(session, KILLED).get(name) for name in before} == before
    assert priorities(session, KILLED) == numbers
    assert functions.said_goodbye == []

    kill(fig, cloud, "ExecuteChangeSet", "app", "adopt", "killed", "--undo", "--yes")
    cloud.stacks.held.add("killed-test")
    with running(fig, cloud, "app", "adopt", "killed", "--undo", "--yes") as command:
        wait_until(lambda: Stacks(session).require("killed-test").status == "UPDATE_IN_PROGRESS")
        command.process.send_signal(signal.SIGINT)
        status, err = command.end()
    cloud.stacks.clear()
    assert status == 130, err
    assert "Stack killed-test is as it was before." in err
    assert "Nothing after it was begun. Run the same command again: it goes on there." in err
    back = fig("app", "adopt", "killed", "--undo", "--yes")
    assert back.status == 0, back.err
    assert owners(session, KILLED) == [False, False]
    assert {name: carriers(session, KILLED).get(name) for name in before} == before


def kill(fig: Terminal, cloud: Cloud, action: str, *words: str) -> None:
    with running(fig, cloud, *words) as command:
        command.kill_at(action)
        status, err = command.end()
    cloud.hooks.clear()
    assert status == -signal.SIGKILL, err
