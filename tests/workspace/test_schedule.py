"""Schedules in all their notations."""

from __future__ import annotations

import pytest

from stranglerfig.core.application import Schedule
from stranglerfig.errors import UsageError
from stranglerfig.workspace.compile.schedule import to_schedule


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("none", Schedule()),
        ("@hourly", Schedule(cron="0 * * * *")),
        ("@Daily", Schedule(cron="0 0 * * *")),
        ("@yearly", Schedule(cron="0 0 1 1 *")),
        ("@every 1h30m", Schedule(every_s=5400.0)),
        ("@every 120s", Schedule(every_s=120.0)),
        ("rate(1 minute)", Schedule(every_s=60.0)),
        ("rate(5 hours)", Schedule(every_s=18_000.0)),
        ("rate(2 days)", Schedule(every_s=172_800.0)),
        ("*/5 9-17 * * 1-5", Schedule(cron="*/5 9-17 * * 1-5")),
        ("0 0 ? * MON", Schedule(cron="0 0 * * MON")),
        ("cron(0 12 * * ? *)", Schedule(cron="0 12 * * *")),
        ("cron(15 10 ? * MON-FRI *)", Schedule(cron="15 10 * * 1-5")),
        ("cron(0 8 ? * 1,7 *)", Schedule(cron="0 8 * * 0,6")),
        ("cron(0 8 ? * 2#1 *)", Schedule(cron="0 8 * * 1#1")),
        ("cron(0 8 ? * 6L *)", Schedule(cron="0 8 * * 5L")),
        ("cron(0 8 L * ? *)", Schedule(cron="0 8 L * *")),
    ],
)
def test_a_schedule_is_a_cron_expression_a_period_or_nothing(text: str, wanted: Schedule) -> None:
    assert to_schedule(text) == wanted


def test_retries_and_timeout_belong_to_it() -> None:
    assert to_schedule("@daily", retries=3, timeout_s=9.0) == Schedule(cron="0 0 * * *", retries=3, timeout_s=9.0)


@pytest.mark.parametrize(
    "text",
    [
        *("", "sometimes", "@every", "@every 90", "@every 30s", "@every 90s", "@every 1d", "rate(0 minutes)"),
        *("rate(5)", "* * * *", "* * * * * *", "cron(0 12 * * ?)", "cron(0 12 * * ? 2030)", "cron(0 0 15W * ? *)"),
        *("cron(0 8 ? * 8 *)", "cron(0 8 ? * FUNDAY *)"),
    ],
)
def test_what_cannot_be_kept_here_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        to_schedule(text)
    assert "on.schedule" in (caught.value.hint or "")
