"""Jobs run on their moment, once, with their retries and their time, and every run is recorded."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stranglerfig.control.apps.moments import last_due, next_moment
from stranglerfig.control.apps.scheduler import AT_MOST_LATE_S
from stranglerfig.core.application import Schedule
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.runs import Run, RunKind, RunState, after_attempt, after_stop, after_timeout, retry_delay
from stranglerfig.errors import UsageError
from tests.apps.builders import PLACE, a_job, a_program, an_environment, deploy, get, make_environment, run_over
from tests.control.world import Plane, a_home, a_plane, until

JOB = f"{PLACE}/workloads/report"


async def ran(plane: Plane) -> dict[str, Any]:
    """One run by hand, over."""
    run = await plane.post(f"{JOB}/run", status=202)
    return await run_over(plane, "report", str(run["id"]))


async def test_a_run_that_succeeds_leaves_its_times_its_status_and_its_output() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "print('42 sold')"))
        run = await ran(plane)
        assert (run["state"], run["exit_status"], run["attempts"], run["cause"]) == ("SUCCEEDED", 0, 1, "")
        assert run["started_at"] <= run["ended_at"]
        lines = await plane.client.get(f"{JOB}/runs/{run['id']}/logs")
        assert [json.loads(line)["line"] for line in lines.text.splitlines()] == ["42 sold"]


async def test_a_run_that_fails_says_its_status_and_its_last_lines() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "print('no paper'); raise SystemExit(3)"))
        run = await ran(plane)
        assert (run["state"], run["exit_status"]) == ("FAILED", 3)
        assert run["cause"] == "it ended with exit status 3\nits last output:\n  no paper"


async def test_output_that_is_followed_ends_with_the_run() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "import time; print('one', flush=True); time.sleep(0.5); print('two')"))
        run = await plane.post(f"{JOB}/run", status=202)
        lines = await plane.client.get(f"{JOB}/runs/{run['id']}/logs?follow=1&tail=100")
        assert [json.loads(line)["line"] for line in lines.text.splitlines()] == ["one", "two"]


async def test_a_run_is_ended_when_its_time_is_over() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "import time; time.sleep(60)", timeout_s=0.5))
        run = await ran(plane)
        assert run["state"] == "TIMED_OUT"
        assert "0.5 s" in run["cause"]
        assert plane.control.runtime.observe() == ()


async def test_a_second_run_at_the_same_time_is_refused_and_the_first_can_be_stopped() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "import time; time.sleep(60)"))
        run = await plane.post(f"{JOB}/run", status=202)
        assert (await plane.client.post(f"{JOB}/run", json={})).status_code == 409
        stopped = await plane.post(f"{JOB}/runs/{run['id']}/stop", status=200)
        assert stopped["state"] == "STOPPED"


async def test_a_job_runs_when_its_moment_comes() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "print('on time')", every_s=0.5))

        async def has_run_twice() -> bool:
            runs = await get(plane, f"{JOB}/runs")
            return len([run for run in runs if run["state"] == "SUCCEEDED"]) >= 2

        await until(has_run_twice)


async def test_a_moment_that_comes_while_a_run_is_going_on_is_passed_over_and_noted() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "import time; time.sleep(60)", every_s=0.2))

        async def is_noted() -> bool:
            entries = await get(plane, "/v1/journal?limit=50")
            return any("still going on" in entry["reason"] for entry in entries)

        await until(is_noted)
        assert len(await get(plane, f"{JOB}/runs")) == 1


async def test_a_run_under_way_is_adopted_by_the_next_control_plane_and_its_status_is_known(tmp_path: Path) -> None:
    go, program = (
        tmp_path / "go",
        "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.02)\nsys.exit(5)",
    )
    async with a_home() as home:
        async with a_plane(home) as plane:
            await make_environment(plane)
            order = a_job("report", program)
            order["workload"]["job"]["command"].append(str(go))
            await deploy(plane, order)
            run = await plane.post(f"{JOB}/run", status=202)
            await until(lambda: plane.control.runtime.observe())
        async with a_plane(home) as plane:
            assert (await get(plane, f"{JOB}/runs/{run['id']}"))["state"] == "RUNNING"
            go.touch()
            after = await run_over(plane, "report", str(run["id"]))
            assert (after["state"], after["exit_status"], after["attempts"]) == ("FAILED", 5, 1)


async def test_the_status_of_an_attempt_is_known_to_a_control_plane_that_is_not_its_parent() -> None:
    async with an_environment() as plane:
        attempts = plane.control.applications.runner.attempts
        run = a_run(targets=a_program("raise SystemExit(5)"))
        started = await attempts.start(run, attempts.intend(run))
        await until(lambda: attempts.see(started).state is TaskState.EXITED)
        unseen = replace(attempts.see(started), exit_status=None)
        assert (await attempts.conclude(run, unseen)).exit_status == 5


async def test_an_attempt_that_was_booked_and_never_started_counts_as_one_that_failed() -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            await make_environment(plane)
            await deploy(plane, a_job("report", "print('done')"))
            intent = ObservedTask("shop.test.report-1-0-x", "shop.test.report", 1, 0, TaskState.STARTING)
            run = a_run(attempts=1, task=intent, tasks=(intent.id,))
            plane.control.applications.runs.save_run(run)
        async with a_plane(home) as plane:
            after = await run_over(plane, "report", run.id)
            assert (after["state"], after["exit_status"]) == ("FAILED", None)


async def test_what_became_of_a_run_is_not_lost_when_it_cannot_be_booked_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    go = tmp_path / "go"
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        order = a_job("report", f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)")
        await deploy(plane, order)
        run = await plane.post(f"{JOB}/run", status=202)
        await until(lambda: [task for task in plane.control.runtime.observe() if task.identity is not None])
        with closing(sqlite3.connect(home / "fig.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            go.touch()
            await until(lambda: f"run {run['id']}: " in caplog.text)
            other.execute("ROLLBACK")
        assert (await run_over(plane, "report", str(run["id"])))["state"] == "SUCCEEDED"


async def test_nothing_runs_on_when_fig_goes_down() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        await deploy(plane, a_job("report", "import time; time.sleep(60)"))
        run = await plane.post(f"{JOB}/run", status=202)
        await plane.post("/v1/down", status=204)
        assert plane.control.runtime.observe() == ()
        assert (await get(plane, f"{JOB}/runs/{run['id']}"))["state"] == "STOPPED"


async def test_a_deleted_job_takes_its_runs_along() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "import time; time.sleep(60)", every_s=3600.0))
        await plane.post(f"{JOB}/run", status=202)
        assert (await plane.client.delete(JOB)).status_code == 204
        assert plane.control.runtime.observe() == ()
        assert plane.control.applications.runs.runs("shop", "test") == ()


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_cron_expression_is_read_in_utc() -> None:
    weekdays = Schedule(cron="30 9 * * 1-5")
    assert next_moment(weekdays, at("2026-11-20T09:30:00")) == at("2026-11-23T09:30:00")
    with pytest.raises(UsageError, match="bad schedule"):
        next_moment(Schedule(cron="61 * * * *"), 0.0)
    assert next_moment(Schedule(), 0.0) is None


def test_of_several_moments_that_were_missed_the_last_one_is_made_up_for_unless_it_is_long_ago() -> None:
    minutely = Schedule(cron="* * * * *")
    now = at("2026-11-20T09:30:30")
    assert last_due(minutely, now - 180, now, at_most_late=AT_MOST_LATE_S) == at("2026-11-20T09:30:00")
    assert last_due(minutely, now - 10, now, at_most_late=AT_MOST_LATE_S) is None
    hourly = Schedule(cron="0 * * * *")
    assert last_due(hourly, now - 86_400, now, at_most_late=AT_MOST_LATE_S) is None


def test_a_period_of_any_length_comes_round_and_keeps_its_beat() -> None:
    hourly, begun = Schedule(every_s=3600.0), 1_000_000.0

    def due(passed: float) -> float | None:
        moment = last_due(hourly, begun, begun + passed, at_most_late=AT_MOST_LATE_S)
        return None if moment is None else moment - begun

    assert [due(passed) for passed in (3599.0, 3600.0, 3610.0)] == [None, 3600.0, 3600.0]
    assert due(3600.0 + AT_MOST_LATE_S + 1.0) is None, "too late to be made up for"
    assert due(7200.0) == 7200.0, "the moment that was missed does not move the next one"


async def test_a_schedule_that_cannot_be_read_is_refused_when_it_is_deployed() -> None:
    async with an_environment() as plane:
        answer = await plane.client.post(f"{PLACE}/workloads", json=a_job("report", "pass", cron="61 * * * *"))
        assert (answer.status_code, "bad schedule" in answer.text) == (400, True)
        assert await get(plane, f"{PLACE}/workloads") == []


async def test_a_job_whose_schedule_cannot_be_read_keeps_no_other_from_running() -> None:
    async with an_environment() as plane:
        scheduler = plane.control.applications.scheduler
        await deploy(plane, a_job("report", "print('on time')", every_s=0.5))
        newest = plane.control.applications.newest("shop", "test", "report")
        broken = replace(newest.workload, name="a-broken", schedule=Schedule(cron="61 * * * *"))
        plane.control.applications.store.save_deployment(replace(newest, workload=broken), "by hand")
        scheduler.wake()

        async def has_run() -> bool:
            return any(run["state"] == "SUCCEEDED" for run in await get(plane, f"{JOB}/runs"))

        await until(has_run)


def a_run(**more: Any) -> Run:
    run = Run("r1", "shop", "test", "report", RunKind.JOB, a_program("pass"), started_at=100.0)
    return replace(run, **more)


def test_retries_wait_longer_each_time_and_end() -> None:
    assert [retry_delay(attempts) for attempts in (1, 2, 3)] == [10.0, 15.0, 22.5]
    first = after_attempt(a_run(retries=1, attempts=1), 1, "broken", 200.0)
    assert (first.state, first.next_at) == (RunState.RUNNING, 210.0)
    second = after_attempt(replace(first, attempts=2), 1, "broken", 300.0)
    assert (second.state, second.next_at, second.ended_at) == (RunState.FAILED, None, 300.0)


def test_a_status_that_nobody_saw_is_no_success() -> None:
    assert after_attempt(a_run(attempts=1), None, "gone", 200.0).state is RunState.FAILED


def test_the_time_of_a_run_covers_its_waits_and_says_what_went_wrong_before() -> None:
    waiting = after_attempt(a_run(retries=5, attempts=1, timeout_s=8.0), 1, "broken", 105.0)
    assert waiting.deadline == 108.0
    over = after_timeout(waiting, 108.0)
    assert (over.state, over.next_at) == (RunState.TIMED_OUT, None)
    assert over.cause == "not done within 8 s, after 1 attempt; the last one before: broken"
    assert after_stop(waiting, "by hand", 106.0).cause == "by hand"
