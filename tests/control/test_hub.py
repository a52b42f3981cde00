"""Access lines reach every subscriber, whatever another one does."""

from __future__ import annotations

import pytest

from stranglerfig.control.traffic.hub import Hub
from stranglerfig.core.traffic.lines import AccessLine

LINE = AccessLine(
    at=1.0, listener="shop", pool="users:b1", server="u1", method="GET", target="/a?b", host="h", status=200, total_ms=2
)


def test_every_subscriber_gets_each_line_until_it_ends_its_subscription() -> None:
    hub, first, second = Hub(), list[AccessLine](), list[AccessLine]()
    end = hub.subscribe(first.append)
    hub.subscribe(second.append)

    hub.publish(LINE)
    end()
    hub.publish(LINE)

    assert (len(first), len(second)) == (1, 2)


def test_a_subscriber_that_fails_costs_the_others_nothing_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    hub, seen = Hub(), list[AccessLine]()

    def fail(line: AccessLine) -> None:
        raise ValueError(line.target)

    hub.subscribe(fail)
    hub.subscribe(seen.append)
    for _ in range(3):
        hub.publish(LINE)

    assert len(seen) == 3
    assert len(caplog.records) == 1


def test_a_subscriber_may_end_its_subscription_in_a_line() -> None:
    hub, seen = Hub(), list[AccessLine]()

    def take_one(line: AccessLine) -> None:
        seen.append(line)
        end()

    end = hub.subscribe(take_one)
    hub.publish(LINE)
    hub.publish(LINE)

    assert len(seen) == 1


def test_a_pool_is_known_by_its_target_group_and_a_target_by_its_path() -> None:
    assert (LINE.group, LINE.path) == ("users", "/a")
