"""How requests divided over time, drawn as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stranglerfig.cli.report.markup import Markup, element

if TYPE_CHECKING:
    from stranglerfig.api.ledger.wire import HourWire

#: more bars than that are drawn by day
MOST_HOURS = 96
WIDTH, HEIGHT, ROOM = 960, 180, 24
LEGACY, MOVED = "#9aa5b1", "#1b7f5c"


@dataclass(frozen=True, slots=True)
class Bar:
    """``at`` is the hour or day, as in ISO 8601."""

    at: str
    legacy: int
    moved: int


def to_bars(hours: Sequence[HourWire]) -> list[Bar]:
    length = len("2026-11-28T07") if len(hours) <= MOST_HOURS else len("2026-11-28")
    found: dict[str, Bar] = {}
    for hour in hours:
        at, requests = hour["at"][:length], hour["requests"]
        before = found.get(at, Bar(at, 0, 0))
        found[at] = Bar(at, before.legacy + requests["legacy"], before.moved + requests["moved"])
    return list(found.values())


def draw(bars: Sequence[Bar]) -> Markup:
    """The share that moved, from the bottom up, of each hour's or day's requests; how many they were as a tooltip."""
    wide = min(WIDTH / max(len(bars), 1), 48.0)
    shapes: list[Markup] = []
    for number, bar in enumerate(bars):
        total = bar.legacy + bar.moved
        share = bar.moved / total if total else 0.0
        told = f"{bar.at.replace('T', ' ')}: {bar.moved:,} of {total:,} moved"
        shapes += [
            _box(number * wide, ROOM, wide, HEIGHT * (1 - share), LEGACY, told),
            _box(number * wide, ROOM + HEIGHT * (1 - share), wide, HEIGHT * share, MOVED, told),
        ]
    labels = [_label(0, bars[0].at), *([_label((len(bars) - 1) * wide, bars[-1].at)] if len(bars) * wide > 240 else [])]
    return element(
        "svg",
        *shapes,
        *labels,
        viewBox=f"0 0 {WIDTH} {HEIGHT + 2 * ROOM}",
        role="img",
        aria_label="share moved over time",
    )


def _box(x: float, y: float, width: float, height: float, colour: str, told: str) -> Markup:
    size = {"x": f"{x:.2f}", "y": f"{y:.2f}", "width": f"{max(width - 1, 0.5):.2f}", "height": f"{max(height, 0):.2f}"}
    return element("rect", element("title", told), **size, fill=colour)


def _label(x: float, at: str) -> Markup:
    text = f"{at.replace('T', ' ')}:00" if "T" in at else at
    return element("text", text, x=f"{min(x, WIDTH - 110):.0f}", y=HEIGHT + ROOM + 18, font_size=12, fill="#52606d")
