"""What `svc show`, `job show` and `app show` tell of what is on AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.aws.session import Access, open_session
from tests.aws.workspaces import MANIFESTS, Terminal

WEB = MANIFESTS["web"] + "count: 2\ncpu: 512\nmemory: 1024\nvariables: {LEVEL: info}\nsecrets: {KEY: /forum/key}\n"
REPORT = MANIFESTS["report"] + "timeout: 1h30m\nretries: 2\n"


@pytest.fixture(scope="module")
def deployed(fig: Terminal) -> Terminal:
    open_session(Access()).client("ssm").put_parameter(Name="/forum/key", Value="secret", Type="SecureString")
    for kind, name, text in (
        ("svc", "web", WEB),
        ("svc", "api", None),
        ("svc", "site", None),
        ("job", "report", REPORT),
    ):
        fig.write("public/index.html", "hello")
        fig.write_manifest(name, text)
        said = fig(kind, "deploy", "--name", name, "--env", "prod")
        assert said.status == 0, said.err
    return fig


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


def test_a_service_is_shown_as_it_is_deployed(deployed: Terminal) -> None:
    said = deployed("svc", "show", "--name", "web")

    assert said.status == 0, said.err
    found = rows(said.out)
    assert ["Application", "forum"] in found
    assert ["Environment", "Tasks", "CPU", "(vCPU)", "Memory", "(MiB)", "Platform", "Port", "Revision"] in found
    assert ["prod", "2", "0.5", "1024", "LINUX/X86_64", "80", "1"] in found
    assert ["prod", f"http://{balancer()}/"] in found
    cells = [(row[0], row[-1]) for row in found if row]
    assert ("LEVEL", "info") in cells
    assert ("KEY", "/forum/key") in cells
    assert "AWS::ECS::Service" not in said.out


def balancer() -> str:
    [found] = open_session(Access()).client("elbv2").describe_load_balancers()["LoadBalancers"]
    return str(found["DNSName"])


def test_resources_and_addresses_inside_are_shown_too(deployed: Terminal) -> None:
    found = rows(deployed("svc", "show", "--name", "api", "--resources").out)

    assert ["api.prod.forum.local:8080", "prod"] in found
    assert any(row[:2] == ["prod", "AWS::ECS::Service"] for row in found)


def test_a_service_as_json_has_all_of_it(deployed: Terminal) -> None:
    found = deployed("svc", "show", "--name", "web", "--json").json()

    assert {key: found[key] for key in ("application", "service", "type")} == {
        "application": "forum",
        "service": "web",
        "type": "Load Balanced Web Service",
    }
    assert found["configurations"] == [
        {
            "environment": "prod",
            "tasks": 2,
            "cpu": "0.5",
            "memory": 1024,
            "platform": "LINUX/X86_64",
            "port": 80,
            "revision": 1,
        }
    ]
    assert found["routes"] == [{"environment": "prod", "url": f"http://{balancer()}/"}]
    assert {"name": "LEVEL", "container": "web", "environment": "prod", "value": "info"} in found["variables"]
    assert found["secrets"] == [{"name": "KEY", "container": "web", "environment": "prod", "from": "/forum/key"}]
    assert {one["kind"] for one in found["resources"]} >= {"AWS::ECS::Service", "AWS::ECS::TaskDefinition"}


def test_the_manifest_that_is_deployed_is_printed(deployed: Terminal) -> None:
    deployed.write_manifest("web", WEB.replace("info", "debug"))

    said = deployed("svc", "show", "--name", "web", "--manifest", "prod")

    deployed.write_manifest("web", WEB)
    assert (said.status, "LEVEL: info" in said.out, "debug" in said.out) == (0, True, False)


def test_a_site_has_no_tasks_and_an_address(deployed: Terminal) -> None:
    found = deployed("svc", "show", "--name", "site", "--json").json()

    assert [one["tasks"] for one in found["configurations"]] == ["-"]
    assert [one["url"].startswith("https://") for one in found["routes"]] == [True]


def test_a_job_is_shown_with_its_last_runs(deployed: Terminal) -> None:
    assert deployed("job", "run", "--name", "report").status == 0

    said = deployed("job", "show", "--name", "report")
    found = deployed("job", "show", "--name", "report", "--json").json()

    assert said.status == 0, said.err
    assert ["prod", "@daily", "1h30m", "2", "0.25", "512", "LINUX/X86_64", "1"] in rows(said.out)
    [run] = found["runs"]
    assert (run["environment"], run["state"], run["end"]) == ("prod", "RUNNING", "running")
    assert run["id"] in said.out
    assert "type: Scheduled Job" in deployed("job", "show", "--name", "report", "--manifest", "prod").out


def test_an_application_is_shown_with_what_runs_where(deployed: Terminal) -> None:
    said = deployed("app", "show", "--target", "aws")
    found = deployed("app", "show", "--target", "aws", "--json").json()

    assert said.status == 0, said.err
    assert ["prod", "123456789012", "eu-west-1"] in rows(said.out)
    assert ["web", "Load", "Balanced", "Web", "Service", "prod"] in rows(said.out)
    assert found["jobs"] == [{"name": "report", "type": "Scheduled Job", "environments": ["prod"]}]
    assert {one["name"] for one in found["services"]} == {"web", "api", "site"}
    assert (found["name"], found["domain"], found["proxies"]) == ("forum", None, [])


def test_what_is_not_there_is_named_with_what_lists_it(deployed: Terminal) -> None:
    for words, named in (
        (("svc", "show", "--name", "nobody"), "no service nobody of forum is on AWS"),
        (("svc", "show", "--name", "report"), "no service report of forum is on AWS"),
        (("job", "show", "--name", "web"), "no job web of forum is on AWS"),
        (("app", "show", "--name", "shop", "--target", "aws"), "application shop is not on AWS"),
    ):
        said = deployed(*words)
        assert (said.status, named in said.err) == (3, True), said.err


def test_what_no_workspace_here_knows_is_looked_for_where_the_flags_say(
    deployed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    elsewhere = Terminal(tmp_path, "")
    place = ("--app", "forum", "--env", "prod", "--region", "eu-west-1")

    status = elsewhere("svc", "status", "--name", "web", *place, "--json")
    lines = elsewhere("job", "logs", "--name", "report", *place)
    shown = elsewhere("env", "show", "--app", "forum", "--name", "prod", "--region", "eu-west-1", "--json")

    assert (status.status, lines.status, shown.status) == (0, 0, 0), status.err + lines.err + shown.err
    assert status.json()["environment"] == "prod"
    assert {one["name"] for one in shown.json()["services"]} == {"web", "api", "site", "report"}
    assert not (tmp_path / "home").exists(), "a daemon was started"
