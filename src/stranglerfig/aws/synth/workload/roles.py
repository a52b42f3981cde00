"""Whom AWS takes a task for: the role that starts it, and the one that its containers act as. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import APP_TAG, ENV_TAG, topic_id
from stranglerfig.aws.synth.policies import ANY, allow, deny, policy, role, service, tagged, trust
from stranglerfig.aws.synth.reading.deployment import is_traced
from stranglerfig.aws.synth.reading.storage import OwnFileSystem, managed_owner, read_volumes
from stranglerfig.aws.synth.template import (
    NO_VALUE,
    PARTITION,
    Fragment,
    GetAtt,
    Ref,
    Sub,
    Value,
    either,
    join,
    literal,
    select,
    split,
    to_value,
)
from stranglerfig.aws.synth.workload.parameters import env_file_names
from stranglerfig.aws.synth.workload.variables import ADDONS
from stranglerfig.aws.synth.workload.volumes import ACCESS_POINT, FILE_SYSTEM
from stranglerfig.core.messaging import called
from stranglerfig.manifest.rules.containers import LOG_ROUTER

TASKS = service("ecs-tasks")
OWN_TAGS = {APP_TAG: "AppName", ENV_TAG: "EnvName"}
_HERE = "${AWS::Region}:${AWS::AccountId}"
_FILE_SYSTEMS = f"arn:${{AWS::Partition}}:elasticfilesystem:{_HERE}"


def roles(release: Release) -> Fragment:
    boundary = release.env.app.permissions_boundary
    execution = role(
        "An IAM Role for the Fargate agent to make AWS API calls on your behalf",
        trust(TASKS),
        _secrets_policy(),
        *_env_file_policies(release),
        permissions_boundary=boundary,
        managed=[Sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")],
        path=None,
    )
    task = role(
        "An IAM role to control permissions for the containers in your tasks",
        trust(TASKS),
        *_task_policies(release),
        permissions_boundary=boundary,
        managed=[GetAtt(ADDONS, f"Outputs.{name}") for name in (release.addons.policies if release.addons else ())],
        path=None,
    )
    return Fragment({"ExecutionRole": execution, "TaskRole": task})


def _named(what: str) -> Value:
    return join("", Ref("AppName"), "-", Ref("EnvName"), "-", Ref("WorkloadName"), what)


def _secrets_policy() -> Value:
    """What bears the tags of the application and the environment may be read, and nothing else."""
    return policy(
        _named("SecretsPolicy"),
        allow(
            "ssm:GetParameters",
            on=[Sub(f"arn:${{AWS::Partition}}:ssm:{_HERE}:parameter/*")],
            when=tagged("ssm:ResourceTag", OWN_TAGS),
        ),
        allow(
            "secretsmanager:GetSecretValue",
            on=[Sub(f"arn:${{AWS::Partition}}:secretsmanager:{_HERE}:secret:*")],
            when=tagged("secretsmanager:ResourceTag", OWN_TAGS),
        ),
        allow("kms:Decrypt", on=[Ref("ArtifactKeyARN")]),
        allow(
            "kms:Decrypt",
            sid="DecryptTaggedKMSKey",
            on=[Sub(f"arn:${{AWS::Partition}}:kms:{_HERE}:key/*")],
            when=tagged("aws:ResourceTag", OWN_TAGS),
        ),
    )


def _env_file_policies(release: Release) -> Iterator[Value]:
    for container, (parameter, condition) in env_file_names(release).items():
        name = (
            "GetEnvFilePolicy"
            if parameter == "EnvFileARN"
            else f"GetEnvFilePolicyFor{parameter[len('EnvFileARNFor') :]}"
        )
        if container == LOG_ROUTER:
            name = "GetLoggingEnvFilePolicy"
        bucket = select(0, split("/", select(5, split(":", Ref(parameter)))))
        files = policy(
            _named(name),
            allow("s3:GetObject", on=[Ref(parameter)]),
            allow("s3:GetBucketLocation", on=[join("", "arn:", PARTITION, ":s3:::", bucket)]),
        )
        yield either(condition, files, NO_VALUE)


def _task_policies(release: Release) -> Iterator[Value]:
    manifest = release.manifest
    yield policy("DenyIAM", deny("iam:*", on=ANY))
    if manifest.exec:
        yield policy("ExecuteCommand", *exec_statements())
    yield from _file_system_policies(release)
    if manifest.topics:
        yield policy(
            "Publish2SNS", allow("sns:Publish", on=[Ref(topic_id(called(topic))) for topic in manifest.topics])
        )
    if is_traced(manifest.body):
        yield policy("AWSDistroOpenTelemetryPolicy", _tracing_statement())


def exec_statements() -> Iterator[Value]:
    """The channels have no ARNs. What is typed is logged with the rest of the workload."""
    channels = ("CreateControlChannel", "OpenControlChannel", "CreateDataChannel", "OpenDataChannel")
    yield allow(*(f"ssmmessages:{channel}" for channel in channels), on=ANY)
    yield allow("logs:DescribeLogGroups", on=ANY)
    yield allow("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=GetAtt("LogGroup", "Arn"))


def _tracing_statement() -> Value:
    sampling = ("GetSamplingRules", "GetSamplingTargets", "GetSamplingStatisticSummaries")
    return allow(
        *(f"xray:{action}" for action in ("PutTraceSegments", "PutTelemetryRecords", *sampling)),
        on=ANY,
    )


def _file_system_policies(release: Release) -> Iterator[Value]:
    yield from _own_file_systems(release)
    if managed_owner(release.manifest.body):
        condition: dict[str, Value] = {
            "StringEquals": {"elasticfilesystem:AccessPointArn": GetAtt(ACCESS_POINT, "Arn")}
        }
        yield policy(
            "GrantAccessCopilotManagedEFS",
            allow(
                "elasticfilesystem:ClientMount",
                "elasticfilesystem:ClientWrite",
                on=[Sub(f"{_FILE_SYSTEMS}:file-system/${{FileSystem}}", {"FileSystem": FILE_SYSTEM})],
                when=condition,
            ),
        )


def _own_file_systems(release: Release) -> Iterator[Value]:
    """One policy a file system: policies of a role have different names."""
    volumes = [volume for volume in read_volumes(release.manifest.body) if volume.own]
    systems = {str(to_value(volume.own.id)): volume.own.id for volume in volumes if volume.own}
    written = _written_volumes(release)
    for identity, system in systems.items():
        same = [volume for volume in volumes if volume.own and str(to_value(volume.own.id)) == identity]
        statements = [_mounting(volume.own, writes=volume.name in written) for volume in same if volume.own]
        yield policy(join("", "GrantEFSAccess", system), *statements)


def _mounting(system: OwnFileSystem, *, writes: bool) -> Value:
    actions = ("elasticfilesystem:ClientMount", *(["elasticfilesystem:ClientWrite"] if writes else []))
    where: Value = Sub(f"{_FILE_SYSTEMS}:file-system/${{FileSystem}}", {"FileSystem": system.id})
    if system.access_point is None:
        return allow(*actions, on=[where])
    point = Sub(f"{_FILE_SYSTEMS}:access-point/{literal(system.access_point)}")
    return allow(*actions, on=[where], when={"StringEquals": {"elasticfilesystem:AccessPointArn": point}})


def _written_volumes(release: Release) -> frozenset[str]:
    mounts = (mount for container in release.manifest.containers for mount in container.mounts)
    return frozenset(mount.volume for mount in mounts if not mount.read_only)
