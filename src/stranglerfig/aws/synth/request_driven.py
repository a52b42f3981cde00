"""A Request-Driven Web Service on ECS, behind the environment's balancer: App Runner is closed. Pure.

It becomes the manifest of a Load Balanced Web Service, or of a Backend Service where it is private, and all further
synthesis knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stranglerfig.aws.synth.facts import Release
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import HttpHealth, WorkloadManifest
from stranglerfig.manifest.rules.given import has, section

#: App Runner's own limits for who does not set any, and a load at which another task is worth its while.
COUNT = {"range": "1-25", "cpu_percentage": 70.0}


def on_fargate(release: Release) -> Release:
    return replace(release, manifest=_manifest(release.manifest))


def without_counterpart(release: Release) -> Iterator[str]:
    """What of it has no counterpart on ECS, as sentences."""
    manifest = release.manifest
    if manifest.kind is not Kind.REQUEST_DRIVEN:
        return
    yield f"{manifest.name} runs on ECS behind the environment's load balancer: App Runner takes no new services."
    if has(manifest.body, "count"):
        yield (
            f"`count` of {manifest.name} names a configuration of App Runner, which ECS does not have: 1 to 25 tasks"
            " run, as many as their processors want."
        )
    if has(manifest.body, "http", "private", "endpoint"):
        yield (
            f"`http.private.endpoint` of {manifest.name} has no effect: the environment's internal load balancer is"
            " what it is reached through."
        )
    if not (release.env.has_own_domain or release.env.public_certificates or manifest.private):
        yield (
            f"{manifest.name} takes every path of the load balancer that no other service has: without a domain there"
            " is no host of its own."
        )


def _manifest(manifest: WorkloadManifest) -> WorkloadManifest:
    body = manifest.body
    [rule] = manifest.http
    return replace(
        manifest,
        kind=Kind.BACKEND if manifest.private else Kind.LOAD_BALANCED,
        body={**body, "count": COUNT, "http": {"path": rule.path, **section(body, "http")}},
        http=(replace(rule, health=_bearable(rule.health)),),
    )


def _bearable(health: HttpHealth) -> HttpHealth:
    """App Runner checks more often and decides sooner than a balancer can."""
    interval_s = max(5.0, health.interval_s)
    return replace(
        health,
        healthy_threshold=min(10, max(2, health.healthy_threshold)),
        unhealthy_threshold=min(10, max(2, health.unhealthy_threshold)),
        interval_s=interval_s,
        timeout_s=min(max(2.0, health.timeout_s), interval_s - 1),
    )
