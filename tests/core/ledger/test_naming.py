"""Endpoints, of which there are never too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.ledger.naming import MOST_ENDPOINTS, MOST_WORDS, NOTHING_THERE, Naming, is_there
from stranglerfig.core.ledger.records import OTHER, UNSEEN

paths = st.lists(st.text("abc1/-.%~é", max_size=12), max_size=4).map(lambda parts: "/" + "/".join(parts))


def test_paths_that_differ_by_an_id_are_one_endpoint() -> None:
    naming = Naming.of([])

    assert naming.name("GET", "/api/users/17", is_there=True) == ("GET", "/api/users/{id}")
    assert naming.name("GET", "/api/users/18", is_there=True) == ("GET", "/api/users/{id}")


def test_what_nothing_is_known_to_be_at_gets_no_place_of_its_own() -> None:
    naming = Naming.of([])
    naming.name("GET", "/api/users/17", is_there=True)

    assert naming.name("GET", "/wp-admin.php", is_there=False) == ("GET", OTHER)
    assert naming.name("GET", "/api/users/99", is_there=False) == ("GET", "/api/users/{id}")
    assert naming.name("GET", "/wp-admin.php", is_there=False) == ("GET", OTHER)


def test_a_flood_of_paths_stays_within_bounds() -> None:
    naming = Naming.of([])
    found = {naming.name("GET", f"/a{number % 90}/b{number}/c{number % 7}", is_there=True) for number in range(30_000)}

    assert len(naming.names) <= MOST_ENDPOINTS
    assert len(found) <= MOST_ENDPOINTS + 1


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "BREW", "x" * 300]), paths, st.booleans()), max_size=60))
def test_whatever_is_asked_it_has_a_name_that_stays_its_name(asked: list[tuple[str, str, bool]]) -> None:
    naming = Naming.of(["/api/users"])
    for method, path, there in asked:
        name = naming.name(method, path, is_there=there)
        assert name in naming.names or name[1] == OTHER
        assert naming.settle(naming.settle(name[1])) == naming.settle(name[1])


def test_words_of_routes_stay_words_among_many_others() -> None:
    naming = Naming.of(["/users"])
    for number in range(MOST_WORDS + 10):
        naming.name("GET", f"/word{chr(97 + number % 26)}{chr(97 + number // 26)}", is_there=True)
    naming.name("GET", "/users", is_there=True)

    assert naming.settle("/users") == "/users"
    assert naming.settle("/wordaa") == "/{name}"


def test_what_was_found_before_is_known_again() -> None:
    first = Naming.of([])
    for number in range(MOST_WORDS + 1):
        first.name("GET", f"/by/{chr(97 + number % 26)}{chr(97 + number // 26)}x/all", is_there=True)
    again = Naming.of([], first.names)

    assert again.name("GET", "/by/somebody/all", is_there=False) == ("GET", "/by/{name}/all")
    assert ("GET", "/by/{name}/all") in again.names


def test_names_that_are_none_stay_as_they_are() -> None:
    naming = Naming.of([], [("GET", OTHER), ("*", UNSEEN)])

    assert (naming.settle(OTHER), naming.settle(UNSEEN), naming.names) == (OTHER, UNSEEN, set())


def test_only_an_answer_of_a_target_that_is_no_refusal_says_that_a_path_exists() -> None:
    assert is_there("legacy", 200)
    assert is_there("legacy", 500)
    assert not is_there("", 302)
    assert not any(is_there("legacy", status) for status in NOTHING_THERE)
