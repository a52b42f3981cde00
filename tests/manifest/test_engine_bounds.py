"""Hostile manifests: refused after little work, in little memory, with a line. Work is counted, no clock is asked."""

from __future__ import annotations

import cProfile
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.problems import ManifestInvalid
from tests.manifest.engine_builders import HEAD, TINY_KINDS, bytes_problems, load

MEGABYTE = 1024 * 1024
#: Of a process with Python, this package and pytest in it.
MOST_MEMORY = 256 * MEGABYTE
#: Of functions, Python's own included: some twenty for each byte of the largest file.
MOST_CALLS = 20_000_000

LETTERS = "abcdefghijklmnop"


def bomb() -> bytes:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for before, name in pairwise(LETTERS):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]")
    return "\n".join(lines).encode()


def merge_bomb() -> bytes:
    lines = [HEAD, "a: &a {x: 1}"]
    for before, name in pairwise(LETTERS):
        merged = ",".join([f"{{k{at}: *{before}}}" for at in range(10)])
        lines.append(f"{name}: &{name} {{<<: [{merged}]}}")
    return "\n".join(lines).encode()


def lines_of(line: str) -> bytes:
    return (HEAD + line * (MEGABYTE // len(line)))[:MEGABYTE].encode()


def numbered(line: str, times: int, head: str = HEAD) -> bytes:
    return (head + "".join(line.format(at) for at in range(times))).encode()


#: One long value, as a variable of the user's may have.
ENVIRON = {"X": "y" * 100_000}

HOSTILE = {
    "variables that fill in much": (
        numbered(" e{}: ${{X}}${{X}}\n", 2_000, f"{HEAD}variables:\n"),
        "variables fill in more than 4194304 characters",
    ),
    "bomb of aliases": (bomb(), "more than 10000 values"),
    "bomb of merge keys": (merge_bomb(), "more than 10000 values"),
    "a bomb of long texts": (
        numbered("k{}: *a\n", 400, f"{HEAD}a: &a {'x' * 60_000}\n"),
        "more than 10000 values",
    ),
    "deep flow lists": (b"[" * 60_000, "more than 64 levels deep"),
    "deep flow mappings": (b"{a: " * 10_000, "more than 64 levels deep"),
    "deep block lists": (b"- " * 30_000, "more than 64 levels deep"),
    "deep block mappings": (b"".join(b" " * at + b"a:\n" for at in range(1000)), "more than 64 levels deep"),
    "deep question marks": (b"? " * 30_000, "more than 64 levels deep"),
    "deep through aliases": (
        ("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40).encode(),
        "more than 64 levels deep through the alias *a",
    ),
    "too large": (b"a" * (MEGABYTE + 1), "the file has 1048577 bytes"),
    "a huge text": (HEAD.encode() + b"x: |\n" + b"  aaaaaaaaaa\n" * 10_000, "a text of 110000 characters"),
    "a huge line": (b"!" * 500_000, "a line of 500000 characters"),
    "a huge number": (HEAD.encode() + b"count: " + b"9" * 60_000, "must be a whole number or a mapping"),
    "many keys": (numbered("k{}: 1\n", 6_000), "more than 10000 values"),
    "many items": (HEAD.encode() + b"entrypoint:\n" + b"- a\n" * 11_000, "more than 10000 values"),
    "many environments": (numbered(" e{}: {{count: 1}}\n", 2000, f"{HEAD}environments:\n"), "environments; 100 are"),
    "one key again and again": (HEAD.encode() + b"k: 1\n" * 4_000, "is here twice"),
    "unknown keys": (numbered("k{}: 1\n", 4_500), "is not a known field"),
    "wrong values": (HEAD.encode() + b"topics:\n" + b"- {title: [], name: []}\n" * 1_400, "must be text"),
    "what is missing": (HEAD.encode() + b"topics:\n" + b"- {}\n" * 9_000, "must be specified"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_manifest_is_refused_within_bounds(name: str) -> None:
    text, wanted = HOSTILE[name]

    with bounded(), pytest.raises(ManifestInvalid) as caught:
        load_manifest(text, Request("m.yml", TINY_KINDS, environ=ENVIRON))

    assert wanted in caught.value.message
    assert len(caught.value.message) < 60_000


def test_only_the_first_hundred_problems_are_printed_and_the_rest_counted() -> None:
    with pytest.raises(ManifestInvalid) as caught:
        load_manifest(numbered("k{}: 1\n", 300), Request("m.yml", TINY_KINDS))

    assert caught.value.message.splitlines()[0] == "m.yml: 300 problems"
    assert caught.value.message.splitlines()[-1] == "… and 200 more"
    assert len(caught.value.problems) == 300


def test_a_large_manifest_that_is_right_is_read() -> None:
    text = "variables:\n" + "".join(f"  V{at}: value {at}\n" for at in range(4_500))

    with bounded():
        loaded = load(text)

    assert isinstance(loaded.body["variables"], dict)
    assert len(loaded.body["variables"]) == 4_500


def test_the_deepest_manifest_that_is_allowed_is_read() -> None:
    deep = "[" * 63 + "]" * 63

    assert load(f"policy: {deep}\n").body["policy"] != []
    assert bytes_problems(f"{HEAD}policy: [{deep}]\n".encode()) == ["3: more than 64 levels deep"]


def test_all_of_them_together_stay_within_a_process_of_limited_memory() -> None:
    done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, timeout=100, check=False)

    assert (done.returncode, done.stdout) == (0, f"{len(HOSTILE)} refused\n"), done.stderr[-2000:]


@contextmanager
def bounded() -> Iterator[None]:
    """Fails when more functions are called than a manifest of any kind should need."""
    profile = cProfile.Profile(builtins=True)
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls < MOST_CALLS


def refuse_all() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    refused = 0
    for text, _ in HOSTILE.values():
        try:
            load_manifest(text, Request("m.yml", TINY_KINDS, environ=ENVIRON))
        except ManifestInvalid:
            refused += 1
    sys.stdout.write(f"{refused} refused\n")


if __name__ == "__main__":
    refuse_all()
