"""``/v1/ledger``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.applications.rendering import render_time
from stranglerfig.api.checks import read_body, read_number
from stranglerfig.api.ledger.rendering import render_candidate, render_summary
from stranglerfig.api.ledger.wire import CandidateWire, LedgerWire, Retire, RetirementWire
from stranglerfig.api.reading import control_of
from stranglerfig.control.operations.ledger.retiring import retire
from stranglerfig.control.operations.ledger.viewing import view_candidates, view_ledger
from stranglerfig.core.ledger.records import DAY_S, KEPT_DAYS

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


def _since(request: Request) -> float:
    return float(read_number(request, "since_s", WEEK_S, most=KEPT_DAYS * DAY_S))


LEDGER = [
    Route("/v1/ledger", show, methods=["GET"]),
    Route("/v1/ledger/candidates", candidates, methods=["GET"]),
    Route("/v1/ledger/retire", retire_target, methods=["POST"]),
]
