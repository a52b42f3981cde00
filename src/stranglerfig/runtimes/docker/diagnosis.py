"""Says in words why a task of containers is not healthy. Pure: it is told what was seen."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.docker.replies import ContainerState
from stranglerfig.runtimes.docker.sequence import Verdict
from stranglerfig.runtimes.probe import ProbeAnswer
from stranglerfig.runtimes.sockets import ListeningSocket

#: where Docker's own name server listens inside every network
NAME_SERVER = "127.0.0.11"
MIB = 1024 * 1024
#: what the engine's init says when it cannot become the program
MEANINGS = {
    126: ", perhaps because its program cannot be executed",
    127: ", perhaps because its program is not in the image",
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was seen of a task. ``port`` is the container port that requests go to; ``listeners`` is None when nobody
    could look; ``answer`` None when there is nothing to ask. ``output`` are the last lines of ``speaker``.
    """

    port: int | None
    health: HealthCheck
    verdict: Verdict | None
    containers: tuple[ContainerState, ...]
    listeners: tuple[ListeningSocket, ...] | None
    answer: ProbeAnswer | None
    output: tuple[str, ...]
    speaker: str = ""
    #: somebody had the engine kill the container that ended the task
    was_killed: bool = False


def render_diagnosis(findings: Findings) -> str:
    """One or two sentences, then the last lines of the container that matters."""
    if findings.verdict is not None:
        sentence = _describe_end(findings.verdict, findings.was_killed)
    else:
        sentence = _describe_containers(findings) or _describe_port(findings)
    if not findings.output:
        return f"{sentence}\nit wrote nothing"
    whose = f"the last output of {findings.speaker}:" if findings.speaker else "its last output:"
    return "\n".join((sentence, whose, *(f"  {line}" for line in findings.output)))


def _describe_end(verdict: Verdict, was_killed: bool) -> str:
    culprit = verdict.culprit
    if culprit is None:
        return verdict.reason or "the task is gone: its containers have been removed"
    name = "the container that holds the task's network" if culprit.part.is_holder else f"container {culprit.part.name}"
    is_likely_oom = culprit.exit_status == -signal.SIGKILL and culprit.memory_bytes is not None and not was_killed
    if culprit.is_oom or is_likely_oom:
        # The engine does not hear of every such kill: its groups may be gone before it looks.
        limit = f" of {culprit.memory_bytes // MIB} MiB" if culprit.memory_bytes else ""
        why = "because" if culprit.is_oom else "most likely because"
        return f"{name} was killed, {why} it needed more memory than its limit{limit}: raise `memory` in the manifest"
    if culprit.error:
        return f"{name} could not be started: {culprit.error}"
    status = culprit.exit_status
    if status is None or status == 0:
        return f"{name} ended with exit status 0: an essential container must run for as long as its task serves"
    if status > 0:
        return f"{name} ended with exit status {status}{MEANINGS.get(status, '')}"
    try:
        return f"{name} was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"{name} was killed by signal {-status}"


def _describe_containers(findings: Findings) -> str | None:
    """What an essential container lacks, None if none lacks anything."""
    for state in findings.containers:
        name = f"container {state.part.name}"
        if state.status == "created":
            needs = " and ".join(f"{other} ({condition.value})" for other, condition in state.part.depends_on)
            return f"{name} has not started: it waits for {needs}"
        if state.part.essential and state.health in ("starting", "unhealthy"):
            word = "has not passed yet" if state.health == "starting" else "fails"
            said = f", and says: {state.health_output.splitlines()[-1]}" if state.health_output else ""
            return f"the health check of {name} {word}{said}"
    return None


def _describe_port(findings: Findings) -> str:
    if findings.port is None:
        return "all containers run as they should"
    listeners = findings.listeners or ()
    misplaced = describe_misplaced(findings.port, listeners)
    if misplaced:
        return misplaced
    if findings.listeners is None or any(found.port == findings.port for found in listeners):
        return _describe_answer(findings)
    return f"the containers run, but nothing in them listens on the port {findings.port} that the manifest names"


def describe_misplaced(port: int, listeners: Sequence[ListeningSocket]) -> str:
    """Where a program listens that does not listen where it is asked; empty if it does, or listens nowhere."""
    listeners = [found for found in listeners if found.host != NAME_SERVER]
    own = [found for found in listeners if found.port == port]
    if any(not found.host.startswith("127.") and found.host != "::1" for found in own):
        return ""
    if own:
        return (
            f"the program listens on {own[0].address()} inside its container, where nobody else reaches it: "
            "let it listen on 0.0.0.0"
        )
    if not listeners:
        return ""
    ports = " and ".join(str(port) for port in sorted({found.port for found in listeners}))
    return (
        f"the program listens on {ports}, not on the port {port} that the manifest names: "
        f"set `image.port` to where it listens, or let it listen on {port}"
    )


def _describe_answer(findings: Findings) -> str:
    health, answer = findings.health, findings.answer
    question = f"GET {health.path}" if health.path is not None else "a connection"
    if answer is None or answer.is_expected:
        return f"the task answers {question} on port {findings.port} as expected"
    wanted = f", where {health.expect} is expected" if answer.detail.startswith("answers") else ""
    return f"to {question} on port {findings.port} the task {answer.detail}{wanted}"
