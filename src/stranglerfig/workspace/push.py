"""Pushes an image of the Docker engine to a registry. Blocks, and speaks to the engine alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.errors import DeployFailed, Unavailable
from stranglerfig.workspace.images import SILENCE_S, engine_for, parse_progress

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Login:
    """The password is not for eyes."""

    user: str
    password: str = field(repr=False)


def push_image(image: str, repository: str, tag: str, login: Login, say: Say) -> str:
    """Names ``image`` REPOSITORY:TAG, pushes it, and gives the digest that the registry calls it by.

    The password goes to the engine in a header. Raises ``DeployFailed`` for what the registry refuses, ``Unavailable``
    when the engine does not answer.
    """
    what = f"push the image {repository}:{tag}"
    digest = ""
    with engine_for(what, SILENCE_S) as api:
        api.tag(image, repository, tag)
        credentials = {"username": login.user, "password": login.password}
        for item in api.push(repository, tag=tag, stream=True, decode=True, auth_config=credentials):
            if "error" in item:
                raise DeployFailed(f"cannot {what}: {str(item['error']).strip()}", hint=mend(str(item["error"])))
            digest = digest_of(item) or digest
            for line in parse_progress(item):
                say(line)
    if not digest:
        raise Unavailable(f"cannot {what}: the registry told no digest", hint="Run the command again: it goes on.")
    return digest


def digest_of(item: Any) -> str:
    return str((item.get("aux") or {}).get("Digest") or "")


def mend(reason: str) -> str:
    if "denied" in reason or "unauthorized" in reason or "authentication" in reason:
        return "Have ecr:PutImage and what else a push needs allowed, and run the command again."
    return "Look at the network between the Docker engine and the registry, and run the command again: it goes on."
