"""``fig task run``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import workspace_flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, fail, say, show
from stranglerfig.cli.pairs import pairs
from stranglerfig.cli.scope.deployed import choose_environment
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task import flags as task_flags
from stranglerfig.cli.task.following import ALL_LINES, Forwarder, ending, exit_status, wait_for_end
from stranglerfig.cli.task.known import refuse_two_programs
from stranglerfig.cli.task.words import split
from stranglerfig.errors import NotFound, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import EnvironmentWire, OneOffWire
    from stranglerfig.cli.task.wishes import Wishes
    from stranglerfig.core.desired import TaskTargets


@verb(
    "run",
    examples="""
    fig task run --as users --command 'python manage.py migrate' --follow
    fig task run --as posts --command 'sh -c "echo $DB"' --env-vars LEVEL=debug --follow
    fig task run --task-group-name report --command './report.sh 2026' --follow
    fig task run --generate-cmd forum/test/users
    fig task run --env prod --image public.ecr.aws/docker/library/busybox --command 'wget -O- http://api:8080' --follow
    fig task run --subnets subnet-123,subnet-456 --security-groups sg-123 --task-group-name report --follow
    """,
)
@workspace_flags.app
@workspace_flags.env
@click.option(
    "--as", "service", metavar="SERVICE", help="Run as a deployed service does: its variables, secrets, image."
)
@click.option("-n", "--task-group-name", "name", metavar="NAME", help="What the task is called (the folder's name).")
@click.option("--command", metavar="WORDS", help="What to run; quoted as for a shell, but no shell reads it.")
@click.option("--entrypoint", metavar="WORDS", help="What runs the command, instead of the image's own.")
@click.option("-i", "--image", metavar="IMAGE", help="An image that is ready (Docker, AWS).")
@click.option("--dockerfile", metavar="PATH", help="What to build the image from, or to take the command from.")
@click.option("--build-context", metavar="DIR", help="Folder to build, or to run, in (the Dockerfile's; this one).")
@click.option("--build-args", multiple=True, metavar="K=V,...", help="Arguments of the build.")
@click.option("--env-vars", multiple=True, metavar="K=V,...", help="Variables of the task.")
@click.option("--env-file", type=click.Path(exists=True, dir_okay=False), help="A file of K=V lines; --env-vars win.")
@click.option("--secrets", multiple=True, metavar="K=NAME,...", help="Variables whose values are kept secrets.")
@click.option("--count", type=click.IntRange(1, 10), default=1, show_default=True, help="How many of it, side by side.")
@click.option("--cpu", type=click.IntRange(min=1), help="CPU units, 1024 for a core (Docker, AWS).")
@click.option("--memory", type=click.IntRange(min=1), help="MiB of memory.")
@click.option("--follow", is_flag=True, help="Show what it prints, and end with its exit status.")
@click.option(
    "--generate-cmd",
    metavar="APP/ENV/NAME",
    help="Only print the command that runs a task as this service or job does, to be changed and run. On AWS "
    "CLUSTER/SERVICE and ARNs are services of ECS, whoever made them.",
)
@task_flags.of_runs
@click.pass_context
def run(context: click.Context, /, app: str | None, env: str | None, count: int, follow: bool, **given: Any) -> None:
    """Run a command once, in an environment.

    With --as it has all that the service's tasks have: variables, secrets, image or folder, volumes and network. That
    is the way to run database migrations. What flags say comes on top. Without --as it is a program by itself: an
    image or a Dockerfile, or just a command for this folder where the environment runs without Docker.

    On AWS it has a stack of its own, which stays until `fig task delete`: a repository for its image, a log group, two
    roles. With --default, --cluster or --subnets it runs outside of environments.
    """
    if given["generate_cmd"] is not None:
        refuse_other_flags(context, "generate_cmd")
        show(generate_command(given))
        return
    if place := aws.place_of_task(app, env, given):
        from stranglerfig.cli.aws.tasks.run import run_task

        name = task_name(given["name"], given["service"])
        context.exit(run_task(place, name, {**given, "count": count, "follow": follow}))
    aws.note_local(given, *task_flags.NAMES)
    client = to_apps()
    app = choose_app(client, app)
    environment = choose_environment(client, app, env)
    name = task_name(given["name"], given["service"])
    targets = order(client, environment, name, given)
    from stranglerfig.core.json_values import to_json

    started = client.tasks.run(
        app,
        environment["name"],
        {"name": name, "targets": to_json(targets), "count": count},  # type: ignore[typeddict-item]
    )
    done(f"Task {strong(name)} is started in environment {strong(environment['name'])}.")
    if follow:
        context.exit(follow_to_end(client, started))
    where = f"--name {name} --env {environment['name']}"
    follow_up(f"Run `fig task logs {where} --follow` to see what it prints.", f"`fig task delete {where}` stops it.")


def generate_command(given: dict[str, Any]) -> str:
    from stranglerfig.cli.task.generating import OfCluster, generate, parse_named

    named = parse_named(given["generate_cmd"])
    if isinstance(named, OfCluster):
        from stranglerfig.cli.aws.tasks.generating import generate_of_cluster

        return generate_of_cluster(named, given)
    if aws.environment_on_aws(*named[:2], given):
        from stranglerfig.cli.aws.tasks.generating import generate as generate_on_aws

        return generate_on_aws(named, given)
    return generate(to_apps(), named)


def order(client: AppClient, environment: EnvironmentWire, name: str, given: dict[str, Any]) -> TaskTargets:
    wishes = read_wishes(client, environment, given)
    if given["service"] is None:
        from stranglerfig.cli.task.alone import by_itself

        return by_itself(environment, name, wishes, given)
    from stranglerfig.cli.task.wishes import as_service

    refuse_two_programs(given)
    return as_service(
        given["service"], read_targets(client, environment["app"], environment["name"], given["service"]), wishes
    )


def refuse_other_flags(context: click.Context, parameter: str) -> None:
    """But those that say as whom AWS is asked."""
    typed = click.core.ParameterSource.COMMANDLINE
    known = {parameter, *aws.ACCESS}
    others = [name for name in context.params if name not in known and context.get_parameter_source(name) is typed]
    if others:
        raise UsageError(
            "--generate-cmd runs nothing: what other flags say would be lost",
            hint="Leave them out, and add them to the command that is printed.",
        )


def read_targets(client: AppClient, app: str, env: str, service: str) -> TaskTargets:
    from stranglerfig.core.desired import TaskTargets
    from stranglerfig.core.json_values import from_json

    targets = client.workloads.show(app, env, service)["targets"]
    if targets is None:
        raise NotFound(
            f"{service} has no tasks to run as: nothing of it runs", hint="Name a service or a job that runs a program."
        )
    inherited: TaskTargets = from_json(TaskTargets, targets)  # type: ignore[arg-type]
    return inherited


def read_wishes(client: AppClient, environment: EnvironmentWire, given: dict[str, Any]) -> Wishes:
    from stranglerfig.cli.task.wishes import Wishes, stored_names

    app, env = environment["app"], environment["name"]
    secrets = pairs(given["secrets"], "--secrets")
    if secrets:
        secrets = stored_names(secrets, client.secrets.names(app, env), f"/copilot/{app}/{env}/secrets/")
    return Wishes(
        command=split(given["command"], "--command"),
        entrypoint=split(given["entrypoint"], "--entrypoint"),
        variables={**file_variables(given["env_file"]), **pairs(given["env_vars"], "--env-vars")},
        secrets=secrets,
        cpu_units=given["cpu"],
        memory_mib=given["memory"],
    )


def file_variables(path: str | None) -> dict[str, str]:
    from stranglerfig.workspace.gather import read_env_file

    return dict(read_env_file(Path(path), "--env-file")) if path else {}


def task_name(given: str | None, service: str | None) -> str:
    from stranglerfig.workspace.find import check_name

    folder = re.sub(r"[^a-z0-9]+", "-", Path.cwd().name.lower()).strip("-")
    return check_name(given or (f"{service}-task" if service else folder), "--task-group-name")


def follow_to_end(client: AppClient, started: OneOffWire) -> int:
    app, environment, name = started["app"], started["environment"], started["name"]
    forwarder = Forwarder(name if len(started["runs"]) > 1 else None)
    try:
        forwarder.forward(client.tasks.logs(app, environment, name, tail=ALL_LINES, follow=True))
        ended = wait_for_end(lambda: client.tasks.show(app, environment, name))
        forwarder.forward_rest(client.tasks.logs(app, environment, name, tail=ALL_LINES, follow=False))
    except KeyboardInterrupt:
        say(f"It goes on: `fig task delete --name {name}` ends it.")
        raise
    status = exit_status(ended)
    if status:
        fail(f"task {name} {ending(ended)}", None)
    return status
