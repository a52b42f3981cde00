"""Has a broker hold topics, queues and subscriptions, by a program of its own: boto3 is too much to load here."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from stranglerfig.core.json_values import to_json
from stranglerfig.core.messaging import Layout
from stranglerfig.errors import Unavailable

MODULE = "stranglerfig.runtimes.broker_setup"
WITHIN_S = 60.0


async def set_up(url: str, layout: Layout) -> None:
    """Idempotent."""
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", MODULE, url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
    except OSError as error:
        raise Unavailable(
            f"the program that sets the local broker up cannot be started: {(error.strerror or str(error)).lower()}",
            hint="See with `fig doctor` what this machine is short of, then repeat the deploy.",
        ) from error
    try:
        async with asyncio.timeout(WITHIN_S):
            _, said = await child.communicate(json.dumps(to_json(layout)).encode())
    except TimeoutError as error:
        raise _failure(f"it did not answer within {WITHIN_S:g} s") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise _failure(lines[-1] if lines else f"exit status {child.returncode}")


def _environment() -> dict[str, str]:
    """Without what the user has set for the real AWS: a profile that does not exist would be refused."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **nothing, "AWS_EC2_METADATA_DISABLED": "true"}


def _failure(why: str) -> Unavailable:
    return Unavailable(
        f"the local broker could not be given its topics and queues: {why}",
        hint="Repeat the deploy; `fig journal` tells whether the broker was started anew.",
    )
