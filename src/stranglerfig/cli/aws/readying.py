"""What comes before the stacks of workloads: images, which change nothing on AWS, and the environment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stranglerfig.aws.additions import of_environments
from stranglerfig.aws.checking.workloads import ToBeMade
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.release import WorkloadText
from stranglerfig.aws.stacks.telling import Interrupted
from stranglerfig.aws.stacks.values import Ended, Outcome
from stranglerfig.aws.workloads import Deployer, needs_of
from stranglerfig.cli.aws.environments import bring, read_text
from stranglerfig.cli.aws.stack_steps import StackSteps
from stranglerfig.cli.aws.work import Work
from stranglerfig.cli.deploying.report import together
from stranglerfig.cli.progress.tree import Status
from stranglerfig.errors import FigError, NotFound
from stranglerfig.workspace.values import Workspace

Images = Mapping[str, Mapping[str, str]]


def to_be_made(env: Environment, workspace: Workspace, *, may_create: bool) -> ToBeMade | None:
    """What it will be where it is not deployed yet. Raises ``NotFound`` if it may not be."""
    try:
        env.require_deployed()
    except NotFound:
        if not may_create:
            raise
        return ToBeMade(read_text(workspace, env.name), of_environments(Path(workspace.root)))
    return None


def make_ready(deployer: Deployer, workloads: Sequence[WorkloadText], new: ToBeMade | None, work: Work) -> None:
    """The environment is deployed, and has what these need of it. Raises ``Interrupted`` where it was given up."""
    env = deployer.env
    if new is not None:
        outcome = bring(env, new.text, new.additions, work, features=needs_of(workloads))
        if not outcome.is_good:
            raise Interrupted
        return
    stack, _ = env.require_deployed()
    steps = work.steps(f"Environment {env.name} of {env.record.app}")
    env.how.telling = steps
    with work.step(steps):
        steps.say("looking at what it has")
        found = deployer.make_room(workloads)
    work.end(steps, found or Outcome(Ended.UNCHANGED, stack))


def build_images(deployer: Deployer, workloads: Sequence[WorkloadText], work: Work) -> Images:
    """Of all of them, side by side, by workload; raises what went wrong with any, and then nothing is changed yet."""
    wanted = [one for one in workloads if any(spec.image.build for spec in one.manifest.containers)]
    if not wanted:
        return {}
    above = work.steps("Images")
    found: dict[str, Mapping[str, str]] = {}
    errors: dict[str, BaseException] = {}
    with work.step(above):
        run_all([to_building(deployer, one, work, above, found, errors) for one in wanted])
        raise_any(errors, [one.manifest.name for one in wanted])
    work.board.end(above.step, detail="")
    return found


def to_building(
    deployer: Deployer,
    wanted: WorkloadText,
    work: Work,
    above: StackSteps,
    found: dict[str, Mapping[str, str]],
    errors: dict[str, BaseException],
) -> Callable[[], None]:
    """A thread begins here: what goes wrong is kept for whoever joins it."""
    name = wanted.manifest.name
    steps = work.steps(name, under=above.step)

    def say(line: str) -> None:
        work.listen()
        steps.say(line)

    def build() -> None:
        try:
            with work.step(steps):
                found[name] = deployer.images.build(wanted.manifest, say)
            work.board.end(steps.step, Status.COMPLETE, detail="")
        except BaseException as error:  # noqa: BLE001 - raised again by whoever joins the thread
            errors[name] = error

    return build


def run_all(parts: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=part, daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def raise_any(errors: Mapping[str, BaseException], names: Sequence[str]) -> None:
    for error in errors.values():
        if not isinstance(error, FigError):
            raise error
    failed = [(name, found) for name in names if isinstance(found := errors.get(name), FigError)]
    if failed:
        raise together(failed, [])
