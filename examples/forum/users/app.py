"""The users of the forum, as a service of its own: read from db.json, never written."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER = Path(__file__).resolve().parent
DATA: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "db.json").read_text(encoding="utf-8"))
USERS = {user["id"]: user for user in DATA["users"]}

LONGEST_DELAY_S = 5


def parse_id(request: Request) -> int:
    text: str = request.path_params["id"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise HTTPException(404, f"{text} is not an id")
    return int(text)


async def ready(request: Request) -> Response:
    return PlainTextResponse("Ready to receive requests")


async def list_users(request: Request) -> Response:
    return JSONResponse(DATA["users"])


async def show_user(request: Request) -> Response:
    wanted = parse_id(request)
    if wanted not in USERS:
        raise HTTPException(404, f"there is no user {wanted}")
    return JSONResponse(USERS[wanted])


class Delay:
    """Lets any request ask for a slow answer, `?delay=SECONDS`, so that graceful stops and drains can be tried."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and b"delay=" in scope["query_string"]:
            asked = Request(scope).query_params.get("delay", "0")
            try:
                delay_s = float(asked)
            except ValueError:
                delay_s = -1
            if not 0 <= delay_s <= LONGEST_DELAY_S:
                refusal = JSONResponse({"error": f"delay is not a number from 0 to {LONGEST_DELAY_S}"}, 400)
                return await refusal(scope, receive, send)
            await asyncio.sleep(delay_s)
        return await self.app(scope, receive, send)


async def answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


app = Starlette(
    routes=[
        Route("/", ready),
        Route("/api/", ready),
        Route("/api/users", list_users),
        Route("/api/users/{id}", show_user),
    ],
    middleware=[Middleware(Delay)],
    exception_handlers={HTTPException: answer_http_error},
)
app.router.redirect_slashes = False  # a path that is not there is a 404, not a detour

if __name__ == "__main__":
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "3003")),
        access_log=False,
        # A proxy in front keeps idle connections to send the next request on. The side that waits longest must be
        # this one: if it closed first, it could do so just as a request is on its way.
        timeout_keep_alive=75,
        headers=[("X-Served-By", "users")],
    )
