"""The daemon itself, and everything at once."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig import __version__
from stranglerfig.api.answers import answer_removed
from stranglerfig.api.checks import read_body, read_number
from stranglerfig.api.reading import control_of
from stranglerfig.api.rendering import render_balancer, render_proxy, render_target
from stranglerfig.api.shifts.rendering import render_shift
from stranglerfig.api.versions import API_VERSION, build
from stranglerfig.api.wire import BringDown, JournalWire, StatusWire, VersionWire
from stranglerfig.control.operations.machine import bring_down, bring_up
from stranglerfig.control.operations.shifting.steering import list_shifts
from stranglerfig.control.operations.views import view_environment_balancers, view_proxies, view_targets

MOST_ENTRIES = 10_000


async def version(request: Request) -> Response:
    control = control_of(request)
    wire: VersionWire = {
        "version": __version__,
        "pid": os.getpid(),
        "home": control.home,
        "running": control.books.desired.running,
        "api": API_VERSION,
        "build": build(),
    }
    return JSONResponse(wire)


async def status(request: Request) -> Response:
    control = control_of(request)
    proxies, targets = await view_proxies(control), await view_targets(control)
    balancers = await view_environment_balancers(control)
    reading = await control.meter.read()
    wire: StatusWire = {
        "version": __version__,
        "home": control.home,
        "pid": os.getpid(),
        "running": control.books.desired.running,
        "haproxy": reading.seen.version,
        "workers": reading.seen.workers,
        "proxies": [render_proxy(view) for view in proxies],
        "balancers": [render_balancer(view) for view in balancers],
        "targets": [render_target(view) for view in targets],
        "shifts": [render_shift(view.record, view.sight) for view in list_shifts(control, ended=False)],
    }
    return JSONResponse(wire)


async def journal(request: Request) -> Response:
    limit = read_number(request, "limit", 50, most=MOST_ENTRIES)
    entries: list[JournalWire] = [
        {"time": time, "subject": subject, "what": what, "reason": reason}
        for time, subject, what, reason in control_of(request).books.store.journal_entries(limit)
    ]
    return JSONResponse(entries)


async def metrics(request: Request) -> Response:
    # Loaded with the first scrape: a daemon that nobody scrapes does without the library.
    from stranglerfig.api.metrics import CONTENT_TYPE, render_metrics

    return Response(await render_metrics(control_of(request)), media_type=CONTENT_TYPE)


async def down(request: Request) -> Response:
    body = await read_body(request, BringDown)
    return answer_removed(await bring_down(control_of(request), purge=body.get("purge", False)))


async def up(request: Request) -> Response:
    await bring_up(control_of(request))
    return Response(status_code=204)


async def stop(request: Request) -> Response:
    control_of(request).stop()
    return Response(status_code=204)


MACHINE = [
    Route("/v1/version", version, methods=["GET"]),
    Route("/v1/status", status, methods=["GET"]),
    Route("/v1/journal", journal, methods=["GET"]),
    Route("/v1/metrics", metrics, methods=["GET"]),
    Route("/v1/down", down, methods=["POST"]),
    Route("/v1/up", up, methods=["POST"]),
    Route("/v1/daemon/stop", stop, methods=["POST"]),
]
