"""The page of the API lists what the API has."""

from __future__ import annotations

import re

from stranglerfig.api import app_wire, wire
from stranglerfig.api.access import wire as access_wire
from stranglerfig.api.access.endpoints import ACCESS
from stranglerfig.api.applications.apps import APPS
from stranglerfig.api.applications.runs import RUNS
from stranglerfig.api.applications.workloads import WORKLOADS
from stranglerfig.api.declared import wire as declared_wire
from stranglerfig.api.declared.endpoints import DECLARED
from stranglerfig.api.ledger import wire as ledger_wire
from stranglerfig.api.ledger.endpoints import LEDGER
from stranglerfig.api.machine import MACHINE
from stranglerfig.api.proxies import PROXIES
from stranglerfig.api.routes import ROUTES
from stranglerfig.api.shadows import wire as shadows_wire
from stranglerfig.api.shadows.endpoints import SHADOWS
from stranglerfig.api.shifts import wire as shifts_wire
from stranglerfig.api.shifts.endpoints import SHIFTS
from stranglerfig.api.spaces import wire as spaces_wire
from stranglerfig.api.spaces.endpoints import SPACES
from stranglerfig.api.targets import TARGETS
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "api.md"


def test_every_endpoint_is_listed_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    text = text.replace(" ENVIRONMENTS", " /v1/apps/APP/environments")
    listed = set(re.findall(r"^\| `([A-Z]+) (/v1/[^`?]*)(?:\?[^`]*)?` \|", text, re.MULTILINE))
    served = {
        (method, re.sub(r"{(\w+)(?::path)?}", lambda found: found[1].upper(), route.path))
        for route in (
            *MACHINE,
            *PROXIES,
            *ROUTES,
            *TARGETS,
            *APPS,
            *WORKLOADS,
            *RUNS,
            *ACCESS,
            *SPACES,
            *DECLARED,
            *SHADOWS,
            *LEDGER,
            *SHIFTS,
        )
        for method in (route.methods or set()) - {"HEAD"}
    }

    assert listed == served


def test_every_shape_that_is_named_exists() -> None:
    endings = "Wire|Proxy|Route|Target|Request|Down|App|Environment|Endpoints|Order|Task|Workload|Plan|Value|Names"
    endings += "|Key|Resource|Policy|Shadow|Shift|Requests"
    named = set(re.findall(rf"`(\w+(?:{endings}))`", PAGE.read_text(encoding="utf-8")))

    assert named
    modules = (wire, app_wire, access_wire, spaces_wire, declared_wire, shadows_wire, ledger_wire, shifts_wire)
    assert {name for name in named if not any(hasattr(module, name) for module in modules)} == set()
