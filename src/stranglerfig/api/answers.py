"""Answers that several endpoints give."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from stranglerfig.api.wire import RemovedWire


def answer_removed(rest: tuple[str, ...]) -> Response:
    """Empty if nothing is left."""
    if not rest:
        return Response(status_code=204)
    wire: RemovedWire = {"rest": list(rest)}
    return JSONResponse(wire)
