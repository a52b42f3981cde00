"""Values for the books, and code that runs in a process of its own because it is to be killed or starved."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from stranglerfig.core.desired import ProcessTargets, Proxy, Route, RouteSide, TargetGroup, UrlTargets
from stranglerfig.core.observed import ObservedTask, TaskIdentity, TaskState
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from stranglerfig.store.sqlite import SqliteStore, open_store


def a_route(route_id: str = "posts", weight: int = 10_000) -> Route:
    conditions = Conditions((PathPrefix(f"/api/{route_id}"),), ("GET",))
    return Route(route_id, conditions, RouteSide("posts"), RouteSide("monolith"), weight)


def some_routes(count: int, weight: int = 10_000) -> tuple[Route, ...]:
    return tuple(a_route(f"route-{number}", weight) for number in range(count))


def a_proxy(name: str = "forum", routes: tuple[Route, ...] = ()) -> Proxy:
    return Proxy(name, "127.0.0.1", 8080, "monolith", routes=routes)


def a_url_group(name: str = "monolith", revision: int = 1) -> TargetGroup:
    return TargetGroup(name, UrlTargets((f"http://127.0.0.1:{9000 + revision}",)), revision=revision)


def a_process_group(name: str = "posts", revision: int = 1) -> TargetGroup:
    targets = ProcessTargets(("posts", "--serve"), "/srv/posts", replicas=2, env=(("TOKEN", "secret"),))
    return TargetGroup(name, targets, revision=revision)


def a_task(task_id: str = "posts-1-0-1", state: TaskState = TaskState.HEALTHY) -> ObservedTask:
    return ObservedTask(task_id, "posts", 1, 40_001, state, TaskIdentity(4711, 1_234_567))


def fill(path: Path, routes: int = 40) -> None:
    """A file with something in every table, closed."""
    with opened(path) as store:
        store.save_group(a_url_group(), "a façade needs a monolith")
        store.save_group(a_process_group(), "posts move first")
        store.save_proxy(a_proxy(routes=some_routes(routes)), "the first proxy")
        store.save_task(a_task())


@contextmanager
def opened(path: Path, version: str = "1.2.3") -> Iterator[SqliteStore]:
    with closing(open_store(path, version)) as store:
        yield store


def start_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python of its own that runs ``code`` with ``arguments`` in ``sys.argv[1:]``."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def output_of(code: str, *arguments: object) -> str:
    """What ``code`` printed; it must end well."""
    with start_python(code, *arguments) as process:
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    return output
