"""Ways to break a manifest's text, bytes and all."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.manifest.fuzz_seeds import SEEDS, SHARDS

WORD = re.compile(rb"[\w@/.$-]+")
Mutation = Callable[[bytes, Random], bytes]


def replace_word(text: bytes, chance: Random) -> bytes:
    word = chance.choice(list(WORD.finditer(text)) or [re.match(b"", b"")])
    assert word is not None
    return text[: word.start()] + chance.choice(SHARDS) + text[word.end() :]


def insert(text: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(text))
    return text[:place] + chance.choice(SHARDS) + text[place:]


def cut(text: bytes, chance: Random) -> bytes:
    start = chance.randint(0, len(text))
    return text[:start] + text[start + chance.randint(1, 40) :]


def move_line(text: bytes, chance: Random) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    lines.insert(chance.randint(0, len(lines)), lines.pop(chance.randrange(len(lines))))
    return b"".join(lines)


def repeat_line(text: bytes, chance: Random) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    lines.insert(chance.randint(0, len(lines)), chance.choice(lines))
    return b"".join(lines)


def indent(text: bytes, chance: Random) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    place = chance.randrange(len(lines))
    lines[place] = b" " * chance.randint(0, 4) + lines[place].lstrip(b" ")
    return b"".join(lines)


def flip(text: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(text))
    return text[:place] + chance.randbytes(1) + text[place + 1 :]


MUTATIONS: tuple[Mutation, ...] = (replace_word, replace_word, insert, cut, move_line, repeat_line, indent, flip)


def broken_text(chance: Random) -> bytes:
    text = chance.choice(SEEDS)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = chance.choice(MUTATIONS)(text, chance)
    return text
