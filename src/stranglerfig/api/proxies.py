"""``/v1/proxies``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of
from stranglerfig.api.rendering import render_proxy
from stranglerfig.api.wire import ChangeProxy, CreateProxy
from stranglerfig.control.operations.proxies import NewProxy, change_default, create_proxy, delete_proxy
from stranglerfig.control.operations.views import view_proxies, view_proxy
from stranglerfig.core.routing.rules import Order


async def list_all(request: Request) -> Response:
    return JSONResponse([render_proxy(view) for view in await view_proxies(control_of(request))])


async def create(request: Request) -> Response:
    control = control_of(request)
    body = await read_body(request, CreateProxy)
    wanted = NewProxy(
        name=body["name"],
        to=body["to"],
        port=body.get("port", 0),
        host=body.get("host", "127.0.0.1"),
        order=Order(body.get("order", "specific")),
        http2=body.get("http2", False),
    )
    proxy = await create_proxy(control, wanted)
    return JSONResponse(render_proxy(await view_proxy(control, proxy.name)), status_code=201)


async def show(request: Request) -> Response:
    return JSONResponse(render_proxy(await view_proxy(control_of(request), request.path_params["name"])))


async def change(request: Request) -> Response:
    control = control_of(request)
    body = await read_body(request, ChangeProxy)
    name = request.path_params["name"]
    await change_default(control, name, body["to"], force=body.get("force", False))
    return JSONResponse(render_proxy(await view_proxy(control, name)))


async def delete(request: Request) -> Response:
    await delete_proxy(control_of(request), request.path_params["name"])
    return Response(status_code=204)


PROXIES = [
    Route("/v1/proxies", list_all, methods=["GET"]),
    Route("/v1/proxies", create, methods=["POST"]),
    Route("/v1/proxies/{name}", show, methods=["GET"]),
    Route("/v1/proxies/{name}", change, methods=["PATCH"]),
    Route("/v1/proxies/{name}", delete, methods=["DELETE"]),
]
