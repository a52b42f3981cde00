"""Balancers, the revision that serves, and tasks of either kind are kept; several writes are one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.core.application import Deployment, Kind, Topic, Workload
from stranglerfig.core.desired import Balancer, Ingress
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskIdentity, TaskState
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from stranglerfig.store.apps import SqliteApps
from stranglerfig.store.migrate import read_migrations
from stranglerfig.store.opening import open_database
from stranglerfig.store.rows import to_text
from stranglerfig.store.sqlite import SqliteStore, open_store
from tests.store.builders import a_process_group, opened

INGRESS = Ingress("main", "forum.test", Conditions((PathPrefix("/api"),)), port=8080, sticky=True)
LISTENER = Balancer("forum.test", "127.0.0.1", 8080, http2=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fig.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        yield store


def test_a_balancer_is_kept_replaced_and_deleted(store: SqliteStore) -> None:
    store.save_balancer(LISTENER, "an environment")
    assert store.desired().balancers == {"forum.test": LISTENER}
    store.save_balancer(replace(LISTENER, port=9090, tcp=True), "another port")
    assert store.desired().balancers["forum.test"] == replace(LISTENER, port=9090, tcp=True)
    store.delete_balancer("forum.test", "gone")
    store.delete_balancer("forum.test", "twice")
    assert store.desired().balancers == {}


def test_the_revision_that_serves_is_another_one_than_the_newest_and_has_its_ingress(store: SqliteStore) -> None:
    good = replace(a_process_group(), ingress=(INGRESS,))
    store.save_group(good, "first")
    assert store.desired().serving == {}
    store.save_serving("posts", 1, "complete")
    store.save_group(replace(a_process_group(), revision=2), "second")
    desired = store.desired()
    assert (desired.serving["posts"], desired.groups["posts"].revision) == (good, 2)
    store.save_serving("posts", 2, "complete")
    assert store.desired().serving["posts"].revision == 2
    store.save_serving("posts", None, "taken back")
    assert store.desired().serving == {}


def test_a_change_of_size_is_one_of_the_serving_revision_too(store: SqliteStore) -> None:
    group = replace(a_process_group(), ingress=(INGRESS,))
    store.save_group(group, "first")
    store.save_serving("posts", 1, "complete")
    store.save_group(replace(group, drain_s=5.0), "another drain time")
    assert store.desired().serving["posts"].drain_s == 5.0


def test_a_deleted_target_group_serves_by_no_revision(store: SqliteStore) -> None:
    store.save_group(a_process_group(), "first")
    store.save_serving("posts", 1, "complete")
    store.delete_group("posts", "gone")
    assert store.desired().serving == {}


def test_a_purge_forgets_balancers(store: SqliteStore) -> None:
    store.save_balancer(LISTENER, "an environment")
    store.purge()
    assert store.desired().balancers == {}


def test_a_task_comes_back_with_its_kind_and_its_ports(store: SqliteStore) -> None:
    ports = ((8080, 40_000), (9090, 40_001))
    contained = ObservedTask("t-1-0-a", "t", 1, 40_000, TaskState.HEALTHY, ContainerIdentity("c0ffee"), ports=ports)
    process = ObservedTask("t-1-0-b", "t", 1, 40_002, TaskState.STARTING, TaskIdentity(4711, 99), exit_status=-9)
    unknown = ObservedTask("t-1-0-c", "t", 1, 0, TaskState.STARTING)
    for task in (contained, process, unknown):
        store.save_task(task)
    assert set(store.tasks()) == {contained, process, unknown}


def test_tasks_and_targets_of_older_books_are_taken_over(path: Path) -> None:
    first = read_migrations()[:1]
    with closing(open_database(path, first)) as connection:
        connection.execute("INSERT INTO target_group VALUES ('posts', 1, 1, ?)", (value_of_the_first_schema(),))
        connection.execute("INSERT INTO task VALUES ('posts-1-0-a', 'posts', 1, 40000, 'HEALTHY', 4711, 99, NULL)")
        connection.execute("INSERT INTO task VALUES ('posts-1-1-b', 'posts', 1, 0, 'STARTING', NULL, NULL, NULL)")
        connection.commit()
    with closing(open_store(path)) as store:
        assert store.desired().serving["posts"].revision == 1
        assert {task.id: task.identity for task in store.tasks()} == {
            "posts-1-0-a": TaskIdentity(4711, 99),
            "posts-1-1-b": None,
        }


def test_listeners_of_single_ports_have_their_new_names_wherever_older_books_name_them(path: Path) -> None:
    """``posts-9000`` is the name of a service, too, and its endpoint's; so it stays."""
    old, new, endpoint = "forum.test.posts-9000", "forum.test.posts.9000", "forum.test.other-9000"
    group = replace(a_process_group("forum.test.posts"), ingress=(Ingress("http", "forum.test"), Ingress("nlb", old)))
    other = replace(a_process_group("forum.test.other-9000"), ingress=(Ingress("internal", endpoint),))
    workload = Workload("forum", "test", "posts", Kind.BACKEND, '{"a": 1.50}', "d", topics=(Topic("né"),))
    deployment = Deployment(workload, 1, listeners=(Balancer(old, "127.0.0.1", 9000, tcp=True),))
    with closing(open_database(path, read_migrations()[:3])) as connection:
        connection.execute("INSERT INTO balancer VALUES (?, '127.0.0.1', 9000, 1, 0)", (old,))
        connection.execute("INSERT INTO balancer VALUES (?, '127.0.0.1', 40000, 0, 0)", (endpoint,))
        for one in (group, other, a_process_group("posts")):
            connection.execute("INSERT INTO target_group VALUES (?, 1, 1, ?, 1)", (one.name, to_text(one)))
        connection.execute("INSERT INTO app VALUES ('forum', '{}')")
        connection.execute("INSERT INTO environment VALUES ('forum', 'test', '{}')")
        for revision, found in ((1, deployment), (2, replace(deployment, revision=2, listeners=()))):
            values = ("forum", "test", "posts", revision, to_text(found))
            connection.execute("INSERT INTO deployment VALUES (?, ?, ?, ?, ?)", values)
    with opened(path) as store:
        desired, apps = store.desired(), SqliteApps(store)
        assert desired.balancers.keys() == {new, endpoint}
        moved = replace(group, ingress=(Ingress("http", "forum.test"), Ingress("nlb", new)))
        assert desired.groups == {one.name: one for one in (moved, other, a_process_group("posts"))}
        listeners = (Balancer(new, "127.0.0.1", 9000, tcp=True),)
        assert apps.deployment("forum", "test", "posts", 1) == replace(deployment, listeners=listeners)
        assert apps.deployment("forum", "test", "posts", 2) == replace(deployment, revision=2, listeners=())


def value_of_the_first_schema() -> str:
    return (
        '{"name":"posts","targets":{"command":["serve"],"cwd":"/","replicas":1,"env":[],"start_timeout_s":30.0,'
        '"grace_s":10.0,"memory_bytes":null,"open_files":null,"kind":"process"},"health":{"path":null,'
        '"expect":"200-399","interval_s":1.0,"timeout_s":1.0,"rise":1,"fall":2},"drain_s":30.0,"revision":1}'
    )


def test_writes_together_are_all_or_none(store: SqliteStore) -> None:
    with pytest.raises(sqlite3.ProgrammingError):
        write_half(store)
    desired = store.desired()
    assert (desired.balancers, desired.groups) == ({}, {})


def write_half(store: SqliteStore) -> None:
    with store.together():
        store.save_balancer(LISTENER, "an environment")
        store.save_group(a_process_group(), "with its service")
        raise sqlite3.ProgrammingError("a mistake in between")
