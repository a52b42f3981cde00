"""What the deploying commands share: manifests in, services that answer out, and a word to whoever interrupts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Question, ask_yes
from stranglerfig.cli.deploying.difference import coloured, render_difference
from stranglerfig.cli.deploying.engine import Deployment, Interruption, deploy_workloads
from stranglerfig.cli.deploying.order import compile_for, to_order
from stranglerfig.cli.deploying.proxies import declare, report
from stranglerfig.cli.deploying.proxies import read as read_proxy
from stranglerfig.cli.deploying.report import conclude, explain_interruption
from stranglerfig.cli.output import say, show
from stranglerfig.cli.scope.manifests import read_workload
from stranglerfig.errors import NotFound
from stranglerfig.manifest.problems import ManifestInvalid, Problem

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import DeployOrder
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.core.declared.declaration import ProxyDeclaration
    from stranglerfig.manifest.model import WorkloadManifest

GO_ON = Question("Continue with the deployment", "Continue with the deployment?", "--diff-yes")


def deploy_names(place: Place, groups: Sequence[Sequence[str]]) -> list[Deployment]:
    """Every manifest is read and checked before the first service is touched. Proxies come last: they lead there."""
    proxies = {file.name for file in place.workspace.proxies}
    wanted = [[name for name in group if name not in proxies] for group in groups]
    manifests, declared = read_all(place, wanted, [name for group in groups for name in group if name in proxies])
    if not any(wanted):
        deploy_proxies(declared)
        return []
    try:
        deployments = deploy_workloads(place, manifests)
    except Interruption as interruption:
        explain_interruption(interruption.begun)
        raise
    conclude(place, deployments)
    deploy_proxies(declared)
    return deployments


def read_all(
    place: Place, groups: Sequence[Sequence[str]], proxies: Sequence[str] = ()
) -> tuple[list[list[WorkloadManifest]], dict[str, ProxyDeclaration]]:
    """Raises ``ManifestInvalid`` with the problems of all."""
    found: list[list[WorkloadManifest]] = []
    declared: dict[str, ProxyDeclaration] = {}
    problems: list[Problem] = []
    for group in groups:
        found.append([])
        for name in group:
            try:
                found[-1].append(read(place, name))
            except ManifestInvalid as invalid:
                problems += invalid.problems
    for name in proxies:
        try:
            declared[name] = read_proxy(place.workspace, name, place.env, lenient=place.lenient)
        except ManifestInvalid as invalid:
            problems += invalid.problems
    if problems:
        if sum(map(len, groups)) + len(proxies) > 1:
            say(f"Nothing was deployed to {place.env}: all manifests must be right first.")
        raise ManifestInvalid(problems)
    return found, declared


def deploy_proxies(declared: Mapping[str, ProxyDeclaration]) -> None:
    for name, declaration in declared.items():
        report(name, declare(declaration))


def read(place: Place, name: str) -> WorkloadManifest:
    return read_workload(place.workspace, name, place.env, lenient=place.lenient)


def plan(place: Place, manifest: WorkloadManifest) -> DeployOrder:
    """What a deploy would ask for. Images are not built: those of the manifest are named by what they would be."""
    images = {
        spec.name: spec.image.location or f"{place.app}/{manifest.name}:{place.tag or 'latest'}"
        for spec in manifest.containers
    }
    return to_order(compile_for(place, manifest, images), force=place.force)


def show_change(place: Place, name: str, *, ask: bool) -> bool:
    """Whether to go on."""
    lines = change(place, name)
    for line in lines or ["No changes."]:
        show(line)
    # Where nothing would change there is nothing to agree to.
    if not ask or not lines or ask_yes(GO_ON, default=False):
        return True
    say("Nothing was deployed.")
    return False


def change(place: Place, name: str) -> list[str]:
    """Lines of what differs from what is deployed; none if nothing does."""
    order = plan(place, read(place, name))
    try:
        now = place.client.workloads.show(place.app, place.env, name)
    except NotFound:
        before: dict[str, object] = {}
    else:
        before = {"manifest": now["manifest"], "tasks": now["targets"]}
    return [coloured(line) for line in render_difference(before, planned(order))]


def planned(order: DeployOrder) -> dict[str, object]:
    import json

    group, workload = order["group"], order["workload"]
    return {"manifest": json.loads(workload["manifest"]), "tasks": group["targets"] if group else workload["job"]}
