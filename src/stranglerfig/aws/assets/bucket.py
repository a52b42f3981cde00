"""The artifact bucket of an application in a region: objects are named after their content and never changed."""

from __future__ import annotations

import hashlib
import posixpath

from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.session import Session
from stranglerfig.errors import FigError

FOLDER = "manual"
#: of partitions whose domain is another
DOMAINS = {"aws-cn": "amazonaws.com.cn"}


class ArtifactBucket:
    """Objects go in as the bucket encrypts them by itself: with the application's key."""

    def __init__(self, session: Session, region: str, name: str) -> None:
        self.name = name
        self.region = region
        self._session = session
        self._s3 = session.client("s3", region)

    def put(self, folder: str, name: str, content: bytes) -> str:
        """Its key. What is there by the same content is left alone."""
        stem, extension = posixpath.splitext(name)
        key = f"{FOLDER}/{folder}/{stem}/{hashlib.sha256(content).hexdigest()}{extension}"
        if not self._has(key):
            self._s3.put_object(Bucket=self.name, Key=key, Body=content)
        return key

    def put_template(self, name: str, body: str) -> str:
        """The URL that CloudFormation reads it from."""
        return self.url(self.put("templates", f"{name}.json", body.encode()))

    def put_addons(self, owner: str, body: str) -> str:
        return self.url(self.put("addons", f"{owner}.yml", body.encode()))

    def put_env_file(self, name: str, content: bytes) -> str:
        """The ARN that ECS reads it from; ECS wants the ending."""
        return self.arn(self.put("env-files", f"{name}.env", content))

    def url(self, key: str) -> str:
        domain = DOMAINS.get(self._session.partition, "amazonaws.com")
        return f"https://{self.name}.s3.{self.region}.{domain}/{key}"

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
        while True:
            page = s3.list_object_versions(Bucket=bucket, MaxKeys=1000)
            found = [
                {"Key": one["Key"], "VersionId": one["VersionId"]}
                for member in ("Versions", "DeleteMarkers")
                for one in page.get(member) or ()
            ]
            if not found:
                return gone
            s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True})
            gone += len(found)
    except FigError as error:
        if code_of(error) != "NoSuchBucket":
            raise
        return gone
