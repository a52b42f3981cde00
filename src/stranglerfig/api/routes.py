"""``/v1/proxies/NAME/routes``, and what is asked about them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of, to_conditions_text
from stranglerfig.api.rendering import render_explanation, render_route
from stranglerfig.api.wire import ChangeRoute, CreateRoute, ExplainRequest, FindingWire
from stranglerfig.control.operations.questions import explain_request, lint_proxy, to_origin
from stranglerfig.control.operations.routes import (
    NewRoute,
    RouteChange,
    change_route,
    create_route,
    delete_route,
    find_route,
)
from stranglerfig.core.conditions_text import parse_sticky, parse_weight, render_path
from stranglerfig.core.desired import RouteState
from stranglerfig.core.routing.trial import to_header, to_sample_request


async def list_all(request: Request) -> Response:
    """With ``?path=``, only the routes of that path; a slash at its end makes no difference."""
    proxy = control_of(request).books.proxy(request.path_params["name"])
    path = request.query_params.get("path")
    wanted = None if path is None else path.rstrip("/")
    found = [one for one in proxy.routes if wanted is None or render_path(one.conditions).rstrip("/") == wanted]
    return JSONResponse([render_route(proxy.name, route) for route in found])


async def create(request: Request) -> Response:
    name = request.path_params["name"]
    body = await read_body(request, CreateRoute)
    route = await create_route(control_of(request), name, to_new_route(body))
    return JSONResponse(render_route(name, route), status_code=201)


async def show(request: Request) -> Response:
    name = request.path_params["name"]
    return JSONResponse(render_route(name, find_route(control_of(request), name, request.path_params["route"])))


async def change(request: Request) -> Response:
    name = request.path_params["name"]
    body = await read_body(request, ChangeRoute)
    wanted = RouteChange(
        weight=parse_weight(body["weight"]) if "weight" in body else None,
        methods=tuple(body["methods"]) if "methods" in body else None,
        sticky=parse_sticky(body["sticky"]) if "sticky" in body else None,
        priority=body.get("priority"),
        state=RouteState(body["state"]) if "state" in body else None,
        force=body.get("force", False),
    )
    route = await change_route(control_of(request), name, request.path_params["route"], wanted)
    return JSONResponse(render_route(name, route))


async def delete(request: Request) -> Response:
    await delete_route(control_of(request), request.path_params["name"], request.path_params["route"])
    return Response(status_code=204)


async def explain(request: Request) -> Response:
    control = control_of(request)
    body = await read_body(request, ExplainRequest)
    headers = [to_header(line) for line in body.get("headers", ())]
    sample = to_sample_request(body.get("method", "GET"), body["url"], headers, body.get("source", "127.0.0.1"))
    explanation = explain_request(control, request.path_params["name"], sample)
    return JSONResponse(render_explanation(explanation, lambda group: to_origin(control, group)))


async def lint(request: Request) -> Response:
    findings: list[FindingWire] = [
        {"kind": finding.kind.value, "rule": finding.rule, "message": finding.message, "mend": finding.mend}
        for finding in lint_proxy(control_of(request), request.path_params["name"])
    ]
    return JSONResponse(findings)


def to_new_route(body: CreateRoute) -> NewRoute:
    return NewRoute(
        conditions=to_conditions_text(body),
        to=body["to"],
        weight=parse_weight(body.get("weight", 100)),
        strip=body.get("strip", False),
        sticky=parse_sticky(body.get("sticky", "none")),
        legacy=body.get("legacy"),
        priority=body.get("priority"),
        state=RouteState(body.get("state", "ACTIVE")),
        force=body.get("force", False),
    )


ROUTES = [
    Route("/v1/proxies/{name}/routes", list_all, methods=["GET"]),
    Route("/v1/proxies/{name}/routes", create, methods=["POST"]),
    Route("/v1/proxies/{name}/routes/{route}", show, methods=["GET"]),
    Route("/v1/proxies/{name}/routes/{route}", change, methods=["PATCH"]),
    Route("/v1/proxies/{name}/routes/{route}", delete, methods=["DELETE"]),
    Route("/v1/proxies/{name}/explain", explain, methods=["POST"]),
    Route("/v1/proxies/{name}/lint", lint, methods=["GET"]),
]
