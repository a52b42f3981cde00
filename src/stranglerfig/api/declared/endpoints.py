"""``/v1/declared-proxies``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stranglerfig.api.checks import read_body
from stranglerfig.api.declared.wire import DeclaredProxy, DeclareProxy, ProxyBodyWire
from stranglerfig.api.reading import control_of, to_value
from stranglerfig.api.rendering import render_url
from stranglerfig.control.context import Control
from stranglerfig.control.operations.declared.deploying import deploy_declared, plan_declared
from stranglerfig.control.operations.declared.viewing import bodies, find_expired, find_spent, view_body
from stranglerfig.core.conditions_text import render_weight
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.declared.plan import ProxyPlan


async def declare(request: Request) -> Response:
    control = control_of(request)
    body = await read_body(request, DeclareProxy)
    declaration = to_value(ProxyDeclaration, body["declaration"])
    if body.get("preview", False):
        plan = plan_declared(control, declaration)
    else:
        plan = await deploy_declared(control, declaration, force=body.get("force", False))
    return JSONResponse(render_plan(control, plan))


async def show(request: Request) -> Response:
    wire: ProxyBodyWire = {"body": view_body(control_of(request), request.path_params["name"])}
    return JSONResponse(wire)


def render_plan(control: Control, plan: ProxyPlan) -> DeclaredProxy:
    before, after = bodies(control, plan)
    return {
        "name": plan.after.name,
        "url": render_url(plan.after) if plan.after.port else "",
        "outcome": "created" if before is None else "unchanged" if before == after and not plan.due else "changed",
        "before": before,
        "after": after,
        "by_hand": list(plan.by_hand),
        "held": [
            {"route": one.route, "weight": render_weight(one.weight), "values": list(one.values)} for one in plan.held
        ],
        "begun": list(plan.due),
        "spent": [
            {
                "route": record.route,
                "candidate": record.candidate,
                "phase": record.shift.phase.value,
                "reason": record.shift.reason,
            }
            for record in find_spent(control, plan)
        ],
        "expired": [
            {"route": route.id, "owner": route.owner, "expires": route.expires} for route in find_expired(control, plan)
        ],
    }


DECLARED = [
    Route("/v1/declared-proxies", declare, methods=["POST"]),
    Route("/v1/declared-proxies/{name}", show, methods=["GET"]),
]
