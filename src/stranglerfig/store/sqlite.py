"""The Store port on a SQLite file. One process writes (see ``lock``); a write is one transaction, durable on return."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stranglerfig import __version__
from stranglerfig.core.desired import Balancer, Desired, Proxy, Route, TargetGroup
from stranglerfig.core.json_values import UnreadableValue
from stranglerfig.core.observed import ObservedTask
from stranglerfig.errors import NotFound, StateUnusable
from stranglerfig.store.access_keys import KEY_TABLES
from stranglerfig.store.apps import APP_TABLES
from stranglerfig.store.failures import GOES_ON, state_errors
from stranglerfig.store.journal import Entry, read_entries, write_entry
from stranglerfig.store.ledger import LEDGER_TABLES
from stranglerfig.store.migrate import read_migrations, read_number
from stranglerfig.store.opening import open_database
from stranglerfig.store.rows import (
    Placed,
    balancer_from_row,
    balancer_to_row,
    group_from_row,
    plan_routes,
    proxy_from_row,
    proxy_to_row,
    route_from_row,
    task_from_row,
    task_to_row,
    to_text,
)
from stranglerfig.store.shadows import SHADOW_TABLES
from stranglerfig.store.shifts import SHIFT_TABLES
from stranglerfig.store.spaces import SPACE_TABLES
from stranglerfig.store.stacks import STACK_TABLES

PROXY_COLUMNS = "name, host, port, default_group, rule_order, http2, stage, base_path, declared_by"
TASK_COLUMNS = "id, target_group, revision, port, state, identity, exit_status, ports"


def open_store(path: Path, version: str = __version__) -> SqliteStore:
    """Open the books, made anew if they are not there. Raises ``StateUnusable``; ``version`` is the fig that writes."""
    with state_errors(path):
        return SqliteStore(open_database(path, read_migrations()), path, version)


class SqliteStore:
    """Calls may come from any thread; they take turns."""

    def __init__(self, connection: sqlite3.Connection, path: Path, version: str) -> None:
        self._connection = connection
        self._path = path
        self._version = version
        self._turn = threading.RLock()
        self._has_signed = False
        # The stored routes by proxy and id, so that a changed route is found without reading ten thousand. The values
        # are the control plane's own, and ``_data_version`` tells when somebody else has written.
        self._routes: dict[str, dict[str, Placed]] = {}
        self._data_version = -1

    def close(self) -> None:
        with self._turn, state_errors(self._path):
            self._connection.close()

    def desired(self) -> Desired:
        with self.reading() as connection:
            rows = connection.execute(f"SELECT {PROXY_COLUMNS} FROM proxy").fetchall()
            proxies = {row[0]: proxy_from_row(row, self._ordered_routes(row[0])) for row in rows}
            current = connection.execute("SELECT name, revision, value FROM target_group WHERE in_force")
            groups = {row[0]: group_from_row(row) for row in current}
            complete = connection.execute("SELECT name, revision, value FROM target_group WHERE serving")
            serving = {row[0]: group_from_row(row) for row in complete}
            found = connection.execute("SELECT name, host, port, tcp, http2 FROM balancer")
            balancers = {row[0]: balancer_from_row(row) for row in found}
            running = read_number(connection, "SELECT coalesce(max(running), 1) FROM meta")
            return Desired(proxies, groups, balancers, serving, running=bool(running))

    def save_proxy(self, proxy: Proxy, reason: str) -> None:
        with self.writing() as connection:
            connection.execute(
                f"INSERT INTO proxy ({PROXY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET host = excluded.host, port = excluded.port,"
                " default_group = excluded.default_group, rule_order = excluded.rule_order, http2 = excluded.http2,"
                " stage = excluded.stage, base_path = excluded.base_path, declared_by = excluded.declared_by",
                proxy_to_row(proxy),
            )
            changes = plan_routes(self._stored_routes(proxy.name), proxy.routes)
            self._write_routes(proxy.name, changes.written)
            self._erase_routes(proxy.name, changes.gone)
            write_entry(connection, f"proxy {proxy.name}", "save", reason)

    def delete_proxy(self, name: str, reason: str) -> None:
        """With its routes. Idempotent."""
        with self.writing() as connection:
            connection.execute("DELETE FROM proxy WHERE name = ?", (name,))
            self._routes.pop(name, None)
            write_entry(connection, f"proxy {name}", "delete", reason)

    def save_route(self, proxy: str, route: Route, reason: str) -> None:
        with self.writing() as connection:
            if connection.execute("SELECT 1 FROM proxy WHERE name = ?", (proxy,)).fetchone() is None:
                raise NotFound(f"no proxy is called {proxy}", hint="See `fig proxy ls`.")
            stored = self._stored_routes(proxy)
            before = stored.get(route.id)
            position = before[0] if before else max((place for place, _ in stored.values()), default=0) + 1
            self._write_routes(proxy, {route.id: (position, route)})
            write_entry(connection, f"route {proxy}/{route.id}", "save", reason)

    def delete_route(self, proxy: str, route_id: str, reason: str) -> None:
        with self.writing() as connection:
            self._erase_routes(proxy, frozenset({route_id}))
            write_entry(connection, f"route {proxy}/{route_id}", "delete", reason)

    def save_group(self, group: TargetGroup, reason: str) -> None:
        """The revision saved last is the one in force, whatever its number."""
        with self.writing() as connection:
            connection.execute("UPDATE target_group SET in_force = 0 WHERE name = ?", (group.name,))
            connection.execute(
                "INSERT INTO target_group (name, revision, in_force, value) VALUES (?, ?, 1, ?)"
                " ON CONFLICT (name, revision) DO UPDATE SET in_force = 1, value = excluded.value",
                (group.name, group.revision, to_text(group)),
            )
            write_entry(connection, f"target group {group.name}", f"save revision {group.revision}", reason)

    def save_serving(self, name: str, revision: int | None, reason: str) -> None:
        with self.writing() as connection:
            connection.execute("UPDATE target_group SET serving = 0 WHERE name = ?", (name,))
            connection.execute("UPDATE target_group SET serving = 1 WHERE name = ? AND revision = ?", (name, revision))
            write_entry(connection, f"target group {name}", f"serve by revision {revision or 'none'}", reason)

    def save_balancer(self, balancer: Balancer, reason: str) -> None:
        with self.writing() as connection:
            connection.execute(
                "REPLACE INTO balancer (name, host, port, tcp, http2) VALUES (?, ?, ?, ?, ?)", balancer_to_row(balancer)
            )
            write_entry(connection, f"balancer {balancer.name}", "save", reason)

    def delete_balancer(self, name: str, reason: str) -> None:
        """Idempotent."""
        with self.writing() as connection:
            connection.execute("DELETE FROM balancer WHERE name = ?", (name,))
            write_entry(connection, f"balancer {name}", "delete", reason)

    def delete_group(self, name: str, reason: str) -> None:
        """With its earlier revisions. Idempotent."""
        with self.writing() as connection:
            connection.execute("DELETE FROM target_group WHERE name = ?", (name,))
            write_entry(connection, f"target group {name}", "delete", reason)

    def group_revision(self, name: str, revision: int) -> TargetGroup | None:
        query = "SELECT name, revision, value FROM target_group WHERE name = ? AND revision = ?"
        with self.reading() as connection:
            row = connection.execute(query, (name, revision)).fetchone()
            return None if row is None else group_from_row(row)

    def save_task(self, task: ObservedTask) -> None:
        with self.writing() as connection:
            connection.execute(
                f"REPLACE INTO task ({TASK_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                task_to_row(task),
            )

    def delete_task(self, task_id: str) -> None:
        """Idempotent."""
        with self.writing() as connection:
            connection.execute("DELETE FROM task WHERE id = ?", (task_id,))

    def tasks(self) -> tuple[ObservedTask, ...]:
        with self.reading() as connection:
            rows = connection.execute(f"SELECT {TASK_COLUMNS} FROM task")
            return tuple(task_from_row(row) for row in rows)

    def set_running(self, *, running: bool, reason: str) -> None:
        with self.writing() as connection:
            connection.execute("UPDATE meta SET running = ?", (running,))
            write_entry(connection, "fig", "up" if running else "down", reason)

    def purge(self) -> None:
        with self.writing() as connection:
            own: tuple[str, ...] = ("route", "proxy", "target_group", "balancer", "task", "journal")
            own += (*APP_TABLES, *SPACE_TABLES, *STACK_TABLES, *KEY_TABLES, *SHADOW_TABLES, *LEDGER_TABLES)
            own += SHIFT_TABLES
            for table in own:
                connection.execute(f"DELETE FROM {table}")
            connection.execute("UPDATE meta SET running = 1")
            self._routes.clear()

    def journal(self, what: str, reason: str, *, subject: str = "") -> None:
        with self.writing() as connection:
            write_entry(connection, subject, what, reason)

    def journal_entries(self, limit: int) -> tuple[Entry, ...]:
        with self.reading() as connection:
            return read_entries(connection, limit)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All writes inside are one transaction: all of them come true, or none."""
        with self.writing():
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For the tables that others keep in this file, as is ``writing``."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN IMMEDIATE") as connection:
            if not self._has_signed:
                connection.execute("UPDATE meta SET written_by = ?", (self._version,))
            yield connection
        self._has_signed = True

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._turn, state_errors(self._path):
            if self._connection.in_transaction:
                # Part of a larger one, whose begin and end are another call's: turns are taken.
                yield self._connection
                return
            try:
                self._connection.execute(begin)
                self._forget_if_stale()
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._routes.clear()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, UnreadableValue):
                    raise self._to_unreadable(error) from error
                raise

    def _forget_if_stale(self) -> None:
        # A read of the file fixes the snapshot that data_version then speaks of.
        self._connection.execute("SELECT running FROM meta").fetchone()
        found = read_number(self._connection, "PRAGMA data_version")
        if found != self._data_version:
            self._routes.clear()
            self._data_version = found

    def _stored_routes(self, proxy: str) -> dict[str, Placed]:
        if proxy not in self._routes:
            query = "SELECT id, position, value FROM route WHERE proxy = ?"
            self._routes[proxy] = {row[0]: route_from_row(row) for row in self._connection.execute(query, (proxy,))}
        return self._routes[proxy]

    def _ordered_routes(self, proxy: str) -> tuple[Route, ...]:
        places = sorted(self._stored_routes(proxy).values(), key=lambda placed: placed[0])
        return tuple(route for _, route in places)

    def _write_routes(self, proxy: str, written: dict[str, Placed]) -> None:
        self._connection.executemany(
            "REPLACE INTO route (proxy, id, position, value) VALUES (?, ?, ?, ?)",
            [(proxy, route_id, position, to_text(route)) for route_id, (position, route) in written.items()],
        )
        self._stored_routes(proxy).update(written)

    def _erase_routes(self, proxy: str, gone: frozenset[str]) -> None:
        self._connection.executemany("DELETE FROM route WHERE proxy = ? AND id = ?", [(proxy, item) for item in gone])
        for route_id in gone:
            self._stored_routes(proxy).pop(route_id, None)

    def _to_unreadable(self, error: UnreadableValue) -> StateUnusable:
        writer = self._connection.execute("SELECT max(written_by) FROM meta").fetchone()[0]
        return StateUnusable(
            f"{self._path} holds what fig {self._version} cannot read (fig {writer} wrote last): {error}",
            hint=f"Use the fig that wrote it, or upgrade with `pip install --upgrade stranglerfig`. {GOES_ON}",
        )
