"""What is in memory is what is in the file, when a transaction fails at its very end too."""

from __future__ import annotations

import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stranglerfig.control.books import Books
from stranglerfig.core.desired import Balancer
from stranglerfig.errors import StateUnusable
from stranglerfig.store.sqlite import open_store
from tests.apps.builders import APP, ENV, a_job, deploy, make_environment
from tests.control.world import a_home, a_plane
from tests.store.builders import a_process_group

#: no commit can come true that has written to ``table``: it leaves a reference that leads nowhere
UNCOMMITTABLE = """
    CREATE TABLE IF NOT EXISTS stray (app TEXT REFERENCES app (name) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER unbound AFTER INSERT ON {table} BEGIN INSERT INTO stray VALUES ('nobody'); END;
"""


@contextmanager
def uncommittable(path: Path, table: str) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(UNCOMMITTABLE.format(table=table))
        yield
        connection.execute("DROP TRIGGER unbound")


def test_memory_follows_the_file_when_a_transaction_cannot_be_committed(tmp_path: Path) -> None:
    path = tmp_path / "fig.sqlite3"
    with closing(open_store(path)) as store:
        books = Books(store)
        books.save_group(a_process_group("posts"), "before")
        before = books.desired
        listener = Balancer("shop.test", "127.0.0.1", 8080)
        with uncommittable(path, "journal"), pytest.raises(StateUnusable):
            save_both(books, listener)
        assert books.desired == before == store.desired()
        with uncommittable(path, "journal"), pytest.raises(StateUnusable):
            books.save_deployment(a_process_group("users"), (listener,), "in vain")
        assert books.desired == before == store.desired()
        books.save_deployment(a_process_group("users"), (listener,), "with room again")
        assert books.desired == store.desired() != before


def save_both(books: Books, listener: Balancer) -> None:
    with books.together():
        books.save_balancer(listener, "in vain")
        books.save_group(a_process_group("users"), "in vain")


async def test_a_job_whose_moment_cannot_be_booked_is_not_run(caplog: pytest.LogCaptureFixture) -> None:
    begun: list[str] = []

    def begin(job: Coroutine[Any, Any, None], what: str) -> None:
        job.close()
        begun.append(what)

    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        await deploy(plane, a_job("tidy", "pass", every_s=60.0))
        applications = plane.control.applications
        runner = replace(applications.runner, spawn=begin)
        later = applications.scheduler.wall() + 61.0
        scheduler = replace(applications.scheduler, runner=runner, wall=lambda: later)
        with uncommittable(home / "fig.sqlite3", "job_moment"):
            scheduler.look()
        assert "job tidy" in caplog.text
        assert (begun, applications.runs.runs(APP, ENV)) == ([], ())
        scheduler.look()
        assert len(begun) == len(applications.runs.runs(APP, ENV)) == 1
