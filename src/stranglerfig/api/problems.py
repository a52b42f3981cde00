"""Every error as JSON: fig's own as what they are, the rest as what they mean."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stranglerfig.api.wire import ProblemWire
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

_HINTS = {
    404: ("not-found", "The API's reference lists the paths. An older daemon ends by `fig daemon stop`."),
    405: ("usage", "The methods of each path are listed in the API's reference."),
    413: ("usage", "A request may have at most 1 MiB."),
}


async def answer_fig_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, FigError)
    return to_response(error.http_status, error.code, error.message, error.hint)


async def answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, hint = _HINTS.get(error.status_code, ("usage", None))
    message = f"{request.method} {request.url.path}: {error.detail.lower()}"
    response = to_response(error.status_code, code, message, hint)
    response.headers.update(error.headers or {})
    return response


async def answer_defect(request: Request, error: Exception) -> Response:
    log.error("%s %s: a defect in fig", request.method, request.url.path, exc_info=error)
    return to_response(
        500,
        "fig",
        f"a defect in fig: {type(error).__name__}",
        "The daemon's log, `log/daemon.log` in its home, says more.",
    )


def to_response(status: int, code: str, message: str, hint: str | None) -> Response:
    problem: ProblemWire = {"code": code, "message": message, "hint": hint}
    return JSONResponse(problem, status_code=status)
