"""HAR files as browsers write them."""

from __future__ import annotations

import json
from typing import Any


def an_entry(url: str, method: str = "GET", *, answer: Any = None, status: int = 200, **request: Any) -> dict[str, Any]:
    """``answer`` None: the file has none for it."""
    content: dict[str, Any] = {"size": 1, "mimeType": "application/json"}
    if answer is not None:
        content["text"] = json.dumps(answer)
    return {
        "startedDateTime": "2026-01-01T00:00:00.000Z",
        "request": {"method": method, "url": url, "headers": [], **request},
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": content,
        },
    }


def a_har(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "a browser"}, "entries": entries}})
