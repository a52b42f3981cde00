"""What workloads need of their environment: by it balancers, NAT gateways and a file system come to be. Pure.

Copilot's workloads said so to a function that updated the environment's stack; here it is known before the stack is
updated. What workloads of other repositories need stands in the stack's parameters and is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stranglerfig.aws.synth.reading.storage import managed_owner
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.given import has, text

Names = frozenset[str]
_NONE: Names = frozenset()
#: by the feature's field
PARAMETERS = {
    "public_balancer": "ALBWorkloads",
    "internal_balancer": "InternalALBWorkloads",
    "file_system": "EFSWorkloads",
    "nat": "NATWorkloads",
    "app_runner": "AppRunnerPrivateWorkloads",
}
ALIASES, SERVICES = "Aliases", "AddonServices"
#: No workload has this name, for the environments' manifests have the folder.
OF_ENVIRONMENT = "environments"
#: of whom it is not written who they are
OF_SOMEBODY = ""


@dataclass(frozen=True, slots=True)
class Features:
    """The names of the workloads that need each of them. ``app_runner`` holds what Copilot has deployed: nothing of
    ours needs it. ``addons`` are services of AWS that addons make things of, and our templates do not, by workload;
    those of the environment's own addons by ``OF_ENVIRONMENT``."""

    public_balancer: Names = _NONE
    internal_balancer: Names = _NONE
    file_system: Names = _NONE
    nat: Names = _NONE
    app_runner: Names = _NONE
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    addons: Mapping[str, Names] = field(default_factory=dict)

    @property
    def services(self) -> Names:
        """That any addons need."""
        return _NONE.union(*self.addons.values())

    @property
    def hosts(self) -> tuple[str, ...]:
        """That lead to the public balancer, each once, in a stable order."""
        balanced = (hosts for workload, hosts in self.aliases.items() if workload in self.public_balancer)
        return tuple(sorted({host.lower() for hosts in balanced for host in hosts}))


def features_of(
    manifests: Iterable[WorkloadManifest],
    known: Mapping[str, str] | None = None,
    gone: Iterable[str] = (),
    addons: Mapping[str, Names] | None = None,
) -> Features:
    """``known`` are the parameters of the stack as it is; ``gone`` workloads that need nothing any more. Until they and
    what else has changed its mind are deployed, a stack wants ``both`` this and what it has."""
    said = tuple(manifests)
    left = without(read(known or {}), [*gone, *(manifest.name for manifest in said)])
    return both(left, Features(addons=addons or {}), *(_needs(manifest) for manifest in said))


def both(*found: Features) -> Features:
    """What any of them has."""
    lists = {name: _NONE.union(*(getattr(one, name) for one in found)) for name in PARAMETERS}
    aliases: dict[str, tuple[str, ...]] = {}
    for one in found:
        for workload, hosts in one.aliases.items():
            aliases[workload] = tuple(dict.fromkeys((*aliases.get(workload, ()), *hosts)))
    users = [user for one in found for user in one.addons]
    addons = {user: _NONE.union(*(one.addons.get(user, _NONE) for one in found)) for user in users}
    return Features(**lists, aliases=aliases, addons=addons)


def without(features: Features, workloads: Iterable[str]) -> Features:
    gone = frozenset(workloads)
    lists = {name: getattr(features, name) - gone for name in PARAMETERS}
    aliases = {name: hosts for name, hosts in features.aliases.items() if name not in gone}
    addons = {user: services for user, services in features.addons.items() if user not in gone}
    return Features(**lists, aliases=aliases, addons=addons)


def read(parameters: Mapping[str, str]) -> Features:
    """What a stack's parameters say."""
    lists = {field: _listed(parameters.get(key, "")) for field, key in PARAMETERS.items()}
    said = json.loads(parameters.get(ALIASES) or "{}")
    aliases = {workload: tuple(hosts) for workload, hosts in said.items()}
    return Features(**lists, aliases=aliases, addons=_addons(parameters.get(SERVICES, "")))


def written(features: Features) -> dict[str, str]:
    """As parameters, the same for the same."""
    found = {key: ",".join(sorted(getattr(features, field))) for field, key in PARAMETERS.items()}
    aliases = {workload: list(hosts) for workload, hosts in sorted(features.aliases.items()) if hosts}
    addons = {user: sorted(services) for user, services in sorted(features.addons.items()) if services}
    return {**found, ALIASES: _as_text(aliases), SERVICES: _as_text(addons)}


def _as_text(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":")) if value else ""


def _addons(value: str) -> dict[str, Names]:
    if not value.startswith("{"):
        return {OF_SOMEBODY: _listed(value)} if value else {}
    return {user: frozenset(services) for user, services in json.loads(value).items()}


def _listed(value: str) -> Names:
    return frozenset(filter(None, value.split(",")))


def _needs(manifest: WorkloadManifest) -> Features:
    name = frozenset({manifest.name})
    balanced = bool(manifest.http) and not has(manifest.body, "http", "alb")
    internal = manifest.kind is Kind.BACKEND or manifest.private
    hosts = tuple(dict.fromkeys(host for rule in manifest.http for host in rule.aliases))
    return Features(
        public_balancer=name if balanced and not internal else _NONE,
        internal_balancer=name if balanced and internal else _NONE,
        file_system=name if managed_owner(manifest.body) else _NONE,
        nat=name if text(manifest.body, "network", "vpc", "placement") == "private" else _NONE,
        aliases={manifest.name: hosts} if hosts and balanced and not internal else {},
    )
