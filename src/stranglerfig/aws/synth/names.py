"""What things are called on AWS: stacks, exports, logical ids, tags, parameters. Copilot's names, so that what Copilot
has made can be taken over. Pure.

Source: aws/copilot-cli v1.34, ``internal/pkg/deploy/cloudformation/stack`` and ``internal/pkg/config``.
"""

from __future__ import annotations

import re

from stranglerfig.aws.synth.template import Sub

APP_TAG, ENV_TAG, SERVICE_TAG = "copilot-application", "copilot-environment", "copilot-service"
TASK_TAG = "copilot-task"
#: ours: of the stack of a strangler proxy
PROXY_TAG = "fig-proxy"
#: of Copilot's templates that ours are the same as
TEMPLATE_VERSION = "v1.34.0"
IN_USE = "in-use-"
#: of all content networks: CloudFront takes certificates from there alone
EDGE_REGION = "us-east-1"
#: of every distribution of CloudFront
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
#: logical ids of the zones that an environment may have: of its own domain, and of the internal balancer
OWN_ZONE, INTERNAL_ZONE = "EnvironmentHostedZone", "InternalWorkloadsHostedZone"
#: the logical id of a worker's own queue
EVENTS_QUEUE = "EventsQueue"
#: of CloudFormation
LONGEST_STACK_NAME = 128
_NOT_IN_A_LOGICAL_ID = re.compile(r"[^a-zA-Z0-9]")


def roles_stack(app: str) -> str:
    return f"{app}-infrastructure-roles"


def app_stack_set(app: str) -> str:
    return f"{app}-infrastructure"


def env_stack(app: str, env: str) -> str:
    return f"{app}-{env}"


def workload_stack(app: str, env: str, workload: str) -> str:
    return f"{app}-{env}-{workload}"[:LONGEST_STACK_NAME]


def task_stack(group: str) -> str:
    """Of a one-off task, as are the next three."""
    return f"task-{group}"


def task_family(group: str) -> str:
    return f"copilot-{group}"


def task_repository(group: str) -> str:
    return f"copilot-{group}"


def task_log_group(group: str) -> str:
    return f"/copilot/{group}"


def logical_id(name: str) -> str:
    """Letters and digits of it only."""
    return _NOT_IN_A_LOGICAL_ID.sub("", name)


def repository_id(workload: str) -> str:
    """The logical id and the output of its repository. What stands for a dash can be undone."""
    return f"ECRRepo{workload.replace('-', 'DASH')}"


def numbered(name: str, at: int) -> str:
    """The logical id of the first, second … of several: ``TargetGroup``, ``TargetGroup1`` …"""
    return f"{name}{at or ''}"


def topic_id(topic: str) -> str:
    """The logical id of a topic in its publisher's stack. ``topic`` is what it is called there, ``.fifo`` included."""
    return f"{logical_id(topic)}SNSTopic"


def queue_id(service: str, topic: str) -> str:
    """The logical id of the queue that a subscription has for itself. ``topic`` as above."""
    return f"{logical_id(service)}{logical_id(topic)}{EVENTS_QUEUE}"


def repository(app: str, workload: str) -> str:
    """In ECR."""
    return f"{app}/{workload}"


def tag_in_use(env: str) -> str:
    """Of the image that ``env`` runs: an image with such a tag is kept, however old it is."""
    return f"{IN_USE}{env}"


def log_group(app: str, env: str, workload: str) -> str:
    return f"/copilot/{app}-{env}-{workload}"


def env_export(name: str) -> Sub:
    """The name under which the stack of the environment exports ``name``, seen from a workload's stack."""
    return Sub(f"${{AppName}}-${{EnvName}}-{name}")


def app_record(app: str) -> str:
    """Of the parameter store, as are the others."""
    return f"/copilot/applications/{app}"


def env_record(app: str, env: str) -> str:
    return f"{app_record(app)}/environments/{env}"


def admin_role(app: str) -> str:
    """Takes on the other one, to keep the stacks of the StackSet."""
    return f"{app}-adminrole"


def execution_role(app: str) -> str:
    return f"{app}-executionrole"


def delegation_role(app: str) -> str:
    """Changes the zones of the application's domain, for environments in other accounts."""
    return f"{app}-DNSDelegationRole"


def component_record(app: str, workload: str) -> str:
    return f"{app_record(app)}/components/{workload}"


def secret_name(app: str, env: str, secret: str) -> str:
    return f"/copilot/{app}/{env}/secrets/{secret}"


def internal_domain(app: str, env: str) -> str:
    """Of the namespace for service discovery."""
    return f"{env}.{app}.local"
