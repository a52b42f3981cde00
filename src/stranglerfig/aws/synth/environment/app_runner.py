"""The way to private services of App Runner, for as long as Copilot's run there. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.environment.groups import ingress_from
from stranglerfig.aws.synth.environment.shape import ImportedVpc
from stranglerfig.aws.synth.environment.values import APP_RUNNER, Plan, called, exported
from stranglerfig.aws.synth.template import Fragment, Ref, Resource, Sub, Value

_GROUP = "AppRunnerVpcEndpointSecurityGroup"


def app_runner_fragment(plan: Plan) -> Fragment:
    if isinstance(plan.shape.vpc, ImportedVpc):
        return Fragment()
    group = {
        "GroupDescription": Sub("${AppName}-${EnvironmentName}-AppRunnerVpcEndpointSecurityGroup"),
        "VpcId": plan.vpc,
        "Tags": called("-app-runner-vpc-endpoint"),
    }
    endpoint: dict[str, Value] = {
        "VpcEndpointType": "Interface",
        "VpcId": plan.vpc,
        "SecurityGroupIds": [Ref(_GROUP)],
        "ServiceName": Sub("com.amazonaws.${AWS::Region}.apprunner.requests"),
        "SubnetIds": plan.private_subnets,
    }
    return Fragment(
        resources={
            _GROUP: Resource(
                "AWS::EC2::SecurityGroup",
                group,
                description="A security group for App Runner private services",
                condition=APP_RUNNER,
            ),
            f"{_GROUP}IngressFromEnvironment": ingress_from(
                _GROUP, "EnvironmentSecurityGroup", "Ingress from services in the environment", APP_RUNNER
            ),
            "AppRunnerVpcEndpoint": Resource(
                "AWS::EC2::VPCEndpoint",
                endpoint,
                description="VPC Endpoint to connect environment to App Runner for private services",
                condition=APP_RUNNER,
            ),
        },
        outputs={
            "AppRunnerVpcEndpointId": exported(
                Ref("AppRunnerVpcEndpoint"),
                "AppRunnerVpcEndpointId",
                APP_RUNNER,
                "VPC Endpoint to App Runner for private services",
            )
        },
    )
