"""Books that an older fig wrote, as it wrote them, are read in full by this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stranglerfig.core.desired import ProcessTargets, UrlTargets
from stranglerfig.core.ledger.records import Booking, Mark, MarkOf
from stranglerfig.core.routing.rules import StickyBy
from stranglerfig.store.access_keys import SqliteKeys
from stranglerfig.store.apps import SqliteApps
from stranglerfig.store.ledger import SqliteLedger
from stranglerfig.store.migrate import read_migrations
from stranglerfig.store.opening import open_database
from stranglerfig.store.runs import SqliteRuns
from stranglerfig.store.shadows import SqliteShadows
from stranglerfig.store.shifts import SqliteShifts
from stranglerfig.store.spaces import SqliteSpaces
from stranglerfig.store.sqlite import SqliteStore
from stranglerfig.store.stacks import SqliteStacks
from tests.store.builders import opened

OLD = 7
WRITTEN = Path(__file__).parent / "older" / f"schema-{OLD}.sql"
Rows = list[tuple[object, ...]]


@pytest.fixture(name="path")
def older_books(tmp_path: Path) -> Path:
    path = tmp_path / "fig.sqlite3"
    with closing(open_database(path, read_migrations()[:OLD])) as connection:
        connection.executescript(WRITTEN.read_text())
        connection.commit()
    return path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        yield store


def columns_of(path: Path) -> dict[str, str]:
    """The names of each table's columns."""
    query = (
        "SELECT t.name, group_concat('\"' || c.name || '\"', ', ') FROM pragma_table_list AS t"
        " JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name"
    )
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute(query).fetchall())


def rows_of(path: Path, columns: dict[str, str]) -> dict[str, Rows]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT {names} FROM {table} ORDER BY {names}").fetchall()
            for table, names in columns.items()
        }


def test_every_row_is_kept_as_it_was(path: Path) -> None:
    columns = columns_of(path)
    before = rows_of(path, columns)
    with opened(path, version="0.1.0"):
        pass

    assert sum(map(len, before.values())) > 30
    assert rows_of(path, columns) == before
    assert rows_of(path.with_name(f"fig.sqlite3.v{OLD}.bak"), columns) == before


def test_proxies_and_routes_are_read(store: SqliteStore) -> None:
    proxies = store.desired().proxies

    routes = {(name, route.id): (route.weight, route.sticky.by) for name in proxies for route in proxies[name].routes}
    assert routes == {
        ("shop", "api-users"): (2_000, StickyBy.NONE),
        ("shop", "api-orders"): (10_000, StickyBy.NONE),
        ("admin", "orders"): (5_000, StickyBy.SOURCE),
        ("store", "get-post-api-users"): (10_000, StickyBy.NONE),
    }
    assert {name: (proxy.default, proxy.stage) for name, proxy in proxies.items()} == {
        "shop": ("shop-default", ""),
        "admin": ("shop-default", ""),
        "store": ("store-mono", "prod"),
    }
    assert not any(proxy.declared_by for proxy in proxies.values())


def test_targets_and_their_tasks_are_read(store: SqliteStore) -> None:
    desired = store.desired()

    kinds = {name: type(group.targets) for name, group in desired.groups.items()}
    assert kinds == {
        **dict.fromkeys(("users", "orders", "forum.test.posts"), ProcessTargets),
        **dict.fromkeys(("shop-default", "store-mono", "store-users2"), UrlTargets),
    }
    assert desired.serving.keys() == {"users", "orders", "forum.test.posts"}
    tasks = [(task.group, task.identity is not None) for task in store.tasks()]
    assert sorted(tasks) == [
        *([("forum.test.posts", True)] * 2),
        ("orders", True),
        *([("users", True)] * 2),
    ]


def test_applications_and_keys_are_read(store: SqliteStore) -> None:
    apps = SqliteApps(store)
    [deployment] = apps.deployments()

    assert [(one.name, one.root) for one in apps.apps()] == [("forum", "/srv/forum")]
    assert [(one.name, one.port) for one in apps.environments("forum")] == [("test", 8080)]
    assert (deployment.workload.name, deployment.revision, deployment.replicas) == ("posts", 1, 2)
    assert store.desired().balancers.keys() == {"forum.test", "forum.test.posts"}
    assert [(key.id, key.secret) for key in SqliteKeys(store).all()] == [("AKIAEXAMPLE", "not-a-secret")]
    assert (SqliteRuns(store).going(), SqliteStacks(store).stacks()) == ((), ())


def test_refactor_spaces_are_read(store: SqliteStore) -> None:
    spaces = SqliteSpaces(store)

    kinds = sorted(type(resource).__name__ for resource in spaces.resources())
    assert kinds == ["Application", "Environment", *["Route"] * 2, *["Service"] * 2]
    [row] = rows_of_tokens(store)
    assert spaces.token(*row[:3], row[3]) is not None


def rows_of_tokens(store: SqliteStore) -> list[tuple[str, str, str, float]]:
    with store.reading() as connection:
        return connection.execute("SELECT account, operation, token, at FROM space_token").fetchall()


def test_what_is_new_begins_empty_and_can_be_written(store: SqliteStore) -> None:
    ledger = SqliteLedger(store)
    assert (SqliteShadows(store).shadows(), SqliteShifts(store).shifts(), ledger.marks()) == ((), (), {})

    marks = {MarkOf("shop", is_listener=True): Mark(1, 0, 0, 1.0, 1.0)}
    ledger.save(Booking(1, {}, {}, marks, {}))
    assert ledger.marks() == marks


def test_the_ledgers_marks_of_before_are_ahead_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "fig.sqlite3"
    with closing(open_database(path, read_migrations()[:12])) as connection:
        connection.execute("INSERT INTO ledger_mark VALUES ('listener', 'shop', 7, 0, 0, 1.0, 2.0)")
        connection.commit()
    with opened(path) as store:
        assert SqliteLedger(store).marks() == {MarkOf("shop", is_listener=True): Mark(7, 0, 0, 1.0, 2.0)}
