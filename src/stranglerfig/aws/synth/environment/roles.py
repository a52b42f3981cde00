"""Who acts on an environment: CloudFormation, and those who look after it from the application's account. Pure.

Both stay when the stack goes: CloudFormation needs its own to the last, and who deletes the stack deletes them then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stranglerfig.aws.synth.environment.certificates import (
    cdn_certificate_stack,
    may_have_cdn_certificate,
    may_have_site_certificates,
)
from stranglerfig.aws.synth.environment.rights import (
    OF_TASKS,
    actions,
    execution_statements,
    in_account,
    in_region,
    passing,
    stem,
)
from stranglerfig.aws.synth.environment.values import OWN_TAGS, Plan, exported
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import EDGE_REGION
from stranglerfig.aws.synth.policies import ANY, allow, policy, role, service, tagged, trust
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Sub, Value
from stranglerfig.aws.synth.zones import env_zone

MANAGER, EXECUTION = "EnvironmentManagerRole", "CloudformationExecutionRole"
_RETAIN = "Retain"
_LOGS = ("DescribeLogStreams", "FilterLogEvents", "GetLogEvents")
_TASKS = ("ExecuteCommand", "RunTask", "StopTask", "UpdateService")
_IMAGES = (
    *("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "DescribeImages", "PutImage"),
    *("DescribeRepositories", "GetDownloadUrlForLayer", "InitiateLayerUpload", "ListImages", "UploadLayerPart"),
)
#: by service, what is looked at and knows no resource
_LOOKS = {
    "application-autoscaling": ("DescribeScalableTargets", "DescribeScalingPolicies"),
    "cloudformation": ("DescribeStacks", "ListExports", "ListImports"),
    "cloudwatch": ("GetMetricData",),
    "ec2": ("DescribeManagedPrefixLists", "DescribeSubnets", "DescribeVpcs"),
    "ecr": ("GetAuthorizationToken",),
    "ecs": ("DescribeTaskDefinition", "ListClusters"),
    "elasticloadbalancing": (
        *("DescribeAccountLimits", "DescribeListeners", "DescribeLoadBalancers", "DescribeRules"),
        *("DescribeTargetGroups", "DescribeTargetHealth"),
    ),
    "logs": ("DescribeLogGroups",),
}


def roles_fragment(plan: Plan) -> Fragment:
    """With the rights that addons ask for. ``env init`` makes these two and nothing else."""
    env, boundary = plan.env, plan.env.app.permissions_boundary
    execution = role(
        "An IAM Role for AWS CloudFormation to manage resources",
        trust(service("cloudformation")),
        policy("executeCfn", *execution_statements(env, plan.features.services)),
        permissions_boundary=boundary,
        name=Sub("${AWS::StackName}-CFNExecutionRole"),
    )
    manager = role(
        "An IAM Role to describe resources in your environment",
        trust({"AWS": Ref("ToolsAccountPrincipalARN")}),
        policy("root", *_manager_statements(plan)),
        permissions_boundary=boundary,
        name=Sub("${AWS::StackName}-EnvManagerRole"),
    )
    return Fragment(
        resources={EXECUTION: _kept(execution), MANAGER: _kept(manager)},
        outputs={
            "EnvironmentManagerRoleARN": exported(
                GetAtt(MANAGER, "Arn"),
                "EnvironmentManagerRoleARN",
                description="The role to be assumed by the ecs-cli to manage environments.",
            ),
            "CFNExecutionRoleARN": exported(
                GetAtt(EXECUTION, "Arn"),
                "CFNExecutionRoleARN",
                description="The role to be assumed by the Cloudformation service when it deploys application "
                "infrastructure.",
            ),
        },
    )


def _kept(made: Resource) -> Resource:
    return replace(made, deletion_policy=_RETAIN, update_replace_policy=_RETAIN)


def _manager_statements(plan: Plan) -> Iterator[Value]:
    env = plan.env
    for name, verbs in sorted(_LOOKS.items()):
        yield allow(*actions(name, verbs), on=ANY)
    yield from _of_workloads(env)
    yield from _of_stacks(env)
    yield from _of_artifacts(env)
    imported = [*plan.shape.public.certificates, *plan.shape.internal.certificates]
    if plan.shape.cdn and plan.shape.cdn.certificate:
        imported.append(plan.shape.cdn.certificate)
    if imported:
        yield allow("acm:DescribeCertificate", on=imported, sid="ImportedCertificates")
    if env.app.domain and not env.is_at_home:
        yield allow("sts:AssumeRole", on=Ref("AppDNSDelegationRole"), sid="DelegateDNS")


def _of_workloads(env: EnvFacts) -> Iterator[Value]:
    logs: list[Value] = [in_region("logs", f"log-group:/copilot/{end}") for end in ("*", "*:log-stream:*")]
    yield allow(*actions("logs", _LOGS), on=logs)
    ours = tagged("aws:ResourceTag", OWN_TAGS)
    yield allow(*actions("ecs", _TASKS), on=in_region("ecs", ANY), when=ours)
    # A task that is started gets the tags of its definition.
    started: dict[str, Value] = {"StringEquals": {"ecs:CreateAction": "RunTask"}}
    yield allow("ecs:TagResource", on=in_region("ecs", "task/*"), when=started)
    looks = ("DescribeClusters", "DescribeServices", "DescribeTasks")
    kinds = ("cluster", "service", "task")
    yield allow(*actions("ecs", looks), on=[in_region("ecs", f"{kind}/{stem(env)}") for kind in kinds])
    cluster: dict[str, Value] = {"ecs:cluster": in_region("ecs", f"cluster/{stem(env)}")}
    yield allow("ecs:ListTasks", on=ANY, when={"ArnLike": cluster})
    # While a service is paused, its scaling must not start tasks again. Targets of it have no tags of their stack's.
    of_services: dict[str, Value] = {"StringEquals": {"application-autoscaling:service-namespace": "ecs"}}
    scalable = in_region("application-autoscaling", "scalable-target/*")
    yield allow("application-autoscaling:RegisterScalableTarget", on=scalable, when=of_services)
    # Weights of routes are changed where they act.
    rules = in_region("elasticloadbalancing", "listener-rule/app/*")
    yield allow("elasticloadbalancing:ModifyRule", on=rules)
    yield allow("cloudwatch:DescribeAlarms", on=in_region("cloudwatch", "alarm:*"))
    jobs = in_region("states", f"stateMachine:{stem(env)}")
    yield allow("states:StartExecution", "states:ListExecutions", on=jobs)
    executions = in_region("states", f"execution:{stem(env)}")
    yield allow("states:DescribeExecution", on=executions)
    yield from _of_parameters()
    yield from _of_files(env)


def _of_parameters() -> Iterator[Value]:
    """Secrets, shifts, and the numbers of listener rules, those of shared balancers too; what others have written is
    read."""
    own = (
        "copilot/${AppName}/${EnvironmentName}/secrets/*",
        "copilot/applications/${AppName}/environments/${EnvironmentName}/rules/*",
        "copilot/applications/${AppName}/environments/${EnvironmentName}/shifts/*",
        "copilot/balancers/*",
    )
    writes = ("AddTagsToResource", "DeleteParameter", "DeleteParameters", "PutParameter")
    yield allow(*actions("ssm", writes), on=[in_region("ssm", f"parameter/{name}") for name in own])
    reads = ("GetParameter", "GetParameterHistory", "GetParameters", "GetParametersByPath")
    yield allow(*actions("ssm", reads), on=in_region("ssm", "parameter/copilot/*"))


def _of_files(env: EnvFacts) -> Iterator[Value]:
    """Of static sites, access logs and one-off tasks, whose buckets are emptied before their stacks go."""
    buckets = [f"arn:${{AWS::Partition}}:s3:::{name}" for name in (stem(env), OF_TASKS)]
    objects = ("DeleteObject", "DeleteObjectVersion", "GetObject", "PutObject")
    looks = ("GetBucketLocation", "GetBucketVersioning", "ListBucket", "ListBucketVersions")
    yield allow(*actions("s3", looks), on=[Sub(bucket) for bucket in buckets])
    yield allow(*actions("s3", objects), on=[Sub(f"{bucket}/*") for bucket in buckets])
    yield allow("cloudfront:CreateInvalidation", on=in_account("cloudfront", "distribution/*"))
    zones = Sub("arn:${AWS::Partition}:route53:::hostedzone/*")
    yield allow("route53:GetHostedZone", on=zones)
    if env.has_own_domain and not env.is_at_home:
        # Records of its domain that no stack has; at home, whoever deploys looks after them.
        below: dict[str, Value] = {"route53:ChangeResourceRecordSetsNormalizedRecordNames": f"*.{env_zone(env)}"}
        # No zone is deleted: no condition knows a zone by its name, and the account has others.
        yield allow("route53:ListResourceRecordSets", on=zones)
        yield allow("route53:ListHostedZones", on=ANY)
        yield allow("route53:ChangeResourceRecordSets", on=zones, when={"ForAllValues:StringLike": below})


def _of_stacks(env: EnvFacts) -> Iterator[Value]:
    stacks: list[Value] = [
        in_region("cloudformation", "stack/${AWS::StackName}/*"),
        in_region("cloudformation", "stack/${AWS::StackName}-*/*"),
        in_region("cloudformation", f"stack/{OF_TASKS}/*"),
    ]
    at_the_edge = []
    if may_have_cdn_certificate(env):
        at_the_edge.append(cdn_certificate_stack("${AppName}", "${EnvironmentName}"))
    if may_have_site_certificates(env):
        at_the_edge.append("${AWS::StackName}-*")
    for name in at_the_edge:
        stacks.append(Sub(f"arn:${{AWS::Partition}}:cloudformation:{EDGE_REGION}:${{AWS::AccountId}}:stack/{name}/*"))
    yield allow("cloudformation:*", on=stacks)
    yield from passing(env, "cloudformation", "ecs-tasks")
    own: list[Value] = [
        GetAtt(EXECUTION, "Arn"),
        in_account("iam", "role/${AWS::StackName}-EnvManagerRole"),
    ]
    yield allow("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:ListRolePolicies", on=own, sid="DeleteRoles")


def _of_artifacts(env: EnvFacts) -> Iterator[Value]:
    # The application's account has the repositories, which may be another one.
    images: list[Value] = [
        Sub("arn:${AWS::Partition}:ecr:*:*:repository/${AppName}/*"),
        in_region("ecr", "repository/copilot-*"),
    ]
    yield allow(*actions("ecr", _IMAGES), on=images)
    yield allow("ecr:BatchDeleteImage", on=in_region("ecr", "repository/copilot-*"))
    if env.bucket:
        bucket = f"arn:${{AWS::Partition}}:s3:::{env.bucket}"
        yield allow("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", on=Sub(f"{bucket}/*"))
        yield allow("s3:GetBucketLocation", "s3:ListBucket", on=Sub(bucket))
    if env.key:
        yield allow("kms:Decrypt", "kms:GenerateDataKey", on=env.key)
