"""What daemon and client say of their versions. Apart from ``wire``, because commands load this one at run time."""

from __future__ import annotations

import functools
from pathlib import Path

#: Grows when a meaning changes; it is the ``1`` of ``/v1/``.
API_VERSION = 1
#: Every answer of the daemon names its fig version and its API version, so that a client of another one notices
#: without asking first.
VERSION_HEADER = "Fig-Version"
API_HEADER = "Fig-Api"


@functools.cache
def build() -> str:
    """Tells apart what has the same version, where fig is made from source. Of a daemon, as it was when it began."""
    import hashlib

    package = Path(__file__).parents[1]
    # Their sizes will do, and cost a tenth of what is in them.
    files = sorted(path for pattern in ("*.py", "*.sql") for path in package.rglob(pattern))
    sizes = (f"{path.relative_to(package)} {path.stat().st_size}" for path in files)
    return hashlib.blake2s("\n".join(sizes).encode(), digest_size=8).hexdigest()
