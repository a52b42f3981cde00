"""What is left of what is gone: files, and what Docker keeps."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from stranglerfig.control.context import Control
from stranglerfig.control.operations.images import needed_images
from stranglerfig.core.application import Environment, group_name
from stranglerfig.core.observed import ContainerIdentity
from stranglerfig.errors import Unavailable

#: below fig's folder, where tasks keep what outlives a deploy: volumes, collected files
STATE_FOLDER = "environments"
#: tasks in an error's message
MOST_NAMED = 3


async def remove_logs(control: Control, group: str) -> None:
    """Of a target group that has no tasks left."""
    await asyncio.to_thread(shutil.rmtree, Path(control.home) / "log" / group, ignore_errors=True)


async def remove_files(control: Control, app: str, environment: str) -> None:
    """Logs and state of all that ran in an environment that is deleted."""
    await asyncio.to_thread(_remove, Path(control.home), f"{app}.{environment}")


async def require_stoppable(control: Control, place: str = "") -> None:
    """Raises ``Unavailable`` while containers of ``place`` are in the books and no engine answers: they would be left
    behind, and could run on. ``place`` is an application, APP.ENV or APP.ENV.NAME; empty: everything.
    """
    held = [task for group, task in _containers(control) if not place or f"{group}.".startswith(f"{place}.")]
    if not held:
        return
    what = f"stop {', '.join(held[:MOST_NAMED])}{' and others' if len(held) > MOST_NAMED else ''}"
    try:
        await control.applications.require_engine().greet(what)
    except Unavailable as error:
        raise Unavailable(
            error.message, hint="Nothing is changed. Start it with `systemctl start docker`, and repeat."
        ) from error


async def clear_engine(control: Control, environment: Environment, *, is_last: bool = False) -> tuple[str, ...]:
    """Network, volumes, and images: those that nothing else of the application needs, or all. What an engine that does
    not answer may still have is told; one that was never used need not be there.
    """
    engine = control.applications.engine
    if not environment.was_docker or engine is None:
        return ()
    try:
        await engine.clear(environment.app, environment.name)
        keep = frozenset() if is_last else needed_images(control, environment.app)
        await engine.remove_images(environment.app, keep=keep)
    except Unavailable as error:
        return (_describe_rest(environment, error),)
    return ()


async def remove_everything(control: Control) -> tuple[str, ...]:
    """What applications have outside of the books, whose turn is next. Tells as ``clear_engine`` does."""
    applications = control.applications
    rest: list[str] = []
    for environment in applications.store.environments():
        rest += await clear_engine(control, environment, is_last=True)
        await remove_files(control, environment.app, environment.name)
    applications.secrets.forget_all()
    await asyncio.to_thread(shutil.rmtree, applications.runner.attempts.folder, ignore_errors=True)
    return tuple(rest)


def _containers(control: Control) -> Iterator[tuple[str, str]]:
    """Target group and id of every task that is one of containers, and has not ended as far as is known."""
    for group in control.fleet.groups():
        for record in control.fleet.of(group):
            if isinstance(record.task.identity, ContainerIdentity) and not record.has_ended:
                yield group, record.task.id
    for run in control.applications.runs.going():
        if run.task is not None and isinstance(run.task.identity, ContainerIdentity):
            yield group_name(run.app, run.environment, run.name), run.task.id


def _describe_rest(environment: Environment, error: Unavailable) -> str:
    env = environment.name
    return (
        f"Docker may still have the network, volumes and images of {environment.app}.{env}: {error.message}. Once it "
        f"answers, `fig env deploy --name {env} --runtime docker` and `fig env delete --name {env}` remove them."
    )


def _remove(home: Path, environment: str) -> None:
    shutil.rmtree(home / STATE_FOLDER / environment, ignore_errors=True)
    # Not there, or others have something in it.
    with contextlib.suppress(OSError):
        (home / STATE_FOLDER).rmdir()
    for folder in (home / "log").glob(f"{environment}.*"):
        shutil.rmtree(folder, ignore_errors=True)
