"""The books of the ledger, in the same file as the others. What is kept is bounded by ``KEPT_DAYS``."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from stranglerfig.core.json_values import UnreadableValue
from stranglerfig.core.ledger.latencies import Latencies
from stranglerfig.core.ledger.links import MOST_LINKS, Link, Strength
from stranglerfig.core.ledger.records import Booking, Figures, Key, Mark, MarkOf, Side, Sighting
from stranglerfig.store.apps import Books
from stranglerfig.store.journal import to_storable
from stranglerfig.store.rows import Row, check_columns

#: in an order in which they can be emptied
LEDGER_TABLES = ("ledger_hour", "ledger_day", "ledger_entry", "ledger_mark", "ledger_link")

HOURS_A_DAY = 24
_KEY = "listener, method, endpoint, target_group, side"
_SIGHTING = "last_at, last_client, last_agent, last_host, last_path"
_SAVE_ENTRY = (
    f"INSERT INTO ledger_entry ({_KEY}, {_SIGHTING}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    f" ON CONFLICT ({_KEY}) DO UPDATE SET last_at = excluded.last_at, last_client = excluded.last_client,"
    " last_agent = excluded.last_agent, last_host = excluded.last_host, last_path = excluded.last_path"
)
_SAVE_HOUR = (
    "REPLACE INTO ledger_hour (hour, entry, requests, client_errors, server_errors, latencies)"
    f" SELECT ?, id, ?, ?, ?, ? FROM ledger_entry WHERE ({_KEY}) = (?, ?, ?, ?, ?)"
)
#: of each listener and day; the last two days alone may have more than they are to have
_PRUNE_LINKS = (
    "DELETE FROM ledger_link WHERE (day, listener, origin, goal) IN (SELECT day, listener, origin, goal FROM"
    " (SELECT *, row_number() OVER (PARTITION BY day, listener ORDER BY sessions + referrers DESC) AS place"
    " FROM ledger_link WHERE day >= (SELECT max(day) - 1 FROM ledger_link)) WHERE place > ?)"
)


class SqliteLedger:
    """The LedgerStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def sightings(self) -> dict[Key, Sighting]:
        with self._books.reading() as connection:
            rows = connection.execute(f"SELECT {_KEY}, {_SIGHTING} FROM ledger_entry").fetchall()
        return {_to_key(row[:5]): _to_sighting(row[5:]) for row in rows}

    def hours(self, since: int, listener: str | None = None) -> Iterator[tuple[int, Key, Figures]]:
        query = (
            f"SELECT hour, {_KEY}, requests, client_errors, server_errors, latencies FROM ledger_hour"
            " JOIN ledger_entry ON id = entry WHERE hour >= ?1 AND (?2 IS NULL OR listener = ?2) ORDER BY hour, entry"
        )
        with self._books.reading() as connection:
            rows = connection.execute(query, (since, listener)).fetchall()
        return ((row[0], _to_key(row[1:6]), _to_figures(row[6:])) for row in rows)

    def totals(self, since: int, listener: str | None = None) -> Iterator[tuple[Key, Figures]]:
        """From the hour ``since`` on, in parts that are to be added up: whole days where they are."""
        hours = (
            f"SELECT {_KEY}, requests, client_errors, server_errors, latencies FROM ledger_hour"
            " JOIN ledger_entry ON id = entry WHERE hour >= ?1 AND (?2 IS NULL OR listener = ?2)"
            f" AND hour / {HOURS_A_DAY} NOT IN (SELECT day FROM ledger_day WHERE day * {HOURS_A_DAY} >= ?1)"
        )
        days = (
            f"SELECT {_KEY}, requests, client_errors, server_errors, latencies FROM ledger_day"
            f" JOIN ledger_entry ON id = entry WHERE day * {HOURS_A_DAY} >= ?1 AND (?2 IS NULL OR listener = ?2)"
        )
        with self._books.reading() as connection:
            rows = [row for query in (hours, days) for row in connection.execute(query, (since, listener))]
        return ((_to_key(row[:5]), _to_figures(row[5:])) for row in rows)

    def timeline(self, since: int, listener: str) -> Iterator[tuple[int, Side, int]]:
        query = (
            "SELECT hour, side, sum(requests) FROM ledger_hour JOIN ledger_entry ON id = entry"
            " WHERE hour >= ? AND listener = ? GROUP BY hour, side ORDER BY hour, side"
        )
        with self._books.reading() as connection:
            rows = connection.execute(query, (since, listener)).fetchall()
        return ((row[0], Side(row[1]), row[2]) for row in rows)

    def add_days(self, before: int) -> None:
        """Add up the hours of each day before that one, where it is not done."""
        query = (
            f"SELECT DISTINCT hour / {HOURS_A_DAY} FROM ledger_hour WHERE hour < ? * {HOURS_A_DAY}"
            f" AND hour >= (SELECT coalesce(max(day) + 1, 0) FROM ledger_day) * {HOURS_A_DAY}"
        )
        with self._books.reading() as connection:
            days = [int(row[0]) for row in connection.execute(query, (before,))]
        for day in days:
            self._add_day(day)

    def _add_day(self, day: int) -> None:
        query = (
            "SELECT entry, requests, client_errors, server_errors, latencies FROM ledger_hour WHERE hour / ? = ?"
            f" AND hour BETWEEN ? * {HOURS_A_DAY} AND (? + 1) * {HOURS_A_DAY}"
        )
        with self._books.reading() as connection:
            rows = connection.execute(query, (HOURS_A_DAY, day, day, day)).fetchall()
        # Outside of a transaction, for it takes a while, and the hours of a day that is over do not change.
        found: dict[int, Figures] = {}
        for row in rows:
            found.setdefault(row[0], Figures()).add(_to_figures(row[1:]))
        with self._books.writing() as connection:
            connection.executemany(
                "REPLACE INTO ledger_day (day, entry, requests, client_errors, server_errors, latencies)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(day, entry, *_figures_to_row(figures)) for entry, figures in found.items()],
            )

    def marks(self) -> dict[MarkOf, Mark]:
        query = "SELECT kind, name, requests, client_errors, server_errors, since, grown_at, ahead FROM ledger_mark"
        with self._books.reading() as connection:
            return {MarkOf(row[1], row[0] == "listener"): _to_mark(row[2:]) for row in connection.execute(query)}

    def links(self, since: int) -> dict[Link, Strength]:
        """From the day ``since`` on, added up."""
        query = (
            "SELECT listener, origin, goal, sum(sessions), sum(referrers) FROM ledger_link WHERE day >= ?"
            " GROUP BY listener, origin, goal"
        )
        with self._books.reading() as connection:
            return {Link(*row[:3]): Strength(*row[3:]) for row in connection.execute(query, (since,))}

    def save(self, booking: Booking) -> None:
        with self._books.writing() as connection:
            _save_entries(connection, booking)
            connection.executemany(
                "REPLACE INTO ledger_mark (kind, name, requests, client_errors, server_errors, since, grown_at, ahead)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [_mark_to_row(of, mark) for of, mark in booking.marks.items()],
            )
            connection.executemany(
                "REPLACE INTO ledger_link (day, listener, origin, goal, sessions, referrers) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        booking.day,
                        link.listener,
                        to_storable(link.origin),
                        to_storable(link.goal),
                        one.sessions,
                        one.referrers,
                    )
                    for link, one in booking.links.items()
                ],
            )

    def prune(self, *, hour: int, day: int, marks: Collection[MarkOf] = ()) -> None:
        """Forget what is older, and the marks; an endpoint goes with its last hour, and what was never booked with the
        next prune."""
        with self._books.writing() as connection:
            connection.executemany(
                "DELETE FROM ledger_mark WHERE (kind, name) = (?, ?)", [(_kind(of), of.name) for of in marks]
            )
            connection.execute("DELETE FROM ledger_hour WHERE hour < ?", (hour,))
            connection.execute("DELETE FROM ledger_day WHERE day < ?", (day,))
            connection.execute("DELETE FROM ledger_link WHERE day < ?", (day,))
            connection.execute(_PRUNE_LINKS, (MOST_LINKS,))
            connection.execute("DELETE FROM ledger_entry WHERE id NOT IN (SELECT DISTINCT entry FROM ledger_hour)")


def _save_entries(connection: sqlite3.Connection, booking: Booking) -> None:
    connection.executemany(
        _SAVE_ENTRY,
        [
            (*_key_to_row(key), seen.at, *map(to_storable, (seen.client, seen.user_agent, seen.host, seen.path)))
            for key, seen in booking.sightings.items()
        ],
    )
    connection.executemany(
        _SAVE_HOUR,
        [(booking.hour, *_figures_to_row(one), *_key_to_row(key)) for key, one in booking.figures.items()],
    )


def _key_to_row(key: Key) -> Row:
    return (key.listener, to_storable(key.method), to_storable(key.endpoint), key.group, key.side.value)


def _to_key(row: Row) -> Key:
    check_columns(row, str, str, str, str, str)
    if row[4] not in {side.value for side in Side}:
        raise UnreadableValue(f"{row[4]!r} is no Side")
    return Key(row[0], row[1], row[2], row[3], Side(row[4]))


def _to_sighting(row: Row) -> Sighting:
    check_columns(row, float, str, str, str, str)
    return Sighting(*row)


def _to_figures(row: Row) -> Figures:
    check_columns(row, int, int, int, bytes)
    try:
        return Figures(row[0], row[1], row[2], Latencies.decode(row[3]))
    except ValueError as error:
        raise UnreadableValue(str(error)) from error


def _figures_to_row(figures: Figures) -> Row:
    return figures.requests, figures.client_errors, figures.server_errors, figures.latencies.encode()


def _kind(of: MarkOf) -> str:
    return "listener" if of.is_listener else "pool"


def _mark_to_row(of: MarkOf, mark: Mark) -> Row:
    return (
        _kind(of),
        of.name,
        mark.requests,
        mark.client_errors,
        mark.server_errors,
        mark.since,
        mark.grown_at,
        mark.ahead,
    )


def _to_mark(row: Row) -> Mark:
    check_columns(row, int, int, int, float, float, int)
    return Mark(*row)
