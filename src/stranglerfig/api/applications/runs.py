"""Runs of jobs, below their workload, and one-off tasks: ``/v1/apps/APP/environments/ENV/tasks``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stranglerfig.api.app_wire import RunTask
from stranglerfig.api.applications.apps import ENVIRONMENT, place_of
from stranglerfig.api.applications.rendering import render_entrance, render_one_off, render_run
from stranglerfig.api.applications.workloads import WORKLOAD, named_of
from stranglerfig.api.checks import read_body, read_excerpt, read_flag, read_number
from stranglerfig.api.reading import control_of, to_value
from stranglerfig.api.targets import MOST_LINES, render_lines
from stranglerfig.control.operations.jobs import find_run, list_runs, read_run_logs, run_job, stop_run
from stranglerfig.control.operations.one_off import (
    delete_one_off,
    enter_one_off,
    find_one_off,
    list_one_offs,
    read_one_off_logs,
    start_one_off,
)
from stranglerfig.core.desired import TaskTargets

RUN = f"{WORKLOAD}/runs/{{run}}"
TASK = f"{ENVIRONMENT}/tasks/{{name}}"


async def run(request: Request) -> Response:
    return JSONResponse(render_run(run_job(control_of(request), *named_of(request))), status_code=202)


async def list_all(request: Request) -> Response:
    return JSONResponse([render_run(one) for one in list_runs(control_of(request), *named_of(request))])


async def show(request: Request) -> Response:
    return JSONResponse(render_run(find_run(control_of(request), *named_of(request), request.path_params["run"])))


async def stop(request: Request) -> Response:
    ended = await stop_run(control_of(request), *named_of(request), request.path_params["run"])
    return JSONResponse(render_run(ended))


async def logs(request: Request) -> Response:
    control = control_of(request)
    found = find_run(control, *named_of(request), request.path_params["run"])
    tail, follow = tail_of(request)
    return stream(read_run_logs(control, found, tail=tail, follow=follow, excerpt=read_excerpt(request)))


async def list_tasks(request: Request) -> Response:
    return JSONResponse([render_one_off(one) for one in list_one_offs(control_of(request), *place_of(request))])


async def run_task(request: Request) -> Response:
    body = await read_body(request, RunTask)
    targets = to_value(cast("type[TaskTargets]", TaskTargets), body["targets"])
    count = body.get("count", 1)
    started = await start_one_off(control_of(request), place_of(request), body["name"], targets, count)
    return JSONResponse(render_one_off(started), status_code=202)


async def show_task(request: Request) -> Response:
    return JSONResponse(render_one_off(find_one_off(control_of(request), *named_of(request))))


async def delete_task(request: Request) -> Response:
    await delete_one_off(control_of(request), *named_of(request))
    return Response(status_code=204)


async def task_logs(request: Request) -> Response:
    control = control_of(request)
    found = find_one_off(control, *named_of(request))
    tail, follow = tail_of(request)
    return stream(read_one_off_logs(control, found, tail=tail, follow=follow))


async def enter_task(request: Request) -> Response:
    entrance = enter_one_off(control_of(request), *named_of(request), request.query_params.get("task"))
    return JSONResponse(render_entrance(entrance))


def tail_of(request: Request) -> tuple[int, bool]:
    return read_number(request, "tail", 100, most=MOST_LINES), read_flag(request, "follow")


def stream(lines: AsyncIterator[tuple[str, str]]) -> Response:
    return StreamingResponse(render_lines(lines), media_type="application/x-ndjson")


RUNS = [
    Route(f"{WORKLOAD}/run", run, methods=["POST"]),
    Route(f"{WORKLOAD}/runs", list_all, methods=["GET"]),
    Route(RUN, show, methods=["GET"]),
    Route(f"{RUN}/stop", stop, methods=["POST"]),
    Route(f"{RUN}/logs", logs, methods=["GET"]),
    Route(f"{ENVIRONMENT}/tasks", list_tasks, methods=["GET"]),
    Route(f"{ENVIRONMENT}/tasks", run_task, methods=["POST"]),
    Route(TASK, show_task, methods=["GET"]),
    Route(TASK, delete_task, methods=["DELETE"]),
    Route(f"{TASK}/logs", task_logs, methods=["GET"]),
    Route(f"{TASK}/exec", enter_task, methods=["GET"]),
]
