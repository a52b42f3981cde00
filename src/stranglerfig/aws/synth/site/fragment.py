"""The stack of a static site. Pure.

The environment's own roles may bring files here, as its buckets are known by their names. Copilot gave one of them a
policy a site, ``EnvManagerS3Access``, and those of a role have an end.
"""

from __future__ import annotations

import hashlib

from stranglerfig.aws.synth.balancing.dns import own_zones
from stranglerfig.aws.synth.buckets import NOT_PUBLIC, encrypted, only_by_tls
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import CLOUDFRONT_ZONE, EDGE_REGION
from stranglerfig.aws.synth.policies import allow, document, service
from stranglerfig.aws.synth.problems import NotDeployable
from stranglerfig.aws.synth.site.certificate import (
    CERTIFICATE,
    certificate,
    checked_alias,
    given_certificate,
    is_at_the_edge,
    site_alias,
    site_zone,
    wants_certificate,
)
from stranglerfig.aws.synth.template import (
    STACK_NAME,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Sub,
    Value,
    join,
    present,
)

BUCKET, DISTRIBUTION = "Bucket", "CloudFrontDistribution"
ACCESS_CONTROL, REWRITE = "CloudFrontOriginAccessControl", "CloudFrontViewerRequestRewriteFunction"
#: AWS's own, called CachingOptimized
CACHE_POLICY = "658327ea-f89d-4fab-a63d-7e88639e58f6"
#: A folder is its index, and a name without a dot is a folder.
INDEX_CODE = """\
function handler(event) {
    var request = event.request;
    if (request.uri.endsWith('/')) {
        request.uri += 'index.html';
    } else if (!request.uri.includes('.')) {
        request.uri += '/index.html';
    }
    return request;
}
"""
_LONGEST, _PADDING = 58, 6
_ORIGIN = Sub("copilot-${AppName}-${EnvName}-${WorkloadName}")
_OBJECTS = [Sub("arn:${AWS::Partition}:s3:::${Bucket}"), Sub("arn:${AWS::Partition}:s3:::${Bucket}/*")]
_REWRITES = "CloudFront Function to rewrite viewer request to index.html"


def site_fragment(release: Release) -> Fragment:
    """Raises ``UsageError`` for a host that it cannot have."""
    alias = site_alias(release)
    resources = {
        BUCKET: _bucket(),
        "BucketPolicyForCloudFront": _bucket_policy(),
        ACCESS_CONTROL: _access_control(release),
        REWRITE: _rewriting(release),
        DISTRIBUTION: _distribution(release, alias),
    }
    if wants_certificate(release):
        resources |= _own_name(release)
    return Fragment(resources, outputs=_outputs(alias))


def short_name(release: Release) -> str:
    """As Copilot cuts what CloudFront allows 64 characters for."""
    name = f"{release.env.app.name}-{release.env.name}-{release.manifest.name}"
    if len(name) <= _LONGEST:
        return name
    return name[:_LONGEST] + hashlib.sha256(name.encode()).hexdigest()[:_PADDING]


def _bucket() -> Resource:
    return Resource(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": encrypted(),
            "PublicAccessBlockConfiguration": NOT_PUBLIC,
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        },
        description="An S3 Bucket to store the static site's assets",
    )


def _bucket_policy() -> Resource:
    arn = Sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${CloudFrontDistribution}")
    reading = allow(
        "s3:GetObject",
        on=_OBJECTS,
        sid="AllowCloudFrontServicePrincipalReadOnly",
        by=service("cloudfront"),
        when={"StringEquals": {"AWS:SourceArn": arn}},
    )
    return Resource(
        "AWS::S3::BucketPolicy",
        {"Bucket": Ref(BUCKET), "PolicyDocument": document(only_by_tls(BUCKET), reading)},
        description="A bucket policy to grant CloudFront read access to the Static Site bucket",
    )


def _access_control(release: Release) -> Resource:
    settings: Value = {
        "Description": Sub("Access control for static s3 origin for ${AppName}-${EnvName}-${WorkloadName}"),
        "Name": short_name(release),
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return Resource(
        "AWS::CloudFront::OriginAccessControl",
        {"OriginAccessControlConfig": settings},
        description="Access control to make the content in the S3 bucket only accessible through CloudFront",
    )


def _rewriting(release: Release) -> Resource:
    return Resource(
        "AWS::CloudFront::Function",
        {
            "AutoPublish": True,
            "FunctionCode": INDEX_CODE,
            "FunctionConfig": {"Comment": _REWRITES, "Runtime": "cloudfront-js-2.0"},
            "Name": short_name(release),
        },
        description=_REWRITES,
    )


def _distribution(release: Release, alias: str | None) -> Resource:
    behaviour: Value = {
        "Compress": True,
        "AllowedMethods": ["GET", "HEAD"],
        "FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": GetAtt(REWRITE, "FunctionARN")}],
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": CACHE_POLICY,
        "TargetOriginId": _ORIGIN,
    }
    source: Value = {
        "Id": _ORIGIN,
        "DomainName": GetAtt(BUCKET, "RegionalDomainName"),
        "OriginAccessControlId": Ref(ACCESS_CONTROL),
        # It has to be there and say nothing where there is an access control.
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    settings = present(
        Aliases=[alias] if alias else None,
        DefaultCacheBehavior=behaviour,
        Enabled=True,
        IPV6Enabled=True,
        Origins=[source],
        ViewerCertificate=_viewer_certificate(release) if alias else None,
    )
    return Resource(
        "AWS::CloudFront::Distribution",
        {"DistributionConfig": settings},
        description="A CloudFront distribution for global content delivery",
    )


def _viewer_certificate(release: Release) -> Value:
    found: Value | None = given_certificate(release)
    if found is None and is_at_the_edge(release.env):
        found = Ref(CERTIFICATE)
    if found is None:
        told = f"there is no certificate for {site_alias(release)}"
        raise NotDeployable(
            release.manifest.name,
            release.env.name,
            [("http.alias", told)],
            hint=f"Name the ARN of one in {EDGE_REGION} as `http.certificate` in its manifest.",
        )
    return {"AcmCertificateArn": found, "MinimumProtocolVersion": "TLSv1.2_2021", "SslSupportMethod": "sni-only"}


def _own_name(release: Release) -> dict[str, Resource]:
    """Its record, and where its stack is at the edge, its certificate."""
    alias = checked_alias(release)
    found = own_zones(release, [alias], (GetAtt(DISTRIBUTION, "DomainName"), CLOUDFRONT_ZONE), "DNSAlias")
    zone = site_zone(release)
    if given_certificate(release) is None and zone is not None:
        found[CERTIFICATE] = certificate(alias, zone)
    return found


def _outputs(alias: str | None) -> dict[str, Output]:
    names = {"CloudFrontDistributionDomainName": GetAtt(DISTRIBUTION, "DomainName")}
    found = {name: Output(value, export=join("-", STACK_NAME, name)) for name, value in names.items()}
    if alias:
        name = "CloudFrontDistributionAlternativeDomainName"
        found[name] = Output(alias, export=join("-", STACK_NAME, name))
    return {**found, "BucketName": Output(Ref(BUCKET)), "DistributionID": Output(Ref(DISTRIBUTION))}
