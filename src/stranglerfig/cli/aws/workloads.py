"""`deploy` and `package` of services and jobs on AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from stranglerfig.aws import environments as aws_environments
from stranglerfig.aws.additions import of_workload
from stranglerfig.aws.checking.lines import by_lines
from stranglerfig.aws.checking.topics import Topics, topics_of
from stranglerfig.aws.checking.workloads import check_workloads, refuse_others
from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.release import WorkloadText
from stranglerfig.aws.stacks.telling import Interrupted
from stranglerfig.aws.stacks.values import Ended, StackOrder
from stranglerfig.aws.synth.notes import notes
from stranglerfig.aws.synth.reading.scaling import read_scaling
from stranglerfig.aws.synth.workload.parameters import task_count
from stranglerfig.aws.workloads import Deployed, Deployer, missing
from stranglerfig.cli.app.init import split
from stranglerfig.cli.asking.questions import ask_yes
from stranglerfig.cli.aws.environments import find
from stranglerfig.cli.aws.packaging import SOME, print_difference, print_order, warn_of_lacking, write_order
from stranglerfig.cli.aws.readying import build_images, make_ready, run_all, to_be_made
from stranglerfig.cli.aws.running.revisions import refuse_revision
from stranglerfig.cli.aws.stack_steps import StackSteps
from stranglerfig.cli.aws.work import (
    PATIENCE,
    Wishes,
    Work,
    is_interrupted,
    session_of,
    tell_interrupted,
    wishes_of,
    working,
)
from stranglerfig.cli.deploying.command import GO_ON
from stranglerfig.cli.deploying.groups import to_layers
from stranglerfig.cli.deploying.prepare import commit_id
from stranglerfig.cli.deploying.report import nothing_runs, runs_when, together
from stranglerfig.cli.follow_ups import created, follow_up, strong
from stranglerfig.cli.output import done, say, warn
from stranglerfig.cli.progress.tree import Status
from stranglerfig.cli.quantities import pairs
from stranglerfig.cli.scope.manifests import check_workload
from stranglerfig.core.application import Kind
from stranglerfig.errors import FigError, Refused, UsageError
from stranglerfig.manifest.problems import ManifestInvalid, Problem
from stranglerfig.manifest.render import render_tree
from stranglerfig.workspace import read
from stranglerfig.workspace.values import Workspace

Given = Mapping[str, Any]


@dataclass
class OnItsWay:
    """One workload while it is deployed. ``images`` are built already, if there are any to build."""

    wanted: WorkloadText
    steps: StackSteps
    images: Mapping[str, str] | None = None
    result: Deployed | None = None
    error: BaseException | None = None
    is_begun: bool = False

    @property
    def name(self) -> str:
        return self.wanted.manifest.name


def deploy(workspace: Workspace, env: str, groups: Sequence[Sequence[str]], given: Given) -> None:
    """Every manifest is read, every template worked out and every image built before anything is touched. Groups one
    after the other; those in a group that do not need each other side by side."""
    wanted = read_all(workspace, env, groups, given)
    everything = [one for group in wanted for one in group]
    session = session_of(given)
    with working(wishes_of(given)) as work:
        place = find(session, workspace.app, env, work)
        manifests = [one.manifest for one in everything]
        new = to_be_made(place, workspace, may_create=given.get("deploy_env") is not False)
        deployer = to_deployer(place, workspace, given, work)
        check_workloads(deployer, everything, new, topics_written(workspace, env, everything))
        images = build_images(deployer, everything, work)
        make_ready(deployer, everything, new, work)
        deployer.register(manifests)
        ways = [
            [
                OnItsWay(one, StackSteps(work.board, work.board.add(one.manifest.name)), images.get(one.manifest.name))
                for one in group
            ]
            for group in wanted
        ]
        in_order = [*layers(ways)]
        for layer in in_order:
            deploy_layer(deployer, layer, work, waits=layer is not in_order[-1])
            if any(one.error for one in layer) or work.interruption.count:
                break
        flat = [one for group in ways for one in group]
        if all(one.result and one.result.outcome.is_good for one in flat) and not work.interruption.count:
            settle(deployer, everything, work)
    conclude(env, flat, work.wishes)


def deploy_alone(workspace: Workspace, env: str, name: str, given: Given) -> None:
    if given.get("revision"):
        refuse_revision((workspace.app, env), name, given["revision"], given)
    if (given.get("diff") or given.get("diff_yes")) and not agreed(workspace, env, name, given):
        return
    deploy(workspace, env, [[name]], given)


def read_all(workspace: Workspace, env: str, groups: Sequence[Sequence[str]], given: Given) -> list[list[WorkloadText]]:
    """Raises ``ManifestInvalid`` with the problems of all."""
    found: list[list[WorkloadText]] = []
    problems: list[Problem] = []
    for group in groups:
        found.append([])
        for name in group:
            try:
                found[-1].append(read_one(workspace, env, name, given))
            except ManifestInvalid as invalid:
                problems += invalid.problems
    if problems:
        raise ManifestInvalid(problems)
    return found


def read_one(workspace: Workspace, env: str, name: str, given: Given) -> WorkloadText:
    checked = check_workload(workspace, name, env, lenient=given.get("lenient") is True)
    text = read.filled_workload(workspace, name, env)
    return WorkloadText(checked.manifest, text, of_workload(Path(workspace.root), name), checked.loaded)


def topics_written(workspace: Workspace, env: str, workloads: Sequence[WorkloadText]) -> Topics:
    """Of services that these subscribe to. One whose manifest is wrong publishes nothing here."""
    services = {one.service for wanted in workloads for one in wanted.manifest.subscriptions}
    found = []
    for service in services & {file.name for file in workspace.workloads}:
        with suppress(UsageError):
            found.append(read.read_workload(workspace, service, env, is_lenient=True).manifest)
    return topics_of(found)


def to_deployer(place: aws_environments.Environment, workspace: Workspace, given: Given, work: Work) -> Deployer:
    tag = given.get("tag") or commit_id(workspace.root)
    force = given.get("force") is True
    return Deployer(place, Path(workspace.root), str(tag), work.listen, resource_tags(given), force)


def resource_tags(given: Given) -> dict[str, str]:
    return pairs(split(tuple(given.get("resource_tags") or ())), "--resource-tags")


def layers(groups: Sequence[Sequence[OnItsWay]]) -> Iterator[list[OnItsWay]]:
    for group in groups:
        by_name = {one.name: one for one in group}
        needs = {name: [topic.service for topic in one.wanted.manifest.subscriptions] for name, one in by_name.items()}
        for found in to_layers(list(by_name), needs):
            yield [by_name[name] for name in found]


def deploy_layer(deployer: Deployer, layer: Sequence[OnItsWay], work: Work, *, waits: bool) -> None:
    """``waits``: others need it, and nothing of it is left to CloudFormation."""
    run_all([partial(deploy_one, deployer, one, work, waits) for one in layer])
    for one in layer:
        if one.error is not None and not isinstance(one.error, (FigError, Interrupted)):
            raise one.error


def deploy_one(deployer: Deployer, one: OnItsWay, work: Work, waits: bool) -> None:
    """Whatever goes wrong is noted in ``one``: this is where a thread begins."""
    one.is_begun = True
    work.board.begin(one.steps.step, "reading")
    try:
        with work.step(one.steps):
            one.result = deployer.deploy(one.wanted, one.steps, one.images, waits=waits)
        work.end(one.steps, one.result.outcome)
    except BaseException as error:  # noqa: BLE001 - raised again by whoever joins the thread
        one.error = error


def settle(deployer: Deployer, workloads: Sequence[WorkloadText], work: Work) -> None:
    """The environment loses what nobody needs any more."""
    steps = StackSteps(work.board, work.board.add(f"Environment {deployer.env.name}: what is not needed any more"))
    deployer.env.how.telling = steps
    try:
        outcome = deployer.tidy(workloads)
    except Refused as error:
        if code_of(error):
            raise
        # What was asked for is deployed; what is left over costs money and no requests.
        work.board.discard(steps.step)
        left = f"environment {deployer.env.name} keeps what is not needed any more"
        warn(f"{left}: the same command with `--yes` takes it away.")
        return
    if outcome is None:
        work.board.discard(steps.step)
    else:
        work.end(steps, outcome)


def conclude(env: str, ways: Sequence[OnItsWay], wishes: Wishes) -> None:
    """Raises when one failed or was given up, after saying what became of all."""
    for one in ways:
        if one.result is not None:
            tell(env, one, one.result, wishes)
    errors = [(one.name, one.error) for one in ways if isinstance(one.error, FigError)]
    left = [one.name for one in ways if not one.is_begun]
    if errors:
        raise together(errors, left)
    without = [one.name for one in ways if one.result is None]
    if without:
        say(f"Not deployed: {', '.join(without)}.")
    if without or any(is_open(one.result, wishes) for one in ways if one.result):
        raise KeyboardInterrupt
    follow_up(*(line for one in ways for line in actions(env, one)))


def is_open(result: Deployed, wishes: Wishes) -> bool:
    """Ctrl-C kept it from what was asked for."""
    return not result.is_finished or is_interrupted(result.outcome, wishes)


def tell(env: str, one: OnItsWay, result: Deployed, wishes: Wishes) -> None:
    what = "job" if one.wanted.manifest.kind is Kind.JOB else "service"
    if is_interrupted(result.outcome, wishes):
        tell_interrupted(f"{what.capitalize()} {strong(one.name)} of {env}", result.outcome)
        return
    if not result.is_finished:
        say(f"The stack of {what} {strong(one.name)} is deployed; the same command does the rest.")
        return
    match result.outcome.ended:
        case Ended.DEPLOYED:
            done(f"Deployed {what} {strong(one.name)}.")
            for sentence in notes(result.release):
                warn(sentence)
        case Ended.UNCHANGED:
            say(f"  {strong(one.name)} is unchanged: nothing to deploy.")
        case Ended.LEFT:
            say(f"CloudFormation goes on with {one.name}: the same command follows it, and does the rest.")
        case Ended.DECLINED:
            say(f"{one.name} was not deployed.")


def actions(env: str, one: OnItsWay) -> list[str]:
    if one.result is None or one.result.outcome.ended is not Ended.DEPLOYED:
        return []
    manifest = one.wanted.manifest
    if manifest.kind is Kind.JOB:
        return [f"Run it now with `fig job run --name {one.name} --env {env}`; {runs_when(manifest)}."]
    if not task_count(one.result.release):
        lines = [nothing_runs(one.name, scales=read_scaling(manifest.body) is not None)]
    else:
        lines = [f"{one.name} is accessible at {created(found.url)} {found.how}." for found in one.result.addresses]
    if manifest.topics:
        lines.append(f"{one.name} finds the ARNs of its topics in the variable COPILOT_SNS_TOPIC_ARNS.")
    return lines


def agreed(workspace: Workspace, env: str, name: str, given: Given) -> bool:
    """Shows what would change, before anything is built."""
    with planned(workspace, env, name, given) as (deployer, order, _):
        has_changed = print_difference(deployer.env.stacks, order) == SOME
    if given.get("diff_yes") or not has_changed or ask_yes(GO_ON, default=False):
        return True
    say("Nothing was deployed.")
    return False


def package(workspace: Workspace, env: str, name: str, given: Given) -> int:
    """The exit status."""
    with planned(workspace, env, name, given) as (deployer, order, wanted):
        if given.get("diff"):
            return print_difference(deployer.env.stacks, order)
        folder = given.get("output_dir")
        if folder is None:
            print_order(order)
        else:
            addons = wanted.additions.addons
            others = {f"{name}.addons.stack.yml": render_tree(addons.tree)} if addons else {}
            write_order(order, Path(str(folder)), f"{name}-{env}", others)
        warn_of_lacking(deployer.env, name, missing(deployer.env, [wanted]))
    return 0


@contextmanager
def planned(
    workspace: Workspace, env: str, name: str, given: Given
) -> Iterator[tuple[Deployer, StackOrder, WorkloadText]]:
    """What a deploy would ask CloudFormation for. With ``upload_assets`` all that it stands on is there then; else AWS
    is as before, and images are named by their tags."""
    wanted = read_one(workspace, env, name, given)
    session = session_of(given)
    with working(wishes_of(given), patience=PATIENCE if given.get("upload_assets") else 0) as work:
        place = find(session, workspace.app, env, work)
        deployer = to_deployer(place, workspace, given, work)
        if given.get("upload_assets"):
            refuse_others(deployer, [wanted.manifest])
            deployer.register([wanted.manifest])
            steps = work.steps(name)
            with work.step(steps):
                _, order = deployer.order(wanted, steps)
            work.board.end(steps.step, Status.COMPLETE, detail="")
        else:
            with by_lines(wanted.loaded):
                _, order = deployer.planned(wanted)
        work.listen()
        yield deployer, order, wanted
