"""The forum before the split: users, threads and posts in one program.

Users and threads are read from db.json. Posts start from db.json as well, but live in a small SQLite database that
the posts service opens too, so that a post is there afterwards whichever of the two took it (README.md says more).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER = Path(__file__).resolve().parent
DATA: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "db.json").read_text(encoding="utf-8"))
USERS = {user["id"]: user for user in DATA["users"]}
THREADS = {thread["id"]: thread for thread in DATA["threads"]}

LONGEST_DELAY_S = 5
LARGEST_INTEGER = 2**63 - 1  # what a SQLite column holds

SCHEMA = """
CREATE TABLE posts (
    id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, text TEXT NOT NULL, user INTEGER NOT NULL,
    idempotency_key TEXT UNIQUE
);
CREATE INDEX posts_in_thread ON posts (thread);
CREATE INDEX posts_by_user ON posts (user);
"""


class PostStore:
    """The posts in the SQLite file that several programs, and several copies of each, open at the same time.

    Reads happen on the event loop: under WAL no writer blocks them, and a short list takes less time than a hop to
    a thread. A write may wait for another process's turn, so writes have a thread of their own: one, because SQLite
    lets one writer in at a time, and threads of ours would only contend with each other.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writer = self._connect()
        self._writer_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="post-writer")
        self._prepare()
        self._reader = self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        # Enough to keep every accepted post when any of the processes is killed; a power cut may take the last ones.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _prepare(self) -> None:
        """Create and seed the database, once, however many programs start at this moment.

        The lock file makes them queue, because the switch to WAL does not wait for its turn but fails; the
        transaction is for a program that is killed half-way: the next one finds nothing and starts afresh.
        """
        with Path(f"{self._path}.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            self._writer.execute("PRAGMA journal_mode = WAL")
            if self._writer.execute("PRAGMA user_version").fetchone()[0] == 0:
                self._writer.executescript(f"BEGIN IMMEDIATE; {SCHEMA}")
                self._writer.executemany(
                    "INSERT INTO posts (thread, text, user) VALUES (:thread, :text, :user)", DATA["posts"]
                )
                self._writer.execute("PRAGMA user_version = 1")
                self._writer.execute("COMMIT")

    def close(self) -> None:
        self._writer_thread.shutdown()
        self._reader.close()
        self._writer.close()

    def find(self, where: str = "TRUE", *values: int) -> list[dict[str, Any]]:
        rows = self._reader.execute(f"SELECT thread, text, user FROM posts WHERE {where} ORDER BY id", values)
        return [{"thread": thread, "text": text, "user": user} for thread, text, user in rows]

    async def add(self, post: dict[str, Any], key: str | None) -> dict[str, Any]:
        """Write the post, or find the one that was written under the same idempotency key before."""
        return await asyncio.get_running_loop().run_in_executor(self._writer_thread, self._add, post, key)

    def _add(self, post: dict[str, Any], key: str | None) -> dict[str, Any]:
        inserted = self._writer.execute(
            "INSERT INTO posts (thread, text, user, idempotency_key) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (idempotency_key) DO NOTHING",
            (post["thread"], post["text"], post["user"], key),
        )
        if inserted.rowcount == 1:
            return post
        thread, text, user = self._writer.execute(
            "SELECT thread, text, user FROM posts WHERE idempotency_key = ?", (key,)
        ).fetchone()
        return {"thread": thread, "text": text, "user": user}


def parse_post(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None
    if not isinstance(given, dict):
        raise HTTPException(400, "the body is not a JSON object")
    for field in ("thread", "user"):
        # type(), because true and false are instances of int as well
        if type(given.get(field)) is not int or abs(given[field]) > LARGEST_INTEGER:
            raise HTTPException(400, f"{field} is not a whole number")
    if not isinstance(given.get("text"), str):
        raise HTTPException(400, "text is not a string")
    try:
        given["text"].encode()
    except UnicodeEncodeError:  # half of a surrogate pair: legal in JSON, but no text
        raise HTTPException(400, "text is not valid Unicode") from None
    return {"thread": given["thread"], "text": given["text"], "user": given["user"]}


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


async def list_threads(request: Request) -> Response:
    return JSONResponse(DATA["threads"])


async def show_thread(request: Request) -> Response:
    wanted = parse_id(request)
    if wanted not in THREADS:
        raise HTTPException(404, f"there is no thread {wanted}")
    return JSONResponse(THREADS[wanted])


class Posts(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        return JSONResponse(request.state.posts.find())

    async def post(self, request: Request) -> Response:
        wanted = parse_post(await request.body())
        written = await request.state.posts.add(wanted, request.headers.get("Idempotency-Key"))
        if written != wanted:
            raise HTTPException(422, "this Idempotency-Key was used for another post")
        return JSONResponse(written, status_code=201)


async def list_posts_in_thread(request: Request) -> Response:
    return JSONResponse(request.state.posts.find("thread = ?", parse_id(request)))


async def list_posts_by_user(request: Request) -> Response:
    return JSONResponse(request.state.posts.find("user = ?", parse_id(request)))


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


async def answer_database_error(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"the database did not answer: {error}"}, 503)


@contextlib.asynccontextmanager
async def open_posts(app: Starlette) -> AsyncIterator[dict[str, PostStore]]:
    posts = PostStore(FOLDER / os.environ.get("FORUM_DB", "../forum.sqlite3"))
    try:
        yield {"posts": posts}
    finally:
        posts.close()


app = Starlette(
    routes=[
        Route("/", ready),
        Route("/api/", ready),
        Route("/api/users", list_users),
        Route("/api/users/{id}", show_user),
        Route("/api/threads", list_threads),
        Route("/api/threads/{id}", show_thread),
        Route("/api/posts", Posts),
        Route("/api/posts/in-thread/{id}", list_posts_in_thread),
        Route("/api/posts/by-user/{id}", list_posts_by_user),
    ],
    middleware=[Middleware(Delay)],
    exception_handlers={HTTPException: answer_http_error, sqlite3.Error: answer_database_error},
    lifespan=open_posts,
)
app.router.redirect_slashes = False  # a path that is not there is a 404, not a detour

if __name__ == "__main__":
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "3000")),
        access_log=False,
        # A proxy in front keeps idle connections to send the next request on. The side that waits longest must be
        # this one: if it closed first, it could do so just as a request is on its way.
        timeout_keep_alive=75,
        headers=[("X-Served-By", "monolith")],
    )
