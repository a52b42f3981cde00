"""``python -m stranglerfig.static_site FOLDER`` on ``PORT``, at ``HOST`` (127.0.0.1 unless set)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn

from stranglerfig.static_site.site import make_site


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m stranglerfig.static_site FOLDER\n")
        return 2
    port = int(os.environ.get("PORT", "0"))
    host = os.environ.get("HOST", "127.0.0.1")
    # Whoever is being sent a file when the task has to go gets the rest of it.
    uvicorn.run(make_site(Path(arguments[0])), host=host, port=port, access_log=False, timeout_graceful_shutdown=10)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
