"""Volumes of a task, and the access point to the environment's file system. Pure."""

from __future__ import annotations

import hashlib

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import env_export, workload_stack
from stranglerfig.aws.synth.reading.storage import OwnFileSystem, Volume, managed_owner, read_volumes
from stranglerfig.aws.synth.template import Fragment, Ref, Resource, Sub, Value, import_value, present

ACCESS_POINT = "AccessPoint"
#: of EFS
LONGEST_TOKEN = 64
FILE_SYSTEM = import_value(env_export("FilesystemID"))


def volumes(release: Release) -> list[Value]:
    return [_volume(volume) for volume in read_volumes(release.manifest.body)]


def access_point(release: Release) -> Fragment:
    """Empty where nothing is kept in the environment's file system."""
    owner = managed_owner(release.manifest.body)
    if owner is None:
        return Fragment()
    folder: dict[str, Value] = {
        "Path": f"/{release.manifest.name}",
        "CreationInfo": {"OwnerUid": str(owner.uid), "OwnerGid": str(owner.gid), "Permissions": "0755"},
    }
    properties: dict[str, Value] = {
        "ClientToken": _token(release),
        "FileSystemId": FILE_SYSTEM,
        "PosixUser": {"Uid": str(owner.uid), "Gid": str(owner.gid)},
        "RootDirectory": folder,
    }
    description = "An EFS access point to handle POSIX permissions"
    return Fragment({ACCESS_POINT: Resource("AWS::EFS::AccessPoint", properties, description=description)})


def _token(release: Release) -> Value:
    """There is one access point of a token in an account."""
    name = workload_stack(release.env.app.name, release.env.name, release.manifest.name)
    if len(name) <= LONGEST_TOKEN:
        return Sub("${AppName}-${EnvName}-${WorkloadName}")
    return hashlib.sha256(name.encode()).hexdigest()[:LONGEST_TOKEN]


def _volume(volume: Volume) -> Value:
    configuration = _managed() if volume.managed else _own(volume.own) if volume.own else None
    return present(Name=volume.name, EFSVolumeConfiguration=configuration)


def _managed() -> Value:
    return {
        "FilesystemId": FILE_SYSTEM,
        "RootDirectory": "/",
        "TransitEncryption": "ENABLED",
        "AuthorizationConfig": {"AccessPointId": Ref(ACCESS_POINT), "IAM": "ENABLED"},
    }


def _own(system: OwnFileSystem) -> Value:
    authorization = present(AccessPointId=system.access_point, IAM="ENABLED" if system.by_role else "DISABLED")
    return {
        "FilesystemId": system.id,
        "RootDirectory": system.root,
        "TransitEncryption": "ENABLED",
        "AuthorizationConfig": authorization,
    }
