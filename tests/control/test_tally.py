"""How many copies were compared since a moment."""

from __future__ import annotations

from stranglerfig.control.shadows.tally import MOST_ENTRIES, Tally


def test_only_what_came_since_counts() -> None:
    tally = Tally()
    for at, is_different in ((10.0, True), (10.4, False), (12.0, True), (13.0, False)):
        tally.add(at, is_different=is_different)

    assert [tally.since(at) for at in (0.0, 10.0, 11.0, 12.0, 12.5, 14.0)] == [
        *((4, 2), (4, 2), (2, 1), (2, 1), (1, 0), (0, 0))
    ]
    assert Tally().since(0.0) == (0, 0)


def test_it_is_bounded_and_still_right_as_a_whole() -> None:
    tally = Tally()
    for second in range(2 * MOST_ENTRIES):
        tally.add(float(second), is_different=second % 2 == 0)

    assert len(tally._moments) <= MOST_ENTRIES
    assert tally.since(0.0) == (2 * MOST_ENTRIES, MOST_ENTRIES)
    recent = tally.since(2 * MOST_ENTRIES - 100.0)[0]
    assert 90 <= recent <= 110
