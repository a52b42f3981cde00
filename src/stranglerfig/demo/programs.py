"""The forum's programs: where they are, and how fig is to run them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.demo.drafts import READY
from stranglerfig.demo.story import MONOLITH, SERVICES, draft_of
from stranglerfig.errors import Unequipped

if TYPE_CHECKING:
    from stranglerfig.api.wire import CreateTarget

REPLICAS = 2
DATABASE = "forum.sqlite3"


def find_forum() -> Path:
    """Beside this module when installed from a wheel, else in the checkout's examples."""
    here = Path(__file__).resolve()
    candidates = (here.parent / "forum", here.parents[3] / "examples" / "forum")
    for folder in candidates:
        if all((folder / name / "app.py").is_file() for name in (MONOLITH, *SERVICES)):
            return folder
    raise Unequipped(
        f"the forum's programs are neither in {candidates[0]} nor in {candidates[1]}",
        hint="Install fig again: `pip install --force-reinstall stranglerfig`.",
    )


def order_program(forum: Path, name: str, home: Path) -> CreateTarget:
    return {
        "name": name,
        "command": [sys.executable, "app.py"],
        "cwd": str(forum / name),
        "env": {"FORUM_DB": str(home / DATABASE)},
        "replicas": REPLICAS,
        "health": {"path": "/"},
    }


def order_draft(service: str, behind: str, home: Path) -> CreateTarget:
    """``behind``: host and port of a task of the service."""
    return {
        "name": draft_of(service),
        "command": [sys.executable, "-m", "stranglerfig.demo.drafts", service],
        "cwd": str(home),
        "env": {"BEHIND": behind},
        "replicas": 1,
        "health": {"path": READY},
    }


def order_notice(home: Path) -> CreateTarget:
    """What takes the monolith's place: a new revision of its target."""
    return {
        "name": MONOLITH,
        "command": [sys.executable, "-m", "stranglerfig.demo.retired"],
        "cwd": str(home),
        "replicas": 1,
        "health": {"path": "/", "expect": "410"},
    }
