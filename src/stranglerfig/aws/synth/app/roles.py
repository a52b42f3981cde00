"""Who may make the stacks of the application's StackSet, and the zone of its domain. Pure.

Source: the permissions of StackSets, in the CloudFormation User Guide, "Grant self-managed permissions".
"""

from __future__ import annotations

from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.facts import AppFacts
from stranglerfig.aws.synth.policies import ANY, account_root, allow, policy, role, service, trust
from stranglerfig.aws.synth.template import (
    ACCOUNT,
    Fragment,
    GetAtt,
    Output,
    Parameter,
    Ref,
    Resource,
    Sub,
    Template,
    Value,
    assemble,
    equals,
    negation,
)

_NAME_SERVERS_TTL_S = "900"
_WITH_DOMAIN = "DelegateDNS"
#: What a KMS key is administered by.
KEY_ADMINISTRATION = (
    *("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags", "kms:PutKeyPolicy"),
    *("kms:EnableKey", "kms:DisableKey", "kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:TagResource"),
    *("kms:UntagResource", "kms:UpdateKeyDescription", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
    *("kms:ListGrants", "kms:ListKeyPolicies", "kms:RevokeGrant"),
)
_REPOSITORIES = (
    *("ecr:CreateRepository", "ecr:DeleteRepository", "ecr:DescribeRepositories", "ecr:ListTagsForResource"),
    *("ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy", "ecr:TagResource"),
    *("ecr:GetLifecyclePolicy", "ecr:PutLifecyclePolicy", "ecr:DeleteLifecyclePolicy", "ecr:UntagResource"),
    *("ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:ListImages", "ecr:BatchDeleteImage"),
)


def roles_template(app: AppFacts) -> Template:
    """For an application's first stack; with a domain it has the zone NAME.DOMAIN too."""
    body = assemble(_parameters(), _of_the_stack_set(app), _of_the_domain(app))
    return Template(
        "Configure the AWSCloudFormationStackSetAdministrationRole to enable use of AWS CloudFormation StackSets.",
        body,
        metadata={"TemplateVersion": names.TEMPLATE_VERSION},
    )


def roles_parameters(app: AppFacts) -> dict[str, str]:
    return {
        "AdminRoleName": names.admin_role(app.name),
        "ExecutionRoleName": names.execution_role(app.name),
        "DNSDelegationRoleName": names.delegation_role(app.name),
        "AppDNSDelegatedAccounts": ",".join(_accounts(app)),
        "AppDomainName": app.domain or "",
        "AppDomainHostedZoneID": app.hosted_zone or "",
        "AppName": app.name,
    }


def _accounts(app: AppFacts) -> tuple[str, ...]:
    return tuple(sorted({app.account, *app.accounts}))


def _parameters() -> Fragment:
    return Fragment(
        parameters={
            "AdminRoleName": Parameter(),
            "ExecutionRoleName": Parameter(),
            "DNSDelegationRoleName": Parameter(),
            "AppDNSDelegatedAccounts": Parameter("CommaDelimitedList", default=""),
            "AppDomainName": Parameter(default=""),
            "AppDomainHostedZoneID": Parameter(default=""),
            "AppName": Parameter(),
        },
        conditions={_WITH_DOMAIN: negation(equals(Ref("AppDomainName"), ""))},
    )


def _of_the_stack_set(app: AppFacts) -> Fragment:
    takes_on = allow("sts:AssumeRole", on=Sub("arn:${AWS::Partition}:iam::*:role/${ExecutionRoleName}"))
    administration = role(
        "A StackSet admin role assumed by CloudFormation to manage regional stacks",
        trust(service("cloudformation")),
        policy("AssumeRole-AWSCloudFormationStackSetExecutionRole", takes_on),
        permissions_boundary=app.permissions_boundary,
        name=Ref("AdminRoleName"),
    )
    execution = role(
        "An IAM role assumed by the admin role to create ECR repositories, KMS keys, and S3 buckets",
        trust({"AWS": GetAtt("AdministrationRole", "Arn")}),
        policy("ExecutionRolePolicy", *_execution()),
        permissions_boundary=app.permissions_boundary,
        name=Ref("ExecutionRoleName"),
    )
    return Fragment(
        resources={"AdministrationRole": administration, "ExecutionRole": execution},
        outputs={
            "ExecutionRoleARN": Output(
                GetAtt("ExecutionRole", "Arn"),
                description="ExecutionRole used by this application to set up ECR Repos, KMS Keys and S3 buckets",
            ),
            "AdministrationRoleARN": Output(
                GetAtt("AdministrationRole", "Arn"),
                description="AdministrationRole used by this application to manage this application's StackSet",
            ),
            "TemplateVersion": Output(
                names.TEMPLATE_VERSION,
                description="Required output to force the stack to update if mutating version.",
            ),
        },
    )


def _execution() -> tuple[Value, ...]:
    """In whichever account the StackSet is told to act."""
    stacks = Sub(
        "arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/StackSet-${AppName}-infrastructure-*/*"
    )
    # CloudFormation names the bucket after as much of the stack's name as fits.
    buckets: list[Value] = [Sub("arn:${AWS::Partition}:s3:::stackset-*"), Sub("arn:${AWS::Partition}:s3:::StackSet-*")]
    return (
        allow("cloudformation:*", on=stacks, sid="StacksOfTheStackSet"),
        allow("cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate", on=ANY, sid="LookAtTemplates"),
        # StackSets keep their template in a bucket of CloudFormation's own.
        allow("s3:GetObject", on=ANY, sid="FetchTemplates", when={"StringNotEquals": {"s3:ResourceAccount": ACCOUNT}}),
        allow("s3:*", on=buckets, sid="ArtifactBucket"),
        allow("kms:CreateKey", "kms:ListAliases", "kms:ListKeys", on=ANY, sid="MakeKeys"),
        allow(
            *KEY_ADMINISTRATION,
            on=Sub("arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*"),
            sid="KeyAdminPermissions",
        ),
        allow(
            *_REPOSITORIES,
            on=Sub("arn:${AWS::Partition}:ecr:*:${AWS::AccountId}:repository/${AppName}/*"),
            sid="ManageECRRepos",
        ),
    )


def _of_the_domain(app: AppFacts) -> Fragment:
    domain = f"{app.name}.{app.domain}"
    zone = Resource(
        "AWS::Route53::HostedZone",
        {
            "HostedZoneConfig": {
                "Comment": Sub("Hosted zone for copilot application ${AppName}: ${AppName}.${AppDomainName}")
            },
            "Name": Sub("${AppName}.${AppDomainName}"),
        },
        description=f"A hosted zone for {domain}",
        condition=_WITH_DOMAIN,
    )
    delegation = Resource(
        "AWS::Route53::RecordSet",
        {
            "HostedZoneId": Ref("AppDomainHostedZoneID"),
            "Comment": Sub("Record for copilot domain delegation for application ${AppDomainName}"),
            "Name": Sub("${AppName}.${AppDomainName}."),
            "Type": "NS",
            "TTL": _NAME_SERVERS_TTL_S,
            "ResourceRecords": GetAtt("AppHostedZone", "NameServers"),
        },
        description=f"Add NS records to delegate responsibility to the {domain} subdomain",
        condition=_WITH_DOMAIN,
    )
    return Fragment(
        resources={
            "DNSDelegationRole": _delegation_role(app),
            "AppHostedZone": zone,
            "AppDomainDelegationRecordSet": delegation,
        },
        outputs={
            "AppHostedZoneID": Output(
                Ref("AppHostedZone"),
                condition=_WITH_DOMAIN,
                description="The zone of the application, which its environments' zones are delegated from.",
            )
        },
    )


def _delegation_role(app: AppFacts) -> Resource:
    accounts = _accounts(app)
    zones: list[Value] = [
        Sub("arn:${AWS::Partition}:route53:::hostedzone/${AppHostedZone}"),
        Sub("arn:${AWS::Partition}:route53:::hostedzone/${AppDomainHostedZoneID}"),
    ]
    changes = ("route53:ChangeResourceRecordSets", "route53:GetHostedZone", "route53:ListResourceRecordSets")
    looks = ("route53:ListHostedZones", "route53:ListHostedZonesByName")
    made = role(
        f"A DNS delegation role to allow accounts: {', '.join(accounts)} to manage your domain",
        trust({"AWS": [account_root(account if account != app.account else ACCOUNT) for account in accounts]}),
        policy(
            "DNSDelegationPolicy",
            allow(*looks, on=ANY, sid="HostedZoneReadRecords"),
            allow(*changes, on=zones, sid="HostedZoneUpdate"),
            allow("route53:GetChange", on=Sub("arn:${AWS::Partition}:route53:::change/*")),
        ),
        permissions_boundary=app.permissions_boundary,
        name=Ref("DNSDelegationRoleName"),
    )
    return Resource(made.type, made.properties, description=made.description, condition=_WITH_DOMAIN)
