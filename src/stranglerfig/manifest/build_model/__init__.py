"""A loaded manifest to the values that the rest of fig works with: shorthand written out, targets resolved. Pure.

The manifest has been checked: what stands here need not be asked again, and what is absent has its default.
"""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.build_model.balancers import app_runner_rule, http_rules, is_private, nlb_listeners
from stranglerfig.manifest.build_model.containers import containers_of, volumes_of
from stranglerfig.manifest.build_model.effects import fields_without_effect
from stranglerfig.manifest.build_model.messages import default_queue, subscriptions_of, topics_of
from stranglerfig.manifest.build_model.others import environment_of, files_of, local_run, pipeline_of
from stranglerfig.manifest.build_model.tasks import connect_alias, runs_commands, task_count
from stranglerfig.manifest.kinds.environment import ENVIRONMENT_TYPE
from stranglerfig.manifest.kinds.pipeline import PIPELINE_TYPE
from stranglerfig.manifest.load import Loaded
from stranglerfig.manifest.model import EnvironmentManifest, HttpRule, Manifest, PipelineManifest, WorkloadManifest
from stranglerfig.manifest.rules.given import Body, number, seconds, text
from stranglerfig.manifest.rules.platform import platform_of


def build_model(loaded: Loaded) -> Manifest:
    match loaded.kind.name:
        case name if name == ENVIRONMENT_TYPE:
            return build_environment(loaded)
        case name if name == PIPELINE_TYPE:
            return build_pipeline(loaded)
        case _:
            return build_workload(loaded)


def build_environment(loaded: Loaded) -> EnvironmentManifest:
    return environment_of(loaded.body, fields_without_effect(loaded))


def build_pipeline(loaded: Loaded) -> PipelineManifest:
    return pipeline_of(loaded.body)


def build_workload(loaded: Loaded) -> WorkloadManifest:
    body, kind = loaded.body, Kind(loaded.kind.name)
    if kind is Kind.STATIC_SITE:
        return _static_site(loaded)
    is_service = kind is not Kind.JOB
    return WorkloadManifest(
        kind=kind,
        name=text(body, "name") or "",
        body=body,
        containers=containers_of(body),
        http=_http(kind, body),
        nlb=nlb_listeners(body),
        private=is_private(kind, body),
        cpu=number(body, "cpu") or 0,
        memory=number(body, "memory") or 0,
        platform=platform_of(body),
        count=task_count(body) if is_service and kind is not Kind.REQUEST_DRIVEN else 1,
        exec=runs_commands(body),
        connect_alias=connect_alias(body),
        recreate=(text(body, "deployment", "rolling") or "").lower() == "recreate",
        volumes=volumes_of(body),
        topics=topics_of(body),
        queue=default_queue(body) if kind is Kind.WORKER else None,
        subscriptions=subscriptions_of(body),
        schedule=text(body, "on", "schedule"),
        retries=number(body, "retries") or 0,
        timeout_s=seconds(body, "timeout"),
        local=local_run(body),
        without_effect=fields_without_effect(loaded),
    )


def _http(kind: Kind, body: Body) -> tuple[HttpRule, ...]:
    return (app_runner_rule(body),) if kind is Kind.REQUEST_DRIVEN else http_rules(body)


def _static_site(loaded: Loaded) -> WorkloadManifest:
    return WorkloadManifest(
        kind=Kind.STATIC_SITE,
        name=text(loaded.body, "name") or "",
        body=loaded.body,
        files=files_of(loaded.body),
        without_effect=fields_without_effect(loaded),
    )
