"""Applications as Copilot has deployed them: records, stacks from recorded templates, and what they export and run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stranglerfig.aws.records import AppRecord, EnvRecord, Records, WorkloadRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stack_set import Roles, StackSet
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import Ended, to_order
from stranglerfig.manifest.render import render_tree
from tests.aws.standin.cloud import ACCOUNT, REGION

RECORDED = Path(__file__).parent / "recorded"
IMAGE = "public.ecr.aws/nginx/nginx:1.27"
TASK_AND_NAME = ("parts/task", "parts/service", "parts/found")
BALANCED = (*TASK_AND_NAME, "parts/balanced")
#: what the templates have in common, one over the other
PARTS = {
    **dict.fromkeys(("web", "shared", "admin"), BALANCED),
    **dict.fromkeys(("front", "named", "store"), (*BALANCED, "parts/redirected")),
    **dict.fromkeys(("lines", "api", "disk", "table"), TASK_AND_NAME),
    "mail": ("parts/task", "parts/service"),
    "report": ("parts/task",),
    "blog": ("site",),
    "gate": (*TASK_AND_NAME, "lines"),
}
KINDS = {
    **dict.fromkeys(("web", "front", "named", "store", "shared", "lines", "gate"), "Load Balanced Web Service"),
    **dict.fromkeys(("admin", "api", "disk", "table"), "Backend Service"),
    **dict.fromkeys(("site", "blog"), "Static Site"),
    "mail": "Worker Service",
    "report": "Scheduled Job",
    "old": "Request-Driven Web Service",
}
TASK = {"ContainerImage": IMAGE, "TaskCPU": "256", "TaskMemory": "512", "TaskCount": "1"}
SERVED = {"RulePath": "/", "HTTPSEnabled": "false", "DNSDelegated": "false"}
SECURE = {**SERVED, "HTTPSEnabled": "true"}
BELOW_DOMAIN = {**SECURE, "DNSDelegated": "true"}
OWN: dict[str, Mapping[str, str]] = {
    "web": SERVED,
    "front": BELOW_DOMAIN,
    "store": BELOW_DOMAIN,
    "named": SECURE,
    "shared": {**SECURE, "RulePath": "/shared"},
    "admin": {"RulePath": "/admin", "HTTPSEnabled": "false"},
    "lines": {"DNSDelegated": "false", "NLBPort": "7000"},
    "gate": {"DNSDelegated": "true", "NLBPort": "7000", "NLBAliases": "gate.test.pages.pages.example"},
    "report": {"Schedule": "cron(0 0 * * ? *)"},
}
PORTS = {
    **dict.fromkeys(("web", "front", "named", "store", "shared"), 80),
    **dict.fromkeys(("admin", "api", "disk", "table"), 8080),
    **dict.fromkeys(("lines", "gate"), 7000),
}
#: in the environment's parameter, of those that are behind its own balancer
ALIASES = {"named": ["www.example.org"], "store": ["www.shop.example", "store.shop.shop.example"]}


@dataclass(frozen=True)
class Recorded:
    """One application with environment ``test``. ``domain`` is registered in the account; where it has a certificate,
    the environment has imported that instead, and has addons. ``account`` is the environment's. ``literals`` stand in
    templates in place of their names in braces."""

    name: str
    workloads: tuple[str, ...]
    domain: str = ""
    has_certificate: bool = False
    has_cdn: bool = False
    account: str = ACCOUNT
    literals: Mapping[str, str] = field(default_factory=dict)

    def template(self, name: str) -> str:
        """Text, as it was deployed."""
        parts = PARTS.get(name, ())
        merged: dict[str, object] = {}
        for part in (*parts, name):
            merged = merge(merged, tree(part))
        if name == "environment" and self.has_certificate:
            merged = merge(merged, tree("parts/own-certificate"))
        if name == "environment" and self.has_cdn:
            merged = merge(merged, tree("parts/cdn"))
        text = render_tree(merged)
        for literal, value in self.literals.items():
            text = text.replace(f"{{{literal}}}", value)
        return text


def tree(name: str) -> dict[str, object]:
    return parse_template((RECORDED / f"{name}.yml").read_text())


def merge(under: object, over: object) -> dict[str, object]:
    """Lists of mappings item by item; null takes away what was there."""
    assert isinstance(under, dict)
    assert isinstance(over, dict)
    found = dict(under)
    for key, value in over.items():
        present = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(present, dict) and isinstance(value, dict) and not is_call(present):
            found[key] = merge(present, value)
        elif are_mappings(present) and are_mappings(value):
            assert isinstance(present, list)
            assert isinstance(value, list)
            both = [merge(*pair) for pair in zip(present, value, strict=False)]
            found[key] = both + present[len(both) :] + value[len(both) :]
        else:
            found[key] = value
    return found


def are_mappings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and not is_call(one) for one in value)


def is_call(value: dict[str, object]) -> bool:
    return any(key == "Ref" or key.startswith("Fn::") for key in value)


def deploy_recorded(app: Recorded, home: Session, session: Session | None = None) -> None:
    """As `copilot deploy` leaves it. ``home`` is of the application's account, ``session`` of the environment's."""
    session = session or home
    zone = ""
    if app.domain:
        made = home.client("route53").create_hosted_zone(Name=app.domain, CallerReference=app.name)
        zone = str(made["HostedZone"]["Id"]).rpartition("/")[2]
    deploy_stack(home, f"{app.name}-infrastructure-roles", app.template("roles"), roles_values(app, zone))
    roles = Roles(f"arn:aws:iam::{ACCOUNT}:role/{app.name}-adminrole", f"{app.name}-executionrole")
    resources = StackSet(home, f"{app.name}-infrastructure", Deploying(home).patience, upload)
    resources.create(stack_set_template(app), roles, {"copilot-application": app.name})
    resources.add_instance(ACCOUNT, REGION)
    deploy_stack(session, f"{app.name}-test", app.template("environment"), environment_values(app))
    for name in app.workloads:
        deploy_stack(session, f"{app.name}-test-{name}", app.template(name), workload_values(app, name))
    write_records(app, home, session, zone)


def upload(name: str, body: str) -> str:
    """Short templates alone are recorded."""
    raise NotImplementedError(name)


def deploy_stack(session: Session, stack: str, template: str, values: Mapping[str, str]) -> None:
    outcome = deploy(to_order(stack, parse_template(template), parameters=values), Deploying(session))
    assert outcome.ended is Ended.DEPLOYED


def write_records(app: Recorded, home: Session, session: Session, zone: str) -> None:
    records = Records(home)
    records.begin_app(AppRecord(app.name, ACCOUNT, domain=app.domain, hosted_zone=zone))
    outputs = Deploying(session).stacks.require(f"{app.name}-test").outputs
    records.begin_environment(
        EnvRecord(
            app.name,
            "test",
            REGION,
            app.account,
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
        "ALBWorkloads": among(app, ("web", "front", "named", "store")),
        "InternalALBWorkloads": among(app, ("admin",)),
        "EFSWorkloads": among(app, ("disk",)),
        "NATWorkloads": among(app, ("api",)),
        "AppRunnerPrivateWorkloads": "",
        "ToolsAccountPrincipalARN": f"arn:aws:iam::{ACCOUNT}:root",
        "AppDNSName": app.domain,
        "AppDNSDelegationRole": f"arn:aws:iam::{ACCOUNT}:role/{app.name}-DNSDelegationRole" if app.domain else "",
        "Aliases": aliases(app),
        "CreateHTTPSListener": "true" if app.domain or app.has_certificate else "false",
        "CreateInternalHTTPSListener": "false",
        "ServiceDiscoveryEndpoint": f"test.{app.name}.local",
    }


def workload_values(app: Recorded, name: str) -> dict[str, str]:
    values = {
        "AppName": app.name,
        "EnvName": "test",
        "WorkloadName": name,
        "ArtifactKeyARN": "key",
        **OWN.get(name, {}),
    }
    if KINDS[name] != "Static Site":
        values |= TASK
    if name in PORTS:
        values |= {"TargetContainer": name} | dict.fromkeys(("ContainerPort", "TargetPort"), str(PORTS[name]))
    if f"{name}-addons" in app.literals:
        values["AddonsTemplateURL"] = app.literals[f"{name}-addons"]
    return values


def aliases(app: Recorded) -> str:
    found = {name: ALIASES[name] for name in app.workloads if name in ALIASES}
    return json.dumps(found) if found else ""


def among(app: Recorded, those: Sequence[str]) -> str:
    return ",".join(name for name in app.workloads if name in those)


def stack_set_template(app: Recorded) -> str:
    """Copilot writes it as YAML, with the workloads in its metadata."""
    with_images = [name for name in app.workloads if KINDS[name] != "Static Site"]
    workloads = "".join(
        f"    - Name: {name}\n      WithECR: {str(name in with_images).lower()}\n" for name in app.workloads
    )
    repositories = "".join(
        f"""
  ECRRepo{name}:
    Type: AWS::ECR::Repository
    Properties: {{RepositoryName: {app.name}/{name}, Tags: [{{Key: copilot-service, Value: {name}}}]}}"""
        for name in with_images
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
