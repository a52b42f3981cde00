"""Command lines as words. Pure."""

from __future__ import annotations

import shlex

from stranglerfig.manifest.rules.given import Body, texts, value

#: what only a shell makes something of
SHELL = frozenset("$`|&;<>()*?[]{}~#!=\n\\")


def words(body: Body, *names: str) -> tuple[str, ...] | None:
    """Of a line the words with its quotes taken away, of a list its own; None if there are none."""
    found = value(body, *names)
    return (tuple(shlex.split(found)) if isinstance(found, str) else texts(body, *names)) or None


def shell_words(found: object) -> tuple[str, ...]:
    """A line that needs a shell is given to one; a plain one is run itself, so that signals reach the program."""
    if isinstance(found, str):
        return ("/bin/sh", "-c", found) if SHELL & {*found} else tuple(shlex.split(found))
    return tuple(str(word) for word in found) if isinstance(found, list) else ()
