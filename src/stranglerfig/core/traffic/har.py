"""HAR 1.2, the files of requests that browsers export (pure). http://www.softwareishard.com/blog/har-12-spec/

Read leniently, as browsers leave out and add much; written strictly.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from stranglerfig.core.compare.answers import Answer
from stranglerfig.core.compare.copies import Copy
from stranglerfig.core.compare.redaction import Redactor
from stranglerfig.errors import UsageError

#: what may stand in a request target as it is
_TARGET_SAFE = "!$%&'()*+,/:;=?@[]~-._\"<>^`{|}"
_HINT = "Export it with a browser's developer tools (Network, Save all as HAR), or record it with `fig shadow record`."


@dataclass(frozen=True, slots=True)
class Entry:
    """``recorded`` is bare where the file has no body, None where there is no answer to compare another one with."""

    copy: Copy
    recorded: Answer | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """``broken`` entries could not be read."""

    entries: tuple[Entry, ...]
    broken: int = 0


def read_har(text: str | bytes, name: str) -> Recording:
    """Raises ``UsageError`` for what is no HAR; what is wrong with single entries only counts."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is no HAR file: it is not JSON: {error}", hint=_HINT) from error
    log = found.get("log") if isinstance(found, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UsageError(f"{name} is no HAR file: it has no log.entries", hint=_HINT)
    read = [_read_entry(one) for one in entries]
    whole = tuple(one for one in read if one is not None)
    return Recording(whole, len(read) - len(whole))


def _read_entry(entry: Any) -> Entry | None:
    try:
        copy = _read_request(entry["request"])
        return Entry(copy, _read_response(entry.get("response")))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _read_request(request: Mapping[str, Any]) -> Copy:
    url = urlsplit(request["url"])
    if url.scheme not in ("http", "https") or not url.netloc:
        raise ValueError(url.scheme)
    headers = _read_headers(request.get("headers"))
    method = str(request["method"]).upper()
    if not method.isascii() or not method.isalpha():
        raise ValueError(method)
    told = str(request["url"]).partition("#")[0].partition("://")[2].removeprefix(url.netloc)
    target = quote(told if told.startswith("/") else f"/{told}", safe=_TARGET_SAFE)
    host = next((value for name, value in headers if name.lower() in ("host", ":authority")), "")
    return Copy(
        method, target, host or url.netloc.rpartition("@")[2], headers, _read_post_data(request.get("postData"))
    )


def _read_headers(headers: Any) -> tuple[tuple[str, str], ...]:
    """Without what cannot be sent in HTTP/1.1."""
    pairs = [(str(one["name"]), str(one["value"])) for one in headers or []]
    return tuple((name, value) for name, value in pairs if _is_sendable(name, value))


def _is_sendable(name: str, value: str) -> bool:
    return bool(name) and name.isascii() and name.isprintable() and " " not in name and not set("\r\n\0") & set(value)


def _read_post_data(post: Any) -> bytes:
    if not post:
        return b""
    if post.get("text"):
        return _bytes_of(post)
    params = [(str(one["name"]), str(one.get("value", ""))) for one in post.get("params") or []]
    return urlencode(params).encode()


def _read_response(response: Any) -> Answer | None:
    """A request that was cut off has status 0, and 304 means that the browser had the answer already."""
    status = response.get("status") if isinstance(response, dict) else None
    if not isinstance(status, int) or not 200 <= status <= 599 or status == 304:
        return None
    content = response.get("content") or {}
    if "text" not in content and content.get("size", 0) != 0:
        return Answer(status, is_bare=True)
    headers = tuple((name.lower(), value) for name, value in _read_headers(response.get("headers")))
    return Answer(status, headers, _bytes_of(content) if content.get("text") else b"")


def _bytes_of(content: Mapping[str, Any]) -> bytes:
    text = str(content["text"])
    if content.get("encoding") != "base64":
        return text.encode(errors="surrogatepass")
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError(text[:40]) from error


def har_head(version: str) -> str:
    """What stands before the entries, which commas separate; ``HAR_TAIL`` ends the file."""
    creator = json.dumps({"name": "fig", "version": version})
    return f'{{"log":{{"version":"1.2","creator":{creator},"entries":['


HAR_TAIL = "\n]}}\n"


def write_entry(copy: Copy, started: str, status: int, ms: float, redactor: Redactor | None) -> str:
    """``started`` is in ISO 8601. ``redactor`` None keeps everything as it is, also bytes that are no UTF-8."""
    headers, target, body = copy.headers, copy.target, copy.body
    if redactor is not None:
        headers = tuple((name, redactor.header(name, value)) for name, value in headers)
        target, body = redactor.target(target), redactor.body(body, _type_of(copy)) if body else b""
    request: dict[str, Any] = {
        "method": copy.method,
        "url": f"http://{copy.host or 'localhost'}{target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in headers],
        "queryString": _query(target),
        "headersSize": -1,
        "bodySize": len(body),
    }
    if body:
        request["postData"] = _post_data(body, _type_of(copy))
    return json.dumps(
        {
            "startedDateTime": started,
            "time": ms,
            "request": request,
            "response": {
                "status": status,
                "statusText": "",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [],
                "content": {"size": -1, "mimeType": "x-unknown", "comment": "answers are not recorded"},
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": -1,
            },
            "cache": {},
            "timings": {"send": 0, "wait": ms, "receive": 0},
        },
    )


def _query(target: str) -> list[dict[str, str]]:
    query = target.partition("?")[2]
    parts = [part.partition("=") for part in query.split("&") if part]
    return [{"name": name, "value": value} for name, _, value in parts]


def _post_data(body: bytes, content_type: str) -> dict[str, str]:
    try:
        return {"mimeType": content_type, "text": body.decode()}
    except UnicodeError:
        return {"mimeType": content_type, "text": base64.b64encode(body).decode(), "encoding": "base64"}


def _type_of(copy: Copy) -> str:
    return next((value for name, value in copy.headers if name.lower() == "content-type"), "")
