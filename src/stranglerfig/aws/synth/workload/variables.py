"""Variables that every container of a task has: Copilot's own, and what its addons tell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import EVENTS_QUEUE, env_export, queue_id, topic_id
from stranglerfig.aws.synth.reading.outside import Given
from stranglerfig.aws.synth.reading.queues import topic_of
from stranglerfig.aws.synth.template import GetAtt, Ref, Sub, Value, import_value
from stranglerfig.core.application import Kind
from stranglerfig.core.messaging import called, queue_key, to_text

ADDONS = "AddonsStack"
#: By kind, which export of the environment is the name of its balancer.
BALANCER_NAMES = {Kind.LOAD_BALANCED: "PublicLoadBalancerDNS", Kind.BACKEND: "InternalLoadBalancerDNS"}
_BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")


def variables_of_all(release: Release) -> tuple[Given, ...]:
    return (*_whereabouts(release), *_addons(release), *_messaging(release), *_balancer(release))


def addon_secrets(release: Release) -> tuple[Given, ...]:
    names = release.addons.secrets if release.addons else ()
    return tuple(Given(upper_snake(name), GetAtt(ADDONS, f"Outputs.{name}")) for name in names)


def upper_snake(name: str) -> str:
    """``myDDBTable`` is ``MY_DDB_TABLE``."""
    return _BETWEEN_WORDS.sub("_", name).upper()


def _whereabouts(release: Release) -> Iterator[Given]:
    yield Given("COPILOT_APPLICATION_NAME", Ref("AppName"))
    yield Given("COPILOT_SERVICE_DISCOVERY_ENDPOINT", release.env.discovery_domain)
    yield Given("COPILOT_ENVIRONMENT_NAME", Ref("EnvName"))
    yield Given("COPILOT_SERVICE_NAME", Ref("WorkloadName"))


def _addons(release: Release) -> Iterator[Given]:
    for name in release.addons.variables if release.addons else ():
        yield Given(upper_snake(name), GetAtt(ADDONS, f"Outputs.{name}"))


def _messaging(release: Release) -> Iterator[Given]:
    manifest = release.manifest
    if manifest.topics:
        arns = {called(topic): f"${{{topic_id(called(topic))}}}" for topic in manifest.topics}
        yield Given("COPILOT_SNS_TOPIC_ARNS", Sub(to_text(arns)))
    if manifest.kind is Kind.WORKER:
        yield Given("COPILOT_QUEUE_URI", Ref(EVENTS_QUEUE))
    own = [one for one in manifest.subscriptions if one.queue]
    if own:
        urls = {queue_key(one): f"${{{queue_id(one.service, topic_of(manifest, one))}}}" for one in own}
        yield Given("COPILOT_TOPIC_QUEUE_URIS", Sub(to_text(urls)))


def _balancer(release: Release) -> Iterator[Given]:
    if not release.manifest.http or release.manifest.kind not in BALANCER_NAMES:
        return
    name: Value = import_value(env_export(BALANCER_NAMES[release.manifest.kind]))
    yield Given("COPILOT_LB_DNS", release.balancer.dns_name if release.balancer else name)
