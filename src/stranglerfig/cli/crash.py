"""Where the traceback of a fault in fig is kept: in the log folder, else among the temporary files."""

from __future__ import annotations

import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from stranglerfig import __version__


def write_traceback(bug: BaseException) -> Path:
    # Two words only: what follows may be a secret (--env).
    text = f"fig {__version__}, Python {sys.version.split()[0]}\nfig {' '.join(sys.argv[1:3])}\n\n" + "".join(
        traceback.format_exception(bug)
    )
    name = f"fault-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-"
    for folder in (log_folder(), None):
        try:
            with tempfile.NamedTemporaryFile(
                "w", prefix=name, suffix=".txt", dir=folder, delete=False, encoding="utf-8"
            ) as file:
                file.write(text)
                return Path(file.name)
        except OSError:
            continue
    return Path("(nowhere: no folder can be written)")


def log_folder() -> Path | None:
    from stranglerfig.cli.connect import settings
    from stranglerfig.errors import FigError

    try:
        return settings().log_dir
    except FigError:
        return None
