"""The output of some tasks of a group: the last lines, and what comes until they are over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from stranglerfig.control.ports import Runtime
from stranglerfig.core.excerpts import EVERYTHING, Excerpt

Lines = list[tuple[str, str]]

#: as many of the group's lines are looked through for those of the tasks that are asked for
MOST_LINES = 10_000
#: what comes without such a pause, at the beginning, was there before
BACKLOG_PAUSE_S = 0.2
BACKLOG_AT_MOST_S = 1.0
#: after the end, what was written just before it is still to come
QUIET_S = 0.6


@dataclass(frozen=True, slots=True)
class Source:
    """``excerpt`` of what those of the group's tasks write that ``is_ours`` names."""

    runtime: Runtime
    group: str
    is_ours: Callable[[str], bool]
    excerpt: Excerpt = EVERYTHING

    def open(self, *, follow: bool) -> AsyncIterator[tuple[str, str]]:
        return self.runtime.logs(self.group, tail=MOST_LINES, follow=follow, excerpt=self.excerpt)


async def read_lines(source: Source, tail: int) -> Lines:
    """The last ``tail`` of them."""
    found = [line async for line in source.open(follow=False) if source.is_ours(line[0])]
    return found[-tail:] if tail > 0 else []


async def follow_lines(source: Source, tail: int, end: Coroutine[Any, Any, None]) -> AsyncIterator[tuple[str, str]]:
    """The last ``tail``, then what comes, until soon after ``end`` has come."""
    lines = source.open(follow=True)
    clock = asyncio.get_running_loop().time
    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(end)
        coming = tasks.create_task(_next_of(lines))
        backlog: Lines | None = []
        shown_at = clock() + BACKLOG_AT_MOST_S
        try:
            while True:
                waiting = {coming} if ending.done() else {coming, ending}
                quiet_s = QUIET_S if ending.done() else None
                pause_s = quiet_s if backlog is None else BACKLOG_PAUSE_S
                done, _ = await asyncio.wait(waiting, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
                if backlog is not None and (coming not in done or clock() >= shown_at):
                    for line in backlog[-tail:] if tail > 0 else []:
                        yield line
                    backlog = None
                elif not done:
                    return
                if coming in done:
                    line_or_end = coming.result()
                    if line_or_end is None:
                        return
                    coming = tasks.create_task(_next_of(lines))
                    if source.is_ours(line_or_end[0]):
                        if backlog is None:
                            yield line_or_end
                        else:
                            backlog.append(line_or_end)
        finally:
            ending.cancel()
            coming.cancel()


async def _next_of(lines: AsyncIterator[tuple[str, str]]) -> tuple[str, str] | None:
    return await anext(lines, None)
