"""What goes upstream, and where a redirect points."""

from __future__ import annotations

import re

from stranglerfig.core.routing.canonical import Target, parse_target
from stranglerfig.core.routing.match import host_only
from stranglerfig.core.routing.rules import (
    PathCondition,
    PathExact,
    PathTemplate,
    Redirect,
    Request,
    UrlRewrite,
    WeightedGroup,
)

_PLACEHOLDER = re.compile(r"#\{(protocol|host|port|path|query)\}")
_GROUP = re.compile(r"\$([0-9])")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HERE = Redirect(status=302)


def upstream_target(
    path: PathCondition | None,
    weighted: WeightedGroup,
    base_path: str,
    target: Target,
    url_rewrite: UrlRewrite | None = None,
) -> str:
    """Path and query for one target group; ``target`` holds the canonical path and the query as sent.

    In this order: a path that is matched whole loses its trailing slash, unless ``as_sent``; ``url_rewrite``; ``strip``
    segments off the front, a trailing slash stays; the base path before it. What ends up empty is ``/``. ``*`` stays as
    it is.
    """
    if target.path == "*":
        return "*"
    below = target.path if weighted.as_sent else _below(path, target.path)
    suffix = target.suffix
    if url_rewrite is not None:
        rewritten = parse_target(rewrite_url(url_rewrite, below + suffix))
        below, suffix = rewritten.path, rewritten.suffix
    if weighted.strip:
        left = "".join(f"/{segment}" for segment in below.split("/")[1 + weighted.strip :])
        below = left or ("/" if below.endswith("/") else "")
    return (base_path + below or "/") + suffix


def rewrite_url(rewrite: UrlRewrite, url: str) -> str:
    """The first match gives way to the replacement (``$1`` a group, ``$0`` the match); no match, no change."""
    found = re.search(rewrite.regex, url, re.ASCII)
    if found is None:
        return url
    replacement = _GROUP.sub(lambda group: found[int(group[1])] or "", rewrite.replacement)
    url = url[: found.start()] + replacement + url[found.end() :]
    return url if url.startswith("/") else f"/{url}"


def redirect_location(redirect: Redirect, request: Request, target: Target) -> str:
    """Absolute when scheme, host or port are the redirect's own, else path and query. A usual port is left out."""
    values = {
        "protocol": request.scheme,
        "host": host_only(request.host),
        "port": str(request.port),
        "path": target.path.removeprefix("/"),
        "query": target.query or "",
    }

    def fill(template: str) -> str:
        return _PLACEHOLDER.sub(lambda placeholder: values[placeholder[1]], template)

    query = fill(redirect.query)
    location = fill(redirect.path) + (f"?{query}" if query else "")
    if (redirect.protocol, redirect.host, redirect.port) == (_HERE.protocol, _HERE.host, _HERE.port):
        return location
    protocol, port = fill(redirect.protocol).lower(), fill(redirect.port)
    usual = port == _DEFAULT_PORTS.get(protocol)
    return f"{protocol}://{fill(redirect.host)}{'' if usual else f':{port}'}{location}"


def _below(path: PathCondition | None, canonical_path: str) -> str:
    whole = isinstance(path, PathExact) or (isinstance(path, PathTemplate) and not path.children)
    if whole and canonical_path != "/":
        return canonical_path.removesuffix("/")
    return canonical_path
