"""A loaded manifest to the values that the rest of fig works with: shorthand written out, targets resolved. Pure.

The manifest has been checked: what stands here need not be asked again, and what is absent has its default.
"""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.core.application import PROXY_TYPE, Kind
from stranglerfig.manifest.build_model import app_runner
from stranglerfig.manifest.build_model.balancers import http_rules, nlb_listeners
from stranglerfig.manifest.build_model.containers import containers_of, volumes_of
from stranglerfig.manifest.build_model.effects import fields_without_effect
from stranglerfig.manifest.build_model.messages import default_queue, subscriptions_of, topics_of
from stranglerfig.manifest.build_model.others import environment_of, files_of, local_run, pipeline_of
from stranglerfig.manifest.build_model.strangler_proxy import proxy_of
from stranglerfig.manifest.build_model.tasks import connect_alias, runs_commands, task_count
from stranglerfig.manifest.kinds.environment import ENVIRONMENT_TYPE
from stranglerfig.manifest.kinds.pipeline import PIPELINE_TYPE
from stranglerfig.manifest.load import Loaded
from stranglerfig.manifest.model import EnvironmentManifest, Manifest, PipelineManifest, WorkloadManifest
from stranglerfig.manifest.rules.given import Body, number, seconds, text
from stranglerfig.manifest.rules.platform import platform_of


def build_model(loaded: Loaded) -> Manifest:
    match loaded.kind.name:
        case name if name == ENVIRONMENT_TYPE:
            return build_environment(loaded)
        case name if name == PIPELINE_TYPE:
            return build_pipeline(loaded)
        case name if name == PROXY_TYPE:
            return proxy_of(loaded.body)
        case _:
            return build_workload(loaded)


def build_environment(loaded: Loaded) -> EnvironmentManifest:
    return environment_of(loaded.body, fields_without_effect(loaded))


def build_pipeline(loaded: Loaded) -> PipelineManifest:
    return pipeline_of(loaded.body)


def build_workload(loaded: Loaded) -> WorkloadManifest:
    match Kind(loaded.kind.name):
        case Kind.STATIC_SITE:
            return replace(_named(loaded), files=files_of(loaded.body))
        case Kind.REQUEST_DRIVEN:
            body = app_runner.used(loaded.body)
            built = replace(_task(_named(loaded), body), http=(app_runner.only_rule(body),))
            return replace(built, private=app_runner.is_private(body), count=1)
        case Kind.JOB:
            body = loaded.body
            job = replace(_task(_named(loaded), body), count=1, schedule=text(body, "on", "schedule"))
            return replace(job, retries=number(body, "retries") or 0, timeout_s=seconds(body, "timeout"))
        case Kind.WORKER:
            body = loaded.body
            worker = _task(_named(loaded), body)
            return replace(worker, queue=default_queue(body), subscriptions=subscriptions_of(body))
        case _:
            body = loaded.body
            return replace(_task(_named(loaded), body), http=http_rules(body), nlb=nlb_listeners(body))


def _named(loaded: Loaded) -> WorkloadManifest:
    return WorkloadManifest(
        kind=Kind(loaded.kind.name),
        name=text(loaded.body, "name") or "",
        body=loaded.body,
        given=loaded.given,
        without_effect=fields_without_effect(loaded),
    )


def _task(manifest: WorkloadManifest, body: Body) -> WorkloadManifest:
    """With what every workload of containers has."""
    return replace(
        manifest,
        containers=containers_of(body),
        cpu=number(body, "cpu") or 0,
        memory=number(body, "memory") or 0,
        platform=platform_of(body),
        count=task_count(body),
        exec=runs_commands(body),
        connect_alias=connect_alias(body),
        recreate=(text(body, "deployment", "rolling") or "").lower() == "recreate",
        volumes=volumes_of(body),
        topics=topics_of(body),
        local=local_run(body),
    )
