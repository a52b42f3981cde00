"""Which operation a call is, where the protocol has no name for it but method, path and query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader  # type: ignore[import-untyped]

#: of the SDK's descriptions, where they are not called as what calls are signed for
_MODELS = {"elasticfilesystem": "efs"}
#: Actions that are not called as the operation is.
_ACTIONS = {
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:UploadPart": "s3:PutObject",
}


def action_of(service: str, asked: str, query: str = "") -> str:
    """The right that a call wants. ``asked`` is the operation's name, or method and path."""
    name = f"{service}:{operation_of(service, asked, query)}"
    return _ACTIONS.get(name, name)


def operation_of(service: str, asked: str, query: str = "") -> str:
    method, _, path = asked.partition(" ")
    if not path:
        return asked
    keys = {one.partition("=")[0] for one in query.split("&")}
    fitting = [
        (len(wanted), name)
        for name, verb, form, wanted in _routes(service)
        if verb == method and wanted <= keys and form.fullmatch(path)
    ]
    return max(fitting, default=(0, asked))[1]


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str], frozenset[str]]]:
    """Name, method, form of the path, and keys of the query that say which operation it is."""
    model: Mapping[str, Any] = Loader().load_service_model(_MODELS.get(service, service), "service-2")
    found = []
    for name, operation in model["operations"].items():
        path, _, query = operation["http"]["requestUri"].partition("?")
        form = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda part: "(.+)" if part[2] else "([^/]+)", re.escape(path))
        shape = model["shapes"].get(operation.get("input", {}).get("shape"), {})
        members = [shape.get("members", {})[one] for one in shape.get("required", ())]
        if any(one.get("locationName") == "x-amz-copy-source" for one in members):
            continue
        keys = {one["locationName"] for one in members if one.get("location") == "querystring"}
        keys |= {one.partition("=")[0] for one in query.split("&") if one}
        found.append((name, operation["http"]["method"], re.compile(form.rstrip("/") + "/?"), frozenset(keys)))
    return found
