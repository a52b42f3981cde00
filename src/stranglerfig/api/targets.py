"""``/v1/targets``."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stranglerfig.api.checks import read_body, read_flag, read_number
from stranglerfig.api.reading import control_of, to_health
from stranglerfig.api.rendering import render_target
from stranglerfig.api.wire import CreateTarget, LogLineWire, RollBackTarget, ScaleTarget
from stranglerfig.control.operations.logs import read_group_logs
from stranglerfig.control.operations.soundness import check_drain
from stranglerfig.control.operations.targets import (
    UrlOptions,
    create_process_target,
    create_url_target,
    delete_target,
    roll_back_target,
    scale_target,
)
from stranglerfig.control.operations.views import view_target, view_targets
from stranglerfig.core.desired import ProcessTargets, TargetGroup
from stranglerfig.core.topology import HostHeader
from stranglerfig.errors import UsageError

MOST_LINES = 10_000


async def list_all(request: Request) -> Response:
    return JSONResponse([render_target(view) for view in await view_targets(control_of(request))])


async def create(request: Request) -> Response:
    body = await read_body(request, CreateTarget)
    if ("urls" in body) == ("command" in body):
        raise UsageError(
            "a target is either URLs or a command",
            hint="Use `fig target add NAME URL` for the one, `fig target run NAME -- COMMAND` for the other.",
        )
    group = await (_create_of_urls(request, body) if "urls" in body else _create_of_tasks(request, body))
    return await _answer_order(request, group)


async def show(request: Request) -> Response:
    return await _answer(request, request.path_params["name"])


async def delete(request: Request) -> Response:
    await delete_target(control_of(request), request.path_params["name"])
    return Response(status_code=204)


async def scale(request: Request) -> Response:
    body = await read_body(request, ScaleTarget)
    group = scale_target(control_of(request), request.path_params["name"], body["replicas"])
    return await _answer_order(request, group)


async def rollback(request: Request) -> Response:
    body = await read_body(request, RollBackTarget)
    group = await roll_back_target(control_of(request), request.path_params["name"], body.get("revision"))
    return await _answer_order(request, group)


async def logs(request: Request) -> Response:
    control, name = control_of(request), request.path_params["name"]
    control.books.group(name)
    tail = read_number(request, "tail", 100, most=MOST_LINES)
    lines = read_group_logs(control, name, tail=tail, follow=read_flag(request, "follow"))
    return StreamingResponse(render_lines(lines), media_type="application/x-ndjson")


async def _create_of_urls(request: Request, body: CreateTarget) -> TargetGroup:
    header = body.get("host_header")
    options = UrlOptions(
        host_header=None if header is None else HostHeader(header),
        ca_file=body.get("ca_file"),
        verify=body.get("verify", True),
    )
    health = to_health(body.get("health", {}))
    urls = tuple(body.get("urls", ()))
    return await create_url_target(control_of(request), body["name"], urls, options, health, _drain_of(body))


async def _create_of_tasks(request: Request, body: CreateTarget) -> TargetGroup:
    if "cwd" not in body:
        raise UsageError("cwd is missing: a command runs in a folder", hint="Give the folder's full path.")
    targets = ProcessTargets(
        command=tuple(body.get("command", ())),
        cwd=body["cwd"],
        replicas=body.get("replicas", 1),
        env=tuple(sorted(body.get("env", {}).items())),
        start_timeout_s=body.get("start_timeout_s", 30.0),
        grace_s=body.get("grace_s", 10.0),
        memory_bytes=body.get("memory"),
        open_files=body.get("open_files"),
    )
    health = to_health(body.get("health", {}))
    return create_process_target(control_of(request), body["name"], targets, health, _drain_of(body))


def _drain_of(body: CreateTarget) -> float:
    drain_s = body.get("drain_s", 30.0)
    check_drain(drain_s)
    return drain_s


async def _answer(request: Request, name: str) -> Response:
    return JSONResponse(render_target(await view_target(control_of(request), name)))


async def _answer_order(request: Request, group: TargetGroup) -> Response:
    """What is so by now: a revision that cannot even be started may have been taken back already."""
    wire = render_target(await view_target(control_of(request), group.name))
    wire["ordered_revision"] = group.revision
    return JSONResponse(wire, status_code=202)


async def render_lines(lines: AsyncIterator[tuple[str, str]]) -> AsyncIterator[bytes]:
    async for task, line in lines:
        wire: LogLineWire = {"task": task, "line": line}
        yield json.dumps(wire).encode() + b"\n"


TARGETS = [
    Route("/v1/targets", list_all, methods=["GET"]),
    Route("/v1/targets", create, methods=["POST"]),
    Route("/v1/targets/{name}", show, methods=["GET"]),
    Route("/v1/targets/{name}", delete, methods=["DELETE"]),
    Route("/v1/targets/{name}/scale", scale, methods=["POST"]),
    Route("/v1/targets/{name}/rollback", rollback, methods=["POST"]),
    Route("/v1/targets/{name}/logs", logs, methods=["GET"]),
]
