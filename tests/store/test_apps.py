"""The books of applications keep what was written, and a deploy is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.control.ports import AppStore, RunStore, Store
from stranglerfig.core.application import App, Deployment, Environment, Kind, Runtime, Schedule, Workload
from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskState
from stranglerfig.core.runs import Run, RunKind, RunState
from stranglerfig.store.apps import SqliteApps
from stranglerfig.store.runs import KEPT_RUNS, SqliteRuns
from stranglerfig.store.sqlite import SqliteStore
from tests.store.builders import a_process_group, opened

JOB = ContainerTargets((Container("report", "sha256:1"),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fig.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        SqliteApps(store).save_app(App("shop", "/work"), "made")
        SqliteApps(store).save_environment(Environment("shop", "test", Runtime.PROCESS, port=8080), "made")
        yield store


@pytest.fixture
def apps(store: SqliteStore) -> AppStore:
    return SqliteApps(store)


@pytest.fixture
def runs(store: SqliteStore) -> RunStore:
    return SqliteRuns(store)


def a_deployment(name: str, revision: int = 1, schedule: Schedule | None = None) -> Deployment:
    job = None if schedule is None else JOB
    kind = Kind.BACKEND if schedule is None else Kind.JOB
    return Deployment(Workload("shop", "test", name, kind, "{}", "digest", schedule=schedule, job=job), revision)


def a_run(number: int = 1, **more: object) -> Run:
    run = Run(f"r{number:04}", "shop", "test", "report", RunKind.JOB, JOB, started_at=float(number))
    return replace(run, **more)  # type: ignore[arg-type]


def test_the_newest_deployment_of_each_workload_is_listed_and_every_one_is_kept(apps: AppStore) -> None:
    for deployment in (a_deployment("posts"), a_deployment("posts", 2), a_deployment("users")):
        apps.save_deployment(deployment, "a deploy")
    assert apps.deployments() == (a_deployment("posts", 2), a_deployment("users"))
    assert apps.deployments("other") == ()
    assert apps.deployment("shop", "test", "posts", 1) == a_deployment("posts")
    assert apps.deployment("shop", "test", "posts", 3) is None


def test_only_jobs_with_a_schedule_are_listed_for_the_scheduler(apps: AppStore) -> None:
    hourly = a_deployment("report", schedule=Schedule(cron="0 * * * *", retries=2, timeout_s=60.0))
    for deployment in (a_deployment("posts"), hourly):
        apps.save_deployment(deployment, "a deploy")
    assert apps.scheduled() == (hourly,)


def test_saving_an_application_again_keeps_what_belongs_to_it(apps: AppStore) -> None:
    apps.save_deployment(a_deployment("posts"), "a deploy")
    apps.save_app(App("shop", "/elsewhere", domain="example.com", tags=(("team", "a"),)), "moved")
    assert apps.apps() == (App("shop", "/elsewhere", domain="example.com", tags=(("team", "a"),)),)
    assert apps.environments("shop")[0].port == 8080
    assert apps.deployments() == (a_deployment("posts"),)


def test_deleting_an_application_deletes_everything_of_it(apps: AppStore, runs: RunStore) -> None:
    apps.save_deployment(a_deployment("posts"), "a deploy")
    runs.save_run(a_run())
    runs.save_moment("shop", "test", "report", 5.0, "due")
    apps.delete_app("shop", "by its user")
    assert (apps.apps(), apps.environments(), apps.deployments(), runs.going()) == ((), (), (), ())
    assert runs.moment("shop", "test", "report") is None


def test_writes_together_come_true_together_or_not_at_all(store: SqliteStore, apps: AppStore) -> None:
    def deploy() -> None:
        with store.together():
            apps.save_deployment(a_deployment("posts"), "a deploy")
            store.save_group(a_process_group(), "a deploy")
            raise KeyError

    with pytest.raises(KeyError):
        deploy()
    assert apps.deployments() == ()
    assert store.desired().groups == {}
    with store.together():
        apps.save_deployment(a_deployment("posts"), "a deploy")
        store.save_group(a_process_group(), "a deploy")
    assert len(apps.deployments()) == len(store.desired().groups) == 1


def test_a_run_comes_back_as_it_was_after_a_restart(path: Path, store: SqliteStore, runs: RunStore) -> None:
    task = ObservedTask("t1", "shop.test.report", 1, 0, TaskState.STARTING, ContainerIdentity("abc"))
    going = a_run(task=task, tasks=("t1",), attempts=1, timeout_s=60.0)
    runs.save_run(going)
    store.close()
    with opened(path) as again:
        assert SqliteRuns(again).going() == (going,)
        assert SqliteRuns(again).run(going.id) == going


def test_old_runs_are_dropped_and_one_that_goes_on_is_not(runs: RunStore) -> None:
    runs.save_run(a_run(0))
    for number in range(1, KEPT_RUNS + 10):
        runs.save_run(a_run(number, state=RunState.SUCCEEDED))
    found = runs.runs("shop", "test", "report")
    assert len(found) == KEPT_RUNS + 1
    assert found[0].id == f"r{KEPT_RUNS + 9:04}"
    assert runs.going() == (a_run(0),)


def test_a_one_off_task_may_have_the_name_of_a_job(runs: RunStore) -> None:
    runs.save_run(a_run(1))
    runs.save_run(a_run(2, kind=RunKind.TASK))
    runs.delete_runs("shop", "test", "report", RunKind.TASK)
    assert runs.runs("shop", "test", "report") == (a_run(1),)


def test_purged_books_know_no_application(store: Store, apps: AppStore, runs: RunStore) -> None:
    apps.save_deployment(a_deployment("posts"), "a deploy")
    runs.save_run(a_run())
    store.purge()
    assert (apps.apps(), apps.deployments(), runs.going()) == ((), (), ())
