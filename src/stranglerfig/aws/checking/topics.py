"""Topics that are subscribed to, and that nobody publishes: SNS would refuse that in the middle of a deploy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.problems import NotDeployable
from stranglerfig.aws.synth.reading.queues import read_subscriptions, topic_of
from stranglerfig.core.messaging import Unpublished, called
from stranglerfig.manifest.model import WorkloadManifest

#: as their publishers call them, by service
Topics = Mapping[str, Collection[str]]
TOPIC = "AWS::SNS::Topic"


def topics_of(manifests: Iterable[WorkloadManifest]) -> Topics:
    return {one.name: [called(topic) for topic in one.topics] for one in manifests}


def check_topics(
    env: str, manifest: WorkloadManifest, together: Topics, written: Topics, deployed: Callable[[str], Collection[str]]
) -> None:
    """``together`` are topics of what the same command deploys, ``written`` those of other manifests of the workspace:
    they are there once these are deployed. ``deployed`` says those of a service that is. Raises ``NotDeployable``."""
    lacking = []
    for one in read_subscriptions(manifest):
        service, topic = one.to.service, topic_of(manifest, one.to)
        there = together[service] if service in together else deployed(service)
        if topic not in there:
            known = there if service in together else written.get(service) or there
            lacking.append((one.field, Unpublished(topic, service, env, tuple(known))))
    if lacking:
        raise NotDeployable(manifest.name, env, [(field, one.told) for field, one in lacking], lacking[0][1].hint)


def deployed_topics(env: Environment, service: str) -> list[str]:
    """Of whichever workspace it is."""
    stack = names.workload_stack(env.record.app, env.name, service)
    if env.stacks.find(stack) is None:
        return []
    arns = [one.physical for one in env.stacks.resources(stack) if one.type == TOPIC]
    return [arn.rpartition(":")[2].removeprefix(f"{stack}-") for arn in arns]
