"""Single questions to the engine about containers, networks and volumes, each idempotent where it can be."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from docker.errors import APIError as Refusal
from docker.errors import NotFound as NotFoundByEngine

from stranglerfig.errors import Conflict, FigError, NotFound, Unavailable, UsageError
from stranglerfig.runtimes.docker.bodies import Body
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.labels import GROUP, HOME, to_mark
from stranglerfig.runtimes.docker.pause import knows, render_layer, to_reference
from stranglerfig.runtimes.docker.replies import ContainerState, parse_container

#: The engine makes two networks of one name when asked for both at once; a home has one daemon, so this is enough.
_networks = threading.Lock()


async def create_container(engine: Engine, name: str, body: Body) -> str:
    """Its id. Raises ``UsageError`` when the engine does not have the image."""
    try:
        reply: Mapping[str, Any] = await engine.ask(
            f"create the container {name}", lambda api: api.create_container_from_config(body, name)
        )
    except NotFound as error:
        image = body["Image"]
        raise UsageError(
            f"cannot run the image {image}: the Docker engine does not have it",
            hint=f"Get it with `docker pull {image}`, or deploy again to build it.",
        ) from error
    return str(reply["Id"])


async def start_container(engine: Engine, container: ContainerState) -> None:
    """Raises ``UsageError`` when its program cannot be run."""
    what = f"start the container {container.part.name}"
    try:
        await engine.ask(what, lambda api: api.start(container.id))
    except (NotFound, UsageError) as error:
        raise UsageError(
            error.message, hint="Mend `entrypoint` or `command` in the manifest or the Dockerfile, and deploy again."
        ) from error


async def inspect_container(engine: Engine, container_id: str) -> ContainerState | None:
    """None: there is no such container."""
    try:
        reply: Mapping[str, Any] = await engine.ask(
            "look at a container", lambda api: api.inspect_container(container_id)
        )
    except NotFound:
        return None
    return parse_container(reply)


async def list_containers(engine: Engine, labels: Mapping[str, str]) -> list[tuple[str, Mapping[str, str]]]:
    """Ids and labels of all containers with these labels, ended ones too."""
    filters = {"label": [f"{name}={value}" for name, value in labels.items()]}
    replies: Sequence[Mapping[str, Any]] = await engine.ask(
        "list containers", lambda api: api.containers(all=True, filters=filters)
    )
    return [(str(reply["Id"]), dict(reply.get("Labels") or {})) for reply in replies]


async def signal_container(engine: Engine, container_id: str, signal: str) -> None:
    """One that has ended meanwhile, or is gone, needs none."""
    with contextlib.suppress(NotFound, Conflict):
        await engine.ask(f"send {signal} to a container", lambda api: api.kill(container_id, signal))


async def remove_container(engine: Engine, container_id: str) -> None:
    """By force, with its anonymous volumes. One that is gone, or that is being removed, is fine."""
    with contextlib.suppress(NotFound, Conflict):
        await engine.ask("remove a container", lambda api: api.remove_container(container_id, v=True, force=True))


async def ensure_network(engine: Engine, name: str, home: str) -> str:
    """The engine's name of the network: another home's of the same name is left alone. Made once, it keeps its name."""
    own = f"{name}-{to_mark(home)}"

    def ensure(api: Any) -> str:
        with _networks:
            # Two networks may have one name, and names are matched in part.
            found = {network["Name"]: network.get("Labels") or {} for network in api.networks(names=[name])}
            for candidate in (own, name):
                if found.get(candidate, {}).get(HOME) == home:
                    return candidate
            chosen = own if name in found else name
            api.create_network(chosen, labels={HOME: home}, check_duplicate=True)
            return chosen

    try:
        return await engine.ask(f"create the network {name}", ensure)
    except Conflict:
        # Somebody was quicker: another fig on the same engine.
        return await engine.ask(f"create the network {name}", ensure)


async def remove_networks(engine: Engine, name: str, home: str) -> None:
    """The home's own of that name. Raises ``Conflict`` while a container is in it."""

    def remove(api: Any) -> None:
        for candidate in (name, f"{name}-{to_mark(home)}"):
            with contextlib.suppress(NotFoundByEngine):
                if (api.inspect_network(candidate).get("Labels") or {}).get(HOME) == home:
                    api.remove_network(candidate)

    await engine.ask(f"remove the network {name}", remove)


async def read_gateway(engine: Engine, network: str) -> str:
    """The address that this machine has in the network."""
    found: Mapping[str, Any] = await engine.ask(
        f"look at the network {network}", lambda api: api.inspect_network(network)
    )
    configs = (found.get("IPAM") or {}).get("Config") or []
    gateway = next((str(config["Gateway"]) for config in configs if config.get("Gateway")), "")
    if not gateway:
        raise Unavailable(
            f"the network {network} has no gateway: tasks in it cannot reach this machine",
            hint=f"Remove it with `docker network rm {network}`, and repeat: fig makes it anew.",
        )
    # Some engines add the length of the prefix.
    return gateway.partition("/")[0]


async def ensure_volume(engine: Engine, name: str, labels: Mapping[str, str]) -> None:
    await engine.ask(f"create the volume {name}", lambda api: api.create_volume(name, labels=dict(labels)))


async def remove_volumes(engine: Engine, labels: Mapping[str, str]) -> None:
    """All with these labels that no container uses."""
    filters = {"label": [f"{name}={value}" for name, value in labels.items()]}

    def remove(api: Any) -> None:
        for volume in api.volumes(filters=filters).get("Volumes") or []:
            # One that a container still uses stays.
            with contextlib.suppress(Refusal):
                api.remove_volume(volume["Name"])

    await engine.ask("remove volumes", remove)


async def list_images(engine: Engine, labels: Mapping[str, str]) -> list[str]:
    """Their ids."""
    filters = {"label": [f"{name}={value}" for name, value in labels.items()]}
    replies: Sequence[Mapping[str, Any]] = await engine.ask("list images", lambda api: api.images(filters=filters))
    return [str(reply["Id"]) for reply in replies]


async def remove_image(engine: Engine, image_id: str, repositories: str) -> None:
    """With its names that begin with ``repositories``. It stays if a container uses it, or somebody gave it a name."""

    def remove(api: Any) -> None:
        with contextlib.suppress(Refusal):
            names = api.inspect_image(image_id).get("RepoTags") or []
            for name in names:
                if name.startswith(repositories):
                    # The last one takes the image along.
                    api.remove_image(name)
            if not names:
                api.remove_image(image_id)

    await engine.ask("remove an image", remove)


async def list_volume_groups(engine: Engine, home: str) -> list[str]:
    """The target groups that have shared volumes."""
    filters = {"label": f"{HOME}={home}"}
    reply: Mapping[str, Any] = await engine.ask("list volumes", lambda api: api.volumes(filters=filters))
    groups = {(volume.get("Labels") or {}).get(GROUP, "") for volume in reply.get("Volumes") or []}
    return sorted(groups - {""})


async def ensure_holder_image(engine: Engine) -> str:
    info: Mapping[str, Any] = await engine.ask("ask the engine for its machine", lambda api: api.info())
    machine = str(info["Architecture"])
    if not knows(machine):
        raise UsageError(
            f"cannot run several containers as one task: the engine's machine is {machine}",
            hint="Use an engine on x86_64 or aarch64, or a manifest without sidecars.",
        )
    reference = to_reference(machine)
    try:
        await engine.ask(f"look for the image {reference}", lambda api: api.inspect_image(reference))
    except NotFound:
        await engine.ask(f"make the image {reference}", lambda api: _import_holder(api, machine, reference))
    return reference


async def count_processors(engine: Engine) -> int:
    info: Mapping[str, Any] = await engine.ask("ask the engine for its machine", lambda api: api.info())
    return int(info.get("NCPU") or 1)


async def run_inside(engine: Engine, container_id: str, command: Sequence[str]) -> str | None:
    """What a short command in a running container prints; None when it cannot be run or fails."""

    def run(api: Any) -> str | None:
        made = api.exec_create(container_id, list(command), stderr=False)
        output: bytes = api.exec_start(made["Id"])
        return output.decode(errors="replace") if api.exec_inspect(made["Id"])["ExitCode"] == 0 else None

    try:
        return await engine.ask("run a command in a container", run)
    except FigError:
        return None


def _import_holder(api: Any, machine: str, reference: str) -> None:
    repository, _, tag = reference.partition(":")
    changes = ['ENTRYPOINT ["/pause"]']
    api.import_image_from_data(render_layer(machine), repository=repository, tag=tag, changes=changes)
