"""``fig target show``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import printable, show, show_json, show_table
from stranglerfig.cli.views import SERVER_HEADERS, server_row, target_health

if TYPE_CHECKING:
    from stranglerfig.api.wire import HealthWire, TargetWire


@verb(
    "show",
    examples="""
    fig target show users
    fig target show users --json
    """,
)
@flags.target_name
@flags.as_json
def show_target(name: str, as_json: bool) -> None:
    """One target: what it is, how it fares, and every address with its last health check."""
    target = to_daemon().targets.show(name)
    if as_json:
        show_json(target)
        return
    for title, text in facts(target):
        show(f"{title:<10}{text}")
    if target["servers"]:
        show()
        show_table(SERVER_HEADERS, map(server_row, target["servers"]))


def facts(target: TargetWire) -> list[tuple[str, str]]:
    what = {"url": ", ".join(target["urls"]), "docker": "containers in Docker"}.get(target["kind"])
    responses = ", ".join(f"{status} {count}" for status, count in target["responses"].items() if count)
    half, most = target["p50_ms"], target["p99_ms"]
    quantiles = "" if half is None else f", half within {half:.1f} ms, 99 % within {most:.1f} ms"
    lines = [
        ("Target", target["name"]),
        ("Is", what or shlex.join(target["command"])),
        ("State", f"{target['state']}, revision {target['revision']}, {target_health(target)}"),
        ("Health", check_text(target["health"])),
        ("Requests", f"{target['requests']} ({target['rate']:.1f}/s), {target['in_flight']} in flight"),
        ("Answers", f"{responses or 'none yet'}; first byte after {target['response_ms']:.1f} ms{quantiles}"),
        ("Used by", ", ".join(target["used_by"]) or "nothing"),
    ]
    if target["failed_revision"] is not None:
        lines.append(("Failed", f"revision {target['failed_revision']} was taken back"))
    if target["problem"]:
        lines.append(("Problem", printable(target["problem"]).replace("\n", "\n          ")))
    return lines


def check_text(check: HealthWire) -> str:
    path = check.get("path")
    what = f"GET {path} answers {check.get('expect', '200-399')}" if path else "the port is open"
    return f"{what}, every {check.get('interval_s', 1.0):g} s"
