"""What differs between legacy's own answers is not held against the candidate, unless it does so much more often."""

from __future__ import annotations

import json
import random
from typing import Any

from stranglerfig.core.compare.answers import Answer
from stranglerfig.core.compare.noise import MOST_PLACES, Judgement, Learned, Outcome, contrast, judge
from stranglerfig.core.compare.rules import Rules


def an_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, (("content-type", "application/json"),), json.dumps(value).encode())


def look(learned: Learned, legacy: Any, again: Any, candidate: Any) -> tuple[Judgement, Learned]:
    return judge(learned, contrast(an_answer(legacy), an_answer(again), an_answer(candidate), Rules()))


def test_what_legacy_changes_by_itself_is_noise_at_once() -> None:
    judgement, _ = look(Learned(), {"at": 1, "a": 1}, {"at": 2, "a": 1}, {"at": 3, "a": 1})

    assert judgement.outcome is Outcome.NOISY
    assert [one.place for one in judgement.noise] == ["$.at"]


def test_a_real_difference_stands_beside_the_noise() -> None:
    judgement, _ = look(Learned(), {"at": 1, "a": 1}, {"at": 2, "a": 1}, {"at": 3, "a": 2})

    assert judgement.outcome is Outcome.DIFFERENT
    assert [one.place for one in judgement.real] == ["$.a"]


def test_another_type_is_no_noise_where_only_the_value_changes() -> None:
    judgement, _ = look(Learned(), {"at": 1}, {"at": 2}, {"at": "3"})

    assert [(one.kind.value, one.place) for one in judgement.real] == [("type", "$.at")]


def test_equal_sides_are_hardly_ever_told_apart_however_seldom_a_field_changes() -> None:
    chance = random.Random(7)
    for rate in (0.02, 0.1, 0.5):
        learned, outcomes = Learned(), []
        for _ in range(1_500):
            one, two, three = ({"n": int(chance.random() < rate), "a": 1} for _ in range(3))
            judgement, learned = look(learned, one, two, three)
            outcomes.append(judgement.outcome)
        late = outcomes[500:]
        assert late.count(Outcome.DIFFERENT) <= len(late) * 0.01, rate


def test_a_fault_is_seen_in_a_field_that_is_noisy_now_and_then() -> None:
    chance = random.Random(7)
    learned = Learned()
    for _ in range(300):
        one, two = ({"n": int(chance.random() < 0.02)} for _ in range(2))
        judgement, learned = look(learned, one, two, {"n": 5})

    assert judgement.outcome is Outcome.DIFFERENT


def test_an_order_without_meaning_is_learned() -> None:
    chance, members = random.Random(1), ["a", "b", "c", "d", "e"]
    learned = Learned()
    for _ in range(40):
        one, two, three = (chance.sample(members, 5) for _ in range(3))
        judgement, learned = look(learned, one, two, three)

    assert judgement.outcome in (Outcome.NOISY, Outcome.EQUAL)
    judgement, _ = look(learned, members, members, members[::-1])
    assert judgement.outcome is Outcome.NOISY


def test_an_order_with_meaning_is_not() -> None:
    judgement, _ = look(Learned(), [1, 2, 3], [1, 2, 3], [3, 2, 1])

    assert [one.kind.value for one in judgement.real] == ["order"]


def test_a_field_that_comes_and_goes_is_noise_both_ways() -> None:
    _, learned = look(Learned(), {"a": 1}, {}, {"a": 1})

    assert look(learned, {}, {}, {"a": 1})[0].outcome is Outcome.NOISY


def test_a_failure_of_legacy_says_nothing_of_the_candidate() -> None:
    judgement, learned = judge(Learned(), contrast(an_answer({}, 503), an_answer({}), an_answer({"a": 1}), Rules()))

    assert judgement.outcome is Outcome.UNUSABLE
    assert learned == Learned()


def test_what_is_remembered_is_bounded() -> None:
    learned = Learned()
    for number in range(3):
        value = {f"k{number}-{one}": 1 for one in range(MOST_PLACES)}
        _, learned = look(learned, {}, {}, value)

    assert len(learned.spots) == MOST_PLACES


def test_a_token_in_a_page_is_noise_in_its_line_alone() -> None:
    def page(token: str, name: str) -> Answer:
        return Answer(200, (("content-type", "text/html"),), f"<b>\n{token}\n<i>\n{name}".encode())

    learned = Learned()
    for number in range(50):
        tokens = [f"t{number}{side}" for side in range(3)]
        seen = contrast(page(tokens[0], "Ann"), page(tokens[1], "Ann"), page(tokens[2], "Bob"), Rules())
        judgement, learned = judge(learned, seen)

        assert [one.place for one in judgement.noise] == ["body line 2"]
        assert [one.place for one in judgement.real] == ["body line 4"]
