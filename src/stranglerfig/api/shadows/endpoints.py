"""``/v1/shadows`` and the shadow of a route."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of
from stranglerfig.api.shadows.rendering import render_recorded, render_report, render_shadow
from stranglerfig.api.shadows.wire import RecordRequests, StartShadow
from stranglerfig.control.operations.shadows import (
    NewShadow,
    Recording,
    record_requests,
    start_shadow,
    stop_shadow,
    view_difference,
    view_shadow,
    view_shadows,
)
from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.core.compare.limits import check_amount
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.rules import parse_rule
from stranglerfig.core.conditions_text import ConditionsText

ONE = "/v1/proxies/{name}/routes/{route}/shadow"


async def list_all(request: Request) -> Response:
    return JSONResponse([render_shadow(view) for view in view_shadows(control_of(request))])


async def start(request: Request) -> Response:
    wanted = to_wanted(await read_body(request, StartShadow))
    view = await start_shadow(control_of(request), *place_of(request), wanted)
    return JSONResponse(render_shadow(view), status_code=201)


async def stop(request: Request) -> Response:
    return JSONResponse(render_shadow(stop_shadow(control_of(request), *place_of(request))))


async def report(request: Request) -> Response:
    return JSONResponse(render_report(view_shadow(control_of(request), *place_of(request))))


async def difference(request: Request) -> Response:
    return JSONResponse(view_difference(control_of(request), request.path_params["difference"]))


async def record(request: Request) -> Response:
    body = await read_body(request, RecordRequests)
    usual = Recording()
    wanted = Recording(
        seconds=body.get("seconds", usual.seconds),
        count=body.get("count", usual.count),
        sample=body.get("sample", 100.0) / 100,
        writes=body.get("writes", False),
    )
    lines = record_requests(control_of(request), request.path_params["name"], body.get("route"), wanted)
    return StreamingResponse(render_recorded(lines), media_type="application/x-ndjson")


def place_of(request: Request) -> tuple[str, str]:
    return request.path_params["name"], request.path_params["route"]


def to_wanted(wire: StartShadow) -> NewShadow:
    usual = NewShadow()
    bounds = Bounds(
        wire.get("timeout_s", usual.bounds.timeout_s),
        wire.get("body_bytes", usual.bounds.body_bytes),
    )
    conditions = ConditionsText(
        path=wire.get("path", "/"),
        methods=tuple(wire.get("methods", ())),
        headers=tuple(wire.get("headers", ())),
    )
    wanted = NewShadow(
        to=wire.get("to"),
        conditions=conditions,
        sample=wire.get("sample", 100.0) / 100,
        writes=wire.get("writes", False),
        rate=wire.get("rate", usual.rate),
        rules=tuple(map(parse_rule, wire.get("rules", ()))),
        policy=Policy(tuple(wire.get("redact", ())), tuple(wire.get("reveal", ()))),
        bounds=bounds,
    )
    check_amount(wanted.sample, wanted.rate, wanted.bounds)
    return wanted


SHADOWS = [
    Route("/v1/shadows", list_all, methods=["GET"]),
    Route("/v1/shadows/differences/{difference}", difference, methods=["GET"]),
    Route(ONE, start, methods=["POST"]),
    Route(ONE, report, methods=["GET"]),
    Route(ONE, stop, methods=["DELETE"]),
    Route("/v1/proxies/{name}/record", record, methods=["POST"]),
]
