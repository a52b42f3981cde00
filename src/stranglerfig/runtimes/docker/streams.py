"""Reads what the engine tells without end, each stream in a thread that dies with its reader."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stranglerfig.errors import FigError
from stranglerfig.runtimes.docker.engine import STREAM_TROUBLE, Engine


class Stream:
    """``on_item`` is called in the thread for every item, ``on_end`` once after the last, whatever ended it."""

    def __init__(
        self,
        engine: Engine,
        open_stream: Callable[[Any], Iterable[Any]],
        on_item: Callable[[Any], None],
        on_end: Callable[[], None],
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._open_stream = open_stream
        self._on_item = on_item
        self._on_end = on_end
        self._on_open = on_open
        self._source: Any = None
        self._lock = threading.Lock()
        self.is_closed = False
        threading.Thread(target=self._run, name="docker stream", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self.is_closed = True
            if self._source is not None:
                with contextlib.suppress(*STREAM_TROUBLE):
                    self._source.close()

    def _run(self) -> None:
        try:
            for item in self._items():
                self._on_item(item)
        except (FigError, *STREAM_TROUBLE):
            # The engine is gone, or the reader is: either way nothing more comes.
            pass
        finally:
            self.close()
            with contextlib.suppress(RuntimeError):
                self._on_end()

    def _items(self) -> Iterator[Any]:
        source = self._open_stream(self._engine.open("follow the engine"))
        with self._lock:
            if self.is_closed:
                return
            self._source = source
        self._on_open()
        yield from source
