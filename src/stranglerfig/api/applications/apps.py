"""``/v1/apps`` and ``/v1/apps/APP/environments``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.answers import answer_removed
from stranglerfig.api.app_wire import CreateApp, CreateEnvironment, NameEndpoints, SecretValue
from stranglerfig.api.applications.rendering import render_app, render_environment
from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of
from stranglerfig.control.operations.apps import create_app, delete_app, view_app, view_apps
from stranglerfig.control.operations.environments import (
    create_environment,
    delete_environment,
    name_endpoints,
    start_broker,
    view_environment,
    view_environments,
)
from stranglerfig.control.operations.secret_values import delete_secret, list_secrets, put_secret
from stranglerfig.core.application import App, Runtime

#: where an environment is, by application and name
ENVIRONMENT = "/v1/apps/{app}/environments/{env}"


async def list_apps(request: Request) -> Response:
    return JSONResponse([render_app(view) for view in view_apps(control_of(request))])


async def create(request: Request) -> Response:
    body = await read_body(request, CreateApp)
    tags = tuple(sorted(body.get("tags", {}).items()))
    app = create_app(control_of(request), App(body["name"], body["root"], body.get("domain"), tags))
    return JSONResponse(render_app(view_app(control_of(request), app.name)), status_code=201)


async def show(request: Request) -> Response:
    return JSONResponse(render_app(view_app(control_of(request), request.path_params["app"])))


async def delete(request: Request) -> Response:
    return answer_removed(await delete_app(control_of(request), request.path_params["app"]))


async def list_environments(request: Request) -> Response:
    views = view_environments(control_of(request), request.path_params["app"])
    return JSONResponse([render_environment(view) for view in views])


async def bring_into_force(request: Request) -> Response:
    body = await read_body(request, CreateEnvironment)
    app, runtime = request.path_params["app"], Runtime(body["runtime"])
    await create_environment(control_of(request), app, body["name"], runtime, body.get("port", 0))
    return _environment(request, body["name"], status=201)


async def show_environment(request: Request) -> Response:
    return _environment(request, request.path_params["env"])


async def remove_environment(request: Request) -> Response:
    return answer_removed(await delete_environment(control_of(request), *place_of(request)))


async def endpoints(request: Request) -> Response:
    body = await read_body(request, NameEndpoints)
    urls = await name_endpoints(control_of(request), *place_of(request), body["services"])
    return JSONResponse({"urls": urls})


async def broker(request: Request) -> Response:
    await start_broker(control_of(request), *place_of(request))
    return _environment(request, request.path_params["env"])


async def list_names(request: Request) -> Response:
    return JSONResponse({"names": list(list_secrets(control_of(request), *place_of(request)))})


async def put(request: Request) -> Response:
    body = await read_body(request, SecretValue)
    put_secret(control_of(request), *place_of(request), request.path_params["name"], body["value"])
    return Response(status_code=204)


async def forget(request: Request) -> Response:
    delete_secret(control_of(request), *place_of(request), request.path_params["name"])
    return Response(status_code=204)


def place_of(request: Request) -> tuple[str, str]:
    """Application and environment."""
    return request.path_params["app"], request.path_params["env"]


def _environment(request: Request, name: str, status: int = 200) -> Response:
    view = view_environment(control_of(request), request.path_params["app"], name)
    return JSONResponse(render_environment(view), status_code=status)


APPS = [
    Route("/v1/apps", list_apps, methods=["GET"]),
    Route("/v1/apps", create, methods=["POST"]),
    Route("/v1/apps/{app}", show, methods=["GET"]),
    Route("/v1/apps/{app}", delete, methods=["DELETE"]),
    Route("/v1/apps/{app}/environments", list_environments, methods=["GET"]),
    Route("/v1/apps/{app}/environments", bring_into_force, methods=["POST"]),
    Route(ENVIRONMENT, show_environment, methods=["GET"]),
    Route(ENVIRONMENT, remove_environment, methods=["DELETE"]),
    Route(f"{ENVIRONMENT}/endpoints", endpoints, methods=["PUT"]),
    Route(f"{ENVIRONMENT}/broker", broker, methods=["POST"]),
    Route(f"{ENVIRONMENT}/secrets", list_names, methods=["GET"]),
    # A name may hold slashes, as those of SSM do.
    Route(f"{ENVIRONMENT}/secrets/{{name:path}}", put, methods=["PUT"]),
    Route(f"{ENVIRONMENT}/secrets/{{name:path}}", forget, methods=["DELETE"]),
]
