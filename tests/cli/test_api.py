"""``fig api`` with a real daemon behind it, and the AWS command line and boto3 in front."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.machine import Machine, Result, a_machine, wait_until

AWS = Path(sys.executable).with_name("aws")
SPACES = ("migration-hub-refactor-spaces", "list-environments")
USAGE, NOT_FOUND, CONFLICT, REFUSED, UNAVAILABLE = 2, 3, 4, 5, 6
OTHERS = b"[default]\nregion=eu-west-1\n\n# of work\n[profile work]\nregion = eu-central-1\noutput=json"


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with a_machine() as machine:
        yield machine


@pytest.fixture
def files(machine: Machine) -> Iterator[Path]:
    """The folder of the AWS command line, as it is on a machine that is in use."""
    folder = machine.home / ".aws"
    folder.mkdir()
    (folder / "config").write_bytes(OTHERS)
    (folder / "credentials").write_bytes(b"[work]\naws_access_key_id = AKIAWORK\n")
    yield folder
    shutil.rmtree(folder)


def shell(machine: Machine, script: str, name: str = "bash", **environ: str) -> Result:
    """``fig`` and ``aws`` are found there."""
    env = {**machine.env(), **environ, "PATH": f"{AWS.parent}:{os.environ['PATH']}"}
    done = subprocess.run([name, "-c", script], env=env, capture_output=True, text=True, timeout=60, check=False)
    return Result(done.stdout, done.stderr, done.returncode)


def aws(machine: Machine, *args: str, **environ: str) -> Any:
    result = shell(machine, shlex.join(["aws", *args, "--output", "json"]), **environ)
    assert result.status == 0, result.stderr
    return json.loads(result.stdout)


def test_alone_it_tells_where_the_api_is_and_how_to_get_in(machine: Machine) -> None:
    found = machine.fig("api", "--json").json()
    told = machine.fig("api").stdout

    assert (found["region"], found["account"], found["problem"]) == ("us-east-1", "000000000000", None)
    for word in (found["endpoint"], found["region"], found["account"], 'eval "$(fig api env)"', "fig api profile"):
        assert word in told
    assert machine.fig("api", "show", "--json").json() == found


def test_the_variables_make_the_aws_command_line_speak_to_fig(machine: Machine) -> None:
    script = f"""set -eu
        eval "$(fig api env)"
        aws {" ".join(SPACES)} --output text
        aws sts get-caller-identity --query Account --output text"""
    stale = {"AWS_PROFILE": "gone", "AWS_SESSION_TOKEN": "stale", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}
    result = shell(machine, script, **stale)

    assert (result.status, result.stdout.split()) == (0, ["000000000000"]), result.stderr


def test_what_fig_does_not_have_is_asked_of_nobody_else(machine: Machine) -> None:
    result = shell(machine, 'eval "$(fig api env)"; aws iam list-users')

    assert result.status != 0
    assert "Credential should be scoped to correct service" in result.stderr


@pytest.mark.parametrize("name", ["sh", "bash", "zsh", "fish"])
def test_each_shell_gets_its_own_syntax(machine: Machine, name: str) -> None:
    wanted = machine.fig("api", "env", "--json").json()
    text = machine.fig("api", "env", "--shell", name).stdout
    if shutil.which(name) is None:
        # What remains to be seen: every variable is set, and nothing else but what is in the way is taken out.
        assert all(f"{variable} {value}" in text.replace("=", " ") for variable, value in wanted.items())
        return
    result = shell(machine, f"{text}\nenv", name, AWS_PROFILE="work")

    seen = dict(line.split("=", 1) for line in result.stdout.splitlines() if line.startswith("AWS_"))
    assert seen == wanted


def test_a_profile_makes_the_aws_command_line_speak_to_fig(machine: Machine, files: Path) -> None:
    machine.fig("api", "profile")

    assert aws(machine, *SPACES, "--profile", "fig") == {"EnvironmentSummaryList": []}
    for name in ("config", "credentials"):
        assert stat.S_IMODE((files / name).stat().st_mode) & 0o077 == (0 if name == "credentials" else 0o044)
    assert (files / "config").read_bytes().startswith(OTHERS)


def test_a_profile_is_written_anew_and_taken_away_without_a_trace(machine: Machine, files: Path) -> None:
    before = {name: (files / name).read_bytes() for name in ("config", "credentials")}
    for _ in range(2):
        machine.fig("api", "profile", "mine")
    machine.fig("api", "profile", "mine", "--remove")

    assert {name: (files / name).read_bytes().rstrip(b"\n") for name in before} == {
        name: text.rstrip(b"\n") for name, text in before.items()
    }
    again = machine.try_fig("api", "profile", "mine", "--remove")
    assert (again.status, "no profile mine" in again.stderr) == (NOT_FOUND, True)


def test_a_profile_that_led_elsewhere_is_told(machine: Machine, files: Path) -> None:
    assert "before" not in machine.fig("api", "profile", "moved").stderr
    assert "before" not in machine.fig("api", "profile", "moved").stderr
    endpoint = machine.fig("api", "--json").json()["endpoint"].encode()
    text = (files / "config").read_bytes().replace(endpoint, b"http://127.0.0.1:9")
    (files / "config").write_bytes(text)

    assert "led to http://127.0.0.1:9 before" in machine.fig("api", "profile", "moved").stderr
    machine.fig("api", "profile", "moved", "--remove")


def test_a_profile_of_somebody_else_is_not_touched_unasked(machine: Machine, files: Path) -> None:
    before = (files / "config").read_bytes()
    asked = machine.try_fig("api", "profile", "work")
    removed = machine.try_fig("api", "profile", "work", "--remove", "--yes")

    assert (asked.status, removed.status) == (REFUSED, REFUSED)
    assert "`--yes`" in asked.stderr
    assert (files / "config").read_bytes() == before
    machine.fig("api", "profile", "work", "--yes")
    assert aws(machine, *SPACES, "--profile", "work") == {"EnvironmentSummaryList": []}
    assert b"eu-central-1" not in (files / "config").read_bytes()


def test_a_profile_goes_where_the_aws_command_line_looks(machine: Machine, tmp_path: Path) -> None:
    """By way of a link too, which stays one."""
    places = {"AWS_CONFIG_FILE": str(tmp_path / "c"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "new" / "s")}
    (tmp_path / "real").write_text("")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "c").symlink_to("real")
    result = machine.try_fig("api", "profile", "default", **places)

    assert result.status == 0, result.stderr
    assert (tmp_path / "c").is_symlink()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "real", tmp_path / "new" / "s")] == [0o640, 0o600]
    assert aws(machine, *SPACES, **places) == {"EnvironmentSummaryList": []}


def test_a_file_that_cannot_be_written_is_named(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = machine.try_fig("api", "profile", "x", AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "file" / "below"))

    assert "Traceback" not in result.stderr
    assert result.status == 8
    assert str(tmp_path / "file" / "below") in result.stderr


@pytest.mark.parametrize("name", ["a b", "[x]", "", "é", "-x"])
def test_a_name_that_a_profile_cannot_have_is_refused(machine: Machine, name: str) -> None:
    assert machine.try_fig("api", "profile", "--", name).status == USAGE


def test_keys_are_made_shown_once_changed_and_deleted(machine: Machine) -> None:
    made = machine.fig("api", "keys", "create", "one", "two", "--read-only", "--path-prefix", "/api", "--json").json()
    assert [(key["name"], key["read_only"], key["path_prefix"]) for key in made] == [
        ("one", True, "/api"),
        ("two", True, "/api"),
    ]
    for shown in (machine.fig("api", "keys", "ls").stdout, machine.fig("api", "keys", "ls", "--json").stdout):
        assert made[0]["id"] in shown
        assert made[0]["secret"] not in shown
    assert machine.fig("api", "env", "--key", "one", "--json").json()["AWS_SECRET_ACCESS_KEY"] == made[0]["secret"]

    (new,) = machine.fig("api", "keys", "rotate", "one", "--json").json()
    assert (new["read_only"], new["secret"] != made[0]["secret"]) == (True, True)
    assert opens(machine, made[0])
    ended = machine.fig("api", "keys", "rotate", "one", "--expire-old")
    assert "fig api profile one --key one" in ended.stderr, "a profile would still have the old one"
    assert not opens(machine, made[0])
    assert machine.try_fig("api", "keys", "delete", "one").status == REFUSED, "input is no terminal"
    machine.fig("api", "keys", "delete", "one", made[1]["id"], "--yes")
    assert {"one", "two"}.isdisjoint(key["name"] for key in machine.fig("api", "keys", "ls", "--json").json())
    assert not opens(machine, made[1])


def opens(machine: Machine, key: dict[str, Any]) -> bool:
    endpoint = machine.fig("api", "--json").json()["endpoint"]
    environ = {
        "AWS_ACCESS_KEY_ID": key["id"],
        "AWS_SECRET_ACCESS_KEY": key["secret"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return shell(machine, f"aws sts get-caller-identity --endpoint-url {endpoint}", **environ).status == 0


def test_of_several_keys_those_that_can_be_made_are_made(machine: Machine) -> None:
    machine.fig("api", "keys", "create", "taken")
    result = machine.try_fig("api", "keys", "create", "taken", "free", "b@d", "--json")

    assert [key["name"] for key in result.json()] == ["free"]
    assert result.status == USAGE
    assert "access key taken exists already" in result.stderr
    assert "'b@d' cannot name an access key" in result.stderr


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("keys", "create", "x", "--account", "12"), USAGE, "not an account"),
        (("keys", "create", "x", "--path-prefix", "api"), USAGE, "not a path"),
        (("keys", "rotate", "nobody"), NOT_FOUND, "no access key nobody"),
        (("keys", "delete", "nobody", "--yes"), NOT_FOUND, "no access key nobody"),
        (("env", "--key", "nobody"), NOT_FOUND, "no access key nobody"),
        (("profile", "--key", "nobody"), NOT_FOUND, "no access key nobody"),
    ],
)
def test_what_is_wrong_is_said_with_a_mend(machine: Machine, words: tuple[str, ...], status: int, said: str) -> None:
    result = machine.try_fig("api", *words)

    assert (result.status, result.stdout) == (status, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 2, "an error and its mend"


def test_a_switched_off_api_is_said_to_be_off_with_the_mend() -> None:
    with a_machine(environ={"FIG_API": "off"}) as machine:
        for words in ((), ("env",), ("profile",)):
            result = machine.try_fig("api", *words)
            assert (result.status, result.stdout) == (UNAVAILABLE, "")
            assert "switched off" in result.stderr
            assert "`fig daemon stop`" in result.stderr
        assert machine.fig("api", "--json").json()["endpoint"] is None
        machine.fig("api", "keys", "create", "early")


def test_a_port_that_is_taken_is_said_with_the_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, a_machine() as machine:
        machine.environ["FIG_API"] = f"127.0.0.1:{taken.getsockname()[1]}"
        result = machine.try_fig("api")
        assert (result.status, result.stdout) == (CONFLICT, "")
        assert "another program has taken it" in result.stderr
        assert "export FIG_API=" in result.stderr
        assert machine.fig("status").status == 0, "everything else goes on"


def test_the_port_is_the_same_after_a_kill(machine: Machine) -> None:
    before, pid = machine.fig("api", "--json").json()["endpoint"], machine.daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: machine.fig("version", "--json").json()["daemon"] is None, "the daemon ends")

    assert machine.fig("api", "--json").json()["endpoint"] == before
