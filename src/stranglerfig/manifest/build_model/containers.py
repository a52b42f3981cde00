"""The main container and the sidecars. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.core.containers import Condition, ContainerHealth
from stranglerfig.manifest.build_model.words import words
from stranglerfig.manifest.model import Build, ContainerSpec, Image, Pairs, Secret, StorageVolume, VolumeMount
from stranglerfig.manifest.rules.containers import LOG_ROUTER, TRACER
from stranglerfig.manifest.rules.given import Body, items, number, seconds, section, sections, text, texts, value
from stranglerfig.manifest.rules.targets import http_targets, main_name, nlb_targets, sidecar_ports

#: AWS adds them to tasks; here nobody does, and nobody waits for them
OF_AWS = (LOG_ROUTER, TRACER)


def containers_of(body: Body) -> tuple[ContainerSpec, ...]:
    """The main one first, the sidecars as they were written."""
    return (main_container(body), *(_sidecar(name, sidecar, body) for name, sidecar in sections(body, "sidecars")))


def main_container(body: Body) -> ContainerSpec:
    name, image = main_name(body), section(body, "image")
    return ContainerSpec(
        name=name,
        image=_image(image, text(image, "credentials")),
        port=_port_of_main(body),
        entrypoint=words(body, "entrypoint"),
        command=words(body, "command"),
        variables=_variables(body),
        secrets=_secrets(body),
        env_file=text(body, "env_file"),
        depends_on=_depends_on(image),
        health=_health(image),
        mounts=tuple(
            VolumeMount(volume, text(given, "path") or "", value(given, "read_only") is not False)
            for volume, given in sections(body, "storage", "volumes")
        ),
        labels=_pairs(image, "labels"),
        read_only_root=value(body, "storage", "readonly_fs") is True,
    )


def volumes_of(body: Body) -> tuple[StorageVolume, ...]:
    return tuple(
        StorageVolume(name, lasting=bool(volume.get("efs"))) for name, volume in sections(body, "storage", "volumes")
    )


def _port_of_main(body: Body) -> int | None:
    """Its own, else the first one that something is sent to."""
    said = number(body, "image", "port")
    if said is not None:
        return said
    targets = (*http_targets(body), *nlb_targets(body))
    return next((target.port for target in targets if target.container == main_name(body)), None)


def _sidecar(name: str, sidecar: Body, body: Body) -> ContainerSpec:
    port, protocol = sidecar_ports(body).get(name, (None, "tcp"))
    image = sidecar.get("image")
    credentials = text(sidecar, "credentialsParameter")
    return ContainerSpec(
        name=name,
        image=Image(None, image, credentials)
        if isinstance(image, str)
        else _image(section(sidecar, "image"), credentials),
        port=port,
        udp=protocol == "udp",
        entrypoint=words(sidecar, "entrypoint"),
        command=words(sidecar, "command"),
        variables=_variables(sidecar),
        secrets=_secrets(sidecar),
        env_file=text(sidecar, "env_file"),
        essential=value(sidecar, "essential") is not False,
        depends_on=_depends_on(sidecar),
        health=_health(sidecar),
        mounts=tuple(
            VolumeMount(
                text(mount, "source_volume") or "",
                text(mount, "path") or "",
                value(mount, "read_only") is not False,
            )
            for _, mount in items(sidecar, "mount_points")
        ),
        labels=_pairs(sidecar, "labels"),
    )


def _image(image: Body, credentials: str | None) -> Image:
    return Image(_build(image), text(image, "location"), credentials)


def _build(image: Body) -> Build | None:
    build = image.get("build")
    if isinstance(build, str):
        return Build(dockerfile=build)
    if not isinstance(build, Mapping):
        return None
    return Build(
        dockerfile=text(build, "dockerfile"),
        context=text(build, "context"),
        target=text(build, "target"),
        args=_pairs(build, "args"),
        cache_from=texts(build, "cache_from"),
    )


def _variables(container: Body) -> Pairs:
    """Those with a value of their own; what a stack would export is among the secrets."""
    return _pairs(container, "variables")


def _secrets(container: Body) -> tuple[Secret, ...]:
    exported = tuple(
        Secret(variable, text(given, "from_cfn") or "") for variable, given in sections(container, "variables")
    )
    return (*exported, *(_secret(variable, given) for variable, given in section(container, "secrets").items()))


def _secret(variable: str, given: object) -> Secret:
    if isinstance(given, Mapping):
        # Secrets Manager's name may end in colons, for a version that is not said.
        return Secret(variable, text(given, "from_cfn") or (text(given, "secretsmanager") or "").rstrip(":"))
    return Secret(variable, str(given))


def _depends_on(container: Body) -> tuple[tuple[str, Condition], ...]:
    waits = section(container, "depends_on").items()
    return tuple((name, Condition(str(condition).lower())) for name, condition in waits if name not in OF_AWS)


def _health(container: Body) -> ContainerHealth | None:
    check = section(container, "healthcheck")
    if not check:
        return None
    return ContainerHealth(
        command=texts(check, "command"),
        interval_s=seconds(check, "interval") or 0.0,
        timeout_s=seconds(check, "timeout") or 0.0,
        retries=number(check, "retries") or 0,
        start_period_s=seconds(check, "start_period") or 0.0,
    )


def _pairs(body: Body, name: str) -> Pairs:
    return tuple((key, given) for key, given in section(body, name).items() if isinstance(given, str))
