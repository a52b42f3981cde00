"""Applications as Copilot has deployed them: records, stacks from recorded templates, and what they export and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.aws.records import AppRecord, EnvRecord, Records, WorkloadRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stack_set import Roles, StackSet
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import Ended, to_order
from tests.aws.standin.cloud import ACCOUNT, REGION

RECORDED = Path(__file__).parent / "recorded"
IMAGE = "public.ecr.aws/nginx/nginx:1.27"
KINDS = {
    "web": "Load Balanced Web Service",
    "front": "Load Balanced Web Service",
    "api": "Backend Service",
    "mail": "Worker Service",
    "report": "Scheduled Job",
}
COMMON = {"ContainerImage": IMAGE, "TaskCPU": "256", "TaskMemory": "512", "TaskCount": "1", "ArtifactKeyARN": "key"}
TARGET = {"ContainerPort": "80", "TargetPort": "80"}
SERVED = {"RulePath": "/", "HTTPSEnabled": "false", "DNSDelegated": "false", **TARGET}
OWN: dict[str, Mapping[str, str]] = {
    "web": SERVED,
    "front": {**SERVED, "HTTPSEnabled": "true", "DNSDelegated": "true"},
    "api": {"ContainerPort": "8080", "TargetPort": "8080"},
    "mail": {},
    "report": {"Schedule": "cron(0 0 * * ? *)"},
}
LISTENING = ("web", "front", "api")


@dataclass(frozen=True)
class Recorded:
    """One application with environment ``test``. ``domain`` is registered in the account."""

    name: str
    workloads: tuple[str, ...]
    domain: str = ""


def template(name: str) -> str:
    return (RECORDED / f"{name}.yml").read_text()


def deploy_recorded(app: Recorded, session: Session) -> None:
    """As `copilot deploy` leaves it."""
    zone = ""
    if app.domain:
        made = session.client("route53").create_hosted_zone(Name=app.domain, CallerReference=app.name)
        zone = str(made["HostedZone"]["Id"]).rpartition("/")[2]
    deploy_stack(session, f"{app.name}-infrastructure-roles", "roles", roles_values(app, zone))
    roles = Roles(f"arn:aws:iam::{ACCOUNT}:role/{app.name}-adminrole", f"{app.name}-executionrole")
    resources = StackSet(session, f"{app.name}-infrastructure", Deploying(session).patience, upload)
    resources.create(stack_set_template(app), roles, {"copilot-application": app.name})
    resources.add_instance(ACCOUNT, REGION)
    deploy_stack(session, f"{app.name}-test", "environment", environment_values(app))
    for name in app.workloads:
        values = {"AppName": app.name, "EnvName": "test", "WorkloadName": name, **COMMON, **OWN[name]}
        values |= {"TargetContainer": name} if name in LISTENING else {}
        deploy_stack(session, f"{app.name}-test-{name}", name, values)
    write_records(app, session, zone)


def upload(name: str, body: str) -> str:
    """Short templates alone are recorded."""
    raise NotImplementedError(name)


def deploy_stack(session: Session, stack: str, recorded: str, values: Mapping[str, str]) -> None:
    outcome = deploy(to_order(stack, parse_template(template(recorded)), parameters=values), Deploying(session))
    assert outcome.ended is Ended.DEPLOYED


def write_records(app: Recorded, session: Session, zone: str) -> None:
    records = Records(session)
    records.begin_app(AppRecord(app.name, ACCOUNT, domain=app.domain, hosted_zone=zone))
    outputs = Deploying(session).stacks.require(f"{app.name}-test").outputs
    records.begin_environment(
        EnvRecord(
            app.name,
            "test",
            REGION,
            ACCOUNT,
            execution_role=outputs["CFNExecutionRoleARN"],
            manager_role=outputs["EnvironmentManagerRoleARN"],
        )
    )
    for name in app.workloads:
        records.begin_workload(WorkloadRecord(app.name, name, KINDS[name]))


def roles_values(app: Recorded, zone: str) -> dict[str, str]:
    return {
        "AdminRoleName": f"{app.name}-adminrole",
        "ExecutionRoleName": f"{app.name}-executionrole",
        "DNSDelegationRoleName": f"{app.name}-DNSDelegationRole",
        "AppDomainName": app.domain,
        "AppDomainHostedZoneID": zone,
        "AppName": app.name,
    }


def environment_values(app: Recorded) -> dict[str, str]:
    return {
        "AppName": app.name,
        "EnvironmentName": "test",
        "ALBWorkloads": named(app, ("web", "front")),
        "InternalALBWorkloads": "",
        "EFSWorkloads": "",
        "NATWorkloads": named(app, ("api",)),
        "AppRunnerPrivateWorkloads": "",
        "ToolsAccountPrincipalARN": f"arn:aws:iam::{ACCOUNT}:root",
        "AppDNSName": app.domain,
        "AppDNSDelegationRole": f"arn:aws:iam::{ACCOUNT}:role/{app.name}-DNSDelegationRole" if app.domain else "",
        "Aliases": "",
        "CreateHTTPSListener": "true" if app.domain else "false",
        "CreateInternalHTTPSListener": "false",
        "ServiceDiscoveryEndpoint": f"test.{app.name}.local",
    }


def named(app: Recorded, those: Sequence[str]) -> str:
    return ",".join(name for name in app.workloads if name in those)


def stack_set_template(app: Recorded) -> str:
    """Copilot writes it as YAML, with the workloads in its metadata."""
    workloads = "".join(f"    - Name: {name}\n      WithECR: true\n" for name in app.workloads)
    repositories = "".join(
        f"""
  ECRRepo{name}:
    Type: AWS::ECR::Repository
    Properties: {{RepositoryName: {app.name}/{name}, Tags: [{{Key: copilot-service, Value: {name}}}]}}"""
        for name in app.workloads
    )
    return f"""\
Description: Cross-regional resources to support the CodePipeline for a workspace
Metadata:
  TemplateVersion: 'v1.2.0'
  Version: 4
  Workloads:
{workloads}Resources:
  KMSKey:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy: {{Version: '2012-10-17', Statement: []}}
  PipelineBuiltArtifactBucket:
    Type: AWS::S3::Bucket
    Properties: {{VersioningConfiguration: {{Status: Enabled}}}}{repositories}
Outputs:
  KMSKeyARN: {{Value: !GetAtt KMSKey.Arn, Export: {{Name: {app.name}-ArtifactKey}}}}
  PipelineBucket: {{Value: !Ref PipelineBuiltArtifactBucket}}
"""
