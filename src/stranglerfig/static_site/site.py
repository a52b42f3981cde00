"""The site as an ASGI application: files by Copilot's index rules, for GET and HEAD."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

INDEX = "index.html"


class SiteFiles(StaticFiles):
    def get_path(self, scope: Scope) -> str:
        return super().get_path({**scope, "path": to_file(scope["path"])})


def to_file(path: str) -> str:
    """``/`` ends in its index, and so does a path without a dot: it is a page's pretty address, not a file."""
    if path.endswith("/"):
        return path + INDEX
    return path if "." in path else f"{path}/{INDEX}"


def make_site(folder: Path) -> Starlette:
    return Starlette(routes=[Mount("/", SiteFiles(directory=folder))])
