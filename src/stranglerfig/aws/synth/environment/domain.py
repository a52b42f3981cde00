"""The environment's own domain: its zone, the delegation to it, and a certificate that is issued through it. Pure.

Copilot had functions for the last two, with the logical ids DelegateDNSAction and HTTPSCert. A resource cannot change
its type, so ours have other ids.
"""

from __future__ import annotations

from stranglerfig.aws.synth.environment.certificates import certified
from stranglerfig.aws.synth.environment.values import Plan, exported
from stranglerfig.aws.synth.names import OWN_ZONE
from stranglerfig.aws.synth.template import Call, Fragment, GetAtt, Output, Ref, Resource, Sub, present

CERTIFICATE, DELEGATION = "HTTPSCertificate", "EnvironmentDelegationRecordSet"
_SUBDOMAIN = Sub("${EnvironmentName}.${AppName}.${AppDNSName}")
_NAME_SERVERS_TTL_S = "900"


def domain_fragment(plan: Plan) -> Fragment:
    if not plan.env.has_own_zone:
        return Fragment()
    comment = comment_of("${EnvironmentName}", "${EnvironmentName}.${AppName}.${AppDNSName}")
    found = {
        OWN_ZONE: Resource(
            "AWS::Route53::HostedZone",
            {"HostedZoneConfig": {"Comment": Sub(comment)}, "Name": _SUBDOMAIN},
            description="A Route 53 Hosted Zone for the environment's subdomain",
        ),
    }
    if plan.env.has_own_domain:
        found[CERTIFICATE] = _certificate(plan)
    if plan.env.delegates_itself:
        found[DELEGATION] = _delegation(plan)
    return Fragment(resources=found, outputs=_outputs())


def comment_of(env: str, domain: str) -> str:
    """What the zone is known by when no stack has it: Copilot's words."""
    return f"HostedZone for environment {env} - {domain}"


def _outputs() -> dict[str, Output]:
    return {
        OWN_ZONE: exported(
            Ref(OWN_ZONE), "HostedZone", description="The HostedZone for this environment's private DNS."
        ),
        "EnvironmentSubdomain": exported(_SUBDOMAIN, "SubDomain", description="The domain name of this environment."),
        "EnvironmentNameServers": Output(
            Call("Fn::Join", [",", GetAtt(OWN_ZONE, "NameServers")]),
            description="What the application's zone delegates this environment's domain to.",
        ),
    }


def _delegation(plan: Plan) -> Resource:
    """Of another account's zone no stack can change records: there, fig writes them while the stack is made."""
    zone = plan.env.app.own_zone
    properties = present(
        HostedZoneId=zone,
        HostedZoneName=None if zone else Sub("${AppName}.${AppDNSName}."),
        Name=Sub("${EnvironmentName}.${AppName}.${AppDNSName}."),
        Type="NS",
        TTL=_NAME_SERVERS_TTL_S,
        ResourceRecords=GetAtt(OWN_ZONE, "NameServers"),
    )
    return Resource("AWS::Route53::RecordSet", properties, description="Delegate DNS for environment subdomain")


def _certificate(plan: Plan) -> Resource:
    return Resource(
        "AWS::CertificateManager::Certificate",
        certified(plan.env, plan.features, Ref(OWN_ZONE)),
        description="Request and validate an ACM certificate for your domain",
        # Nobody sees the records that validate it before the zone is delegated to.
        depends_on=(DELEGATION,) if plan.env.delegates_itself else (),
    )
