"""The certificate of a site's own host. CloudFront wants it in us-east-1, wherever the site's stack is. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.balancing.dns import ENV_ZONE
from stranglerfig.aws.synth.facts import EnvFacts, Release
from stranglerfig.aws.synth.names import EDGE_REGION, workload_stack
from stranglerfig.aws.synth.problems import NotDeployable
from stranglerfig.aws.synth.template import Fragment, Output, Ref, Resource, Template, Value, present
from stranglerfig.aws.synth.zones import nearest_zone, zone_id
from stranglerfig.manifest.rules.given import text

CERTIFICATE, CERTIFICATE_ARN = "Certificate", "CertificateARN"


def site_alias(release: Release) -> str | None:
    return text(release.manifest.body, "http", "alias") or None


def given_certificate(release: Release) -> str | None:
    """The ARN that the manifest has, or that the deploy has got."""
    return text(release.manifest.body, "http", "certificate") or release.certificate


def wants_certificate(release: Release) -> bool:
    """Whether one has to be issued for it."""
    return site_alias(release) is not None and not text(release.manifest.body, "http", "certificate")


def certificate_stack(app: str, env: str, site: str) -> str:
    """Of the stack in us-east-1 that has it, for a site whose own stack is elsewhere."""
    return workload_stack(app, env, f"{site}-certificate")


def certificate_template(release: Release, env_zone: str | None) -> Template:
    """``env_zone`` is the id of the environment's own hosted zone: no region imports what another one exports. Raises
    ``UsageError`` for a host that none can be issued for."""
    alias = checked_alias(release)
    zone = env_zone if nearest_zone(release.env, alias) == "env" else site_zone(release)
    if zone is None:
        raise _out_of_reach(release)
    arn = Output(Ref(CERTIFICATE), description="ARN of the certificate.")
    return Template(
        f"CloudFormation template that represents the certificate of {alias}.",
        Fragment({CERTIFICATE: certificate(alias, zone)}, outputs={CERTIFICATE_ARN: arn}),
    )


def site_zone(release: Release) -> Value | None:
    """The hosted zone that its host's records belong into; None: nobody has looked up which that is."""
    return zone_id(release.env, nearest_zone(release.env, site_alias(release) or "") or "env", ENV_ZONE)


def certificate(alias: str, zone: Value) -> Resource:
    """CloudFormation writes the record that proves the name, and waits until it does."""
    return Resource(
        "AWS::CertificateManager::Certificate",
        present(
            DomainName=alias,
            ValidationMethod="DNS",
            DomainValidationOptions=[{"DomainName": alias, "HostedZoneId": zone}],
        ),
        description="A certificate for your static site",
    )


def checked_alias(release: Release) -> str:
    """Raises ``UsageError`` for a host that no certificate can be issued for."""
    env, alias = release.env, site_alias(release) or ""
    zone = nearest_zone(env, alias)
    if zone is None or not env.has_own_domain or not (zone == "env" or env.is_at_home):
        raise _out_of_reach(release)
    if given_certificate(release) is None and site_zone(release) is None:
        raise _out_of_reach(release)
    return alias


def _out_of_reach(release: Release) -> NotDeployable:
    told = (
        f"{site_alias(release)} is not below a domain that {release.env.name} has a hosted zone for, so that no"
        " certificate can be issued"
    )
    return NotDeployable(
        release.manifest.name,
        release.env.name,
        [("http.alias", told)],
        hint=f"Name the ARN of one in {EDGE_REGION} as `http.certificate` in its manifest.",
    )


def is_at_the_edge(env: EnvFacts) -> bool:
    """Whether its own stacks are where CloudFront looks for certificates."""
    return env.region == EDGE_REGION
