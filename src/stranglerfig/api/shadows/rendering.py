"""Shadows as the API shows them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from stranglerfig.api.applications.rendering import render_time
from stranglerfig.core.conditions_text import render_path

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import CountsWire, RecordedWire, ShadowReportWire, ShadowWire
    from stranglerfig.control.operations.shadows import ShadowView
    from stranglerfig.core.traffic.lines import AccessLine


def render_shadow(view: ShadowView) -> ShadowWire:
    shadow = view.shadow
    return {
        "proxy": shadow.proxy,
        "route": shadow.route,
        "path": render_path(view.route.conditions),
        "legacy": view.route.legacy.group,
        "candidate": shadow.candidate.group,
        "state": "RUNNING" if shadow.ended_at is None else "STOPPED",
        "started_at": render_time(shadow.started_at),
        "ended_at": None if shadow.ended_at is None else render_time(shadow.ended_at),
        "sample": round(100 * shadow.sample, 4),
        "rate": shadow.rate,
        "writes": shadow.writes,
        "rules": [rule.text for rule in shadow.rules],
        "compared": view.report.compared,
        "different": view.report.different,
        "verdict": view.conclusion.verdict.value,
        "counts": cast("CountsWire", asdict(view.counts)),
    }


def render_report(view: ShadowView) -> ShadowReportWire:
    return cast("ShadowReportWire", {"shadow": render_shadow(view), **view.document()})


async def render_recorded(lines: AsyncIterator[AccessLine]) -> AsyncIterator[str]:
    async for line in lines:
        yield json.dumps(_recorded(line)) + "\n"


def _recorded(line: AccessLine) -> RecordedWire:
    assert line.copy is not None
    return {
        "at": render_time(line.at),
        "method": line.method,
        "target": line.target,
        "host": line.host,
        "headers": [list(pair) for pair in line.copy.headers],
        "body": base64.b64encode(line.copy.body or b"").decode(),
        "status": line.status,
        "ms": line.total_ms,
    }
