"""Text of users as words of HAProxy's configuration (pure). Source: configuration guide, "Quoting and escaping"."""

from __future__ import annotations


def quoted(text: str) -> str:
    """One word, whatever it holds, newlines included."""
    escapes = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'


def format_text(text: str) -> str:
    """Text inside a log-format string: a percent sign stands for itself only when doubled."""
    return text.replace("%", "%%")


def regsub(regex: str, replacement: str) -> str:
    """The ``regsub`` converter as one word; ``$1`` in the replacement becomes HAProxy's ``\\1``."""
    return '"regsub(' + _argument(regex) + "," + _argument(_back_references(replacement)) + ')"'


def _back_references(replacement: str) -> str:
    out = replacement.replace("\\", "\\\\")
    for digit in "0123456789":
        out = out.replace(f"${digit}", f"\\{digit}")
    return out


def _argument(text: str) -> str:
    """Single quotes around, for the converter's own parser; then escaped for the configuration's."""
    inner = "'" + text.replace("'", "'\"'\"'") + "'"
    return inner.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
