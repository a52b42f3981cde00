"""``/v1/shifts``, and the shift of a route below ``/v1/proxies/NAME/routes/ROUTE``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of
from stranglerfig.api.rendering import render_route
from stranglerfig.api.shifts.rendering import render_decision, render_shift, to_wanted_plan
from stranglerfig.api.shifts.wire import StartShift, SteerShift
from stranglerfig.control.operations.routes import find_route
from stranglerfig.control.operations.shifting.starting import NewShift, start_shift
from stranglerfig.control.operations.shifting.steering import (
    find_shift,
    list_shifts,
    read_history,
    roll_back_route,
    steer_shift,
)
from stranglerfig.core.shift.phases import Event
from stranglerfig.core.shift.terms import Hooks, Terms

VERBS = (Event.PAUSE, Event.RESUME, Event.PROMOTE, Event.ABORT)


async def list_all(request: Request) -> Response:
    """With ``?ended=1``, those that are over too."""
    views = list_shifts(control_of(request), ended=request.query_params.get("ended") == "1")
    return JSONResponse([render_shift(view.record, view.sight) for view in views])


async def start(request: Request) -> Response:
    body = await read_body(request, StartShift)
    usual = find_route(control_of(request), *_route(request)).shift or Terms()
    hooks = Hooks(body.get("webhook", usual.hooks.webhook), body.get("command", usual.hooks.command))
    cohorts = tuple(body.get("cohorts", usual.cohorts))
    plan = to_wanted_plan(body, usual, cohorts)
    wanted = NewShift(plan, body.get("to"), hooks, cohorts, body.get("force", False))
    record = await start_shift(control_of(request), *_route(request), wanted)
    return JSONResponse(render_shift(record, None), status_code=201)


async def show(request: Request) -> Response:
    view = find_shift(control_of(request), *_route(request))
    return JSONResponse(render_shift(view.record, view.sight))


async def history(request: Request) -> Response:
    found = read_history(control_of(request), *_route(request))
    return JSONResponse([render_decision(record, decision) for record, decisions in found for decision in decisions])


async def steer(request: Request) -> Response:
    body = await read_body(request, SteerShift)
    event = Event(request.url.path.rpartition("/")[2])
    view = await steer_shift(control_of(request), *_route(request), event, force=body.get("force", False))
    return JSONResponse(render_shift(view.record, view.sight))


async def roll_back(request: Request) -> Response:
    body = await read_body(request, SteerShift)
    proxy, route = _route(request)
    rolled_back = await roll_back_route(control_of(request), proxy, route, force=body.get("force", False))
    return JSONResponse(render_route(proxy, rolled_back))


def _route(request: Request) -> tuple[str, str]:
    return request.path_params["name"], request.path_params["route"]


_OF_ROUTE = "/v1/proxies/{name}/routes/{route}"

SHIFTS = [
    Route("/v1/shifts", list_all, methods=["GET"]),
    Route(f"{_OF_ROUTE}/shift", start, methods=["POST"]),
    Route(f"{_OF_ROUTE}/shift", show, methods=["GET"]),
    Route(f"{_OF_ROUTE}/shift/history", history, methods=["GET"]),
    *(Route(f"{_OF_ROUTE}/shift/{event.value}", steer, methods=["POST"]) for event in VERBS),
    Route(f"{_OF_ROUTE}/rollback", roll_back, methods=["POST"]),
]
