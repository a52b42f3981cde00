"""The books keep what was written, and only that."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.control.ports import Store
from stranglerfig.core.desired import Desired, RouteState
from stranglerfig.core.observed import TaskState
from stranglerfig.errors import NotFound, StateUnusable
from stranglerfig.store.journal import KEPT_ENTRIES
from stranglerfig.store.sqlite import SqliteStore
from tests.store.builders import (
    a_process_group,
    a_proxy,
    a_route,
    a_task,
    a_url_group,
    fill,
    opened,
    some_routes,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fig.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        yield store


def test_new_books_are_empty_and_running(store: Store) -> None:
    assert store.desired() == Desired()
    assert store.tasks() == ()
    assert store.journal_entries(10) == ()


def test_everything_is_there_after_a_restart(path: Path) -> None:
    fill(path, routes=3)
    with opened(path) as store:
        store.set_running(running=False, reason="fig down")
    with opened(path) as store:
        found = store.desired()
        assert found.proxies == {"forum": a_proxy(routes=some_routes(3))}
        assert found.groups == {"monolith": a_url_group(), "posts": a_process_group()}
        assert not found.running
        assert store.tasks() == (a_task(),)


def test_a_saved_proxy_replaces_its_routes_in_the_new_order(path: Path, store: Store) -> None:
    routes = some_routes(5)
    store.save_proxy(a_proxy(routes=routes), "made")
    wanted = a_proxy(routes=(a_route("front"), routes[4], routes[1], replace(routes[0], state=RouteState.INACTIVE)))
    store.save_proxy(wanted, "turned around")
    assert store.desired().proxies["forum"] == wanted
    with opened(path) as again:
        assert again.desired().proxies["forum"] == wanted


def test_a_saved_route_keeps_its_place_and_a_new_one_comes_last(path: Path, store: Store) -> None:
    store.save_proxy(a_proxy(routes=some_routes(3)), "made")
    store.save_route("forum", a_route("route-1", 2_500), "a quarter")
    store.save_route("forum", a_route("new"), "one more")
    store.delete_route("forum", "route-0", "moved back")
    wanted = (a_route("route-1", 2_500), a_route("route-2"), a_route("new"))
    assert store.desired().proxies["forum"].routes == wanted
    with opened(path) as again:
        assert again.desired().proxies["forum"].routes == wanted


def test_a_route_of_an_unknown_proxy_is_refused_and_not_journaled(store: Store) -> None:
    with pytest.raises(NotFound, match="no proxy is called forum"):
        store.save_route("forum", a_route(), "too early")
    assert store.journal_entries(10) == ()


def test_a_deleted_proxy_takes_its_routes_along(path: Path, store: Store) -> None:
    store.save_proxy(a_proxy(routes=some_routes(3)), "made")
    store.delete_proxy("forum", "done")
    store.save_proxy(a_proxy(), "again, without")
    assert store.desired().proxies == {"forum": a_proxy()}
    store.save_proxy(a_proxy(routes=some_routes(3)), "again, with")
    store.delete_proxy("forum", "done")
    store.save_proxy(a_proxy(routes=some_routes(2)), "and again")
    with opened(path) as again:
        assert again.desired().proxies == {"forum": a_proxy(routes=some_routes(2))}


def test_a_write_that_fails_half_way_leaves_nothing_of_itself(store: Store) -> None:
    store.save_proxy(a_proxy(), "made")
    with pytest.raises(ValueError, match="two routes called posts"):
        store.save_proxy(replace(a_proxy(), port=9, routes=(a_route(), a_route())), "impossible")
    assert store.desired().proxies == {"forum": a_proxy()}
    assert [entry[3] for entry in store.journal_entries(10)] == ["made"]


def test_deleting_what_is_not_there_is_no_error(store: Store) -> None:
    store.delete_proxy("none", "twice")
    store.delete_route("none", "none", "twice")
    store.delete_group("none", "twice")
    store.delete_task("none")
    assert store.desired() == Desired()


def test_the_revision_saved_last_is_in_force_and_earlier_ones_are_kept(store: Store) -> None:
    for revision in (1, 2, 3):
        store.save_group(a_url_group(revision=revision), "deploy")
    assert store.desired().groups["monolith"] == a_url_group(revision=3)
    store.save_group(a_url_group(revision=2), "taken back")
    assert store.desired().groups == {"monolith": a_url_group(revision=2)}
    assert store.group_revision("monolith", 1) == a_url_group(revision=1)
    assert store.group_revision("monolith", 4) is None


def test_a_deleted_target_group_starts_again_without_a_past(store: Store) -> None:
    store.save_group(a_url_group(revision=7), "deploy")
    store.delete_group("monolith", "gone")
    store.save_group(a_url_group(), "anew")
    assert store.desired().groups == {"monolith": a_url_group()}
    assert store.group_revision("monolith", 7) is None


def test_purged_books_are_as_new(path: Path) -> None:
    fill(path, routes=3)
    with opened(path) as store:
        store.set_running(running=False, reason="fig down")
        store.purge()
        assert store.desired() == Desired()
        store.save_proxy(a_proxy(), "anew")
    with opened(path) as store:
        assert store.desired() == Desired(proxies={"forum": a_proxy()})
        assert store.tasks() == ()
        assert store.group_revision("posts", 1) is None
        assert [entry[3] for entry in store.journal_entries(10)] == ["anew"]


def test_a_task_is_replaced_by_its_id_and_deleted(store: Store) -> None:
    store.save_task(a_task(state=TaskState.STARTING))
    ended = replace(a_task(state=TaskState.EXITED), identity=None, exit_status=-9)
    store.save_task(ended)
    assert store.tasks() == (ended,)
    store.delete_task(ended.id)
    assert store.tasks() == ()


def test_every_decision_is_journaled_with_its_reason_newest_first(store: Store) -> None:
    store.save_proxy(a_proxy(), "the user asked")
    store.save_route("forum", a_route(), "posts move")
    store.save_group(a_process_group(revision=2), "a deploy")
    store.journal("restart", "it exited with 1", subject="task posts-2-0-1")
    entries = store.journal_entries(3)
    assert [entry[1:] for entry in entries] == [
        ("task posts-2-0-1", "restart", "it exited with 1"),
        ("target group posts", "save revision 2", "a deploy"),
        ("route forum/posts", "save", "posts move"),
    ]
    assert all(entry[0].endswith("Z") and entry[0][10] == "T" for entry in entries)


def test_a_reason_that_quotes_a_file_name_of_odd_bytes_is_journaled(store: Store) -> None:
    store.journal("fail", "no such file: caf\udce9")
    assert store.journal_entries(1)[0][3] == "no such file: caf\\udce9"


def test_the_journal_forgets_its_oldest_entries(path: Path, store: Store) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        rows = [(number,) for number in range(KEPT_ENTRIES + 5)]
        other.executemany("INSERT INTO journal (subject, what, reason) VALUES ('', 'note', ?)", rows)
    store.journal("note", "the last")
    entries = store.journal_entries(KEPT_ENTRIES * 2)
    assert len(entries) == KEPT_ENTRIES
    assert entries[0][3] == "the last"
    assert entries[-1][3] == "6"


def test_secrets_are_for_the_owner_alone(path: Path, store: Store) -> None:
    store.save_group(a_process_group(), "with a token")
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"fig.sqlite3", "fig.sqlite3-wal", "fig.sqlite3-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_was_opened_to_others_is_closed_again(path: Path) -> None:
    fill(path)
    path.chmod(0o644)
    with opened(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_opener_sees_and_keeps_what_the_first_wrote(path: Path, store: Store) -> None:
    store.save_proxy(a_proxy(routes=some_routes(3)), "made")
    with opened(path) as other:
        other.save_route("forum", a_route("route-1", 1), "by the other")
        other.delete_route("forum", "route-2", "by the other")
    store.save_proxy(a_proxy(routes=some_routes(3)), "as it was")
    with opened(path) as again:
        assert again.desired().proxies["forum"].routes == some_routes(3)


def test_a_write_while_another_one_is_open_fails_after_a_while_and_changes_nothing(path: Path, store: Store) -> None:
    store.save_proxy(a_proxy(), "made")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateUnusable, match="in use by another process"):
            store.delete_proxy("forum", "cannot")
        other.execute("ROLLBACK")
    assert store.desired().proxies == {"forum": a_proxy()}
    store.delete_proxy("forum", "now it can")
    assert store.desired().proxies == {}
