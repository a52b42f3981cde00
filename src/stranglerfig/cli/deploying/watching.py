"""Waits until a deployed service's order is true or was taken back, and tells how it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from stranglerfig.cli.overtaking import overtaken_by, was_healthy
from stranglerfig.cli.views import count_up, remarks
from stranglerfig.errors import DeployFailed, NotFound, Unavailable

if TYPE_CHECKING:
    import threading

    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import WorkloadWire
    from stranglerfig.api.wire import TargetWire

PAUSE_S = 0.1
#: Longer than any grace period that a manifest would ask for.
STALLED_S = 600.0
#: How long a failure may be without a reason.
REASON_S = 2.0
#: Is told where the deploy stands; a second line says what is odd.
Tell = Callable[[str], None]


def watch(client: AppClient, ordered: WorkloadWire, tell: Tell, interrupted: threading.Event) -> WorkloadWire:
    """Gives the workload as it is then; as it is now after an interruption. Raises ``DeployFailed``."""
    target = target_of(ordered)
    if target is None:
        return ordered
    revision = target.get("ordered_revision", target["revision"])
    workload, said, changed = ordered, "", time.monotonic()
    began = changed
    while not is_settled(target, revision, waited_s=time.monotonic() - began):
        text = progress(target, revision)
        if text != said:
            tell(text)
            said, changed = text, time.monotonic()
        if time.monotonic() - changed > STALLED_S:
            raise stalled(workload, target)
        if interrupted.wait(PAUSE_S):
            return workload
        workload, target = look(client, workload)
    later = None if workload["paused"] else overtaken_by(target, revision)
    if later is not None and not was_healthy(target, revision):
        raise overtaken(workload, revision, later)
    if later is None and is_taken_back(target, revision):
        raise taken_back(workload, target, revision)
    tell(progress(target, revision))
    # Of a later revision nothing was ordered here.
    return workload if later is None else ordered


def look(client: AppClient, known: WorkloadWire) -> tuple[WorkloadWire, TargetWire]:
    """As it is now. Raises ``DeployFailed`` once it is deleted, or about to be."""
    try:
        workload = client.workloads.show(known["app"], known["environment"], known["name"])
    except NotFound as error:
        raise gone(known) from error
    target = target_of(workload)
    # The revision without tasks that ends a service is of no deployment.
    if target is None or target["revision"] > (workload["revision"] or 0):
        raise gone(workload)
    return workload, target


def target_of(workload: WorkloadWire) -> TargetWire | None:
    return cast("TargetWire | None", workload["target"])


def progress(target: TargetWire, revision: int) -> str:
    healthy = f"revision {revision}, {count_up(target['servers'], revision)}/{target['replicas']} tasks healthy"
    return f"{healthy}\n{remarks(target['servers'], revision)}".rstrip()


def is_settled(target: TargetWire, revision: int, *, waited_s: float) -> bool:
    """A failure is looked at until its reason is there: the one may be known a moment before the other."""
    if overtaken_by(target, revision) is not None:
        return True
    if is_taken_back(target, revision):
        return bool(target["problem"]) or waited_s > REASON_S
    return target["state"] in {"ACTIVE", "DOWN"}


def is_taken_back(target: TargetWire, revision: int) -> bool:
    return target["state"] == "FAILED" or target["failed_revision"] == revision or target["revision"] < revision


def taken_back(workload: WorkloadWire, target: TargetWire, revision: int) -> DeployFailed:
    name, problem = workload["name"], target["problem"] or "it did not become healthy"
    if workload["paused"]:
        return DeployFailed(
            f"{name} was paused while revision {revision} was on its way",
            hint=f"`fig svc resume --name {name}` goes on with it.",
        )
    logs = f"`fig svc logs --name {name} --env {workload['environment']}` shows more"
    if target["state"] == "FAILED":
        return DeployFailed(
            f"revision {revision} of {name} does not become healthy: {problem}",
            hint=f"{logs}; mend it and run `fig svc deploy --name {name}` again.",
        )
    return DeployFailed(
        f"revision {revision} of {name} was taken back: {problem}",
        hint=f"Revision {target['revision']} serves as before. {logs}.",
    )


def overtaken(workload: WorkloadWire, revision: int, later: int) -> DeployFailed:
    name = workload["name"]
    return DeployFailed(
        f"revision {revision} of {name} was replaced by revision {later} before it was healthy",
        hint=f"`fig svc status --name {name} --env {workload['environment']}` shows how revision {later} fares.",
    )


def stalled(workload: WorkloadWire, target: TargetWire) -> Unavailable:
    return Unavailable(
        f"{workload['name']} is {target['state']}: nothing has changed for {STALLED_S / 60:.0f} minutes",
        hint=f"The daemon goes on with it: `fig svc status --name {workload['name']}`.",
    )


def gone(workload: WorkloadWire) -> DeployFailed:
    return DeployFailed(
        f"{workload['name']} was deleted while it was being deployed",
        hint=f"`fig svc deploy --name {workload['name']}` deploys it again.",
    )
