"""What CloudFormation may do for an environment, service by service. Pure.

Where things get names from CloudFormation, these begin with the stack's, so rights end with the environment. Where they
get ids, rights end with account and region. Actions that know no resource are named one by one.

Source: the Service Authorization Reference, and the permissions of the resource types' handlers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stranglerfig.aws.synth.environment.certificates import may_have_cdn_certificate, may_have_site_certificates
from stranglerfig.aws.synth.environment.values import OWN_TAGS
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import EDGE_REGION, task_stack
from stranglerfig.aws.synth.policies import ANY, allow, passed_to, tagged
from stranglerfig.aws.synth.template import REGION, Sub, Value

#: the statement about services that users' addons have and our templates have not
OF_ADDONS = "ServicesOfAddons"
_WITHOUT_REGION = {"iam", "route53", "cloudfront", "s3"}
#: of actions, where they are not the service's name in types of resources
_PREFIXES = {
    "AmazonMQ": "mq",
    "ApiGatewayV2": "apigateway",
    "ApplicationAutoScaling": "application-autoscaling",
    "CertificateManager": "acm",
    "Cognito": "cognito-idp",
    "DocDB": "rds",
    "EFS": "elasticfilesystem",
    "ElasticLoadBalancingV2": "elasticloadbalancing",
    "Elasticsearch": "es",
    "KinesisFirehose": "firehose",
    "MSK": "kafka",
    "Neptune": "rds",
    "OpenSearchServerless": "aoss",
    "OpenSearchService": "es",
    "StepFunctions": "states",
}
#: what things begin with that CloudFormation names for stacks of one-off tasks
OF_TASKS = f"{task_stack('')}*"
#: of the stack's name, as much as CloudFormation keeps in the longest names that it makes
_KEPT = 24


@dataclass(frozen=True, slots=True)
class Rights:
    """Everything about the service's resources in this account and region whose ARNs end as one of ``resources``, in
    which ``{}`` is the beginning of the environment's names; and the named actions, which know no resource."""

    service: str
    resources: tuple[str, ...]
    everywhere: tuple[str, ...] = ()


#: What our templates have, and what Copilot's generated addons have.
RIGHTS = (
    Rights(
        "ec2",
        (
            *("vpc*/*", "subnet/*", "route-table/*", "internet-gateway/*", "natgateway/*", "elastic-ip/*"),
            *("security-group*/*", "network-*/*", "prefix-list/*"),
        ),
        (
            *("DescribeAccountAttributes", "DescribeAddresses", "DescribeAvailabilityZones"),
            *("DescribeFlowLogs", "DescribeInstances", "DescribeInternetGateways", "DescribeManagedPrefixLists"),
            *("DescribeNatGateways", "DescribeNetworkAcls", "DescribeNetworkInterfaces", "DescribePrefixLists"),
            *("DescribeRegions", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups"),
            *("DescribeSubnets", "DescribeTags", "DescribeVpcEncryptionControls", "DescribeVpcEndpointServices"),
            *("DescribeVpcEndpoints", "DescribeVpcs", "DescribeVpnGateways"),
        ),
    ),
    Rights(
        "elasticloadbalancing",
        ("*",),
        (
            *("DescribeCapacityReservation", "DescribeListenerAttributes", "DescribeListenerCertificates"),
            *("DescribeListeners", "DescribeLoadBalancerAttributes", "DescribeLoadBalancers", "DescribeRules"),
            *("DescribeSSLPolicies", "DescribeTags", "DescribeTargetGroupAttributes", "DescribeTargetGroups"),
            "DescribeTargetHealth",
        ),
    ),
    Rights(
        "ecs",
        ("*/{}", "task-definition/copilot-*"),
        ("DeregisterTaskDefinition", "DescribeTaskDefinition", "ListServices", "ListTaskDefinitions"),
    ),
    Rights(
        "application-autoscaling",
        ("*",),
        ("DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions"),
    ),
    Rights("cloudwatch", ("alarm:*", "dashboard/{}"), ("GetMetricData", "ListMetrics")),
    Rights(
        "servicediscovery",
        ("*",),
        (
            *("CreateHttpNamespace", "CreatePrivateDnsNamespace", "GetOperation", "ListNamespaces", "ListOperations"),
            *("ListServices", "ListTagsForResource", "TagResource", "UntagResource"),
        ),
    ),
    Rights(
        "elasticfilesystem",
        ("*",),
        ("CreateFileSystem", "DescribeAccessPoints", "DescribeFileSystems"),
    ),
    Rights(
        "logs",
        ("log-group:*",),
        (
            *("CreateLogDelivery", "DeleteLogDelivery", "DeleteResourcePolicy", "DescribeIndexPolicies"),
            *("DescribeLogGroups", "DescribeResourcePolicies", "GetLogDelivery", "ListLogDeliveries"),
            *("PutResourcePolicy", "UpdateLogDelivery"),
        ),
    ),
    Rights("sns", ("{}",), ("GetSubscriptionAttributes", "ListTopics", "SetSubscriptionAttributes", "Unsubscribe")),
    Rights("sqs", ("{}",), ("ListQueues",)),
    Rights("states", ("stateMachine:{}",), ("ListStateMachines", "ValidateStateMachineDefinition")),
    Rights("scheduler", ("schedule/*/{}", "schedule-group/{}"), ("ListSchedules",)),
    Rights("events", ("rule/{}",), ()),
    Rights("lambda", ("function:{}", "layer:{}", "event-source-mapping:*"), ("CreateEventSourceMapping",)),
    Rights("cloudformation", ("stack/{}/*",), ()),
    Rights("ecr", ("repository/copilot-*",), ()),
    Rights("kms", ("key/*", "alias/*"), ("CreateKey", "ListAliases", "ListKeys")),
    Rights("acm", ("certificate/*",), ("ListCertificates", "RequestCertificate")),
    Rights("secretsmanager", ("secret:*",), ("GetRandomPassword", "ListSecrets")),
    Rights("ssm", ("parameter/*",), ("DescribeParameters",)),
    Rights("dynamodb", ("table/{}",), ("ListTables",)),
    Rights(
        "rds",
        ("*:{}", "*:default*"),
        (
            *("DescribeDBClusterParameterGroups", "DescribeDBClusters", "DescribeDBEngineVersions"),
            *("DescribeDBInstances", "DescribeDBParameterGroups", "DescribeDBSubnetGroups", "DescribeEvents"),
            "DescribeGlobalClusters",
        ),
    ),
    Rights("apprunner", ("*/{}", "*/{}/*"), ("ListServices", "ListVpcConnectors")),
)
_ZONES = (
    *("AssociateVPCWithHostedZone", "ChangeResourceRecordSets", "ChangeTagsForResource", "DeleteHostedZone"),
    *("DisassociateVPCFromHostedZone", "GetHostedZone", "ListQueryLoggingConfigs", "ListResourceRecordSets"),
    *("ListTagsForResource", "UpdateHostedZoneComment"),
)
_ZONES_EVERYWHERE = (
    "CreateHostedZone",
    "ListHostedZones",
    "ListHostedZonesByName",
    "ListHostedZonesByVPC",
)
_CDN_EVERYWHERE = (
    *("CreateDistribution", "CreateFunction", "CreateOriginAccessControl", "ListCachePolicies", "ListDistributions"),
    *("ListFunctions", "ListOriginAccessControls", "ListOriginRequestPolicies"),
)
_BUCKETS = (
    *("CreateBucket", "DeleteBucket*", "GetBucket*", "Get*Configuration", "ListBucket*", "ListTagsForResource"),
    *("PutBucket*", "Put*Configuration", "TagResource", "UntagResource"),
)
_ROLE_CHANGES = (
    *("AttachRolePolicy", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy"),
    *("PutRolePermissionsBoundary", "PutRolePolicy", "TagRole", "UntagRole", "UpdateAssumeRolePolicy"),
    *("UpdateRole", "UpdateRoleDescription"),
)
_ROLE_LOOKS = ("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags")


def stem(env: EnvFacts) -> str:
    """What everything begins with that CloudFormation names for stacks of the environment, as a pattern."""
    return f"{env.app.name}-{env.name}-"[:_KEPT] + ANY


def execution_statements(env: EnvFacts, services: Iterable[str] = ()) -> Iterator[Value]:
    """``services``: what addons need besides."""
    # One statement for many services: a role's own policies may be 10,240 characters long together.
    beginning = stem(env)
    ends = [(rights.service, resource) for rights in RIGHTS for resource in rights.resources]
    found: list[Value] = [in_region(service, resource.format(beginning)) for service, resource in ends]
    if may_have_cdn_certificate(env) or may_have_site_certificates(env):
        found.append(Sub(f"arn:${{AWS::Partition}}:acm:{EDGE_REGION}:${{AWS::AccountId}}:certificate/*"))
    yield allow(*(f"{rights.service}:*" for rights in RIGHTS), on=found)
    yield allow(*(found for rights in RIGHTS for found in actions(rights.service, rights.everywhere)), on=ANY)
    yield from _of_roles(env)
    yield from _without_region(env)
    further = sorted(services)
    if further:
        # Which of their actions know resources is theirs to know.
        here: dict[str, Value] = {"StringEquals": {"aws:RequestedRegion": REGION}}
        yield allow(*(f"{service}:*" for service in further), on=ANY, sid=OF_ADDONS, when=here)


def services_of(types: Iterable[str]) -> frozenset[str]:
    """Those that make resources of the types, ``AWS::Service::Thing``, and that no template of ours has."""
    found = {part[1] for name in types if len(part := name.split("::")) == len(("AWS", "Service", "Thing"))}
    services = {_PREFIXES.get(service, service.lower()) for service in found}
    return frozenset(services - {rights.service for rights in RIGHTS} - _WITHOUT_REGION)


def actions(service: str, verbs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{service}:{verb}" for verb in verbs)


def in_region(service: str, resource: str) -> Sub:
    """An ARN of this account and region."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def in_account(service: str, resource: str) -> Sub:
    """Of a service that has no regions."""
    return Sub(f"arn:${{AWS::Partition}}:{service}::${{AWS::AccountId}}:{resource}")


def passing(env: EnvFacts, *services: str) -> Iterator[Value]:
    """Roles of the environment and of one-off tasks, to ``services`` alone if there are some. They are known by their
    names, as AWS says that tags do not do for this; by tags only roles that users have made for tasks themselves, which
    is how Copilot had it.

    Source: the IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    """
    own: list[Value] = [in_account("iam", f"role/{name}") for name in (stem(env), OF_TASKS)]
    yield allow("iam:PassRole", on=own, when={"StringEquals": passed_to(*services)} if services else None)
    users = tagged("iam:ResourceTag", OWN_TAGS, **passed_to("ecs-tasks"))
    yield allow("iam:PassRole", on=in_account("iam", "role/*"), when=users, sid="PassUsersRoles")


def _of_roles(env: EnvFacts) -> Iterator[Value]:
    """Roles of the environment are known by their tags, which those of its stacks are passed on to."""
    roles = in_account("iam", "role/*")
    yield allow("iam:CreateRole", on=roles, when=tagged("aws:RequestTag", OWN_TAGS))
    yield allow(*actions("iam", _ROLE_CHANGES), on=roles, when=tagged("aws:ResourceTag", OWN_TAGS))
    yield from passing(env)
    yield allow(*actions("iam", _ROLE_LOOKS), on=roles)
    yield allow("iam:CreateServiceLinkedRole", on=in_account("iam", "role/aws-service-role/*"))
    # Addons have some, which cannot be known by tags.
    yield allow("iam:*Policy", "iam:*PolicyVersion*", on=in_account("iam", f"policy/{stem(env)}"))


def _without_region(env: EnvFacts) -> Iterator[Value]:
    yield allow(*actions("route53", _ZONES), on=Sub("arn:${AWS::Partition}:route53:::hostedzone/*"))
    yield allow("route53:GetChange", on=Sub("arn:${AWS::Partition}:route53:::change/*"))
    yield allow(*actions("route53", _ZONES_EVERYWHERE), on=ANY)
    yield allow("cloudfront:*", on=in_account("cloudfront", ANY))
    yield allow(*actions("cloudfront", _CDN_EVERYWHERE), on=ANY)
    names = (f"{f'{env.app.name}-'[:_KEPT]}*", OF_TASKS)
    of_ours: list[Value] = [Sub(f"arn:${{AWS::Partition}}:s3:::{name}") for name in names]
    yield allow(*actions("s3", _BUCKETS), on=of_ours)
    if env.bucket:
        yield allow("s3:GetObject", on=Sub(f"arn:${{AWS::Partition}}:s3:::{env.bucket}/*"))
    if env.key:
        # The application's: templates of addons are encrypted by it.
        yield allow("kms:Decrypt", on=env.key)
