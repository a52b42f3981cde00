"""The file system that tasks share, with a mount target in each subnet of tasks. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.environment.groups import ingress_from
from stranglerfig.aws.synth.environment.values import FILES, OWN_TAGS, Plan, called, exported
from stranglerfig.aws.synth.policies import ANY, allow, deny, document, tagged
from stranglerfig.aws.synth.template import Fragment, Ref, Resource, Sub, Value

_INFREQUENT_AFTER = "AFTER_30_DAYS"


def storage_fragment(plan: Plan) -> Fragment:
    group = {
        "GroupDescription": Sub("${AppName}-${EnvironmentName}EFSSecurityGroup"),
        "VpcId": plan.vpc,
        "Tags": called("-efs"),
    }
    targets = {
        f"MountTarget{number}": Resource(
            "AWS::EFS::MountTarget",
            {"FileSystemId": Ref("FileSystem"), "SubnetId": subnet, "SecurityGroups": [Ref("EFSSecurityGroup")]},
            condition=FILES,
        )
        for number, subnet in enumerate(plan.mounted_subnets, 1)
    }
    return Fragment(
        resources={
            "FileSystem": Resource(
                "AWS::EFS::FileSystem",
                _file_system(),
                description="An EFS filesystem for persistent task storage",
                condition=FILES,
            ),
            "EFSSecurityGroup": Resource(
                "AWS::EC2::SecurityGroup",
                group,
                description="A security group to allow your containers to talk to EFS storage",
                condition=FILES,
            ),
            "EFSSecurityGroupIngressFromEnvironment": ingress_from(
                "EFSSecurityGroup",
                "EnvironmentSecurityGroup",
                "Ingress from containers in the Environment Security Group.",
                FILES,
            ),
            **targets,
        },
        outputs={
            "ManagedFileSystemID": exported(
                Ref("FileSystem"), "FilesystemID", FILES, "The ID of the Copilot-managed EFS filesystem."
            )
        },
    )


def _file_system() -> dict[str, Value]:
    of_ours: dict[str, Value] = {
        "Bool": {"elasticfilesystem:AccessedViaMountTarget": True},
        **tagged("aws:PrincipalTag", OWN_TAGS),
    }
    mount = ("elasticfilesystem:ClientWrite", "elasticfilesystem:ClientMount")
    in_the_clear: dict[str, Value] = {"Bool": {"aws:SecureTransport": False}}
    return {
        "BackupPolicy": {"Status": "ENABLED"},
        "Encrypted": True,
        "FileSystemPolicy": document(
            allow(*mount, sid="AllowIAMFromTaggedRoles", by={"AWS": ANY}, when=of_ours),
            deny("elasticfilesystem:*", sid="DenyUnencryptedAccess", by=ANY, when=in_the_clear),
            id="CopilotEFSPolicy",
        ),
        "LifecyclePolicies": [{"TransitionToIA": _INFREQUENT_AFTER}],
        "PerformanceMode": "generalPurpose",
        "ThroughputMode": "bursting",
    }
