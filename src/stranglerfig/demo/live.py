"""The demo on a terminal: phases, routes and counters, drawn anew several times a second."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from stranglerfig.demo.board import Board, Line, Status
from stranglerfig.demo.story import AREAS, MONOLITH, Area
from stranglerfig.demo.tally import Snapshot

BAR_CELLS = 24
FRAMES_A_SECOND = 8
TICKS = {
    Status.AHEAD: Text("·", style="dim"),
    Status.NOW: Text("▸", style="bold cyan"),
    Status.DONE: Text("✔", style="green"),
    Status.BROKEN: Text("✘", style="bold red"),
}
STYLES = {Status.AHEAD: "dim", Status.NOW: "bold", Status.DONE: "", Status.BROKEN: "red"}
MOVED = "green"
STAYED = "yellow"


class LiveDisplay:
    """Drawn by Rich's thread while the block lasts; the last picture stays."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._live = Live(
            console=Console(stderr=True),
            get_renderable=lambda: render_board(board),
            refresh_per_second=FRAMES_A_SECOND,
        )

    def __enter__(self) -> LiveDisplay:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def changed(self, board: Board, index: int) -> None:
        """The next picture shows it."""


def render_board(board: Board) -> RenderableType:
    seen = board.snapshot()
    return Group(render_phases(board.lines), Text(), render_routes(board, seen), Text(), render_counters(board, seen))


def render_phases(lines: list[Line]) -> Table:
    table = Table.grid(padding=(0, 1))
    for is_fixed in (True, True, False, True):
        table.add_column(no_wrap=is_fixed)
    for line in lines:
        seconds = f"{line.seconds:.1f} s" if line.status is Status.DONE else ""
        table.add_row(
            TICKS[line.status],
            Text(line.title, STYLES[line.status]),
            Text(line.note, "dim", no_wrap=True, overflow="ellipsis"),
            Text(seconds, "dim"),
        )
    return table


def render_routes(board: Board, seen: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    for area in AREAS:
        weight = board.weights[area.name]
        table.add_row(
            Text(" ".join(path for path, _ in area.paths)),
            render_bar(weight),
            render_weight(weight),
            render_answering(area, seen),
        )
    return table


def render_bar(weight: float | None) -> Text:
    moved = round((weight or 0) / 100 * BAR_CELLS)
    return Text("█" * moved, MOVED) + Text("░" * (BAR_CELLS - moved), "dim" if weight is None else STAYED)


def render_weight(weight: float | None) -> Text:
    return Text("no route" if weight is None else f"{weight:g} %", "dim" if weight is None else "", justify="right")


def render_answering(area: Area, seen: Snapshot) -> Text:
    """Who answers, with requests a second."""
    text = Text()
    for name, style in ((area.to, MOVED), (MONOLITH, STAYED)):
        rate = seen.rates.get((area.name, name), 0.0)
        if rate:
            text += Text(f"{name} {rate:.0f}/s  ", style)
    return text


def render_counters(board: Board, seen: Snapshot) -> Text:
    text = Text()
    text.append(f"{seen.requests:,} requests", "bold")
    text.append("   ")
    text.append(f"{seen.failures} failed", "bold red" if seen.failures else "bold green")
    text.append(f"   {seen.posts:,} posts accepted   {board.url}")
    return text
