"""One workload of the workspace as an order for the daemon: built, read, compiled, set up before its first start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from stranglerfig.cli.deploying.setting_up import set_up
from stranglerfig.core.application import Runtime
from stranglerfig.core.json_values import to_json
from stranglerfig.errors import NotFound
from stranglerfig.workspace.compile import compile_workload
from stranglerfig.workspace.gather import read_parts
from stranglerfig.workspace.values import LocalContext

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import DeployOrder
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.manifest.model import WorkloadManifest
    from stranglerfig.workspace.compile import Compiled

Tell = Callable[[str], None]


def make_order(place: Place, manifest: WorkloadManifest, tell: Tell) -> tuple[DeployOrder, tuple[str, ...]]:
    """The order, and notes on what is otherwise here. Raises ``DeployFailed`` when building or setting up fails."""
    images: Mapping[str, str] = {}
    if runtime_of(place) is Runtime.DOCKER:
        from stranglerfig.cli.deploying.images import build_images

        images = build_images(place, manifest, tell)
    compiled = compile_for(place, manifest, images)
    if (compiled.setup or compiled.folders) and not is_deployed(place, compiled):
        set_up(place, compiled, tell)
    return to_order(compiled, force=place.force), compiled.notes


def compile_for(place: Place, manifest: WorkloadManifest, images: Mapping[str, str]) -> Compiled:
    parts = read_parts(Path(place.workspace.root), manifest, runtime_of(place), state_folder(place))
    context = LocalContext(
        app=place.app,
        environment=place.env,
        runtime=runtime_of(place),
        url=place.environment["url"],
        parts=parts,
        variables=place.environment["variables"],
        endpoints=place.endpoints,
        images=images,
        secrets=place.secrets,
        tag=place.tag,
        deployed_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return compile_workload(manifest, context)


def to_order(compiled: Compiled, *, force: bool) -> DeployOrder:
    return {
        "workload": as_object(compiled.workload),
        "group": as_object(compiled.group) if compiled.group else None,
        "listeners": [as_object(balancer) for balancer in compiled.balancers],
        "force": force,
    }


def as_object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", to_json(value))


def runtime_of(place: Place) -> Runtime:
    return Runtime(place.environment["runtime"])


def state_folder(place: Place) -> Path:
    """What tasks of the environment keep between deploys: volumes, collected files."""
    return place.state / f"{place.app}.{place.env}"


def is_deployed(place: Place, compiled: Compiled) -> bool:
    """The very same: then nothing is to be set up."""
    if place.force:
        return False
    try:
        found = place.client.workloads.show(place.app, place.env, compiled.workload.name)
    except NotFound:
        return False
    return found["digest"] == compiled.workload.digest
