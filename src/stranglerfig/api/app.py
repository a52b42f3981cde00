"""The ASGI application, put together: endpoints, errors, the size limit, and the version on every answer."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stranglerfig import __version__
from stranglerfig.api.access.endpoints import ACCESS
from stranglerfig.api.applications.apps import APPS
from stranglerfig.api.applications.runs import RUNS
from stranglerfig.api.applications.workloads import WORKLOADS
from stranglerfig.api.checks import LARGEST_BODY_BYTES
from stranglerfig.api.declared.endpoints import DECLARED
from stranglerfig.api.ledger.endpoints import LEDGER
from stranglerfig.api.machine import MACHINE, metrics
from stranglerfig.api.problems import answer_defect, answer_fig_error, answer_http_error
from stranglerfig.api.proxies import PROXIES
from stranglerfig.api.routes import ROUTES
from stranglerfig.api.shadows.endpoints import SHADOWS
from stranglerfig.api.shifts.endpoints import SHIFTS
from stranglerfig.api.spaces.endpoints import SPACES
from stranglerfig.api.targets import TARGETS
from stranglerfig.api.versions import API_HEADER, API_VERSION, VERSION_HEADER, build
from stranglerfig.control.context import Control
from stranglerfig.errors import FigError


def build_app(control: Control) -> ASGIApp:
    build()  # as it is now: another fig may be installed while this one runs
    return _to_app(
        control,
        [
            *(*MACHINE, *PROXIES, *ROUTES, *TARGETS, *DECLARED, *APPS, *WORKLOADS, *RUNS, *SPACES, *ACCESS),
            *(*SHADOWS, *LEDGER, *SHIFTS),
        ],
    )


def build_metrics_app(control: Control) -> ASGIApp:
    """Only what a scraper may see: this one is reached over TCP."""
    return _to_app(control, [Route("/metrics", metrics, methods=["GET"])])


def _to_app(control: Control, routes: list[Route]) -> ASGIApp:
    app = Starlette(
        routes=routes,
        exception_handlers={
            FigError: answer_fig_error,
            HTTPException: answer_http_error,
            Exception: answer_defect,
        },
    )
    app.router.redirect_slashes = False
    app.state.control = control
    return _Envelope(app)


class _Envelope:
    """Bounds what comes in, and says on everything that goes out who answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY_BYTES:
                raise HTTPException(413, "the request is too large")
            return message

        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[VERSION_HEADER] = __version__
                headers[API_HEADER] = str(API_VERSION)
            await send(message)

        await self.app(scope, receive_bounded, send_signed)
