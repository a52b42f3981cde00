"""First manifests, written from flags, Dockerfiles and answers. No daemon is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tests.cli.command_line import Fig, Result

DOCKERFILE = """\
FROM python:3.11-slim
EXPOSE 8000
HEALTHCHECK --interval=5s CMD curl -f http://localhost:8000/ping
CMD ["python", "app.py"]
"""
WEB = "Load Balanced Web Service"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with one Dockerfile and no manifest."""
    (tmp_path / "copilot").mkdir()
    (tmp_path / "copilot" / ".workspace").write_text("application: shop\n")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def manifest(shop: Path, name: str) -> str:
    return (shop / "copilot" / name / "manifest.yml").read_text()


def assert_well(result: Result) -> None:
    assert result.status == 0, result.stderr
    assert result.stdout == ""


def test_port_and_health_check_come_from_the_dockerfile(fig: Fig, shop: Path) -> None:
    result = fig("svc", "init", "--name", "web", "--svc-type", WEB, cwd=shop)

    assert_well(result)
    assert "Only one port found, taking it: 8000" in result.stderr
    text = manifest(shop, "web")
    assert "build: web/Dockerfile" in text
    assert "port: 8000" in text
    assert "curl -f http://localhost:8000/ping" in text
    assert "- Run `fig svc deploy --name web` to have it running." in result.stderr


def test_a_manifest_that_is_there_stays_as_it_is(fig: Fig, shop: Path) -> None:
    fig("svc", "init", "--name", "web", "--svc-type", WEB, cwd=shop)
    (shop / "copilot" / "web" / "manifest.yml").write_text("# mine\n")

    result = fig("svc", "init", "--name", "web", cwd=shop)

    assert_well(result)
    assert "is there already, and stays" in result.stderr
    assert manifest(shop, "web") == "# mine\n"


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        (["-t", "Backend Service", "-i", "redis:7"], "location: redis:7"),
        (["-t", WEB, "--port", "9000"], "port: 9000"),
        (["-t", "Worker Service", "--subscribe-topics", "orders:placed,orders:paid"], "- name: paid"),
        (["-t", "Request-Driven Web Service", "--ingress-type", "Environment"], "private: true"),
        (["-t", "Static Site", "--sources", "web"], "source: web"),
    ],
    ids=["image", "port", "topics", "ingress", "sources"],
)
def test_every_flag_stands_in_the_manifest(fig: Fig, shop: Path, flags: list[str], found: str) -> None:
    assert_well(fig("svc", "init", "--name", "one", *flags, cwd=shop))

    assert found in manifest(shop, "one")
    assert fig("manifest", "check", cwd=shop).status == 0


def test_a_dockerfile_is_named_from_where_one_stands(fig: Fig, shop: Path) -> None:
    assert_well(fig("svc", "init", "--name", "web", "-t", WEB, "-d", "./Dockerfile", cwd=shop / "web"))

    assert "build: web/Dockerfile" in manifest(shop, "web")


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["svc", "init", "--name", "web"], "missing --svc-type"),
        (["svc", "init", "-t", WEB], "missing --name"),
        (["svc", "init", "-t", WEB, "-n", "web", "-d", "no/Dockerfile"], "no Dockerfile no/Dockerfile"),
        (["svc", "init", "-t", WEB, "-n", "web", "-d", "a", "-i", "b"], "--dockerfile and --image exclude each other"),
        (["svc", "init", "-t", WEB, "-n", "Web!"], "the name 'Web!' cannot be used"),
        (["svc", "init", "-t", WEB, "-n", "web", "-a", "other"], "workspace of application shop, not of other"),
        (["svc", "init", "-t", "Static Site", "-n", "web", "--sources", "nosuch"], "no file or folder nosuch"),
        (["env", "init"], "missing --name"),
    ],
)
def test_without_a_terminal_what_is_missing_or_wrong_is_named(
    fig: Fig, shop: Path, args: list[str], complaint: str
) -> None:
    result = fig(*args, cwd=shop)

    assert result.status in (2, 3, 4)
    assert complaint in result.stderr
    assert not (shop / "copilot" / "web").exists()


def test_what_is_missing_is_mended_with_what_the_command_has(fig: Fig, shop: Path) -> None:
    """Topics are of ``svc init``, which can be told that there shall be none; ``init`` has neither."""
    (shop / "copilot" / "web").mkdir()
    (shop / "copilot" / "web" / "manifest.yml").write_text(
        f"name: web\ntype: {WEB}\nimage: {{build: web/Dockerfile, port: 80}}\nhttp: {{path: /}}\n"
        "publish: {topics: [{name: orders}]}\n"
    )

    worker = fig("svc", "init", "-n", "mailer", "-t", "Worker Service", cwd=shop)
    assert "Add --subscribe-topics or --no-subscribe. It can be web:orders." in worker.stderr
    first = fig("init", "-n", "mailer", "-t", "Worker Service", cwd=shop)
    assert "Run `fig svc init`, which takes --subscribe-topics or --no-subscribe." in first.stderr
    assert_well(fig("svc", "init", "-n", "mailer", "-t", "Worker Service", "--no-subscribe", cwd=shop))


def test_the_first_command_of_all_names_the_flag_for_the_application(fig: Fig, tmp_path: Path) -> None:
    result = fig("init", "--name", "web", "--type", WEB, cwd=tmp_path)

    assert result.status == 2
    assert "missing --app: application name is not given" in result.stderr
    assert "Add --app." in result.stderr
    assert "missing the argument NAME" in fig("app", "init", cwd=tmp_path).stderr


def test_two_dockerfiles_without_a_terminal_name_the_flag_and_both(fig: Fig, shop: Path) -> None:
    (shop / "Dockerfile").write_text(DOCKERFILE)

    result = fig("svc", "init", "--name", "web", "-t", WEB, cwd=shop)

    assert result.status == 2
    assert "missing --dockerfile" in result.stderr
    assert "Dockerfile, web/Dockerfile" in result.stderr


def test_outside_of_a_workspace_it_says_how_to_begin_one(fig: Fig, tmp_path: Path) -> None:
    result = fig("svc", "init", "--name", "web", cwd=tmp_path)

    assert result.status == 3
    assert "`fig app init`" in result.stderr


def test_an_environment_is_local_and_flags_of_aws_are_noted(fig: Fig, shop: Path) -> None:
    result = fig(
        *["env", "init", "--name", "test", "--runtime", "process", "--port", "9123", "--region", "eu-west-1"], cwd=shop
    )

    assert_well(result)
    assert "! --region has no effect on a local environment." in result.stderr
    text = (shop / "copilot" / "environments" / "test" / "manifest.yml").read_text()
    assert "target: local" in text
    assert "runtime: process" in text
    assert "port: 9123" in text


@contextmanager
def by_hand(fig: Fig, shop: Path, *args: str) -> Iterator[pexpect.spawn[str]]:
    argv = fig.argv(*args)
    child = pexpect.spawn(
        argv[0], argv[1:], env=fig.env(TERM="xterm"), cwd=str(shop), encoding="utf-8", timeout=20, dimensions=(40, 140)
    )
    try:
        yield child
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


def test_on_a_terminal_everything_that_is_missing_is_asked(fig: Fig, shop: Path) -> None:
    (shop / "Dockerfile").write_text(DOCKERFILE)

    with by_hand(fig, shop, "svc", "init") as hand:
        hand.expect("What does it do")
        hand.send("backend\r")
        hand.expect("What is it called")
        hand.send("Web\r")
        hand.expect("cannot be used")
        hand.send("\x7f\x7f\x7fweb\r")
        hand.expect("Which Dockerfile")
        hand.send("web/\r")
        hand.expect("Wrote the manifest of .*web")

    assert "type: Backend Service" in manifest(shop, "web")
    assert "build: web/Dockerfile" in manifest(shop, "web")


def test_a_prompt_that_is_interrupted_writes_nothing(fig: Fig, shop: Path) -> None:
    with by_hand(fig, shop, "svc", "init") as hand:
        hand.expect("What does it do")
        hand.send("\x03")

    assert hand.exitstatus == 130
    assert [path.name for path in (shop / "copilot").iterdir()] == [".workspace"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [("fig svc deploy --name w", "web"), ("fig svc deploy --env t", "test"), ("fig svc deploy --env x", "")],
)
def test_the_shell_completes_names_of_the_workspace(fig: Fig, shop: Path, words: str, offered: str) -> None:
    fig("svc", "init", "--name", "web", "--svc-type", WEB, cwd=shop)
    fig("env", "init", "--name", "test", cwd=shop)

    count = str(len(words.split()) - 1)
    result = fig(cwd=shop, _FIG_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)

    assert result.stdout.strip() == (f"plain,{offered}" if offered else "")


@pytest.mark.parametrize("schedule", ["sometimes", "rate(0 minute)", "rate(0 minutes)", "@every 30s", "61 * * * *"])
def test_a_schedule_that_no_deploy_would_take_is_not_written(fig: Fig, shop: Path, schedule: str) -> None:
    result = fig("job", "init", "--name", "sweep", "--dockerfile", "web/Dockerfile", "--schedule", schedule, cwd=shop)

    assert result.status == 2
    assert f"the schedule {schedule!r} cannot be used" in result.stderr
    assert not (shop / "copilot" / "sweep").exists()


def test_a_name_of_one_letter_is_told_how_long_it_must_be(fig: Fig, shop: Path) -> None:
    result = fig("job", "init", "--name", "w", "--dockerfile", "web/Dockerfile", "--schedule", "none", cwd=shop)

    assert result.status == 2
    assert "'w' cannot be used: it needs at least 2 characters" in result.stderr


def test_deploying_a_job_as_a_service_is_refused_with_the_command_for_jobs(fig: Fig, shop: Path) -> None:
    fig("job", "init", "--name", "sweep", "--dockerfile", "web/Dockerfile", "--schedule", "none", cwd=shop)

    result = fig("svc", "deploy", "--name", "sweep", cwd=shop)

    assert result.status == 2
    assert "sweep is a job, no service" in result.stderr
    assert "fig job deploy --name sweep" in result.stderr


def test_a_name_that_another_kind_has_is_refused_with_what_can_be_done(fig: Fig, shop: Path) -> None:
    fig("job", "init", "--name", "sweep", "--dockerfile", "web/Dockerfile", "--schedule", "none", cwd=shop)
    fig("svc", "init", "--name", "web", "--svc-type", WEB, cwd=shop)

    as_service = fig("svc", "init", "--name", "sweep", "--svc-type", WEB, cwd=shop)
    as_job = fig("job", "init", "--name", "web", "--dockerfile", "web/Dockerfile", "--schedule", "none", cwd=shop)

    assert (as_service.status, as_job.status) == (4, 4)
    assert "sweep is a job already: copilot/sweep/manifest.yml says `type: Scheduled Job`" in as_service.stderr
    assert "fig job deploy --name sweep" in as_service.stderr
    assert f"web is a service already: copilot/web/manifest.yml says `type: {WEB}`" in as_job.stderr
    assert "fig svc deploy --name web" in as_job.stderr
