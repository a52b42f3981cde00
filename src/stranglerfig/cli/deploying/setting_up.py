"""What is done once before a service's first start: its folders made, its manifest's ``local.setup`` run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.deploying.place import Interrupted
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.json_values import to_json
from stranglerfig.core.names import LONGEST_NAME
from stranglerfig.errors import DeployFailed, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from stranglerfig.api.app_wire import OneOffWire
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.workspace.compile import Compiled

LAST_LINES = 15
PAUSE_S = 0.05
SUFFIX = "-setup"


def set_up(place: Place, compiled: Compiled, tell: Callable[[str], None]) -> None:
    """Where the tasks will run, with their variables and secrets."""
    for folder in compiled.folders:
        Path(folder).mkdir(parents=True, exist_ok=True)
    targets = compiled.group.targets if compiled.group else compiled.workload.job
    if not isinstance(targets, ProcessTargets):
        return
    for words in compiled.setup:
        tell(f"setting up: {' '.join(words)}")
        if targets.secrets:
            run_as_task(place, compiled.workload.name, words, targets)
        else:
            run_here(compiled.workload.name, words, targets)


def run_here(name: str, words: tuple[str, ...], targets: ProcessTargets) -> None:
    try:
        ended = subprocess.run(
            words,
            cwd=targets.cwd,
            env={**os.environ, **dict(targets.env)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise failed(name, targets, f"{words[0]}: {error.strerror}", ()) from error
    if ended.returncode:
        lines = ended.stdout.decode(errors="replace").splitlines()[-LAST_LINES:]
        raise failed(name, targets, f"`{' '.join(words)}` ended with status {ended.returncode}", lines)


def run_as_task(place: Place, name: str, words: tuple[str, ...], targets: ProcessTargets) -> None:
    """As a one-off task: values of secrets never leave the daemon but to tasks, nor does output that shows one."""
    once = replace(
        targets,
        command=words,
        replicas=1,
        listens=False,
        recreate=False,
        # What installs may need more than what serves.
        memory_bytes=None,
    )
    task = f"{name[: LONGEST_NAME - len(SUFFIX)]}{SUFFIX}"
    tasks, where = place.client.tasks, (place.app, place.env, task)
    tasks.run(place.app, place.env, {"name": task, "targets": to_json(once), "count": 1})  # type: ignore[typeddict-item]
    try:
        ended = wait(place, task)
        if ended["state"] != "SUCCEEDED":
            said = [line["line"] for line in tasks.logs(*where, tail=LAST_LINES, follow=False)]
            raise failed(name, targets, describe(words, ended), said)
    finally:
        # Stops it too, where nobody waits any more.
        with suppress(NotFound):
            tasks.delete(*where)


def wait(place: Place, task: str) -> OneOffWire:
    while (found := place.client.tasks.show(place.app, place.env, task))["state"] == "RUNNING":
        if place.interrupted.wait(PAUSE_S):
            raise Interrupted
    return found


def describe(words: tuple[str, ...], ended: OneOffWire) -> str:
    status = ended["exit_status"]
    if status is None:
        return f"`{' '.join(words)}`: {ended['runs'][0]['cause']}"
    return f"`{' '.join(words)}` ended with status {status}"


def failed(name: str, targets: ProcessTargets, why: str, said: Iterable[str]) -> DeployFailed:
    output = "".join(f"\n    {line}" for line in said)
    return DeployFailed(
        f"cannot set {name} up: {why}{output}",
        hint=f"Mend `local.setup` in copilot/{name}/manifest.yml, or run the command by hand in {targets.cwd}.",
    )
