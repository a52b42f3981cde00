"""Images in the Docker engine: built, pulled and looked at. Blocks, and speaks to the engine alone."""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stranglerfig.core.containers import ContainerHealth
from stranglerfig.errors import DeployFailed, FigError, NotFound, Unavailable, UsageError
from stranglerfig.runtimes.docker.engine import STREAM_TROUBLE, TROUBLE, answers, connect, to_fig_error
from stranglerfig.runtimes.docker.labels import IMAGE_APP, IMAGE_HOME

#: so long a build or a download may be silent; compiling takes minutes
SILENCE_S = 900.0
REPLY_TIMEOUT_S = 60.0
LAST_LINES = 20
#: on every image that fig builds
LABEL = "stranglerfig.image"
#: how lines begin in which the builder speaks of its own containers
CHATTER = (" ---> ", "Removing intermediate container")
#: the builder paints what programs write to standard error
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """``context`` is a folder, ``dockerfile`` a path relative to it or absolute, within it or not. ``tag`` is the name
    that the image gets; an earlier one of that name loses it.
    """

    context: str
    dockerfile: str
    tag: str
    target: str | None = None
    args: tuple[tuple[str, str], ...] = ()
    cache_from: tuple[str, ...] = ()
    platform: str | None = None
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EngineImage:
    """What the engine knows of an image. ``digests`` are those of registries, empty for one that was built here."""

    id: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    health: ContainerHealth | None = None
    env: tuple[tuple[str, str], ...] = ()
    workdir: str = "/"
    user: str = ""
    digests: tuple[str, ...] = ()


def engine_answers() -> bool:
    """Whether there is an engine, the one that DOCKER_HOST names or the local one. Takes two seconds at most."""
    return answers()


def build_image(order: BuildOrder, say: Say) -> EngineImage:
    """``say`` gets the builder's lines as they come. Registries are asked with what ``docker login`` stored.

    Raises ``DeployFailed`` with the last lines when the image does not build, ``UsageError`` for files that are not
    there, ``Unavailable`` when the engine does not answer.
    """
    _check(order)
    what = f"build the image {order.tag}"
    last: deque[str] = deque(maxlen=LAST_LINES)

    def note(line: str) -> None:
        last.append(line)
        say(line)

    with engine_for(what, SILENCE_S) as api:
        reason = _run(_start_build(api, order), note)
        if reason is not None:
            raise DeployFailed(
                "\n".join((f"cannot {what}: {reason}", "its last output:", *(f"  {line}" for line in last))),
                hint=_to_mend(reason, order),
            )
        return _inspect(api, order.tag)


def pull_image(reference: str, say: Say, *, platform: str | None = None) -> EngineImage:
    """The image as its registry has it now. Where that is out of reach, one that the engine has will do."""
    repository, tag = split_reference(reference)
    with engine_for(f"pull the image {reference}", SILENCE_S) as api:
        try:
            reason = _run(api.pull(repository, tag, stream=True, decode=True, platform=platform), say)
        except TROUBLE as error:
            reason = to_fig_error("pull it", error).message
        try:
            found = _inspect(api, reference)
        except NotFound as error:
            raise Unavailable(
                f"cannot pull the image {reference}: {reason}",
                hint="Check its name, and log in to a private registry with `docker login`.",
            ) from error
        if reason is not None:
            say(f"{reference}: {reason}; the one that is here is used")
        return found


def inspect_image(reference: str) -> EngineImage | None:
    """None: the engine does not have it."""
    with engine_for(f"look at the image {reference}", REPLY_TIMEOUT_S) as api:
        try:
            return _inspect(api, reference)
        except NotFound:
            return None


def to_owner(app: str, home: str) -> tuple[tuple[str, str], ...]:
    """Labels by which the daemon of ``home`` knows the images of an application."""
    return ((IMAGE_APP, app), (IMAGE_HOME, home))


def split_reference(reference: str) -> tuple[str, str]:
    """Repository and tag, ``latest`` for none; a digest stands as the tag does."""
    if "@" in reference:
        repository, _, digest = reference.partition("@")
        return repository, digest
    head, slash, name = reference.rpartition("/")
    name, _, tag = name.partition(":")
    return f"{head}{slash}{name}", tag or "latest"


def parse_image(reply: Mapping[str, Any]) -> EngineImage:
    config = reply.get("Config") or {}
    ports = (name.partition("/") for name in config.get("ExposedPorts") or {})
    env = (text.partition("=") for text in config.get("Env") or ())
    return EngineImage(
        id=str(reply["Id"]),
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        ports=tuple(sorted(int(number) for number, _, protocol in ports if protocol in ("tcp", ""))),
        health=_parse_health(config.get("Healthcheck") or {}),
        env=tuple((name, value) for name, _, value in env),
        workdir=str(config.get("WorkingDir") or "/"),
        user=str(config.get("User") or ""),
        digests=tuple(reply.get("RepoDigests") or ()),
    )


def parse_progress(item: Mapping[str, Any]) -> list[str]:
    """The lines of one message of builder or registry; what concerns them alone is left out."""
    if "stream" in item:
        lines = COLOUR.sub("", str(item["stream"])).splitlines()
        return [line for line in lines if line.strip() and not line.startswith(CHATTER)]
    status = str(item.get("status") or "")
    if not status or item.get("progressDetail"):
        return []
    return [f"{item['id']}: {status}" if item.get("id") else status]


def _parse_health(check: Mapping[str, Any]) -> ContainerHealth | None:
    command = tuple(check.get("Test") or ())
    if not command or command[0] == "NONE":
        return None
    # Docker's own where the Dockerfile says nothing.
    return ContainerHealth(
        command=command,
        interval_s=(check.get("Interval") or 30e9) / 1e9,
        timeout_s=(check.get("Timeout") or 30e9) / 1e9,
        retries=int(check.get("Retries") or 3),
        start_period_s=(check.get("StartPeriod") or 0) / 1e9,
    )


def _start_build(api: Any, order: BuildOrder) -> Iterable[Mapping[str, Any]]:
    messages: Iterable[Mapping[str, Any]] = api.build(
        path=order.context,
        dockerfile=order.dockerfile,
        tag=order.tag,
        target=order.target,
        buildargs=dict(order.args),
        cache_from=list(order.cache_from),
        platform=order.platform,
        labels={**dict(order.labels), LABEL: "yes"},
        rm=True,
        forcerm=True,
        decode=True,
        timeout=SILENCE_S,
    )
    return messages


def _run(messages: Iterable[Mapping[str, Any]], say: Say) -> str | None:
    """Why it failed, or None."""
    for item in messages:
        if "error" in item:
            return str(item["error"]).strip()
        for line in parse_progress(item):
            say(line)
    return None


def _inspect(api: Any, reference: str) -> EngineImage:
    try:
        return parse_image(api.inspect_image(reference))
    except TROUBLE as error:
        raise to_fig_error(f"look at the image {reference}", error) from error


def _check(order: BuildOrder) -> None:
    if not Path(order.context).is_dir():
        raise UsageError(
            f"cannot build the image {order.tag}: there is no folder {order.context}",
            hint="Mend `image.build.context` in the manifest, and see it with `fig manifest show`.",
        )
    if not Path(order.context, order.dockerfile).is_file():
        raise UsageError(
            f"cannot build the image {order.tag}: there is no file {Path(order.context, order.dockerfile)}",
            hint="Mend `image.build` in the manifest, and see it with `fig manifest show`.",
        )


def _to_mend(reason: str, order: BuildOrder) -> str:
    if "BuildKit" in reason:
        return (
            f"Leave out of {order.dockerfile} what only BuildKit knows, or build it yourself and name `image.location`."
        )
    return f"Mend {order.dockerfile}, and deploy again."


@contextlib.contextmanager
def engine_for(what: str, timeout_s: float) -> Iterator[Any]:
    try:
        with contextlib.closing(connect(timeout_s)) as api:
            yield api
    except FigError:
        raise
    except STREAM_TROUBLE as error:
        raise to_fig_error(what, error) from error
