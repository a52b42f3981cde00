"""Lines out of a task's log: the last ones, read from the end, and those that follow."""

from __future__ import annotations

from stranglerfig.runtimes.logs import TaskLog

MAX_LINE_BYTES = 64 * 1024
READ_BYTES = 256 * 1024

#: Positions in a log, the second one not included.
Span = tuple[int, int]


class LineCutter:
    """Bytes in, whole lines out. What a line has beyond ``MAX_LINE_BYTES`` is left out."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, data: bytes) -> list[str]:
        *whole, rest = (self._rest + data).split(b"\n")
        # One byte more than fits is kept, so that a later cut still knows there was more.
        self._rest = rest[: MAX_LINE_BYTES + 1]
        return [_to_line(line) for line in whole]

    def end(self) -> list[str]:
        """The last line, when it lacks its end."""
        rest, self._rest = self._rest, b""
        return [_to_line(rest)] if rest else []


class LogReader:
    """Walks along one log. Rotations do not disturb it; what is dropped before it gets there is skipped."""

    def __init__(self, log: TaskLog, position: int | None = None) -> None:
        self.log = log
        self._position = log.begin() if position is None else position
        self._cutter = LineCutter()

    def has_more(self) -> bool:
        return self.log.end() > self._position

    def read_lines(self, most_bytes: int = READ_BYTES) -> list[str]:
        """The whole lines of the next part, or none when the end is reached."""
        first, data = self.log.read(self._position, most_bytes)
        self._position = first + len(data)
        return self._cutter.cut(data)

    def read_tail(self, count: int, span: Span | None = None) -> list[str]:
        """The last ``count`` lines as of now, of those alone that begin in ``span``.

        A last line without its end waits in ``rest``.
        """
        # Output may come faster than it can be read: without a fixed end this would never return.
        begin, end = span or (self.log.begin(), self.log.end())
        if span is not None:
            begin, end = find_line(self.log, begin), find_line(self.log, end)
        self._position = find_tail(self.log, count, begin, end)
        lines: list[str] = []
        while (before := self._position) < end:
            lines += self.read_lines(min(READ_BYTES, end - before))
            del lines[: max(0, len(lines) - count)]
            if self._position == before:
                break
        return lines

    def rest(self) -> list[str]:
        """The beginning of a line whose end has not come."""
        return self._cutter.end()


def find_line(log: TaskLog, position: int) -> int:
    """Where the first line begins that does at ``position`` or later; the end if there is none."""
    if position <= log.begin():
        return log.begin()
    position -= 1
    while True:
        first, data = log.read(position, READ_BYTES)
        cut = data.find(b"\n")
        if cut >= 0 or not data:
            return first + cut + 1
        position = first + len(data)


def find_tail(log: TaskLog, count: int, begin: int, end: int) -> int:
    """Where the last ``count`` lines before ``end`` begin, found from there backwards to ``begin``."""
    position, newlines = end, 0
    while position > begin:
        start = max(begin, position - READ_BYTES)
        first, data = _read_span(log, start, position)
        found = data.count(b"\n")
        if newlines + found > count:
            cut = len(data)
            for _ in range(count + 1 - newlines):
                cut = data.rindex(b"\n", 0, cut)
            return first + cut + 1
        newlines += found
        position = start
    return begin


def _read_span(log: TaskLog, start: int, end: int) -> tuple[int, bytes]:
    """All that is kept between two positions, and where the last unbroken piece of it starts."""
    first, data = log.read(start, end - start)
    while data and first + len(data) < end:
        following, more = log.read(first + len(data), end - first - len(data))
        if not more or following >= end:
            break
        if following != first + len(data):
            # Output that came too fast to keep is missing here: only what comes after it has true positions.
            first, data = following, b""
        data += more
    return first, data


def read_last_lines(log: TaskLog, count: int) -> list[str]:
    """The last lines, the unfinished one included."""
    reader = LogReader(log)
    lines = reader.read_tail(count)
    return (lines + reader.rest())[-count:] if count else []


def _to_line(data: bytes) -> str:
    return data[:MAX_LINE_BYTES].decode("utf-8", errors="replace").removesuffix("\r")
