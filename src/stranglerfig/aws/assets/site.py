"""The files of a static site, brought to its bucket: what has not changed stays, what is gone goes last."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
from collections.abc import Callable
from pathlib import Path

from stranglerfig.aws.assets.bucket import delete_objects
from stranglerfig.aws.session import Session
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.workspace.collect import find_assets

Tell = Callable[[str], None]
#: What browsers do with a file of no known kind.
UNKNOWN = "application/octet-stream"
#: in a site's bucket from before its first file is changed until the content network has been told
CHANGING = ".fig-changing"


def find_files(root: Path, manifest: WorkloadManifest) -> dict[str, Path]:
    """By key. Raises ``UsageError`` when there are none: an empty site is nobody's wish."""
    found = {asset.key: asset.path for source in manifest.files for asset in find_assets(root, source)}
    if not found:
        raise UsageError("there are no files to serve", hint="Name some in the manifest's `files`.")
    return found


def bring_files(session: Session, region: str, bucket: str, files: dict[str, Path], tell: Tell) -> int:
    """How many were new or others. New ones come first, so that no page ever names a file that is not there.

    While the content network may have old ones, ``CHANGING`` stands beside them: also when this is cut off.
    """
    s3 = session.client("s3", region)
    known = {one["Key"]: one["ETag"].strip('"') for one in s3.pages("list_objects_v2", "Contents", Bucket=bucket)}
    was_cut_off = known.pop(CHANGING, None) is not None
    changed = sorted(
        (key for key, path in files.items() if known.get(key) != checksum(path)),
        key=lambda key: (key.endswith(".html"), key),
    )
    gone = sorted(known.keys() - files.keys())
    if (changed or gone) and not was_cut_off:
        s3.put_object(Bucket=bucket, Key=CHANGING, Body=b"")
    for key in changed:
        tell(f"bringing {key}")
        kind = mimetypes.guess_type(key)[0] or UNKNOWN
        s3.put_object(Bucket=bucket, Key=key, Body=files[key].read_bytes(), ContentType=kind)
    delete_objects(s3, bucket, [{"Key": key} for key in gone])
    return len(changed) + len(gone) + was_cut_off


def checksum(path: Path) -> str:
    """As S3 has it of what was put there in one piece."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def renew(session: Session, region: str, bucket: str, distribution: str) -> None:
    """The content network forgets what it has of the site's files."""
    paths = {"Quantity": 1, "Items": ["/*"]}
    session.client("cloudfront").create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={"Paths": paths, "CallerReference": f"fig-{secrets.token_hex(8)}"},
    )
    delete_objects(session.client("s3", region), bucket, [{"Key": CHANGING}])
