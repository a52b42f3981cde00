"""Which file of the build context a path in the image is. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from stranglerfig.workspace.values import Copy

Translate = Callable[[str], str | None]
_PATH = re.compile(r"(?<![\w./~-])/[\w.@/-]+")


def join(folder: str, path: str) -> str:
    """An absolute path in the image, without a slash at its end."""
    return posixpath.normpath(posixpath.join(folder, path))


def to_context_path(copies: tuple[Copy, ...], path: str) -> str | None:
    """Relative to the context; None when no COPY brought it. The copy that says most about it counts, of equals the
    later one, as in the image."""
    for copy in by_depth(copies):
        if path == copy.destination:
            return copy.source
        if copy.folder and is_within(path, copy.destination):
            return posixpath.normpath(posixpath.join(copy.source, posixpath.relpath(path, copy.destination)))
    return None


def to_context_folder(copies: tuple[Copy, ...], folder: str) -> str | None:
    """Likewise for a folder, which may also be known by single files that were copied into it."""
    folders = tuple(copy for copy in copies if copy.folder)
    if (found := to_context_path(folders, folder)) is not None:
        return found
    files = [copy.source for copy in copies if not copy.folder and posixpath.dirname(copy.destination) == folder]
    return posixpath.dirname(files[-1]) or "." if files else None


def by_depth(copies: tuple[Copy, ...]) -> list[Copy]:
    numbered = sorted(enumerate(copies), key=lambda pair: (depth(pair[1].destination), pair[0]), reverse=True)
    return [copy for _, copy in numbered]


def depth(path: str) -> int:
    return 0 if path == "/" else path.count("/")


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def translate_text(text: str, translate: Translate) -> str:
    """``text`` with the image's absolute paths in it replaced by this machine's; others stay."""
    return _PATH.sub(lambda match: translate(match[0]) or match[0], text)
