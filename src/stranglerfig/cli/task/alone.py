"""A one-off task that is no service's: compiled as a job would be that has no schedule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stranglerfig.cli.output import say, warn
from stranglerfig.cli.pairs import pairs
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.core.application import Kind
from stranglerfig.core.desired import TaskTargets
from stranglerfig.core.json_values import from_json
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import Build, ContainerSpec, Image, LocalRun, Secret, WorkloadManifest

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import EnvironmentWire
    from stranglerfig.cli.task.wishes import Wishes

DOCKERFILE = "Dockerfile"
#: For hints: it has no manifest, and is not deployed.
PLACE = "with `--command`"
IN_DOCKER = "name an environment in Docker with `--env`"


def by_itself(environment: EnvironmentWire, name: str, wishes: Wishes, given: dict[str, Any]) -> TaskTargets:
    """What it runs in ``environment``: its image is built, or its Dockerfile read, as a deployed job's would be."""
    from stranglerfig.cli.deploying.order import make_order
    from stranglerfig.cli.deploying.prepare import Settings, prepare

    manifest = to_manifest(name, wishes, given)
    place = prepare(workspace_of(environment["app"]), environment["name"], Settings(), may_create=False)
    order, notes = make_order(place, manifest, say)
    for note in notes:
        warn(note)
    targets: TaskTargets = from_json(TaskTargets, order["workload"]["job"])  # type: ignore[arg-type]
    return targets


def to_manifest(name: str, wishes: Wishes, given: dict[str, Any]) -> WorkloadManifest:
    """``given`` are the flags that say what to build or which image to take; paths are of the folder fig was called
    in."""
    image = to_image(given)
    has_dockerfile = image.build is not None and Path(str(image.build.dockerfile)).is_file()
    is_bare = image.build is not None and not has_dockerfile
    if is_bare and given["dockerfile"]:
        raise UsageError(f"there is no file {given['dockerfile']}", hint="Mend --dockerfile.")
    if is_bare and wishes.command is None:
        raise UsageError(
            "nothing is said to be run: neither --as, --image, --command nor a Dockerfile here",
            hint="Add --as SERVICE to run a command as a service does, or --command for a program of this folder.",
        )
    spec = ContainerSpec(
        name=name,
        image=image,
        entrypoint=wishes.entrypoint,
        command=wishes.command,
        variables=tuple(wishes.variables.items()),
        secrets=tuple(Secret(variable, stored) for variable, stored in wishes.secrets.items()),
    )
    words = (*(wishes.entrypoint or ()), *(wishes.command or ()))
    return WorkloadManifest(
        kind=Kind.JOB,
        name=name,
        body={"name": name, "type": Kind.JOB.value},
        containers=(spec,),
        cpu=wishes.cpu_units or 256,
        memory=wishes.memory_mib or 512,
        local=LocalRun(
            words if is_bare else None,
            place=PLACE if image.build else f"{PLACE} and without `--image`",
            in_docker=IN_DOCKER,
        ),
    )


def to_image(given: dict[str, Any]) -> Image:
    if given["image"]:
        if given["dockerfile"] or given["build_context"]:
            raise UsageError("--image and --dockerfile say two different things to run", hint="Leave one of them out.")
        return Image(location=given["image"])
    context = Path(
        given["build_context"] or (Path(given["dockerfile"]).parent if given["dockerfile"] else ".")
    ).resolve()
    dockerfile = Path(given["dockerfile"]).resolve() if given["dockerfile"] else context / DOCKERFILE
    args = tuple(pairs(given["build_args"], "--build-args").items())
    return Image(build=Build(dockerfile=str(dockerfile), context=str(context), args=args))
