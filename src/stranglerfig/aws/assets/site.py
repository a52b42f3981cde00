"""The files of a static site, brought to its bucket: what has not changed stays, what is gone goes last."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable
from pathlib import Path

from stranglerfig.aws.session import Session
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.workspace.collect import find_assets

Tell = Callable[[str], None]
#: What browsers do with a file of no known kind.
UNKNOWN = "application/octet-stream"
MOST_AT_ONCE = 1000


def find_files(root: Path, manifest: WorkloadManifest) -> dict[str, Path]:
    """By key. Raises ``UsageError`` when there are none: an empty site is nobody's wish."""
    found = {asset.key: asset.path for source in manifest.files for asset in find_assets(root, source)}
    if not found:
        raise UsageError("there are no files to serve", hint="Name some in the manifest's `files`.")
    return found


def bring_files(session: Session, region: str, bucket: str, files: dict[str, Path], tell: Tell) -> int:
    """How many were new or others. New ones come first, so that no page ever names a file that is not there."""
    s3 = session.client("s3", region)
    known = {one["Key"]: one["ETag"].strip('"') for one in s3.pages("list_objects_v2", "Contents", Bucket=bucket)}
    changed = 0
    for key, path in sorted(files.items(), key=lambda pair: (pair[0].endswith(".html"), pair[0])):
        content = path.read_bytes()
        if known.get(key) == hashlib.md5(content, usedforsecurity=False).hexdigest():
            continue
        changed += 1
        tell(f"bringing {key}")
        kind = mimetypes.guess_type(key)[0] or UNKNOWN
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind)
    gone = sorted(known.keys() - files.keys())
    for start in range(0, len(gone), MOST_AT_ONCE):
        batch = [{"Key": key} for key in gone[start : start + MOST_AT_ONCE]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    return changed + len(gone)


def invalidate(session: Session, distribution: str, token: str) -> None:
    """What the content network still has of it."""
    paths = {"Quantity": 1, "Items": ["/*"]}
    session.client("cloudfront").create_invalidation(
        DistributionId=distribution, InvalidationBatch={"Paths": paths, "CallerReference": token}
    )
