"""One-off tasks on AWS: they run, what they print is followed, and they go with all that they had."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pexpect
import pytest
from moto.ecs.models import ecs_backends

from stranglerfig.aws.one_off.inherited import to_platform
from stranglerfig.aws.one_off.place import Network, TaskPlace
from stranglerfig.aws.one_off.runs import MOST_MISSED, Order, copies_of, look, run
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.errors import Unavailable
from tests.acceptance.machine import FIG, wait_until
from tests.aws.process_lists import process_lists
from tests.aws.standin.cloud import ACCOUNT, REGION, Call, Cloud
from tests.aws.standin.registry import push_target
from tests.aws.standin.rights import allows, role_of, statements
from tests.aws.standin.running.cloud import RunningCloud, running
from tests.aws.standin.running.tasks import Program
from tests.aws.standin.sessions import with_plugin
from tests.aws.workspaces import IMAGE, MANIFESTS, Terminal

TOOL = "example.com/tool:1"
PYTHON = f"{sys.executable} -I -S -c"
WAITING = Program((sys.executable, "-I", "-S", "-c", "import time; time.sleep(3600)"), "/")
TELLING = "import os, sys; print(os.environ['GREETING'], os.environ['LEVEL'], len(os.environ['PASSWORD'])); sys.exit(3)"
PROD = ("--env", "prod")


@pytest.fixture(scope="module")
def cluster(cloud: Cloud, fig: Terminal) -> Iterator[RunningCloud]:
    kept = fig("secret", "init", "--name", "password", "--values", "prod=hunter2")
    assert kept.status == 0, kept.err
    with running(cloud, {TOOL: WAITING, IMAGE: WAITING, "copilot-built": WAITING}) as found:
        yield found


def stack_of(session: Session, name: str) -> str:
    return Stacks(session).template(f"task-{name}")


def test_a_task_runs_with_what_flags_say_and_its_exit_status_is_that_of_the_command(
    fig: Terminal, cluster: RunningCloud, session: Session
) -> None:
    fig.write("level.env", "LEVEL=debug\nKEPT=well\n")
    words = ("task", "run", *PROD, "--task-group-name", "tell", "--image", TOOL, "--command", f'{PYTHON} "{TELLING}"')
    flags = ("--env-vars", "GREETING=hello", "--secrets", "PASSWORD=password", "--env-file", "level.env", "--follow")

    said = fig(*words, *flags)

    assert said.out.splitlines() == ["hello debug 7"], said.err
    assert (said.status, "task tell exited with status 3" in said.err) == (3, True)
    stack = Stacks(session).require("task-tell")
    assert stack.tags == {
        "copilot-application": "forum",
        "copilot-environment": "prod",
        "copilot-task": "tell",
    }
    template = stack_of(session, "tell")
    assert "hunter2" not in template
    assert "debug" not in template, "what stands in a file of variables may be a secret"
    [shown] = [one for one in fig("task", "ls", *PROD, "--json").json()["tasks"] if one["name"] == "tell"]
    assert (shown["environment"], shown["state"], shown["exit_status"]) == ("prod", "FAILED", 3)
    logs = fig("task", "logs", "--name", "tell", *PROD)
    assert logs.out.splitlines()[-1].endswith("hello debug 7")
    assert "Task tell exited with status 3." in logs.err


def test_values_of_secrets_are_in_no_list_of_processes_however_they_are_given(
    fig: Terminal, cluster: RunningCloud, cloud: Cloud
) -> None:
    values = ("value-of-a-file", "value-of-a-pipe", "value-of-a-prompt")
    fig.write("secrets.yml", f"filed: {{prod: {values[0]}}}\n")
    words = ["-m", "stranglerfig", "secret", "init"]
    telling = "import os; print(*(os.environ[name] for name in ('FILED', 'PIPED', 'TYPED')))"
    given = (
        "--task-group-name",
        "told",
        "--image",
        TOOL,
        "--secrets",
        "FILED=filed,PIPED=piped,TYPED=typed",
        "--follow",
    )
    with process_lists(cloud) as lists:
        assert fig("secret", "init", "--cli-input-yaml", "secrets.yml").status == 0
        piped = f"piped: {{prod: {values[1]}}}"
        subprocess.run(
            [sys.executable, *words, "--cli-input-yaml", "-"], cwd=fig.root, input=piped, text=True, check=True
        )
        with pexpect.spawn(sys.executable, [*words, "--name", "typed"], cwd=fig.root, timeout=60) as child:
            child.expect("What is typed in environment prod")
            child.sendline(values[2])
            child.expect(pexpect.EOF)
        said = fig("task", "run", *PROD, *given, "--command", f'{PYTHON} "{telling}"')

    assert (said.status, said.out) == (0, f"{' '.join(values)}\n"), said.err
    assert lists.names(" ".join(words)), "commands were looked at"
    assert lists.names(telling), "and so was the task"
    assert lists.shown(*values) == []
    assert fig("task", "delete", "--name", "told", *PROD, "--yes").status == 0


def test_a_task_goes_on_until_it_is_deleted_with_all_that_it_had(
    fig: Terminal, cluster: RunningCloud, session: Session, tmp_path: Path
) -> None:
    asked = len(cluster.cloud.calls)
    said = fig("task", "run", *PROD, "--task-group-name", "sweep", "--image", TOOL, "--count", "2")

    assert said.status == 0, said.err
    assert "Task sweep is started in environment prod." in said.err
    [shown] = [one for one in fig("task", "ls", "--target", "aws", "--json").json()["tasks"] if one["name"] == "sweep"]
    assert (shown["state"], shown["exit_status"]) == ("RUNNING", None)
    ids = [one["id"] for one in shown["copies"]]
    processes = [cluster.tasks.pid(one) for one in ids]
    assert len(processes) == 2

    entered = subprocess.run(
        [str(FIG), "task", "exec", "--name", "sweep", *PROD, "--command", "ls -l", "--task-id", ids[0][:6]],
        env=with_plugin(tmp_path, "1.2.553.0"),
        cwd=fig.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert entered.returncode == 0, entered.stderr
    assert f"_{ids[0]}_{ids[0]}-" in entered.stdout, "the plugin was told of that copy"
    refused = fig("env", "delete", "--name", "prod", "--yes")
    assert (refused.status, "still has the one-off tasks sweep" in refused.err) == (4, True)
    kept = fig("task", "delete", "--name", "sweep", *PROD)
    assert (kept.status, "not done without confirmation" in kept.err) == (5, True)
    gone = fig("task", "delete", "--name", "sweep", *PROD, "--yes")

    assert gone.status == 0, gone.err
    assert "Task sweep is gone from prod." in gone.err
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), "what ran of it has ended")
    assert stack_of(session, "sweep") == ""
    groups = session.client("logs").describe_log_groups(logGroupNamePrefix="/copilot/sweep")["logGroups"]
    assert groups == []
    done = set(by_roles(cluster.cloud.calls[asked:]))
    assert {one for one, _ in done} >= {"ecs:RunTask", "ecs:StopTask", "ecr:ListImages", "cloudformation:DeleteStack"}
    assert {one for one, is_allowed in done if not is_allowed} == set(), "the manager's policies do not say so"


def by_roles(calls: Sequence[Call]) -> Iterator[tuple[str, bool]]:
    """What was asked in a role, and whether a policy of it names that, of whatever. Calls of S3 have no names, and who
    one is may be asked by all."""
    for call in calls:
        key, _, _, service = call.authorization.partition("Credential=")[2].split("/")[:4]
        role = role_of(key)
        if role is not None and " " not in call.action and service != "sts":
            name = f"{service}:{call.action}"
            yield name, any(allows({**one, "Resource": ["*"]}, name, "*") for one in statements(role))


def test_a_task_that_ecs_does_not_know_of_yet_is_waited_for(fig: Terminal, cluster: RunningCloud, cloud: Cloud) -> None:
    tasks = ecs_backends[ACCOUNT][REGION].tasks
    unknown: dict[tuple[str, str], Any] = {}

    def hide() -> None:
        cloud.hooks["DescribeTasks"] = tell
        for cluster_name, known in tasks.items():
            for arn in [arn for arn, task in known.items() if task.group == "family:copilot-early"]:
                unknown[cluster_name, arn] = known.pop(arn)

    def tell() -> None:
        del cloud.hooks["DescribeTasks"]
        for (cluster_name, arn), task in unknown.items():
            tasks[cluster_name][arn] = task

    cloud.hooks["DescribeTasks"] = hide
    words = ("task", "run", *PROD, "--task-group-name", "early", "--image", TOOL, "--follow")
    said = fig(*words, "--command", f'{PYTHON} "print(4); raise SystemExit(5)"')

    assert len(unknown) == 1
    assert (said.status, said.out) == (5, "4\n"), said.err


@pytest.fixture
def place(session: Session) -> TaskPlace:
    return TaskPlace(session, REGION)


def two_copies(place: TaskPlace, session: Session) -> Order:
    """For two copies of a task that goes on, whose stack is there."""
    [subnet, *_] = session.client("ec2").describe_subnets()["Subnets"]
    [group, *_] = session.client("ec2").describe_security_groups()["SecurityGroups"]
    return Order(place.clusters()[0], Network((subnet["SubnetId"],), (group["GroupId"],)), count=2)


def test_what_ecs_forgets_has_not_succeeded(fig: Terminal, cluster: RunningCloud, place: TaskPlace) -> None:
    assert fig("task", "run", *PROD, "--task-group-name", "forgotten", "--image", TOOL).status == 0
    copies = copies_of(place, "forgotten")
    assert look(place, copies) == copies
    ecs = place.client("ecs")

    def forget(parsed: dict[str, Any], **others: Any) -> None:
        parsed["tasks"] = []

    ecs._raw.meta.events.register("after-call.ecs.DescribeTasks", forget)
    seen = copies
    for _ in range(MOST_MISSED - 1):
        seen = look(place, seen)
    assert [one.status for one in seen] == ["RUNNING"]
    [one] = look(place, seen)
    ecs._raw.meta.events.unregister("after-call.ecs.DescribeTasks", forget)

    assert (one.is_over, one.exit_status, one.why) == (True, None, "ECS knows nothing of it")
    assert [one.missed for one in look(place, seen)] == [0]


def test_copies_are_stopped_beside_one_that_cannot_be_started(
    fig: Terminal, cluster: RunningCloud, place: TaskPlace, session: Session
) -> None:
    assert fig("task", "run", *PROD, "--task-group-name", "partly", "--image", TOOL).status == 0
    [before] = copies_of(place, "partly")
    order = two_copies(place, session)

    def fail_one(parsed: dict[str, Any], **others: Any) -> None:
        parsed["tasks"].pop()
        parsed["failures"] = [{"reason": "Capacity is unavailable at this time"}]

    place.client("ecs")._raw.meta.events.register("after-call.ecs.RunTask", fail_one)
    with pytest.raises(Unavailable, match=r"Capacity is unavailable .* were started, and are stopped"):
        run(place, "copilot-partly", order)

    wait_until(lambda: len([one for one in copies_of(place, "partly") if one.is_over]) == 1, "the other is stopped")
    assert not look(place, [before])[0].is_over


def test_the_exit_status_of_a_task_is_that_of_its_own_container(
    fig: Terminal, cluster: RunningCloud, place: TaskPlace
) -> None:
    words = ("task", "run", *PROD, "--task-group-name", "watched", "--image", TOOL, "--follow")
    assert fig(*words, "--command", f'{PYTHON} "raise SystemExit(6)"').status == 6

    def watch(parsed: dict[str, Any], **others: Any) -> None:
        for task in parsed["tasks"]:
            task["containers"].insert(0, {"name": "aws-guardduty-agent-x1y2", "lastStatus": "STOPPED", "exitCode": 0})

    place.client("ecs")._raw.meta.events.register("after-call.ecs.DescribeTasks", watch)

    assert [one.exit_status for one in copies_of(place, "watched")] == [6]


def test_why_a_task_could_not_start_is_said(fig: Terminal, cluster: RunningCloud) -> None:
    said = fig("task", "run", *PROD, "--task-group-name", "nothing", "--image", "example.com/nothing:1")

    assert (said.status, "CannotPullContainerError" in said.err) == (7, True), said.err


def test_ctrl_c_leaves_a_task_that_is_started_and_says_what_ends_it(
    fig: Terminal, cluster: RunningCloud, cloud: Cloud
) -> None:
    def interrupt() -> None:
        del cloud.hooks["DescribeTasks"]
        os.kill(os.getpid(), signal.SIGINT)

    cloud.hooks["DescribeTasks"] = interrupt
    said = fig("task", "run", *PROD, "--task-group-name", "left", "--image", TOOL, "--follow")

    assert said.status == 130, said.err
    assert "It goes on: `fig task delete --name left --env prod` ends it." in said.err
    wait_until(lambda: state_of(fig, "left") == "RUNNING", "it runs")
    assert fig("task", "delete", "--name", "left", *PROD, "--yes").status == 0


def state_of(fig: Terminal, name: str) -> str:
    return next(str(one["state"]) for one in fig("task", "ls", *PROD, "--json").json()["tasks"] if one["name"] == name)


def test_a_second_run_goes_on_where_the_first_was_cut_off_and_waits_for_roles_that_are_new(
    fig: Terminal, cluster: RunningCloud, cloud: Cloud
) -> None:
    words = ("task", "run", *PROD, "--task-group-name", "again", "--image", TOOL, "--command", f"{PYTHON} print(1)")
    with cloud.failing("RunTask", "AccessDeniedException", "not yet"):
        assert fig(*words, "--follow").status == 5
    made = len([action for action in cloud.actions() if action == "ExecuteChangeSet"])

    reason = "ECS was unable to assume the role that was provided for this task"
    with cloud.failing("RunTask", "ClientException", reason, times=2):
        said = fig(*words, "--follow")

    assert (said.status, said.out) == (0, "1\n"), said.err
    assert len([action for action in cloud.actions() if action == "ExecuteChangeSet"]) == made


def test_a_task_runs_as_a_deployed_service_does(fig: Terminal, cluster: RunningCloud, session: Session) -> None:
    fig.write_manifest(
        "mail",
        MANIFESTS["mail"] + "variables: {LEVEL: info, MODE: quiet}\ncpu: 512\nmemory: 1024\nenv_file: mail.env\n",
    )
    fig.write("mail.env", "SENDER=post\nREPLIES=none\n")
    deployed = fig("svc", "deploy", "--name", "mail", *PROD)
    assert deployed.status == 0, deployed.err
    names = ("COPILOT_SERVICE_NAME", "LEVEL", "MODE", "SENDER", "REPLIES")
    telling = f"import os; print(*map(os.environ.get, {names}))"
    words = ("task", "run", *PROD, "--as", "mail", "--env-vars", "LEVEL=debug", "--follow")

    nothing = fig(*words)
    assert (nothing.status, "nothing is said to be run" in nothing.err) == (2, True)
    said = fig(*words, "--command", f'{PYTHON} "{telling}"')

    assert (said.status, said.out) == (0, "mail debug quiet post none\n"), said.err
    own, inherited = (definition(session, family) for family in ("copilot-mail-task", "forum-prod-mail"))
    for same in ("taskRoleArn", "executionRoleArn", "cpu", "memory"):
        assert own[same] == inherited[same], same
    fig.write("own.env", "SENDER=robot\n")
    more = fig(*words, "--command", f'{PYTHON} "{telling}"', "--env-file", "own.env")
    assert (more.status, more.out) == (0, "mail debug quiet robot none\n"), more.err
    assert "kms:Decrypt" in stack_of(session, "mail-task"), "that of the service is encrypted"
    generated = fig("task", "run", "--generate-cmd", "forum/prod/mail")
    assert "--as mail" in generated.out
    assert "--env-vars MODE=quiet" in generated.out
    assert "COPILOT_" not in generated.out
    assert "--command" not in generated.out, "it is the image's own"
    assert "add `--command`" in generated.err
    generated_of_any_service(fig, session, "forum-prod-mail")


def generated_of_any_service(fig: Terminal, session: Session, stack: str) -> None:
    resources = Stacks(session).resources(stack)
    [arn] = [one.physical for one in resources if one.type == "AWS::ECS::Service"]
    _, cluster, service = arn.split("/")
    by_name, by_arn = (fig("task", "run", "--generate-cmd", named) for named in (f"{cluster}/{service}", arn))
    assert (by_name.status, by_arn.status) == (0, 0), by_name.err + by_arn.err
    words = shlex.split(by_name.out.replace("\\\n", ""))
    assert shlex.split(by_arn.out.replace("\\\n", "")) == [
        *words[: at_region(words)],
        "--region",
        REGION,
        *words[at_region(words) :],
    ]
    ran = fig(*words[1:], "--task-group-name", "copied", "--entrypoint", f'{PYTHON} "print(6 * 7)"', "--follow")
    assert (ran.status, ran.out) == (0, "42\n"), ran.err
    own, inherited = (definition(session, family) for family in ("copilot-copied", "forum-prod-mail"))
    for same in ("taskRoleArn", "executionRoleArn", "cpu", "memory"):
        assert own[same] == inherited[same], same
    assert fig("task", "delete", "--name", "copied", "--default", "--yes").status == 0
    missing = fig("task", "run", "--generate-cmd", f"{cluster}/nobody")
    assert (missing.status, f"there is no service nobody in cluster {cluster}" in missing.err) == (3, True), missing.err
    ecs = session.client("ecs")
    ecs.create_service(cluster=cluster, serviceName="foreign", deploymentController={"type": "EXTERNAL"})
    foreign = fig("task", "run", "--generate-cmd", f"{cluster}/foreign")
    ecs.delete_service(cluster=cluster, service="foreign", force=True)
    assert (foreign.status, "service foreign has no task definition of its own" in foreign.err) == (4, True), (
        foreign.err
    )


@pytest.mark.parametrize(
    ("declared", "platform"),
    [
        ({}, None),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, ("WINDOWS_SERVER_2022_CORE", "X86_64")),
        ({"cpuArchitecture": "ARM64"}, ("LINUX", "ARM64")),
    ],
)
def test_half_of_a_platform_may_be_left_out(declared: dict[str, str], platform: tuple[str, str] | None) -> None:
    assert to_platform(declared) == platform


def at_region(words: list[str]) -> int:
    return words.index("--env-vars")


def definition(session: Session, family: str) -> dict[str, object]:
    found: dict[str, object] = session.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    return found


def test_an_image_is_built_and_pushed_before_its_task_runs(
    fig: Terminal, cluster: RunningCloud, cloud: Cloud, docker_host: str
) -> None:
    fig.write("tool/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")
    words = ("task", "run", *PROD, "--task-group-name", "built", "--dockerfile", "tool/Dockerfile")
    with push_target() as target:
        cloud.registry = target.host
        said = fig(*words, "--command", f"{PYTHON} print(2)", "--tag", "v1", "--follow")
        again = fig(*words, "--command", f"{PYTHON} print(3)", "--tag", "v1")
        cloud.registry = ""

    assert (said.status, said.out) == (0, "2\n"), said.err
    assert again.status == 0, again.err
    assert target.pushes == ["copilot-built:v1", "copilot-built:latest"]
    assert fig("task", "delete", "--name", "built", *PROD, "--yes").status == 0


def test_a_task_runs_outside_of_environments(fig: Terminal, cluster: RunningCloud, session: Session) -> None:
    run = ("task", "run", "--default", "--task-group-name", "alone", "--image", TOOL, "--follow")
    missing = fig(*run)
    assert (missing.status, "there is no cluster default" in missing.err) == (3, True), missing.err
    session.client("ecs").create_cluster(clusterName="default")
    session.client("ssm").put_parameter(Name="/free", Value="12345", Type="SecureString")
    told = "import os; print(len(os.environ['FREE']))"
    words = (*run, "--secrets", "FREE=/free", "--command", f'{PYTHON} "{told}"')

    refused = fig(*words)
    assert (refused.status, "Let the task's role read /free" in refused.err) == (5, True), refused.err
    said = fig(*words, "--acknowledge-secrets-access")

    assert (said.status, said.out) == (0, "5\n"), said.err
    assert [one["name"] for one in fig("task", "ls", "--default", "--json").json()["tasks"]] == ["alone"]
    assert "alone" not in fig("task", "ls", *PROD).out
    clash = fig("task", "run", *PROD, "--task-group-name", "alone", "--image", TOOL)
    assert (clash.status, "stack task-alone is not of a task of environment prod" in clash.err) == (4, True)
    assert fig("task", "delete", "--name", "alone", "--default", "--yes").status == 0
    assert stack_of(session, "alone") == ""


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--env", "prod", "--default"), "--env and --default say two different places"),
        (("--app", "forum", "--cluster", "main"), "--app and --cluster say two different places"),
        (("--default", "--subnets", "subnet-1"), "--subnets and --default say two different places"),
        ((*PROD, "--cpu", "300"), "--cpu must be one of 256"),
        ((*PROD, "--cpu", "256", "--memory", "4096"), "--memory must be 512, 1024 or 2048 with 256 CPU units"),
        ((*PROD, "--platform-os", "linux"), "--platform-os and --platform-arch say one thing together"),
        ((*PROD, "--platform-os", "windows", "--platform-arch", "arm64"), "Windows does not run on arm"),
        ((*PROD, "--secrets", "A=nobody"), "no secret nobody is kept for environment prod"),
        ((*PROD, "--secrets", "A=/nobody"), "no secret /nobody is kept in eu-west-1"),
        (("--cluster", "default", "--secrets", "A=/nobody"), "no secret /nobody is kept in eu-west-1"),
        (("--subnets", "subnet-1"), "there is no subnet subnet-1 in eu-west-1"),
        (("--security-groups", "sg-1", "--cluster", "default"), "there is no security group sg-1 in eu-west-1"),
        ((*PROD, "--as", "nobody", "--command", "x"), "no service or job nobody is in prod of forum"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_made(
    flags: tuple[str, ...], told: str, fig: Terminal, cloud: Cloud, cluster: RunningCloud
) -> None:
    made = cloud.actions().count("CreateChangeSet")
    image = () if "--as" in flags else ("--image", TOOL)

    said = fig("task", "run", "--task-group-name", "odd", *image, *flags)

    assert (said.status in (2, 3), told in said.err) == (True, True), said.err
    assert cloud.actions().count("CreateChangeSet") == made


@pytest.mark.parametrize("has_engine", [False, True])
def test_an_image_that_cannot_be_built_leaves_nothing_behind(
    has_engine: bool,
    fig: Terminal,
    cloud: Cloud,
    cluster: RunningCloud,
    docker_host: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fig.write("broken/Dockerfile", "FROM scratch\nCOPY nothing /\n" if has_engine else "FROM scratch\n")
    if not has_engine:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{fig.root}/no-engine")
    made = cloud.actions().count("CreateChangeSet")

    said = fig("task", "run", *PROD, "--task-group-name", "broken", "--dockerfile", "broken/Dockerfile")

    assert (said.status != 0, "build the image" in said.err) == (True, True), said.err
    assert cloud.actions().count("CreateChangeSet") == made
