"""Sections of the AWS command line's files, changed as text: what is not fig's stays as it is, byte for byte (pure).

A section reaches to its last line that is neither blank nor a comment: what comes after that belongs to the next one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: What fig wrote may be written anew and taken away without asking.
MARK = b"# Written by `fig api profile`."
HEADER = re.compile(rb"\[(.+)\]")
WORDS = re.compile(rb"\"([^\"]*)\"|'([^']*)'|([^\s\"']+)")
SETTING = re.compile(rb"([^\s=:#;\[][^=:]*?)\s*[=:]")


def is_there(text: bytes, header: str) -> bool:
    """``header`` as it stands within its brackets."""
    return _find(text.splitlines(keepends=True), header) is not None


def is_ours(text: bytes, header: str) -> bool:
    lines = text.splitlines(keepends=True)
    found = _find(lines, header)
    return found is not None and any(line.strip() == MARK for line in lines[slice(*found)])


def setting_of(text: bytes, header: str, name: str) -> str:
    """Its value; empty if there is none."""
    lines = text.splitlines(keepends=True)
    for line in lines[slice(*(_find(lines, header) or (0, 0)))]:
        setting = SETTING.match(line)
        if setting is not None and setting[1].decode("latin-1").lower() == name:
            return line[setting.end() :].decode("utf-8", "replace").strip()
    return ""


def put(text: bytes, header: str, settings: Mapping[str, str]) -> bytes:
    """The section with ``settings``. What somebody added to one of fig's stays; any other is replaced as a whole."""
    lines = text.splitlines(keepends=True)
    end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    found = _find(lines, header)
    wanted = [MARK + end, *(f"{name} = {value}".encode() + end for name, value in settings.items())]
    if found is None:
        open_end = end if text and not text.endswith((b"\n", b"\r")) else b""
        return b"".join((text, open_end, end if text else b"", f"[{header}]".encode(), end, *wanted))
    first, last = found
    added = _without(lines[first + 1 : last], settings) if is_ours(text, header) else []
    if last == len(lines) and not lines[-1].endswith((b"\n", b"\r")):
        added = [*added[:-1], *(line if line.endswith((b"\n", b"\r")) else line + end for line in added[-1:])]
    head = lines[first] if lines[first].endswith((b"\n", b"\r")) else lines[first] + end
    return b"".join([*lines[:first], head, *wanted, *added, *lines[last:]])


def take(text: bytes, header: str) -> bytes:
    """Without the section, and without the blank line that parted it from the one before."""
    lines = text.splitlines(keepends=True)
    found = _find(lines, header)
    if found is None:
        return text
    first, last = found
    if first and not lines[first - 1].strip():
        first -= 1
    return b"".join([*lines[:first], *lines[last:]])


def _find(lines: list[bytes], header: str) -> tuple[int, int] | None:
    """The first section of that name: its header, and what comes after it."""
    wanted = header.encode().split()
    starts = [place for place, line in enumerate(lines) if HEADER.match(line)]
    for number, first in enumerate(starts):
        if _words(lines[first]) == wanted:
            last = starts[number + 1] if number + 1 < len(starts) else len(lines)
            while last > first + 1 and _is_idle(lines[last - 1]):
                last -= 1
            return first, last
    return None


def _words(line: bytes) -> list[bytes]:
    match = HEADER.match(line)
    return [b"".join(groups) for groups in WORDS.findall(match[1])] if match else []


def _is_idle(line: bytes) -> bool:
    text = line.strip()
    return text != MARK and (not text or text.startswith((b"#", b";")))


def _without(lines: list[bytes], settings: Mapping[str, str]) -> list[bytes]:
    """All but the mark and ``settings``; what is indented belongs to the setting above it."""
    kept, is_kept = [], True
    for line in lines:
        setting = SETTING.match(line)
        if setting is not None:
            is_kept = setting[1].decode("latin-1").lower() not in settings
        elif not line[:1].isspace():
            is_kept = line.strip() != MARK
        if is_kept:
            kept.append(line)
    return kept
