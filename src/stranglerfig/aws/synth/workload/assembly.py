"""Which parts the stack of each kind of workload has. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.balancing import http_fragment, nlb_fragment
from stranglerfig.aws.synth.facts import KEPT_HOSTS, Release
from stranglerfig.aws.synth.messaging import queues_fragment, topics_fragment
from stranglerfig.aws.synth.names import TEMPLATE_VERSION
from stranglerfig.aws.synth.request_driven import on_fargate
from stranglerfig.aws.synth.site import site_fragment
from stranglerfig.aws.synth.template import Fragment, Template, Value, assemble
from stranglerfig.aws.synth.workload.addons import addons_stack
from stranglerfig.aws.synth.workload.alarms import alarms
from stranglerfig.aws.synth.workload.job import job_fragment
from stranglerfig.aws.synth.workload.logs import log_group
from stranglerfig.aws.synth.workload.parameters import parameters, shared_parameters, target_parameters
from stranglerfig.aws.synth.workload.roles import roles
from stranglerfig.aws.synth.workload.scaling import scaling
from stranglerfig.aws.synth.workload.service import discovery, service
from stranglerfig.aws.synth.workload.taskdef import task_definition
from stranglerfig.aws.synth.workload.volumes import access_point
from stranglerfig.core.application import Kind

#: Copilot's words for each kind of stack.
DESCRIPTIONS = {
    Kind.LOAD_BALANCED: "a load balanced web service on Amazon ECS",
    Kind.BACKEND: "a backend service on Amazon ECS",
    Kind.REQUEST_DRIVEN: "a request driven web service on Amazon ECS",
    Kind.WORKER: "a worker service on Amazon ECS",
    Kind.JOB: "a scheduled job on Amazon ECS",
    Kind.STATIC_SITE: "a static site backed by S3",
}


def workload_template(release: Release) -> Template:
    description = DESCRIPTIONS[release.manifest.kind]
    kept: dict[str, Value] = {KEPT_HOSTS: sorted(release.kept_hosts)} if release.kept_hosts else {}
    return Template(
        f"CloudFormation template that represents {description}.",
        assemble(*_parts(release)),
        {"Version": TEMPLATE_VERSION, "Manifest": release.text, **kept},
    )


def _parts(release: Release) -> Iterator[Fragment]:
    match release.manifest.kind:
        case Kind.STATIC_SITE:
            yield Fragment(parameters=shared_parameters(release))
            yield site_fragment(release)
        case Kind.JOB:
            yield from _tasks(release)
            yield job_fragment(release)
        case Kind.REQUEST_DRIVEN:
            yield from _service(on_fargate(release))
        case _:
            yield from _service(release)
    yield topics_fragment(release)
    yield addons_stack(release)


def _service(release: Release) -> Iterator[Fragment]:
    yield from _tasks(release)
    routing = assemble(http_fragment(release), nlb_fragment(release))
    yield routing
    yield discovery(release)
    yield alarms(release)
    yield service(release, routing)
    yield scaling(release)
    yield queues_fragment(release)


def _tasks(release: Release) -> Iterator[Fragment]:
    """What every kind made of containers has."""
    yield parameters(release)
    yield target_parameters(release)
    yield log_group()
    yield task_definition(release)
    yield roles(release)
    yield access_point(release)
