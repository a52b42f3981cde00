"""The application balancer that a workload's rules are for, and how the workload's template knows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.synth.facts import ImportedBalancer, Release
from stranglerfig.aws.synth.names import env_export
from stranglerfig.aws.synth.template import Value, import_value
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import HttpRule

PUBLIC, INTERNAL, IMPORTED = "public", "internal", "imported"
HTTP, HTTPS = "HTTP", "HTTPS"


@dataclass(frozen=True, slots=True)
class Front:
    """``kind`` is public, internal or imported. ``http`` and ``https`` are ARNs of listeners."""

    kind: str
    http: Value | None
    https: Value | None
    dns_name: Value
    hosted_zone: Value

    @property
    def suffix(self) -> str:
        """Of logical ids: what is behind a balancer of somebody else's is called so."""
        return "ForImportedALB" if self.kind == IMPORTED else ""

    def forwards_plain(self, rule: HttpRule) -> bool:
        """Whether the listener for HTTP sends requests on, and not to the one for HTTPS."""
        if self.http is None or self.https is None:
            return self.http is not None
        return self.kind != INTERNAL and rule.redirect_to_https is False


def front_of(release: Release) -> Front:
    if release.balancer is not None:
        return _imported(release.balancer)
    secure = is_secure(release)
    if is_internal(release):
        return Front(
            INTERNAL,
            http=_export("InternalHTTPListenerArn"),
            https=_export("InternalHTTPSListenerArn") if secure else None,
            dns_name=_export("InternalLoadBalancerDNS"),
            hosted_zone=_export("InternalLoadBalancerCanonicalHostedZoneID"),
        )
    return Front(
        PUBLIC,
        http=_export("HTTPListenerArn"),
        https=_export("HTTPSListenerArn") if secure else None,
        dns_name=_export("PublicLoadBalancerDNS"),
        hosted_zone=_export("CanonicalHostedZoneID"),
    )


def is_internal(release: Release) -> bool:
    """Whether it is the environment's private balancer that has the rules."""
    return release.manifest.kind is Kind.BACKEND


def is_secure(release: Release) -> bool:
    """Whether the balancer has a listener for HTTPS."""
    if release.balancer is not None:
        return HTTPS in release.balancer.listeners
    if is_internal(release):
        return release.env.private_certificates
    return release.env.has_own_domain or release.env.public_certificates


def _imported(balancer: ImportedBalancer) -> Front:
    return Front(
        IMPORTED,
        http=balancer.listeners.get(HTTP),
        https=balancer.listeners.get(HTTPS),
        dns_name=balancer.dns_name,
        hosted_zone=balancer.hosted_zone,
    )


def _export(name: str) -> Value:
    return import_value(env_export(name))
