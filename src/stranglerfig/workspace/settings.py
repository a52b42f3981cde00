"""What ``.workspace`` says of an application beside its name: for its first environment on AWS. Copilot ignores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stranglerfig.manifest.nodes import to_value
from stranglerfig.manifest.render import render_tree
from stranglerfig.manifest.rules.given import section, text
from stranglerfig.manifest.source import read_source
from stranglerfig.workspace.find import FOLDER, SUMMARY, write_workspace


@dataclass(frozen=True, slots=True)
class AppSettings:
    """``permissions_boundary`` is the name of a policy, for all roles."""

    domain: str | None = None
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def read_settings(root: Path) -> AppSettings:
    path = root / FOLDER / SUMMARY
    tree, _ = read_source(path.read_bytes(), str(path))
    found = to_value(tree)
    if not isinstance(found, dict):
        return AppSettings()
    return AppSettings(
        domain=text(found, "domain"),
        permissions_boundary=text(found, "permissions_boundary"),
        tags={key: str(value) for key, value in section(found, "tags").items()},
    )


def write_app(root: Path, app: str, settings: AppSettings) -> Path:
    """Makes ``root`` the workspace of ``app``; what is not said stays. Raises what ``write_workspace`` does."""
    path = write_workspace(root, app)
    known = read_settings(root)
    written = {
        "application": app,
        "domain": settings.domain or known.domain,
        "permissions_boundary": settings.permissions_boundary or known.permissions_boundary,
        "tags": {**known.tags, **settings.tags},
    }
    wanted = render_tree({key: value for key, value in written.items() if value})
    if settings != AppSettings() and path.read_text(encoding="utf-8") != wanted:
        path.write_text(wanted, encoding="utf-8")
    return path
