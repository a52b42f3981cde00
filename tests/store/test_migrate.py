"""An older state file is upgraded or left alone, a newer one refused, and a fresh one equals an upgraded one."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from stranglerfig.errors import StateUnusable
from stranglerfig.store.failures import state_errors
from stranglerfig.store.migrate import Migration, read_migrations, split_statements
from stranglerfig.store.opening import open_database
from stranglerfig.store.sqlite import open_store
from tests.store.builders import a_proxy, fill, opened, some_routes

KNOWN = len(read_migrations())
NEXT = Migration(
    KNOWN + 1,
    """
    -- a comment; with a semicolon
    ALTER TABLE proxy ADD COLUMN note TEXT NOT NULL DEFAULT ';';
    CREATE TABLE shift (route TEXT PRIMARY KEY);
    CREATE TRIGGER one_shift AFTER INSERT ON shift BEGIN
        DELETE FROM shift WHERE route <> new.route;
    END;
    """,
)
BROKEN = Migration(KNOWN + 2, "CREATE TABLE verdict (at TEXT); INSERT INTO nowhere VALUES (1);")


def schema_of(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def upgrade(path: Path, *more: Migration) -> None:
    with state_errors(path):
        open_database(path, (*read_migrations(), *more)).close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fig.sqlite3"


def test_the_shipped_migrations_count_from_one_without_a_gap() -> None:
    versions = [migration.version for migration in read_migrations()]
    assert versions == list(range(1, len(versions) + 1))


def test_an_upgrade_keeps_the_data_and_a_private_copy_of_the_old_file(path: Path) -> None:
    fill(path, routes=3)
    upgrade(path, NEXT)
    assert version_of(path) == NEXT.version
    backup = path.with_name(f"fig.sqlite3.v{KNOWN}.bak")
    assert version_of(backup) == KNOWN
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert {file.name for file in path.parent.iterdir()} == {path.name, backup.name}
    with opened(backup) as store:
        assert store.desired().proxies == {"forum": a_proxy(routes=some_routes(3))}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name, note FROM proxy").fetchall() == [("forum", ";")]
        assert connection.execute("SELECT count(*) FROM route").fetchone() == (3,)


def test_an_upgrade_copies_what_only_the_log_holds_too(path: Path) -> None:
    with opened(path) as store:
        store.save_proxy(a_proxy(), "in the log until a checkpoint")
        upgrade(path, NEXT)
    with opened(path.with_name(f"fig.sqlite3.v{KNOWN}.bak")) as store:
        assert store.desired().proxies == {"forum": a_proxy()}


def test_an_upgraded_file_has_the_schema_of_a_fresh_one(path: Path, tmp_path: Path) -> None:
    fill(path)
    upgrade(path, NEXT)
    fresh = tmp_path / "fresh.sqlite3"
    upgrade(fresh, NEXT)
    assert schema_of(path) == schema_of(fresh)
    assert version_of(fresh) == NEXT.version
    assert not fresh.with_name("fresh.sqlite3.v0.bak").exists()


def test_a_current_file_is_opened_without_a_copy(path: Path) -> None:
    fill(path)
    fill(path)
    assert [file.name for file in path.parent.iterdir()] == ["fig.sqlite3"]


def test_a_failing_upgrade_leaves_the_old_state_in_full(path: Path) -> None:
    fill(path, routes=3)
    before = schema_of(path)
    with pytest.raises(StateUnusable):
        upgrade(path, NEXT, BROKEN)
    assert schema_of(path) == before
    with opened(path) as store:
        assert store.desired().proxies == {"forum": a_proxy(routes=some_routes(3))}


def test_a_newer_file_is_refused_untouched_naming_both_versions(path: Path) -> None:
    with opened(path, version="7.8.9") as store:
        store.save_proxy(a_proxy(), "by a newer fig")
    upgrade(path, NEXT)
    before = path.read_bytes()
    with pytest.raises(
        StateUnusable, match=rf"newer fig \(fig 7\.8\.9\): its schema is {KNOWN + 1}, this fig knows {KNOWN}"
    ) as caught:
        open_store(path)
    assert "FIG_HOME" in str(caught.value.hint)
    assert path.read_bytes() == before


def test_a_newer_file_without_a_known_writer_is_refused_too(path: Path) -> None:
    upgrade(path, Migration(KNOWN + 1, "DROP TABLE meta;"))
    with pytest.raises(StateUnusable, match="newer fig"):
        open_store(path)


def test_a_newer_field_in_a_value_is_refused_naming_its_writer(path: Path) -> None:
    with opened(path, version="7.8.9") as store:
        store.save_proxy(a_proxy(routes=some_routes(1)), "by a newer fig")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE route SET value = json_set(value, '$.mirror', 1)")
    with opened(path) as store, pytest.raises(StateUnusable, match=r"fig 7\.8\.9 wrote last\): .* field 'mirror'"):
        store.desired()


def test_a_database_of_another_program_is_refused_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StateUnusable, match="another program"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_last_statement_without_a_semicolon_is_not_lost() -> None:
    assert [part.strip() for part in split_statements("SELECT 1;\nSELECT 2\n")] == ["SELECT 1;", "SELECT 2"]
