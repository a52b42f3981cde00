"""Refactor Spaces, as far as fig's own commands need it: what is brought here, and what is written down of a proxy."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.aws.constraints import check
from stranglerfig.api.aws.models import load_model
from stranglerfig.api.checks import read_body
from stranglerfig.api.reading import control_of
from stranglerfig.api.spaces.wire import BringPolicy, BroughtPolicyWire, BroughtWire, CopiedResource, TemplateWire
from stranglerfig.control.operations.refactor_spaces.bringing import bring_policy, bring_resource
from stranglerfig.control.operations.refactor_spaces.creation import Origin
from stranglerfig.control.operations.refactor_spaces.export import export_proxy
from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.rendering import proxy_url
from stranglerfig.core.refactor_spaces.resources import Application
from stranglerfig.errors import UsageError


async def bring(request: Request) -> Response:
    body = await read_body(request, CopiedResource)
    try:
        operation = load_model("refactor-spaces").operation_model(body["Operation"])
        check(operation.input_shape, body["Parameters"])
    except Fault as fault:
        raise UsageError(f"{body['Id']} cannot be made: {fault.message}", hint="Mend the file.") from fault
    origin = Origin(body["Id"], body["CreatedTime"])
    brought = await bring_resource(control_of(request), body["Operation"], origin, body["Parameters"])
    facts = brought.resource.facts
    wire: BroughtWire = {
        "id": facts.id,
        "outcome": "created" if brought.is_new else "present",
        "state": facts.state.value,
    }
    if brought.differs:
        wire["differs"] = list(brought.differs)
    if isinstance(brought.resource, Application) and brought.resource.port:
        wire["url"] = proxy_url(brought.resource)
    if facts.failure is not None:
        wire["reason"] = facts.failure.message
    return JSONResponse(wire)


async def bring_its_policy(request: Request) -> Response:
    body = await read_body(request, BringPolicy)
    wire: BroughtPolicyWire = {"outcome": bring_policy(control_of(request), body["environment"], body["policy"])}
    return JSONResponse(wire)


async def template(request: Request) -> Response:
    exported = export_proxy(control_of(request), request.path_params["name"])
    wire: TemplateWire = {"template": exported.template, "remarks": list(exported.remarks)}
    return JSONResponse(wire)


SPACES = [
    Route("/v1/refactor-spaces/resources", bring, methods=["POST"]),
    Route("/v1/refactor-spaces/policies", bring_its_policy, methods=["POST"]),
    Route("/v1/refactor-spaces/templates/{name}", template, methods=["GET"]),
]
