"""``/v1/ledger``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.applications.rendering import render_time
from stranglerfig.api.checks import read_body, read_number
from stranglerfig.api.ledger.rendering import render_candidate, render_summary, render_trial
from stranglerfig.api.ledger.wire import (
    AskedRequest,
    CandidateWire,
    HourWire,
    LedgerWire,
    Retire,
    RetirementWire,
    SideWire,
    TryRoutes,
)
from stranglerfig.api.reading import control_of
from stranglerfig.api.routes import to_new_route
from stranglerfig.control.operations.ledger.retiring import retire
from stranglerfig.control.operations.ledger.trying import Proposal, try_proposal
from stranglerfig.control.operations.ledger.viewing import view_candidates, view_ledger, view_timeline
from stranglerfig.core.conditions_text import parse_weight
from stranglerfig.core.ledger.records import DAY_S, HOUR_S, KEPT_DAYS
from stranglerfig.core.routing.trial import Asked, to_header, to_sample_request

WEEK_S = 7 * DAY_S


async def show(request: Request) -> Response:
    """``?listener=`` for one alone; ``?since_s=`` for another time than the last seven days."""
    view = await view_ledger(control_of(request), request.query_params.get("listener"), _since(request))
    wire: LedgerWire = {
        "since": render_time(view.since),
        "until": render_time(view.until),
        "listeners": [render_summary(summary) for summary in view.summaries],
        "quiet": [{"target": one.name, "since": render_time(one.since), "used": one.is_used} for one in view.quiet],
    }
    return JSONResponse(wire)


async def timeline(request: Request) -> Response:
    listener = request.query_params.get("listener", "")
    hours: dict[int, HourWire] = {}
    for hour, side, count in await view_timeline(control_of(request), listener, _since(request)):
        nothing: dict[SideWire, int] = {"legacy": 0, "moved": 0, "nobody": 0}
        hours.setdefault(hour, {"at": render_time(hour * HOUR_S), "requests": nothing})["requests"][side.value] = count
    return JSONResponse(list(hours.values()))


async def candidates(request: Request) -> Response:
    found = await view_candidates(control_of(request), request.query_params.get("listener"), _since(request))
    wire: list[CandidateWire] = [render_candidate(name, one) for name, ranked in found.items() for one in ranked]
    return JSONResponse(wire)


async def retire_target(request: Request) -> Response:
    body = await read_body(request, Retire)
    found = await retire(
        control_of(request),
        body["target"],
        body["quiet_for_s"],
        force=body.get("force", False),
        only_look=body.get("only_look", False),
    )
    wire: RetirementWire = {"target": found.target, "quiet_s": found.quiet_s, "steps": list(found.steps)}
    return JSONResponse(wire)


async def try_routes(request: Request) -> Response:
    body = await read_body(request, TryRoutes)
    proposal = Proposal(
        table=tuple(map(to_new_route, body["routes"])) if "routes" in body else None,
        without=tuple(body.get("without", ())),
        weights=tuple((route, parse_weight(weight)) for route, weight in body.get("weights", {}).items()),
        added=tuple(map(to_new_route, body.get("add", ()))),
    )
    asked = tuple(map(to_asked, body["requests"])) if "requests" in body else None
    trial = await try_proposal(control_of(request), request.path_params["name"], proposal, asked)
    return JSONResponse(render_trial(trial))


def to_asked(wire: AskedRequest) -> Asked:
    headers = [to_header(line) for line in wire.get("headers", ())]
    return Asked(to_sample_request(wire["method"], wire["url"], headers, "127.0.0.1"), wire.get("times", 1))


def _since(request: Request) -> float:
    return float(read_number(request, "since_s", WEEK_S, most=KEPT_DAYS * DAY_S))


LEDGER = [
    Route("/v1/ledger", show, methods=["GET"]),
    Route("/v1/ledger/timeline", timeline, methods=["GET"]),
    Route("/v1/ledger/candidates", candidates, methods=["GET"]),
    Route("/v1/proxies/{name}/try", try_routes, methods=["POST"]),
    Route("/v1/ledger/retire", retire_target, methods=["POST"]),
]
