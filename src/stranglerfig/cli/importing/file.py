"""The file that a copy of environments is kept in: JSON, one document."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from stranglerfig.cli.importing.source import SpaceCopy
from stranglerfig.errors import StateUnusable, UsageError

FORMAT = "refactor-spaces copy 1"


def write_copy(path: Path, copy: SpaceCopy) -> None:
    """In full or not at all; replaces a file that is there."""
    document = {"Format": FORMAT, "Resources": copy.resources, "Policies": copy.policies}
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StateUnusable(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}", hint="Name another file with `--output`."
        ) from error


def read_copy(path: Path) -> SpaceCopy:
    """Raises ``UsageError``. What is in it is checked by the daemon."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}", hint="Name a file that is there."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is no JSON: {error}", hint="`fig import refactor-spaces -o FILE` writes it anew."
        ) from error
    if not _is_copy(document):
        raise UsageError(
            f"{path} is no copy of Refactor Spaces: its Format is not {FORMAT!r}",
            hint="`fig import refactor-spaces -o FILE` writes one.",
        )
    return SpaceCopy(document["Resources"], document["Policies"])


def _is_copy(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and document.get("Format") == FORMAT
        and all(isinstance(document.get(name), list) for name in ("Resources", "Policies"))
        and all(isinstance(one, dict) for name in ("Resources", "Policies") for one in document[name])
    )
