"""Files of what is gone."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

from stranglerfig.control.context import Control
from stranglerfig.core.application import Environment

#: below fig's folder, where tasks keep what outlives a deploy: volumes, collected files
STATE_FOLDER = "environments"


async def remove_logs(control: Control, group: str) -> None:
    """Of a target group that has no tasks left."""
    await asyncio.to_thread(shutil.rmtree, Path(control.home) / "log" / group, ignore_errors=True)


async def remove_files(control: Control, app: str, environment: str) -> None:
    """Logs and state of all that ran in an environment that is deleted."""
    await asyncio.to_thread(_remove, Path(control.home), f"{app}.{environment}")


async def clear_engine(control: Control, environment: Environment) -> None:
    """Network and volumes. An engine that was never used need not be there."""
    if environment.was_docker and control.applications.engine is not None:
        await control.applications.engine.clear(environment.app, environment.name)


async def remove_everything(control: Control) -> None:
    """What applications have outside of the books, whose turn is next."""
    applications = control.applications
    for environment in applications.store.environments():
        await clear_engine(control, environment)
        if environment.was_docker and applications.engine is not None:
            await applications.engine.remove_images(environment.app, keep=())
        await remove_files(control, environment.app, environment.name)
    applications.secrets.forget_all()
    await asyncio.to_thread(shutil.rmtree, applications.runner.attempts.folder, ignore_errors=True)


def _remove(home: Path, environment: str) -> None:
    shutil.rmtree(home / STATE_FOLDER / environment, ignore_errors=True)
    # Not there, or others have something in it.
    with contextlib.suppress(OSError):
        (home / STATE_FOLDER).rmdir()
    for folder in (home / "log").glob(f"{environment}.*"):
        shutil.rmtree(folder, ignore_errors=True)
