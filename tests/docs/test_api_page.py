"""The page of the API lists what the API has."""

from __future__ import annotations

import re

from stranglerfig.api import wire
from stranglerfig.api.machine import MACHINE
from stranglerfig.api.proxies import PROXIES
from stranglerfig.api.routes import ROUTES
from stranglerfig.api.targets import TARGETS
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "api.md"


def test_every_endpoint_is_listed_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z]+) (/v1/[^`?]*)(?:\?[^`]*)?` \|", text, re.MULTILINE))
    served = {
        (method, re.sub(r"{(\w+)}", lambda found: found[1].upper(), route.path))
        for route in (*MACHINE, *PROXIES, *ROUTES, *TARGETS)
        for method in (route.methods or set()) - {"HEAD"}
    }

    assert listed == served


def test_every_shape_that_is_named_exists() -> None:
    named = set(re.findall(r"`(\w+(?:Wire|Proxy|Route|Target|Request|Down))`", PAGE.read_text(encoding="utf-8")))

    assert named
    assert {name for name in named if not hasattr(wire, name)} == set()
