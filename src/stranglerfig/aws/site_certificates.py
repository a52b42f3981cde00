"""Certificates of static sites. CloudFront wants them in us-east-1: a site elsewhere has a stack there for its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, bring
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.values import to_order
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import APP_TAG, EDGE_REGION, ENV_TAG
from stranglerfig.aws.synth.site.certificate import (
    CERTIFICATE_ARN,
    certificate_stack,
    certificate_template,
    is_at_the_edge,
    wants_certificate,
)
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.core.application import Kind

#: stands in plans for what only a deploy can tell
TO_BE_ISSUED = "to-be-issued"


def certified(
    release: Release, how: Deploying, env_zone: str | None, tags: Mapping[str, str], role: str | None = None
) -> Release:
    """With its certificate, which is issued first if it has to be. ``env_zone`` is the id of the environment's own
    hosted zone, ``role`` what CloudFormation acts as. Raises ``UsageError`` for a host that none can be issued for."""
    if not _has_stack(release):
        return release
    order = to_order(_stack_of(release), to_tree(certificate_template(release, env_zone)), tags=tags, role=role)
    stack = bring(order, replace(how, region=EDGE_REGION, agree=None))
    return replace(release, certificate=stack.outputs[CERTIFICATE_ARN])


def known_certificate(session: Session, release: Release) -> Release:
    """With the one that it has already, else with a name for the one that a deploy would issue. Nothing is issued."""
    if not _has_stack(release):
        return release
    env = release.env
    found = Stacks(session, EDGE_REGION).find_own(_stack_of(release), _tags(env.app.name, env.name))
    planned = f"arn:{env.partition}:acm:{EDGE_REGION}:{env.account}:certificate/{TO_BE_ISSUED}"
    return replace(release, certificate=found.outputs.get(CERTIFICATE_ARN, planned) if found else planned)


def take_back(app: str, env: str, site: str, how: Deploying) -> None:
    """After the site is gone: nothing is deleted that is in use."""
    there = replace(how, region=EDGE_REGION)
    found = there.stacks.find_own(certificate_stack(app, env, site), _tags(app, env))
    if found is not None:
        delete(there.stacks, found, role=None, telling=how.telling, patience=how.patience())


def _tags(app: str, env: str) -> dict[str, str]:
    return {APP_TAG: app, ENV_TAG: env}


def _stack_of(release: Release) -> str:
    return certificate_stack(release.env.app.name, release.env.name, release.manifest.name)


def _has_stack(release: Release) -> bool:
    is_site = release.manifest.kind is Kind.STATIC_SITE
    return is_site and wants_certificate(release) and not is_at_the_edge(release.env)
