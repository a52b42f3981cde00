"""CloudFront before the public balancer, and a bucket beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.environment.domain import CERTIFICATE
from stranglerfig.aws.synth.environment.shape import Cdn, StaticAssets
from stranglerfig.aws.synth.environment.values import PUBLIC, Plan, exported
from stranglerfig.aws.synth.names import EDGE_REGION
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Sub, Value, present
from stranglerfig.aws.synth.zones import env_zone

#: AWS's own policies: CachingDisabled, AllViewer and CachingOptimized
_NOTHING_CACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_PASSED_ON = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_CACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_ORIGIN, _ASSETS = Sub("copilot-${AppName}-${EnvironmentName}-origin"), Sub("copilot-${AppName}-${EnvironmentName}-s3")
_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")


def cdn_fragment(plan: Plan) -> Fragment:
    cdn = plan.shape.cdn
    if cdn is None or not plan.has_public:
        return Fragment()
    found = {
        "CloudFrontDistribution": Resource(
            "AWS::CloudFront::Distribution",
            {"DistributionConfig": _configuration(plan, cdn)},
            description="A CloudFront distribution for global content delivery",
            condition=PUBLIC,
        )
    }
    if cdn.assets is not None:
        found["CloudFrontOriginAccessControl"] = _access_control()
    domain_name = exported(
        GetAtt("CloudFrontDistribution", "DomainName"),
        "CloudFrontDomainName",
        PUBLIC,
        "The domain name of an associated CloudFront Distribution.",
    )
    return Fragment(resources=found, outputs={"CloudFrontDomainName": domain_name})


def _configuration(plan: Plan, cdn: Cdn) -> Mapping[str, Value]:
    certificate = _certificate(plan, cdn)
    return present(
        Aliases=_aliases(plan, cdn) if certificate is not None else None,
        DefaultCacheBehavior={
            "AllowedMethods": list(_METHODS),
            "CachePolicyId": _NOTHING_CACHED,
            "TargetOriginId": _ORIGIN,
            "OriginRequestPolicyId": _ALL_PASSED_ON,
            "ViewerProtocolPolicy": "redirect-to-https" if cdn.terminates_tls else "allow-all",
        },
        Enabled=True,
        IPV6Enabled=True,
        Origins=[_balancer(plan, cdn), *([_bucket(cdn.assets)] if cdn.assets else [])],
        CacheBehaviors=[_assets(cdn.assets)] if cdn.assets else None,
        ViewerCertificate=_viewer_certificate(certificate),
    )


def _certificate(plan: Plan, cdn: Cdn) -> Value | None:
    """None: requests come to the distribution's own name alone."""
    if cdn.certificate is not None:
        return cdn.certificate
    if not plan.env.has_own_domain:
        return None
    return Ref(CERTIFICATE) if plan.env.region == EDGE_REGION else plan.env.cdn_certificate


def _viewer_certificate(certificate: Value | None) -> Value | None:
    if certificate is None:
        return None
    # As low as Copilot has it: who could connect so far can.
    return {"AcmCertificateArn": certificate, "MinimumProtocolVersion": "TLSv1", "SslSupportMethod": "sni-only"}


def _aliases(plan: Plan, cdn: Cdn) -> list[Value] | None:
    hosts = {*plan.features.hosts, *([cdn.assets.alias] if cdn.assets else [])}
    if plan.env.names_lead_to_cdn:
        hosts.add(f"*.{env_zone(plan.env)}")
    return [*sorted(hosts)] or None


def _balancer(plan: Plan, cdn: Cdn) -> Value:
    policy = "match-viewer" if plan.has_https and not cdn.terminates_tls else "http-only"
    return {
        "Id": _ORIGIN,
        "DomainName": GetAtt("PublicLoadBalancer", "DNSName"),
        "CustomOriginConfig": {"OriginProtocolPolicy": policy},
    }


def _bucket(assets: StaticAssets) -> Value:
    return {
        "Id": _ASSETS,
        "DomainName": assets.location,
        "OriginAccessControlId": Ref("CloudFrontOriginAccessControl"),
        # Wanted of every bucket, and empty beside an access control.
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def _assets(assets: StaticAssets) -> Value:
    return {
        "AllowedMethods": list(_METHODS),
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": _CACHED,
        "TargetOriginId": _ASSETS,
        "PathPattern": assets.path,
    }


def _access_control() -> Resource:
    config: Value = {
        "Description": "Access control for static s3 origin",
        "Name": Sub("copilot-${AppName}-${EnvironmentName}-origin-access-control"),
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return Resource(
        "AWS::CloudFront::OriginAccessControl",
        {"OriginAccessControlConfig": config},
        description="Access control to make the content in the S3 bucket only accessible through CloudFront",
    )
