"""No room, no permission: the write fails with a mend, the old state stays, and once mended all goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stranglerfig.errors import StateUnusable
from stranglerfig.store.failures import state_errors
from tests.store.builders import a_proxy, fill, opened, output_of, some_routes

FULL_DISK = """
    import resource, sys
    from pathlib import Path
    from stranglerfig.errors import StateUnusable
    from tests.store.builders import a_proxy, opened, some_routes

    path = Path(sys.argv[1])
    with opened(path) as store:
        store.save_proxy(a_proxy("kept"), "before the disk is full")
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        try:
            store.save_proxy(a_proxy("large", some_routes(3_000)), "too much")
        except StateUnusable as error:
            print("refused:", error.message, "|", error.hint)
        print(sorted(store.desired().proxies), len(store.journal_entries(10)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.save_proxy(a_proxy("large", some_routes(3_000)), "there is room again")
        print(sorted(store.desired().proxies))
"""

NO_ROOM_AT_ALL = """
    import resource, sys
    from pathlib import Path
    from stranglerfig.errors import StateUnusable
    from tests.store.builders import opened

    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
    try:
        with opened(Path(sys.argv[1])):
            print("opened")
    except StateUnusable as error:
        print("refused:", error.message, "|", error.hint)
"""

# root passes over permissions by its capabilities; without them it is held to the mode like everybody
READ_ONLY = """
    import ctypes, sys
    from pathlib import Path
    from stranglerfig.errors import StateUnusable
    from tests.store.builders import a_proxy, opened

    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None, use_errno=True).capset(header, none) == 0
    try:
        with opened(Path(sys.argv[1])) as store:
            store.save_proxy(a_proxy("new"), "cannot be written")
            print("written")
    except StateUnusable as error:
        print("refused:", error.message, "|", error.hint)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fig.sqlite3"


def test_a_disk_that_fills_up_fails_the_write_and_keeps_the_state_until_there_is_room(path: Path) -> None:
    refused, kept, after = output_of(FULL_DISK, path).splitlines()
    assert refused.startswith(f"refused: {path} cannot be read or written: disk I/O error | Make room (`df -h ")
    assert kept == "['kept'] 1"
    assert after == "['kept', 'large']"
    with opened(path) as store:
        assert store.desired().proxies["large"].routes == some_routes(3_000)


def test_no_room_for_a_new_file_leaves_no_half_of_one(path: Path) -> None:
    assert "Make room" in output_of(NO_ROOM_AT_ALL, path)
    assert list(path.parent.iterdir()) == []


def test_no_room_for_the_copy_stops_an_upgrade_before_it_starts(path: Path) -> None:
    fill(path)
    before = path.read_bytes()
    code = """
        import resource, sys
        from pathlib import Path
        from stranglerfig.errors import StateUnusable
        from stranglerfig.store.failures import state_errors
        from stranglerfig.store.migrate import Migration, read_migrations
        from stranglerfig.store.opening import open_database

        path = Path(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size - 5_000, resource.RLIM_INFINITY))
        try:
            with state_errors(path):
                known = read_migrations()
                open_database(path, (*known, Migration(len(known) + 1, "CREATE TABLE shift (id TEXT);")))
            print("upgraded")
        except StateUnusable as error:
            print("refused:", error.message, "|", error.hint)
    """
    assert output_of(code, path).startswith("refused: ")
    assert path.read_bytes() == before


def test_sqlite_s_own_word_for_a_full_disk_is_understood(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StateUnusable, match="cannot grow: database or disk is full"), state_errors(path):
            connection.execute("INSERT INTO journal (subject, what, reason) VALUES ('', '', zeroblob(1000000))")


def test_a_read_only_folder_is_named_with_its_mend(path: Path) -> None:
    fill(path, routes=1)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    output = output_of(READ_ONLY, path)
    path.parent.chmod(0o700)
    assert output.startswith(f"refused: {path} cannot be used: ")
    assert "yours and writable" in output
    with opened(path) as store:
        assert store.desired().proxies == {"forum": a_proxy(routes=some_routes(1))}


def test_a_folder_that_takes_no_new_file_is_named_with_its_mend(path: Path) -> None:
    path.parent.chmod(0o500)
    output = output_of(READ_ONLY, path)
    path.parent.chmod(0o700)
    assert "permission denied | Make file and folder yours and writable" in output
