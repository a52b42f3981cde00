"""Rules about operating systems and processors. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stranglerfig.manifest.rules.given import Body, Problems, has, sections, text, value
from stranglerfig.manifest.rules.storage import is_managed

APP_RUNNER = ("linux/amd64", "linux/x86_64")


def platform_of(body: Body) -> str | None:
    """``os/architecture`` in small letters; None where none is said."""
    found = body.get("platform")
    if isinstance(found, str):
        return found.lower()
    if isinstance(found, Mapping):
        return f"{text(found, 'osfamily') or ''}/{text(found, 'architecture') or ''}".lower()
    return None


def osfamily_with_architecture(body: dict[str, object]) -> Problems:
    family, architecture = (text(body, "osfamily") or "").lower(), (text(body, "architecture") or "").lower()
    if family.startswith("windows") and architecture.startswith("arm"):
        return [("", f'"{family}" does not run on "{architecture}"; x86_64 and amd64 are possible')]
    return []


def fits_the_platform(body: dict[str, object]) -> Problems:
    platform = platform_of(body) or ""
    if platform.startswith("windows"):
        return list(_not_on_windows(body))
    if "/arm" in platform:
        return list(_not_on_arm(body))
    return []


def app_runner_platform(body: dict[str, object]) -> Problems:
    platform = platform_of(body)
    if platform is None or platform in APP_RUNNER:
        return []
    return [("platform", f'App Runner has no "{platform}"; linux/x86_64 is possible')]


def _not_on_windows(body: Body) -> Iterator[tuple[str, str]]:
    for name, volume in sections(body, "storage", "volumes"):
        if is_managed(volume) or has(volume, "efs", "id"):
            yield f"storage.volumes.{name}.efs", "file systems are not possible on Windows"
    if value(body, "storage", "readonly_fs") is True:
        yield "storage.readonly_fs", "a root that is only read is not possible on Windows"
    if value(body, "network", "connect") not in (None, False):
        yield "network.connect", "Service Connect is not possible on Windows"


def _not_on_arm(body: Body) -> Iterator[tuple[str, str]]:
    if has(body, "count", "spot"):
        yield "count.spot", "spare capacity is not possible on ARM"
    if has(body, "count", "range", "spot_from"):
        yield "count.range.spot_from", "spare capacity is not possible on ARM"
