"""What an application has in each region that it is deployed to: a key, a bucket and a repository a workload. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.app.roles import KEY_ADMINISTRATION
from stranglerfig.aws.synth.buckets import NOT_PUBLIC, encrypted, only_by_tls
from stranglerfig.aws.synth.facts import AppFacts
from stranglerfig.aws.synth.policies import ANY, account_root, allow, deny, document
from stranglerfig.aws.synth.template import (
    ACCOUNT,
    STACK_NAME,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Sub,
    Template,
    Value,
    assemble,
    tags,
)

#: of a repository; what runs somewhere is kept besides
KEPT_IMAGES = 100
#: more than one for each environment and container
_MOST_IN_USE = 1000
_LOCAL_ASSETS_DAYS = 30
_PULL_AND_PUSH = (
    *("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:PutImage"),
    *("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
)
_USE_OF_THE_KEY = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_USE_OF_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject")
_USE_OF_THE_BUCKET = ("s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads")


@dataclass(frozen=True, slots=True)
class AppWorkload:
    """``has_images``: all but Static Sites."""

    name: str
    has_images: bool = True


def resources_template(app: AppFacts, workloads: Iterable[AppWorkload], version: int = 1) -> Template:
    """``version`` counts the operations on the StackSet, so that none of them is without a change."""
    listed = sorted(workloads, key=lambda workload: workload.name)
    repositories = [_repository(app, workload) for workload in listed if workload.has_images]
    return Template(
        "Cross-regional resources to support the CodePipeline for a workspace",
        assemble(_key(app), _bucket(app), *repositories, _operation(version)),
        metadata={
            "TemplateVersion": names.TEMPLATE_VERSION,
            "Version": version,
            "Workloads": [{"Name": workload.name, "WithECR": workload.has_images} for workload in listed],
            "Accounts": sorted({app.account, *app.accounts}),
        },
    )


def _roots(app: AppFacts) -> list[Value]:
    """The application's account first, which is the one that the stack is in."""
    return [account_root(ACCOUNT), *(account_root(account) for account in sorted({*app.accounts} - {app.account}))]


def _key(app: AppFacts) -> Fragment:
    # In the policy of a key, the resource is the key.
    administration = allow(*KEY_ADMINISTRATION, on=ANY, by={"AWS": account_root(ACCOUNT)})
    use = allow(*_USE_OF_THE_KEY, on=ANY, by={"AWS": _roots(app)})
    key = Resource(
        "AWS::KMS::Key",
        {"EnableKeyRotation": True, "KeyPolicy": document(administration, use, id=STACK_NAME)},
        description="KMS key to encrypt pipeline artifacts between stages",
    )
    return Fragment(
        resources={"KMSKey": key},
        outputs={
            "KMSKeyARN": Output(
                GetAtt("KMSKey", "Arn"),
                export=f"{app.name}-ArtifactKey",
                description="KMS Key used by CodePipeline for encrypting artifacts.",
            )
        },
    )


def _bucket(app: AppFacts) -> Fragment:
    expiry: Value = {
        "Id": "ExpireLocalAssets",
        "Status": "Enabled",
        "Prefix": "local-assets",
        "ExpirationInDays": _LOCAL_ASSETS_DAYS,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    bucket = Resource(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": encrypted(GetAtt("KMSKey", "Arn")),
            "PublicAccessBlockConfiguration": NOT_PUBLIC,
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {"Rules": [expiry]},
        },
    )
    held = Resource(
        "AWS::S3::BucketPolicy",
        {"Bucket": Ref("PipelineBuiltArtifactBucket"), "PolicyDocument": document(*_rights_in_the_bucket(app))},
        description="S3 Bucket to store local artifacts",
    )
    return Fragment(
        resources={"PipelineBuiltArtifactBucket": bucket, "PipelineBuiltArtifactBucketPolicy": held},
        outputs={
            "PipelineBucket": Output(
                Ref("PipelineBuiltArtifactBucket"),
                description="A bucket used for any Copilot artifacts that must be stored in S3 "
                "(pipelines, env files, etc).",
            )
        },
    )


def _rights_in_the_bucket(app: AppFacts) -> tuple[Value, ...]:
    objects = Sub("${PipelineBuiltArtifactBucket.Arn}/*")
    other_encryption: dict[str, Value] = {
        "StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"},
        "Null": {"s3:x-amz-server-side-encryption": False},
    }
    return (
        allow(*_USE_OF_OBJECTS, on=objects, by={"AWS": _roots(app)}),
        allow(*_USE_OF_THE_BUCKET, on=GetAtt("PipelineBuiltArtifactBucket", "Arn"), by={"AWS": _roots(app)}),
        deny("s3:PutObject", on=objects, by=ANY, when=other_encryption),
        only_by_tls("PipelineBuiltArtifactBucket"),
    )


def _repository(app: AppFacts, workload: AppWorkload) -> Fragment:
    logical_id = names.repository_id(workload.name)
    repository = Resource(
        "AWS::ECR::Repository",
        {
            "RepositoryName": names.repository(app.name, workload.name),
            "Tags": tags({names.SERVICE_TAG: workload.name}),
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps(_lifecycle(), separators=(",", ":"))},
            "RepositoryPolicyText": document(allow(*_PULL_AND_PUSH, sid="AllowPushPull", by={"AWS": _roots(app)})),
        },
        description=f'ECR container image repository for "{workload.name}"',
    )
    return Fragment(
        resources={logical_id: repository},
        outputs={
            logical_id: Output(
                GetAtt(logical_id, "Arn"),
                description=f"ECR Repo used to store images of the {workload.name} workload.",
            )
        },
    )


def _lifecycle() -> dict[str, object]:
    """Old images go. One that matches the first rule is not for the second: what an environment runs stays.

    A StackSet's template may be 51,200 characters long, and this is in it for each workload.
    """
    in_use = {"tagStatus": "tagged", "tagPrefixList": [names.IN_USE]}
    return {"rules": [_newest(1, _MOST_IN_USE, **in_use), _newest(2, KEPT_IMAGES, tagStatus="any")]}


def _newest(priority: int, count: int, **which: object) -> dict[str, object]:
    selection = {**which, "countType": "imageCountMoreThan", "countNumber": count}
    return {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}


def _operation(version: int) -> Fragment:
    return Fragment(
        outputs={
            "TemplateVersion": Output(
                names.TEMPLATE_VERSION,
                description="Required output to force the stackset to update if mutating version.",
            ),
            "StackSetOpId": Output(
                str(version),
                description="Required output to force stackset instances to update on every operation.",
            ),
        }
    )
