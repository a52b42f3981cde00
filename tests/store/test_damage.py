"""Damaged files: a clear refusal that names the file and the mend, and never an exception of another kind."""

from __future__ import annotations

import random
import shlex
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from stranglerfig.errors import StateUnusable
from stranglerfig.store.failures import state_errors, to_state_unusable
from tests.store.builders import a_proxy, fill, opened, some_routes

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "the state" / "fig.sqlite3"
    path.parent.mkdir()
    fill(path)
    return path


def read_all(path: Path) -> None:
    with opened(path) as store:
        store.desired()
        store.tasks()
        store.journal_entries(100)


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def refusal(path: Path) -> StateUnusable:
    with pytest.raises(StateUnusable) as caught:
        read_all(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_garbage_header_is_refused(path: Path) -> None:
    overwrite(path, 0, b"not a database at all")
    assert "is corrupt: file is not a database" in refusal(path).message


def test_a_text_file_is_refused(path: Path) -> None:
    path.write_text("notes\n" * 2_000)
    assert "is corrupt" in refusal(path).message


@pytest.mark.parametrize("kept", [0, 1, 50, 100, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_a_truncated_file_is_refused(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    assert "is corrupt" in refusal(path).message


def test_every_page_may_be_destroyed(path: Path) -> None:
    whole = path.read_bytes()
    for offset in range(0, len(whole), PAGE):
        path.write_bytes(whole)
        overwrite(path, offset, b"\xff" * 200)
        assert "is corrupt" in refusal(path).message


def test_flipped_bits_anywhere_end_in_books_or_in_a_refusal(path: Path) -> None:
    whole = path.read_bytes()
    draw = random.Random(4711)  # the same places every time
    refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(8):
            damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        try:
            read_all(path)
        except StateUnusable:
            refused += 1
    assert refused > 20


def test_the_hint_mends_a_corrupt_state_as_it_stands(path: Path) -> None:
    overwrite(path, 0, b"not a database at all")
    path.with_name("fig.sqlite3-wal").write_bytes(b"left over")
    command = str(refusal(path).hint).split("`")[1]
    assert shlex.split(command)[0] == "mkdir"
    subprocess.run(["/bin/sh", "-c", command], check=True)
    with opened(path) as store:
        assert store.desired().proxies == {}
    assert (path.parent / "broken" / "fig.sqlite3").exists()


def test_damage_that_comes_while_fig_runs_is_refused_at_the_next_look(path: Path) -> None:
    with opened(path) as store:
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE route SET value = '{' WHERE id = 'route-7'")
        with pytest.raises(StateUnusable, match="cannot read"):
            store.desired()
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("DROP TABLE route")
        with pytest.raises(StateUnusable, match="is corrupt: no such table: route"):
            store.save_proxy(a_proxy(routes=some_routes(1)), "cannot")


def test_a_missing_file_beside_its_log_is_not_replaced_by_an_empty_one(path: Path) -> None:
    path.unlink()
    log = path.with_name("fig.sqlite3-wal")
    log.write_bytes(b"the last decisions")
    assert "its log fig.sqlite3-wal is there" in refusal(path).message
    assert log.read_bytes() == b"the last decisions"
    assert not path.exists()


def test_a_folder_in_the_file_s_place_is_refused(path: Path) -> None:
    path.unlink()
    path.mkdir()
    refusal(path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "no such file or directory" in refusal(tmp_path / "none" / "fig.sqlite3").message


def test_every_kind_of_sqlite_error_becomes_unusable_state_with_a_mend(path: Path) -> None:
    primary = [name for name in dir(sqlite3) if name.startswith("SQLITE_") and name.count("_") == 1]
    codes = {value for name in primary if 0 < (value := getattr(sqlite3, name)) < 100}
    assert {sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOMEM} <= codes
    for code in codes:
        error = sqlite3.OperationalError("it failed")
        error.sqlite_errorcode = code | 0x300
        unusable = to_state_unusable(error, path)
        assert "it failed" in unusable.message
        assert unusable.hint


def test_a_wrong_call_is_our_mistake_and_not_the_file_s(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.ProgrammingError), state_errors(path):
        connection.execute("SELECT ?", ())
