"""Which names an environment's certificate has, and the zone in which each of them is proved. Pure."""

from __future__ import annotations

from collections import Counter

from stranglerfig.aws.synth.environment.features import Features
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import EDGE_REGION, TEMPLATE_VERSION
from stranglerfig.aws.synth.template import Fragment, Output, Parameter, Ref, Resource, Template, Value
from stranglerfig.aws.synth.zones import env_zone, is_in_reach, nearest_zone, zone_id
from stranglerfig.errors import UsageError

#: that a certificate has, in an account that has not asked for more
MOST_NAMES = 10
#: the domain itself, and all names right below it
OF_DOMAIN = 2


def certified(env: EnvFacts, features: Features, zone: Value) -> dict[str, Value]:
    """The properties of a certificate for the environment's domain, all names right below it, and aliases of workloads
    elsewhere in the domain of the application. ``zone`` is the environment's."""
    domain = env_zone(env)
    elsewhere = _fewer(env, [host for host in features.hosts if not _is_covered(host, domain)])
    options: list[Value] = [{"DomainName": domain, "HostedZoneId": zone}]
    # What is proved of a name is proved of all names right below it.
    options += [{"DomainName": host, "HostedZoneId": _zone(env, host, zone)} for host in elsewhere]
    return {
        "DomainName": domain,
        "SubjectAlternativeNames": [f"*.{domain}", *elsewhere],
        "DomainValidationOptions": options,
        "ValidationMethod": "DNS",
    }


def wants_cdn_certificate(env: EnvFacts) -> bool:
    """Whether CloudFront needs one that the environment's stack cannot have."""
    return env.has_own_domain and env.cdn_has_names and env.region != EDGE_REGION


def may_have_cdn_certificate(env: EnvFacts) -> bool:
    """Its stack goes after that of the environment, whose roles have to be able to delete it until then."""
    return wants_cdn_certificate(env) or env.had_cdn_certificate


def may_have_site_certificates(env: EnvFacts) -> bool:
    """Whether sites have theirs by its roles: in the account of the application their stacks are made by its users."""
    return env.has_own_domain and not env.is_at_home and env.region != EDGE_REGION


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


def _fewer(env: EnvFacts, hosts: list[str]) -> list[str]:
    """As they are, while there is room for them; else those right below the same name as one wildcard."""
    if len(hosts) + OF_DOMAIN <= MOST_NAMES:
        return hosts
    parents = Counter(_above(host) for host in hosts)
    shared = {name for name, count in parents.items() if count > 1 and nearest_zone(env, name) is not None}
    return list(dict.fromkeys(f"*.{_above(host)}" if _above(host) in shared else host for host in hosts))


def _above(host: str) -> str:
    return host.partition(".")[2]


def _is_covered(host: str, domain: str) -> bool:
    return domain in (host, _above(host))


def _zone(env: EnvFacts, host: str, zone: Value) -> Value:
    nearest = nearest_zone(env, host)
    found = zone_id(env, nearest, zone) if nearest and is_in_reach(env, nearest) else None
    if found is None:
        raise UsageError(
            f"alias {host} cannot be certified: its zone is not in account {env.account}, where {env.name} is",
            hint="Import a certificate: give its ARN in the environment's `http.public.certificates`.",
        )
    return found
