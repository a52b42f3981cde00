"""Parameters of requests to Refactor Spaces that many tests make."""

from __future__ import annotations

from typing import Any


def a_path(path: str, flags: str = "", methods: str = "", state: str = "ACTIVE") -> dict[str, Any]:
    """``flags``: C includes child paths, A appends the source path."""
    wanted = {
        "SourcePath": path,
        "ActivationState": state,
        "IncludeChildPaths": "C" in flags,
        "AppendSourcePath": "A" in flags,
    }
    return {**wanted, "Methods": methods.split()} if methods else wanted


def a_path_route(service: str, path: str, flags: str = "", methods: str = "", state: str = "ACTIVE") -> dict[str, Any]:
    wanted = a_path(path, flags, methods, state)
    return {"RouteType": "URI_PATH", "ServiceIdentifier": service, "UriPathRoute": wanted}
