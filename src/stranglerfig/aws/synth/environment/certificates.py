"""Which names an environment's certificate has, and the zone in which each of them is proved. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.environment.features import Features
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import TEMPLATE_VERSION
from stranglerfig.aws.synth.template import Fragment, Output, Parameter, Ref, Resource, Template, Value
from stranglerfig.aws.synth.zones import env_zone, nearest_zone
from stranglerfig.errors import UsageError


def certified(env: EnvFacts, features: Features, zone: Value) -> dict[str, Value]:
    """The properties of a certificate for the environment's domain, all names right below it, and aliases of workloads
    elsewhere in the domain of the application. ``zone`` is the environment's."""
    domain = env_zone(env)
    elsewhere = [host for host in _aliases(features) if not _is_covered(host, domain)]
    options: list[Value] = [{"DomainName": domain, "HostedZoneId": zone}]
    # What is proved of a name is proved of all names right below it.
    options += [{"DomainName": host, "HostedZoneId": _zone(env, host, zone)} for host in elsewhere]
    return {
        "DomainName": domain,
        "SubjectAlternativeNames": [f"*.{domain}", *elsewhere],
        "DomainValidationOptions": options,
        "ValidationMethod": "DNS",
    }


def cdn_certificate_template(env: EnvFacts, features: Features) -> Template:
    """For a stack in us-east-1: the same certificate for CloudFront, where the environment is in another region. Its
    parameter is the environment's zone, so the stack of the environment comes first, and once more with the outcome."""
    certificate = Resource(
        "AWS::CertificateManager::Certificate",
        certified(env, features, Ref("HostedZone")),
        description="Request and validate an ACM certificate for CloudFront",
    )
    body = Fragment(
        resources={"Certificate": certificate},
        parameters={"HostedZone": Parameter("AWS::Route53::HostedZone::Id")},
        outputs={"CertificateArn": Output(Ref("Certificate"))},
    )
    return Template(f"The certificate of {env_zone(env)} for CloudFront.", body, metadata={"Version": TEMPLATE_VERSION})


def cdn_certificate_stack(app: str, env: str) -> str:
    return f"{app}-{env}-cdn-certificate"


def _aliases(features: Features) -> Iterator[str]:
    """Each once, in a stable order."""
    yield from sorted({host.lower() for hosts in features.aliases.values() for host in hosts})


def _is_covered(host: str, domain: str) -> bool:
    return domain in (host, host.partition(".")[2])


def _zone(env: EnvFacts, host: str, zone: Value) -> Value:
    nearest = nearest_zone(env, host)
    if nearest == "env":
        return zone
    found = {"app": env.app.own_zone, "root": env.app.hosted_zone}.get(nearest or "")
    if found is None or not env.is_at_home:
        raise UsageError(
            f"alias {host} cannot be certified: its zone is not in account {env.account}, where {env.name} is",
            hint="Import a certificate: give its ARN in the environment's `http.public.certificates`.",
        )
    return found
