"""Volumes of a task, and the access point to the environment's file system. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import env_export
from stranglerfig.aws.synth.reading.storage import OwnFileSystem, Volume, managed_owner, read_volumes
from stranglerfig.aws.synth.template import Fragment, Ref, Resource, Value, import_value, present

ACCESS_POINT = "AccessPoint"
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
        "ClientToken": Ref("WorkloadName"),
        "FileSystemId": FILE_SYSTEM,
        "PosixUser": {"Uid": str(owner.uid), "Gid": str(owner.gid)},
        "RootDirectory": folder,
    }
    description = "An EFS access point to handle POSIX permissions"
    return Fragment({ACCESS_POINT: Resource("AWS::EFS::AccessPoint", properties, description=description)})


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
