"""The artifact bucket of an application in a region: objects are named after their content and never changed."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping, Sequence

from stranglerfig.aws.refusals import DENIED, code_of
from stranglerfig.aws.session import Client, Session
from stranglerfig.errors import FigError, Refused, Unavailable

FOLDER = "manual"
#: of S3, in one call
MOST_AT_ONCE = 1000
#: of partitions whose domain is another
DOMAINS = {"aws-cn": "amazonaws.com.cn"}


def domain_of(partition: str) -> str:
    return DOMAINS.get(partition, "amazonaws.com")


class ArtifactBucket:
    """Objects go in as the bucket encrypts them by itself: with the application's key."""

    def __init__(self, session: Session, region: str, name: str) -> None:
        self.name = name
        self.region = region
        self._session = session
        self._s3 = session.client("s3", region)

    def put(self, folder: str, name: str, content: bytes, *, uploads: bool = True) -> str:
        """Its key. What is there by the same content is left alone; without ``uploads`` the key is worked out alone."""
        stem, extension = posixpath.splitext(name)
        key = f"{FOLDER}/{folder}/{stem}/{hashlib.sha256(content).hexdigest()}{extension}"
        if uploads and not self._has(key):
            self._s3.put_object(Bucket=self.name, Key=key, Body=content)
        return key

    def put_template(self, name: str, body: str) -> str:
        """The URL that CloudFormation reads it from."""
        return self.url(self.put("templates", f"{name}.json", body.encode()))

    def put_addons(self, owner: str, body: str, *, uploads: bool = True) -> str:
        return self.url(self.put("addons", f"{owner}.yml", body.encode(), uploads=uploads))

    def put_env_file(self, name: str, content: bytes, *, uploads: bool = True) -> str:
        """The ARN that ECS reads it from; ECS wants the ending."""
        return self.arn(self.put("env-files", f"{name}.env", content, uploads=uploads))

    def url(self, key: str) -> str:
        return f"https://{self.name}.s3.{self.region}.{domain_of(self._session.partition)}/{key}"

    def arn(self, key: str) -> str:
        return f"arn:{self._session.partition}:s3:::{self.name}/{key}"

    def _has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self.name, Key=key)
        except FigError as error:
            # Whoever may not list the bucket is told 403 for what is not there.
            if code_of(error) in ("404", "NoSuchKey", "403", "NotFound"):
                return False
            raise
        return True


def empty(session: Session, region: str, bucket: str) -> int:
    """All objects in all their versions; gives their number. A bucket that is not there is empty."""
    s3 = session.client("s3", region)
    gone = 0
    try:
        while found := versions(s3, bucket):
            delete_objects(s3, bucket, found)
            gone += len(found)
    except FigError as error:
        if code_of(error) != "NoSuchBucket":
            raise
    return gone


def versions(s3: Client, bucket: str) -> list[dict[str, str]]:
    """Some of them, until there are none. Where versions are not kept, each object has one, called ``null``."""
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=MOST_AT_ONCE)
    found = [one for member in ("Versions", "DeleteMarkers") for one in page.get(member) or ()]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def delete_objects(s3: Client, bucket: str, objects: Sequence[Mapping[str, str]]) -> None:
    """Raises ``Refused`` or ``Unavailable`` where some stay, which S3 calls a success."""
    for start in range(0, len(objects), MOST_AT_ONCE):
        asked = {"Objects": list(objects[start : start + MOST_AT_ONCE]), "Quiet": True}
        errors = s3.delete_objects(Bucket=bucket, Delete=asked).get("Errors")
        if errors:
            raise to_refusal(bucket, errors)


def to_refusal(bucket: str, errors: Sequence[Mapping[str, str]]) -> FigError:
    first = errors[0]
    others = f", and {len(errors) - 1} others" if len(errors) > 1 else ""
    why = first.get("Message") or first["Code"]
    text = f"{first['Key']} in bucket {bucket} could not be deleted{others}: {why}"
    if first["Code"] in DENIED:
        return Refused(
            text,
            hint="Have s3:DeleteObject and s3:DeleteObjectVersion allowed there, and repeat: it goes on.",
        )
    return Unavailable(text, hint="Run the command again: it goes on.")
