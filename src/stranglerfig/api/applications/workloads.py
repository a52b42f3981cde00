"""``/v1/apps/APP/environments/ENV/workloads``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stranglerfig.api.app_wire import DeployOrder, RollBackWorkload
from stranglerfig.api.applications.apps import ENVIRONMENT, place_of
from stranglerfig.api.applications.rendering import render_entrance, render_workload
from stranglerfig.api.checks import read_body, read_excerpt, read_flag, read_number
from stranglerfig.api.reading import control_of, to_value
from stranglerfig.api.targets import MOST_LINES, render_lines
from stranglerfig.control.operations.app_views import find_entrance, view_workload, view_workloads
from stranglerfig.control.operations.deploying import Order
from stranglerfig.control.operations.logs import read_logs
from stranglerfig.control.operations.workloads import (
    Outcome,
    delete_workload,
    deploy_workload,
    pause_workload,
    resume_workload,
    roll_back_workload,
)
from stranglerfig.core.application import Workload
from stranglerfig.core.desired import Balancer, TargetGroup

WORKLOAD = f"{ENVIRONMENT}/workloads/{{name}}"

Named = tuple[str, str, str]


async def list_all(request: Request) -> Response:
    views = await view_workloads(control_of(request), *place_of(request))
    return JSONResponse([render_workload(view) for view in views])


async def deploy(request: Request) -> Response:
    body = await read_body(request, DeployOrder)
    order = Order(
        workload=to_value(Workload, body["workload"]),
        group=None if body["group"] is None else to_value(TargetGroup, body["group"]),
        listeners=tuple(to_value(Balancer, listener) for listener in body.get("listeners", ())),
        force=body.get("force", False),
    )
    outcome = await deploy_workload(control_of(request), *place_of(request), order)
    return await _answer(request, order.workload.name, outcome)


async def show(request: Request) -> Response:
    return JSONResponse(render_workload(await view_workload(control_of(request), *named_of(request))))


async def delete(request: Request) -> Response:
    """With ``?force=1`` also while requests arrive."""
    await delete_workload(control_of(request), *named_of(request), force=read_flag(request, "force"))
    return Response(status_code=204)


async def rollback(request: Request) -> Response:
    body = await read_body(request, RollBackWorkload)
    outcome = await roll_back_workload(control_of(request), *named_of(request), body.get("revision"))
    return await _answer(request, request.path_params["name"], outcome)


async def pause(request: Request) -> Response:
    await pause_workload(control_of(request), *named_of(request))
    return await show(request)


async def resume(request: Request) -> Response:
    await resume_workload(control_of(request), *named_of(request))
    return await show(request)


async def logs(request: Request) -> Response:
    lines = read_logs(
        control_of(request),
        named_of(request),
        tail=read_number(request, "tail", 100, most=MOST_LINES),
        follow=read_flag(request, "follow"),
        excerpt=read_excerpt(request),
        container=request.query_params.get("container"),
    )
    return StreamingResponse(render_lines(lines), media_type="application/x-ndjson")


async def enter(request: Request) -> Response:
    entrance = find_entrance(control_of(request), *named_of(request), request.query_params.get("task"))
    return JSONResponse(render_entrance(entrance))


def named_of(request: Request) -> Named:
    """Application, environment and workload."""
    return (*place_of(request), request.path_params["name"])


async def _answer(request: Request, name: str, outcome: Outcome) -> Response:
    """What is so by now: a revision that cannot even be started may have been taken back already."""
    view = await view_workload(control_of(request), *place_of(request), name)
    wire = render_workload(view, unchanged=outcome.unchanged, ordered=outcome.ordered)
    if outcome.resumed:
        wire["resumed"] = True
    return JSONResponse(wire, status_code=200 if outcome.unchanged else 202)


WORKLOADS = [
    Route(f"{ENVIRONMENT}/workloads", list_all, methods=["GET"]),
    Route(f"{ENVIRONMENT}/workloads", deploy, methods=["POST"]),
    Route(WORKLOAD, show, methods=["GET"]),
    Route(WORKLOAD, delete, methods=["DELETE"]),
    Route(f"{WORKLOAD}/rollback", rollback, methods=["POST"]),
    Route(f"{WORKLOAD}/pause", pause, methods=["POST"]),
    Route(f"{WORKLOAD}/resume", resume, methods=["POST"]),
    Route(f"{WORKLOAD}/logs", logs, methods=["GET"]),
    Route(f"{WORKLOAD}/exec", enter, methods=["GET"]),
]
