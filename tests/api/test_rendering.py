"""What is shown of a task: HAProxy's word, unless it is older than what the control plane knows."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.api.rendering import render_target
from stranglerfig.control.fleet import TaskRecord
from stranglerfig.control.operations.views import TargetState, TargetView
from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.desired import ProcessTargets, TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.observed import GroupCounters, ObservedServer, ObservedTask, ServerHealth, TaskState
from stranglerfig.core.plan import Place
from stranglerfig.core.topology import HealthCheck


def a_view(targets: UrlTargets | TaskTargets, **more: Any) -> TargetView:
    return TargetView(
        group=TargetGroup("posts", targets),
        state=TargetState.ACTIVE,
        problem=None,
        failed_revision=None,
        servers=more.pop("servers", ()),
        tasks=more.pop("tasks", ()),
        counters=GroupCounters(),
        rate=0.0,
        used_by=(),
        **more,
    )


def shown(
    seen: ServerHealth | None, *, is_draining: bool = False, place: Place = Place.IN, is_applied: bool = True
) -> str:
    """The health of a task that answers, of which HAProxy said ``seen`` when it was last asked; None: nothing."""
    task = ObservedTask("posts-1-0-1", "posts", 1, 40_001, TaskState.HEALTHY)
    record = TaskRecord(task, HealthCheck(), 10.0, 0.0, place=place, is_draining=is_draining)
    servers = () if seen is None else (ObservedServer(task.id, "127.0.0.1:40001", seen, 0, ""),)
    view = a_view(ProcessTargets(("serve",), "/"), servers=servers, tasks=(record,), is_applied=is_applied)
    return render_target(view)["servers"][0]["health"]


@pytest.mark.parametrize("seen", [ServerHealth.UP, ServerHealth.CHECKING, ServerHealth.DRAINING])
def test_a_task_that_has_just_entered_the_rotation_is_up(seen: ServerHealth) -> None:
    assert shown(seen) == "UP"


def test_a_task_that_leaves_or_does_not_answer_haproxy_is_shown_so() -> None:
    assert shown(ServerHealth.DRAINING, is_draining=True) == "DRAINING"
    assert shown(ServerHealth.DOWN) == "DOWN"


def test_a_task_that_answers_is_up_only_when_requests_can_come_to_it() -> None:
    assert shown(None, place=Place.OUT) == "STARTING"
    assert shown(None, is_applied=False) == "STARTING"
    assert shown(None) == "UP", "HAProxy was asked before it was told"


@pytest.mark.parametrize(
    ("targets", "kind"),
    [
        (UrlTargets(("http://127.0.0.1:1",)), "url"),
        (ProcessTargets(("serve",), "/"), "process"),
        (ContainerTargets((Container("web", "web:1"),)), "docker"),
    ],
)
def test_a_target_says_of_what_kind_it_is(targets: UrlTargets | TaskTargets, kind: str) -> None:
    assert render_target(a_view(targets))["kind"] == kind
