"""``/v1/aws``: where the AWS API is, and the keys that open it. Secrets are told: the socket is the owner's alone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.access.wire import AwsWire, CreateKey, KeyWire, RotateKey
from stranglerfig.api.applications.rendering import render_time
from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of
from stranglerfig.control.operations.access_keys import create_key, delete_key, ensure_key, rotate_key, view_keys
from stranglerfig.core.access import AccessKey


async def show(request: Request) -> Response:
    control = control_of(request)
    address, problem = control.listener.address, control.listener.problem
    wire: AwsWire = {
        "endpoint": None if address is None else f"http://{address}",
        "region": control.identity.region,
        "account": control.identity.account,
        "problem": None if problem is None else problem.message,
        "hint": None if problem is None else problem.hint,
    }
    return JSONResponse(wire)


async def list_keys(request: Request) -> Response:
    return JSONResponse([render_key(key) for key in view_keys(control_of(request))])


async def create(request: Request) -> Response:
    body = await read_body(request, CreateKey)
    key = create_key(
        control_of(request),
        body["name"],
        read_only=body.get("read_only", False),
        path_prefix=body.get("path_prefix"),
        account=body.get("account"),
    )
    return JSONResponse(render_key(key), status_code=201)


async def ensure(request: Request) -> Response:
    return JSONResponse(render_key(ensure_key(control_of(request), request.path_params["name"])))


async def rotate(request: Request) -> Response:
    body = await read_body(request, RotateKey)
    name, expire_old = request.path_params["name"], body.get("expire_old", False)
    return JSONResponse(render_key(rotate_key(control_of(request), name, expire_old=expire_old)), status_code=201)


async def delete(request: Request) -> Response:
    return JSONResponse([render_key(key) for key in delete_key(control_of(request), request.path_params["name"])])


def render_key(key: AccessKey) -> KeyWire:
    return {
        "id": key.id,
        "secret": key.secret,
        "name": key.name,
        "account": key.account,
        "created_at": render_time(key.created_at),
        "read_only": key.read_only,
        "path_prefix": key.path_prefix,
    }


ACCESS = [
    Route("/v1/aws", show, methods=["GET"]),
    Route("/v1/aws/keys", list_keys, methods=["GET"]),
    Route("/v1/aws/keys", create, methods=["POST"]),
    Route("/v1/aws/keys/{name}", ensure, methods=["PUT"]),
    Route("/v1/aws/keys/{name}", delete, methods=["DELETE"]),
    Route("/v1/aws/keys/{name}/rotate", rotate, methods=["POST"]),
]
