"""Manifests with what the flags of one run change in them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import ContainerSpec, NlbListener, WorkloadManifest

HIGHEST_PORT = 65_535


def with_variables(manifests: Sequence[WorkloadManifest], texts: Sequence[str]) -> list[WorkloadManifest]:
    """``K=V`` for every container, ``CONTAINER:K=V`` for those of that name; a secret of the same name gives way."""
    known = {spec.name for manifest in manifests for spec in manifest.containers}
    changes = [parse_variable(text, known) for text in texts]
    return [
        replace(manifest, containers=tuple(changed(spec, changes) for spec in manifest.containers))
        for manifest in manifests
    ]


def parse_variable(text: str, known: set[str]) -> tuple[str | None, str, str]:
    """The container, None for all, the variable, and its value."""
    name, equals, value = text.partition("=")
    container, colon, variable = name.rpartition(":")
    if not equals or not variable:
        raise UsageError("--env-var-override takes [CONTAINER:]NAME=VALUE", hint="Write `LEVEL=debug`.")
    if colon and container not in known:
        raise UsageError(
            f"--env-var-override: there is no container {container!r} (known: {', '.join(sorted(known))})",
            hint="A service's own container has the service's name.",
        )
    return container if colon else None, variable, value


def changed(spec: ContainerSpec, changes: Sequence[tuple[str | None, str, str]]) -> ContainerSpec:
    own = {variable: value for container, variable, value in changes if container in (None, spec.name)}
    return replace(
        spec,
        variables=tuple({**dict(spec.variables), **own}.items()),
        secrets=tuple(secret for secret in spec.secrets if secret.variable not in own),
    )


def with_ports(manifests: Sequence[WorkloadManifest], texts: Sequence[str]) -> list[WorkloadManifest]:
    """``HOST:CONTAINER``: a port of this machine for one of a container's, as the manifest's ``nlb`` would have it."""
    found = list(manifests)
    for text in texts:
        host, port = parse_port(text)
        places = [(at, spec) for at, one in enumerate(found) for spec in one.containers if spec.port == port]
        if len(places) != 1:
            services = ", ".join(spec.name for _, spec in places)
            raise UsageError(
                f"--port-override {text}: "
                + (f"{services} all listen on {port}" if services else f"no service listens on {port}"),
                hint="Choose one service with --name."
                if services
                else "The second number is the manifest's image.port.",
            )
        at, spec = places[0]
        listener = NlbListener(port=host, protocol="tcp", target_container=spec.name, target_port=port)
        found[at] = replace(found[at], nlb=(*found[at].nlb, listener))
    return found


def parse_port(text: str) -> tuple[int, int]:
    host, _, container = text.partition(":")
    if not all(port.isdecimal() and 0 < int(port) <= HIGHEST_PORT for port in (host, container)):
        raise UsageError(f"--port-override {text} is not HOST:CONTAINER", hint="Write two ports, like `8080:80`.")
    return int(host), int(container)
