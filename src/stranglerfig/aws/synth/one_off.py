"""The stack of a one-off task: an image repository, a log group, and the definition once there is an image. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stranglerfig.aws.synth.buckets import NOT_PUBLIC, encrypted, only_by_tls
from stranglerfig.aws.synth.names import APP_TAG, ENV_TAG, task_family, task_log_group, task_repository
from stranglerfig.aws.synth.policies import account_root, allow, document, policy, role, service, trust
from stranglerfig.aws.synth.template import (
    ACCOUNT,
    REGION,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Sub,
    Template,
    Value,
    present,
)
from stranglerfig.aws.synth.workload.roles import exec_statements

REPOSITORY, BUCKET, LOG_GROUP, DEFINITION = "ECRRepo", "S3Bucket", "LogGroup", "TaskDefinition"
EXECUTION_ROLE, TASK_ROLE = "DefaultExecutionRole", "DefaultTaskRole"
#: where the deploy puts files of variables
ENV_FILES = "manual/env-files"
UNTAGGED_DAYS = 5
_HERE = "${AWS::Region}:${AWS::AccountId}"
_PUSHING = ("PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload")
_PULLING = ("GetDownloadUrlForLayer", "BatchGetImage", "BatchCheckLayerAvailability")


@dataclass(frozen=True, slots=True)
class OneOffTask:
    """``group`` is its name. ``image`` None: not pushed yet, which needs the stack first. ``app`` and ``env`` are those
    that it runs in, None for the account's default network. ``secrets`` are names or ARNs by variable.
    ``env_files`` are ARNs of files of variables, the first of which counts for a variable that two have; ``env_key`` is
    that of the key that some may be encrypted with. ``platform`` is
    operating system and processor in ECS's words, None for the usual one. ``settings`` are further ones of its
    container, and ``volumes`` those that it mounts, as CloudFormation has them.
    """

    group: str
    image: str | None = None
    cpu: int = 256
    memory: int = 512
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] = ()
    env_key: str | None = None
    platform: tuple[str, str] | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    volumes: tuple[Value, ...] = ()
    task_role: str | None = None
    execution_role: str | None = None
    app: str | None = None
    env: str | None = None
    permissions_boundary: str | None = None
    retention_days: int = 1


def task_template(task: OneOffTask) -> Template:
    resources: dict[str, Resource] = {
        REPOSITORY: _repository(task),
        LOG_GROUP: _log_group(task),
        BUCKET: _bucket(),
        "S3BucketPolicy": _bucket_policy(),
    }
    if task.execution_role is None:
        resources[EXECUTION_ROLE] = _execution_role(task)
    if task.task_role is None:
        resources[TASK_ROLE] = _task_role(task)
    if task.image is not None:
        resources[DEFINITION] = _definition(task, task.image)
    outputs = {
        REPOSITORY: Output(GetAtt(REPOSITORY, "Arn"), description="ECR Repo used to store images of task."),
        BUCKET: Output(Ref(BUCKET), description="S3 Bucket used to store env files."),
    }
    return Template(
        "CloudFormation template that represents a task on Amazon ECS.", Fragment(resources, outputs=outputs)
    )


def _definition(task: OneOffTask, image: str) -> Resource:
    options: Value = {
        "awslogs-region": REGION,
        "awslogs-group": Ref(LOG_GROUP),
        "awslogs-stream-prefix": "copilot-task",
    }
    container = present(
        Name=task.group,
        Image=image,
        EntryPoint=list(task.entrypoint) or None,
        Command=list(task.command) or None,
        Environment=_pairs("Value", task.variables) or None,
        EnvironmentFiles=[{"Type": "s3", "Value": file} for file in task.env_files] or None,
        Secrets=_pairs("ValueFrom", task.secrets) or None,
        LogConfiguration={"LogDriver": "awslogs", "Options": options},
        **task.settings,
    )
    system, processor = task.platform or ("", "")
    platform: Value = {"OperatingSystemFamily": system, "CpuArchitecture": processor}
    return Resource(
        "AWS::ECS::TaskDefinition",
        present(
            ContainerDefinitions=[container],
            Family=task_family(task.group),
            RuntimePlatform=platform if task.platform else None,
            Volumes=list(task.volumes) or None,
            RequiresCompatibilities=["FARGATE"],
            NetworkMode="awsvpc",
            Cpu=str(task.cpu),
            Memory=str(task.memory),
            ExecutionRoleArn=task.execution_role or GetAtt(EXECUTION_ROLE, "Arn"),
            TaskRoleArn=task.task_role or GetAtt(TASK_ROLE, "Arn"),
        ),
        description="An ECS task definition to run your container on ECS",
    )


def _pairs(value: str, found: Mapping[str, str]) -> list[Value]:
    return [{"Name": name, value: given} for name, given in sorted(found.items())]


def _execution_role(task: OneOffTask) -> Resource:
    return role(
        "An IAM Role for the Fargate agent to make AWS API calls on your behalf",
        trust(service("ecs-tasks")),
        *_execution_policies(task),
        permissions_boundary=task.permissions_boundary,
        managed=[Sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")],
        path=None,
    )


def _execution_policies(task: OneOffTask) -> Iterator[Value]:
    if task.env_files:
        buckets = list(dict.fromkeys(file.partition("/")[0] for file in task.env_files))
        files = [allow("s3:GetObject", on=list(task.env_files)), allow("s3:GetBucketLocation", on=buckets)]
        if task.env_key:
            files.append(allow("kms:Decrypt", on=[task.env_key]))
        yield policy(f"{task.group}GetEnvFilePolicy", *files)
    if task.secrets:
        yield policy("PullSecrets", *_secret_statements(task))


def _secret_statements(task: OneOffTask) -> Iterator[Value]:
    """Those that bear the tags of the environment; outside of one, those that are named and no others."""
    parameters = [name for name in task.secrets.values() if ":secretsmanager:" not in name]
    managed = [name for name in task.secrets.values() if ":secretsmanager:" in name]
    if task.app is not None and task.env is not None:
        tags = {APP_TAG: task.app, ENV_TAG: task.env}
        yield _tagged("ssm:GetParameters", f"arn:${{AWS::Partition}}:ssm:{_HERE}:parameter/*", tags)
        yield _tagged("secretsmanager:GetSecretValue", f"arn:${{AWS::Partition}}:secretsmanager:{_HERE}:secret:*", tags)
        return
    if parameters:
        yield allow("ssm:GetParameters", on=[_parameter_arn(name) for name in parameters])
    if managed:
        yield allow("secretsmanager:GetSecretValue", on=list(dict.fromkeys(map(_whole_secret, managed))))


def _tagged(action: str, arn: str, tags: Mapping[str, str]) -> Value:
    kind = action.partition(":")[0]
    return allow(
        action, on=[Sub(arn)], when={"StringEquals": {f"{kind}:ResourceTag/{tag}": tags[tag] for tag in sorted(tags)}}
    )


def _whole_secret(arn: str) -> str:
    """Without the key, stage or version that a value may be taken by."""
    return ":".join(arn.split(":")[:7])


def _parameter_arn(name: str) -> Value:
    return name if name.startswith("arn:") else Sub(f"arn:${{AWS::Partition}}:ssm:{_HERE}:parameter/{name.lstrip('/')}")


def _task_role(task: OneOffTask) -> Resource:
    return role(
        "An IAM Role for the task to make AWS API calls on your behalf. Policies are required by ECS Exec",
        trust(service("ecs-tasks")),
        policy("ExecuteCommand", *exec_statements()),
        permissions_boundary=task.permissions_boundary,
        path=None,
    )


def _repository(task: OneOffTask) -> Resource:
    by: Value = {"AWS": account_root(ACCOUNT)}
    rule = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    access = allow(*(f"ecr:{action}" for action in (*_PULLING, *_PUSHING)), by=by, sid="AllowPushPull")
    return Resource(
        "AWS::ECR::Repository",
        {
            "RepositoryName": task_repository(task.group),
            "RepositoryPolicyText": document(access),
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [rule]})},
        },
        description="An ECR repository to store your container images",
    )


def _log_group(task: OneOffTask) -> Resource:
    return Resource(
        "AWS::Logs::LogGroup",
        {"LogGroupName": task_log_group(task.group), "RetentionInDays": task.retention_days},
        description="A CloudWatch log group to hold your task logs",
    )


def _bucket() -> Resource:
    """Files of variables are read when a task starts, and never again."""
    expiry: Value = {
        "Id": "DeleteEnvFilesRule",
        "Status": "Enabled",
        "Prefix": ENV_FILES,
        "ExpirationInDays": 1,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    return Resource(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": encrypted(),
            "PublicAccessBlockConfiguration": NOT_PUBLIC,
            "LifecycleConfiguration": {"Rules": [expiry]},
        },
        description="An S3 bucket to hold .env files",
    )


def _bucket_policy() -> Resource:
    return Resource(
        "AWS::S3::BucketPolicy",
        {"Bucket": Ref(BUCKET), "PolicyDocument": document(only_by_tls(BUCKET))},
        description="A policy to allow file uploads to the S3 bucket",
    )
