"""What a deploy ends with: what is true now, what to do next, or why it failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stranglerfig.cli.follow_ups import created, follow_up, highlight, strong
from stranglerfig.cli.output import done, say, warn
from stranglerfig.errors import DeployFailed, FigError

if TYPE_CHECKING:
    from stranglerfig.cli.deploying.engine import Deployment
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.manifest.model import WorkloadManifest

JOB = "Scheduled Job"


def conclude(place: Place, deployments: Sequence[Deployment]) -> None:
    """Raises when one failed, after saying what became of the others."""
    for note, names in notes(deployments).items():
        warn(f"{', '.join(names)}: {note}")
    for one in deployments:
        if one.error is None and one.workload is not None:
            say_done(place, one)
    if any(one.is_unchanged for one in deployments):
        say(highlight("What is unchanged is left alone; `--force` starts new tasks all the same."))
    errors = [(one.name, one.error) for one in deployments if isinstance(one.error, FigError)]
    if errors:
        raise together(errors, [one.name for one in deployments if one.error is None and one.workload is None])
    if not place.detach:
        follow_up(*(action for one in deployments for action in actions(place, one)))


def notes(deployments: Sequence[Deployment]) -> dict[str, list[str]]:
    """What is otherwise here than the manifests have it, each once, with those that it is true of."""
    found: dict[str, list[str]] = {}
    for one in deployments:
        for note in () if one.is_unchanged else one.notes:
            found.setdefault(note, []).append(one.name)
    return found


def say_done(place: Place, one: Deployment) -> None:
    assert one.workload is not None
    what = "job" if one.workload["kind"] == JOB else "service"
    if one.is_unchanged:
        say(f"  {strong(one.name)} is unchanged: nothing to deploy.")
    elif place.detach:
        done(f"The daemon deploys {what} {strong(one.name)}; `fig {short(one)} status --name {one.name}` shows it.")
    else:
        revision = f", revision {one.workload['revision']}" if one.workload["revision"] else ""
        done(f"Deployed {what} {strong(one.name)}{revision}.")
    if one.resumed:
        say(f"  {strong(one.name)} was paused; with this deploy it runs again.")


def short(one: Deployment) -> str:
    return "job" if one.workload is not None and one.workload["kind"] == JOB else "svc"


def together(errors: Sequence[tuple[str, FigError]], skipped: Sequence[str]) -> FigError:
    """The last of several, with those before it; of different kinds it is a failed deploy."""
    kinds = {kind_of(error) for _, error in errors}
    *others, (name, last) = errors
    kind = kinds.pop() if len(kinds) == 1 else DeployFailed
    rest = f"\nnot begun: {', '.join(skipped)}" if skipped else ""
    found = kind(named(name, last) + rest, hint=last.hint)
    found.others = tuple(kind_of(error)(named(name, error), hint=error.hint) for name, error in others)
    return found


def kind_of(error: FigError) -> type[FigError]:
    """Of those that only have a message and a hint."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ == FigError.__module__)


def named(name: str, error: FigError) -> str:
    return error.message if name in error.message else f"{name}: {error.message}"


def actions(place: Place, one: Deployment) -> list[str]:
    """How it is reached, or run."""
    found = one.workload
    if found is None:
        return []
    if found["kind"] == JOB:
        when = runs_when(one.manifest)
        return [f"Run it now with `fig job run --name {one.name} --env {place.env}`; {when}."]
    lines = [f"{one.name} is accessible at {created(url)}" for url in found["urls"]]
    inside = [endpoint for endpoint in found["endpoints"] if endpoint]
    if not one.manifest.count:
        lines = [nothing_runs(one.name)]
    elif inside and not found["urls"]:
        lines.append(f"{one.name} is accessible at {created(inside[0])} for other services.")
    if one.manifest.topics:
        lines.append(f"{one.name} finds the ARNs of its topics in the variable COPILOT_SNS_TOPIC_ARNS.")
    return lines


def nothing_runs(name: str, *, scales: bool = False) -> str:
    why = "scaling starts tasks when it finds a reason" if scales else "its `count` is 0"
    return f"Nothing runs of {name}: {why}."


def runs_when(job: WorkloadManifest) -> str:
    by_hand = (job.schedule or "none").strip().lower() == "none"
    return "it has no schedule, and runs by hand only" if by_hand else "its schedule is in force"


def explain_interruption(begun: Sequence[Deployment]) -> None:
    """After Ctrl-C: what goes on, and what was never begun."""
    going = [one.name for one in begun if one.ordered and one.step.ended is None]
    left = [one.name for one in begun if not one.ordered]
    say()
    if going:
        say(f"The daemon goes on with {', '.join(going)}: `fig svc status` shows how it goes.")
    if left:
        say(f"Not deployed: {', '.join(left)}. `fig deploy` takes them up again.")
