"""Rules about the containers of a task: what they wait for, and what they mount. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.manifest.rules.given import Body, Problems, has, items, quoted, section, sections, text

#: containers that AWS adds to a task, by the field that wants them
LOG_ROUTER = "firelens_log_router"
TRACER = "aws-otel-collector"
WAITS_FOR_LIFE = ("start", "healthy")


def begins_with_cmd(body: dict[str, object]) -> Problems:
    command = body.get("command")
    if not isinstance(command, (list, tuple)) or (command and command[0] in ("CMD", "CMD-SHELL")):
        return []
    return [("command", 'must begin with "CMD" or "CMD-SHELL"')]


def dependencies(body: dict[str, object]) -> Problems:
    """Names that exist, conditions that come true, and no circle."""
    waits = waits_of(body)
    essential = essential_containers(body)
    problems: Problems = []
    for name, (path, depends_on) in waits.items():
        for other, condition in depends_on.items():
            if (problem := _wrong_wait(name, other, str(condition).lower(), essential)) is not None:
                problems.append((f"{path}.{other}", problem))
    circle = find_circle({name: tuple(depends_on) for name, (_, depends_on) in waits.items()})
    if len(circle) > 1:
        path, _ = waits[circle[0]]
        problems.append((path, f"containers wait for each other in a circle: {' → '.join((*circle, circle[0]))}"))
    return problems


def waits_of(body: Body) -> dict[str, tuple[str, Mapping[str, object]]]:
    """For each container the path of its ``depends_on``, and what stands there; the main one comes first."""
    main = text(body, "name") or ""
    waits = {main: ("image.depends_on", section(body, "image", "depends_on"))}
    for name, sidecar in sections(body, "sidecars"):
        waits[name] = (f"sidecars.{name}.depends_on", section(sidecar, "depends_on"))
    return waits


def essential_containers(body: Body) -> dict[str, bool]:
    """Every container of the task, AWS's own included, and whether its end ends the task."""
    found = {text(body, "name") or "": True}
    found |= {name: sidecar.get("essential") is not False for name, sidecar in sections(body, "sidecars")}
    if set(section(body, "logging")) - {"retention"}:
        found[LOG_ROUTER] = False
    if has(body, "observability", "tracing"):
        found[TRACER] = False
    return found


def _wrong_wait(name: str, other: str, condition: str, essential: Mapping[str, bool]) -> str | None:
    if other == name:
        return "a container cannot wait for itself"
    if other not in essential:
        return f'container "{other}" does not exist; there is {quoted(list(essential))}'
    if essential[other] and condition not in WAITS_FOR_LIFE:
        return f'"{other}" is essential: its end ends the task, so that only {quoted(WAITS_FOR_LIFE, "or")} can be met'
    return None


def find_circle(waits: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Names of which each waits for the next, and the last for the first; empty if there are none."""
    done: set[str] = set()
    for start in waits:
        trail: dict[str, None] = {}
        branches = [iter((start,))]
        while branches:
            name = next(branches[-1], None)
            if name is None:
                branches.pop()
                done |= {trail.popitem()[0]} if trail else set()
            elif name in trail:
                names = [*trail]
                return tuple(names[names.index(name) :])
            elif name in waits and name not in done:
                trail[name] = None
                branches.append(iter(waits[name]))
    return ()


def own_names(body: dict[str, object]) -> Problems:
    main = text(body, "name")
    if main in section(body, "sidecars"):
        return [(f"sidecars.{main}", "is the name of the main container already")]
    return []


def mounted_volumes(body: dict[str, object]) -> Problems:
    volumes = section(body, "storage", "volumes")
    return [
        (
            f"sidecars.{name}.mount_points[{index}].source_volume",
            f'volume "{volume}" does not exist in storage.volumes',
        )
        for name, sidecar in sections(body, "sidecars")
        for index, mount in items(sidecar, "mount_points")
        if (volume := text(mount, "source_volume")) is not None and volume not in volumes
    ]
