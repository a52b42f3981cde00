"""A proxy as a CloudFormation template of Refactor Spaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.refactor_spaces.likeness import to_likeness
from stranglerfig.core.refactor_spaces.parameters import to_parameters
from stranglerfig.core.refactor_spaces.resources import Application
from stranglerfig.core.refactor_spaces.template import Bundle, to_template


@dataclass(frozen=True, slots=True)
class Exported:
    """``remarks`` as in ``Likeness``."""

    template: dict[str, Any]
    remarks: tuple[str, ...]


def export_proxy(control: Control, name: str) -> Exported:
    """Also an application, by the name of its proxy or by its id."""
    spaces = control.refactoring.books.spaces
    application = spaces.owner_of_proxy(name)
    if application is None:
        by_id = spaces.resources.get(name)
        application = by_id if isinstance(by_id, Application) else None
    if application is not None:
        return _export_application(control, application)
    proxy = control.books.proxy(name)
    likeness = to_likeness(proxy, control.books.desired.groups)
    return Exported(to_template(likeness.bundle, f"The proxy {name}, written by fig export"), likeness.remarks)


def _export_application(control: Control, application: Application) -> Exported:
    spaces = control.refactoring.books.spaces
    bundle = Bundle(
        to_parameters(spaces.environment(application.environment)),
        to_parameters(application),
        {one.facts.id: to_parameters(one) for one in spaces.services(application.facts.id)},
        tuple(to_parameters(one) for one in spaces.routes(application.facts.id)),
    )
    proxy = control.books.desired.proxies.get(application.proxy)
    owned = {one.rule for one in spaces.routes(application.facts.id)}
    remarks = []
    for route in proxy.routes if proxy is not None else ():
        if route.id not in owned:
            remarks.append(f"Route {route.id} is left out: it was added by fig alone.")
        elif route.weight < FULL_WEIGHT:
            remarks.append(f"Route {route.id} has {route.weight / 100:g} % of its requests: weights cannot be said.")
    description = f"The application {application.name}, written by fig export"
    return Exported(to_template(bundle, description), tuple(remarks))
