"""The paths that were seen as an OpenAPI 3.1 document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.ledger.records import OTHER, UNSEEN

#: operations that a path item may have
OPERATIONS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_PARAMETER = re.compile(r"\{([^}]+)\}")
_FORMATS = {"date": "date"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One endpoint, by one target that answered it. ``statuses`` as OpenAPI writes classes of them: ``4XX``."""

    method: str
    endpoint: str
    requests: int
    statuses: tuple[str, ...]
    target: str


def to_openapi(title: str, seen: Iterable[Seen]) -> dict[str, Any]:
    """Requests and targets stand under ``x-fig``. What is no path, or has a method unknown to OpenAPI, is left out."""
    paths: dict[str, dict[str, Any]] = {}
    for one in sorted(seen, key=lambda one: (one.endpoint, one.method, one.target)):
        if one.method in OPERATIONS and one.endpoint not in (OTHER, UNSEEN) and one.endpoint.startswith("/"):
            path, names = _to_path(one.endpoint)
            operation = paths.setdefault(path, {}).setdefault(one.method.lower(), _operation(names))
            for status in one.statuses or ("default",):
                operation["responses"].setdefault(status, {"description": "seen"})
            operation["x-fig"]["requests"] += one.requests
            if one.target and one.target not in operation["x-fig"]["targets"]:
                operation["x-fig"]["targets"].append(one.target)
    return {"openapi": "3.1.0", "info": {"title": title, "version": "seen"}, "paths": paths}


def _operation(names: list[tuple[str, str]]) -> dict[str, Any]:
    parameters = [{"name": name, "in": "path", "required": True, "schema": _schema(kind)} for name, kind in names]
    return {**({"parameters": parameters} if names else {}), "responses": {}, "x-fig": {"requests": 0, "targets": []}}


def _schema(kind: str) -> dict[str, str]:
    return {"type": "string", **({"format": _FORMATS[kind]} if kind in _FORMATS else {})}


def _to_path(endpoint: str) -> tuple[str, list[tuple[str, str]]]:
    """With each parameter's name once, and the names with what they were called."""
    names: list[tuple[str, str]] = []

    def name(found: re.Match[str]) -> str:
        same = sum(kind == found[1] for _, kind in names)
        names.append((f"{found[1]}{same + 1}" if same else found[1], found[1]))
        return f"{{{names[-1][0]}}}"

    return _PARAMETER.sub(name, endpoint), names
