"""Says in words why a task is not healthy. Pure: it is told what was seen."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.probe import ProbeAnswer
from stranglerfig.runtimes.sockets import ListeningSocket


@dataclass(frozen=True, slots=True)
class Findings:
    """What was seen of a task. ``port`` 0: it does not listen.

    ``answer`` is None when nothing of the task can be asked; ``output`` its last lines. ``of_manifest``: the command
    is what a service's manifest makes it.
    """

    port: int
    health: HealthCheck
    has_exited: bool
    exit_status: int | None
    memory_bytes: int | None
    listeners: tuple[ListeningSocket, ...]
    answer: ProbeAnswer | None
    output: tuple[str, ...]
    of_manifest: bool = False


def render_diagnosis(findings: Findings) -> str:
    """One or two sentences, then the task's last lines."""
    sentence = _describe_exit(findings) if findings.has_exited else _describe_running(findings)
    if not findings.output:
        return f"{sentence}\nit wrote nothing"
    return "\n".join((sentence, "its last output:", *(f"  {line}" for line in findings.output)))


def _describe_exit(findings: Findings) -> str:
    status = findings.exit_status
    if status is None:
        return "the program is gone; its exit status is not known, since it was started by an earlier control plane"
    if status == 0:
        return "the program ended with exit status 0: a task must stay in the foreground for as long as it serves"
    if status > 0:
        return f"the program ended with exit status {status}{_describe_limit(findings)}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    cause = ", perhaps because the machine ran out of memory" if status == -signal.SIGKILL else ""
    return f"the program was killed by {name}{cause}{_describe_limit(findings)}"


def _describe_limit(findings: Findings) -> str:
    if findings.memory_bytes is None:
        return ""
    return f" (it has a memory limit of {findings.memory_bytes} bytes)"


def _describe_running(findings: Findings) -> str:
    if not findings.port:
        return "the program runs; it is not asked anything, since it has no port"
    misplaced = describe_misplaced(findings.port, findings.listeners, of_manifest=findings.of_manifest)
    if misplaced:
        return misplaced
    if any(socket.port == findings.port for socket in findings.listeners):
        return _describe_answer(findings)
    taken = ", which another program has taken" if findings.answer else ""
    return f"the program runs, but nothing of it listens on the PORT it was given ({findings.port}){taken}"


def describe_misplaced(port: int, listeners: Sequence[ListeningSocket], *, of_manifest: bool) -> str:
    """Where a program listens that does not listen where it is asked; empty if it does, or listens nowhere."""
    own = [socket for socket in listeners if socket.port == port]
    if any(socket.answers_loopback() for socket in own):
        return ""
    if own:
        return (
            f"the program listens on {own[0].address()}, where 127.0.0.1 does not reach it: "
            "let it listen on $HOST, which is 127.0.0.1"
        )
    if not listeners:
        return ""
    ports = " and ".join(str(port) for port in sorted({socket.port for socket in listeners}))
    return (
        f"the program listens on {ports}, not on the PORT it was given ({port}): let it read PORT, "
        f"or pass it on as in {_name_place(of_manifest)}"
    )


def _name_place(of_manifest: bool) -> str:
    if of_manifest:
        return "`command: COMMAND --port $PORT` under `local` in its manifest"
    return "`fig target run NAME -- sh -c 'exec COMMAND --port $PORT'`"


def _describe_answer(findings: Findings) -> str:
    health, answer = findings.health, findings.answer
    question = f"GET {health.path}" if health.path is not None else "a connection"
    if answer is None or answer.is_expected:
        return f"the program answers {question} on port {findings.port} as expected"
    wanted = f", where {health.expect} is expected" if answer.detail.startswith("answers") else ""
    return f"the program listens on port {findings.port}; to {question} it {answer.detail}{wanted}"
