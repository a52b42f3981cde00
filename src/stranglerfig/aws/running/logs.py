"""What tasks print, as CloudWatch keeps it: a stream for each container of each task, and one for a state machine."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stranglerfig.aws.session import Client

#: so many are looked into for the last lines, and so many are looked through for those that are wanted
MOST_STREAMS, MOST_LOOKED_THROUGH = 50, 2_000
#: of ``get_log_events``
MOST_LINES, MOST_EMPTY = 10_000, 20
#: So late may a line come in behind younger ones and still be shown while following.
LATE_MS = 30_000
STEP_S = 1.0
#: What CloudWatch is sent is found a few seconds later: so long without a new line, it was the last.
QUIET_S = 5.0


@dataclass(frozen=True, slots=True)
class Stream:
    """``PREFIX/CONTAINER/TASK``; that of a state machine has no container."""

    container: str
    task: str

    @property
    def is_of_task(self) -> bool:
        return bool(self.container)


@dataclass(frozen=True, slots=True)
class LogLine:
    at_ms: int
    stream: Stream
    text: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Times are milliseconds of the epoch. ``is_wanted`` chooses among streams."""

    group: str
    limit: int
    since_ms: int | None = None
    until_ms: int | None = None
    is_wanted: Callable[[Stream], bool] = lambda stream: True

    @property
    def window(self) -> dict[str, int]:
        given = {"startTime": self.since_ms, "endTime": self.until_ms}
        return {name: at for name, at in given.items() if at is not None}


def last_lines(logs: Client, asked: Excerpt) -> list[LogLine]:
    """The last of all that is wanted. With a beginning everything from then on is read, else the newest streams."""
    if asked.since_ms is not None:
        return list(deque(_filtered(logs, asked), asked.limit))
    lines: list[LogLine] = []
    for name in newest_streams(logs, asked.group, asked.is_wanted):
        lines += (to_line(one, name) for one in last_of_stream(logs, asked, name))
    lines.sort(key=lambda line: line.at_ms)
    return lines[-asked.limit :] if asked.limit else []


def last_of_stream(logs: Client, asked: Excerpt, name: str) -> list[Mapping[str, Any]]:
    """No more than AWS gives in one answer; one that is empty may have others behind it, until its token stays."""
    wanted = {"logGroupName": asked.group, "logStreamName": name, "limit": max(1, min(asked.limit, MOST_LINES))}
    token: dict[str, str] = {}
    for _ in range(MOST_EMPTY):
        found = logs.get_log_events(**wanted, **asked.window, **token, startFromHead=False)
        behind = found.get("nextBackwardToken")
        if found["events"] or behind in (None, token.get("nextToken")):
            return list(found["events"])
        token = {"nextToken": behind}
    return []


def newest_streams(logs: Client, group: str, is_wanted: Callable[[Stream], bool]) -> list[str]:
    found = logs.pages(
        "describe_log_streams", "logStreams", logGroupName=group, orderBy="LastEventTime", descending=True
    )
    names = (one["logStreamName"] for one in islice(found, MOST_LOOKED_THROUGH))
    return list(islice((name for name in names if is_wanted(to_stream(name))), MOST_STREAMS))


def follow(
    logs: Client, asked: Excerpt, is_over: Callable[[], bool] = lambda: False, quiet_s: float | None = None
) -> Iterator[LogLine]:
    """The last lines, then each that comes in, until ``is_over`` and no other comes in for a while."""
    yield from (begun := last_lines(logs, asked))
    newest = begun[-1].at_ms if begun else int(time.time() * 1000)
    # What is older than the last line that was shown was left out on purpose.
    seen = Counter(line for line in _filtered(logs, asked, newest - LATE_MS) if line.at_ms <= newest)
    quiet_s = QUIET_S if quiet_s is None else quiet_s
    over, heard = False, time.monotonic()
    while True:
        over = over or is_over()
        # Also then: last words take their time.
        time.sleep(STEP_S)
        lines = list(_unseen(_filtered(logs, asked, newest - LATE_MS), seen))
        for line in lines:
            newest = max(newest, line.at_ms)
            yield line
        if lines or not over:
            heard = time.monotonic()
        if over and time.monotonic() - heard >= quiet_s:
            return


def _unseen(lines: Iterable[LogLine], seen: Counter[LogLine]) -> Iterator[LogLine]:
    """The same text may stand twice in one millisecond."""
    now: Counter[LogLine] = Counter()
    for line in lines:
        now[line] += 1
        if now[line] > seen[line]:
            seen[line] += 1
            yield line


def _filtered(logs: Client, asked: Excerpt, since_ms: int | None = None) -> Iterator[LogLine]:
    window = asked.window if since_ms is None else {**asked.window, "startTime": max(0, since_ms)}
    for one in logs.pages("filter_log_events", "events", logGroupName=asked.group, **window):
        line = to_line(one, one["logStreamName"])
        if asked.is_wanted(line.stream):
            yield line


def to_stream(name: str) -> Stream:
    parts = name.split("/")
    return Stream(parts[-2], parts[-1]) if len(parts) > 2 and parts[0] != "states" else Stream("", name)


def to_line(event: Mapping[str, Any], stream: str) -> LogLine:
    return LogLine(int(event["timestamp"]), to_stream(stream), str(event["message"]).rstrip("\n"))
