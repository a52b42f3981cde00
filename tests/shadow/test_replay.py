"""``fig shadow replay``: recorded requests against real servers, by the real command line."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.cli.command_line import Fig, Result
from tests.shadow.recordings import a_har, an_entry
from tests.shadow.sides import Answering, Asked, Reply, Side, always, two_sides, wait_until

SHOP = "http://shop.example"


@pytest.fixture
def fig(tmp_path: Path) -> Fig:
    return Fig(tmp_path, {})


def users(**fields: Any) -> Answering:
    """Of ``/api/users/17`` with what a test changes; ``DROP`` takes a field away."""

    def answer(asked: Asked) -> Reply:
        found = {"id": int(asked.target.rpartition("/")[2]), "name": "Ann", "tags": ["a", "b"], **fields}
        return Reply({name: value for name, value in found.items() if value is not DROP})

    return answer


DROP = object()


def replay(fig: Fig, har: str, sides: tuple[Side, Side], *flags: str) -> Result:
    file = fig.home / "shop.har"
    file.write_text(har)
    legacy, candidate = sides
    return fig("shadow", "replay", str(file), "--to", candidate.url, "--against", legacy.url, "--rate", "500", *flags)


def three_users() -> str:
    return a_har(*(an_entry(f"{SHOP}/api/users/{number}") for number in (1, 2, 3)))


#: candidates by a word in the path, and what is wrong with each
WRONG: dict[str, tuple[Answering, str]] = {
    "value": (users(name="Bob"), "changed $.name"),
    "missing": (users(name=DROP), "missing $.name"),
    "type": (users(name=7), "type $.name"),
    "order": (users(tags=["b", "a"]), "order $.tags"),
    "extra": (users(more=1), "extra $.more"),
    "status": (always({}, 404), "status status"),
    "cut": (lambda _: Reply(cuts=True), "status status"),
    "header": (always({}, 200, ("Content-Type", "text/plain")), "header header content-type"),
}


def test_whatever_is_wrong_with_a_candidate_is_found(fig: Fig) -> None:
    def candidate(asked: Asked) -> Reply:
        return WRONG[asked.target.split("/")[1]][0](asked)

    har = a_har(*(an_entry(f"{SHOP}/{word}/users/{number}") for word in WRONG for number in (1, 2)))
    with two_sides(users(), candidate) as sides:
        found = replay(fig, har, sides, "--json")

    report = found.json()
    differences = {
        one["endpoint"]: [f"{place['kind']} {place['place']}" for place in one["differences"]]
        for one in report["endpoints"]
    }
    assert (found.status, report["verdict"], report["different"]) == (1, "FAIL", 2 * len(WRONG))
    assert {word: wrong in differences[f"/{word}/users/{{id}}"] for word, (_, wrong) in WRONG.items()} == dict.fromkeys(
        WRONG, True
    )


def test_times_and_ids_that_differ_each_time_are_no_difference(fig: Fig) -> None:
    count = itertools.count()

    def answer(asked: Asked) -> Reply:
        return Reply({"at": f"2026-01-01T00:00:{next(count):02}", "request": f"r{next(count)}", "name": "Ann"})

    with two_sides(answer, answer) as sides:
        found = replay(fig, three_users(), sides, "--json")

    report = found.json()
    assert (found.status, report["verdict"], report["endpoints"][0]["noisy"]) == (0, "PASS", 3)
    assert "changed $.at" in report["endpoints"][0]["noise"]


def test_rules_say_what_does_not_count(fig: Fig) -> None:
    flags = (
        "--ignore",
        "$.name",
        "--normalise",
        "$.tags=unordered in /api/users/{id}",
        "--normalise",
        "$.price=round:1",
    )
    with two_sides(users(price=1.02), users(name="Bob", tags=["b", "a"], price=1.04)) as sides:
        found = replay(fig, three_users(), sides, *flags)

    assert (found.status, "PASS" in found.stdout) == (0, True), found


def test_legacy_is_asked_twice_and_both_are_told_that_it_is_a_copy(fig: Fig) -> None:
    headers = [{"name": "Cookie", "value": "sid=1"}, {"name": "If-None-Match", "value": '"x"'}]
    with two_sides(users(), users()) as (legacy, candidate):
        har = a_har(an_entry(f"{SHOP}/api/users/1?a=%20", headers=headers).copy())
        har = har.replace("?a=%20", "")
        found = replay(fig, har, (legacy, candidate), "-H", "Cookie: sid=2")

    assert (found.status, len(legacy.asked), len(candidate.asked)) == (0, 2, 1)
    for asked in (*legacy.asked, *candidate.asked):
        assert (asked.headers["x-fig-shadow"], asked.headers["cookie"]) == ("copy", "sid=2")
        assert asked.headers["host"] == "shop.example"
        assert "if-none-match" not in asked.headers


def test_without_legacy_the_recorded_answers_count(fig: Fig) -> None:
    har = a_har(
        an_entry(f"{SHOP}/api/users/1", answer={"id": 1, "name": "Ann", "tags": ["a", "b"]}),
        an_entry(f"{SHOP}/api/users/2", answer={"id": 2, "name": "Bob", "tags": ["a", "b"]}),
        an_entry(f"{SHOP}/api/users/3", status=404),
    )
    with two_sides(users(), users()) as (_, candidate):
        (fig.home / "shop.har").write_text(har)
        found = fig("shadow", "replay", "shop.har", "--to", candidate.url, "--json", cwd=fig.home)

    (endpoint,) = found.json()["endpoints"]
    assert [(one["kind"], one["place"]) for one in endpoint["differences"]] == [
        ("changed", "$.name"),
        ("status", "status"),
    ]


def test_what_is_told_does_not_hang_on_who_was_answered_first(fig: Fig) -> None:
    last = threading.Event()

    def candidate(asked: Asked) -> Reply:
        """The first of the two that differ is answered last."""
        if asked.target.endswith("/2"):
            assert last.wait(30)
        elif asked.target.endswith("/3"):
            last.set()
        return users()(asked)

    names = {1: "Ann", 2: "Bob", 3: "Cid"}
    answers = {number: {"id": number, "name": name, "tags": ["a", "b"]} for number, name in names.items()}
    har = a_har(*(an_entry(f"{SHOP}/api/users/{number}", answer=answer) for number, answer in answers.items()))
    with two_sides(users(), candidate) as (_, side):
        (fig.home / "shop.har").write_text(har)
        found = fig("shadow", "replay", "shop.har", "--to", side.url, "--reveal", "$.name", "--json", cwd=fig.home)

    report = found.json()
    assert [one["legacy"] for one in report["endpoints"][0]["differences"]] == ["Bob"]
    assert [one["target"] for one in report["examples"][0]["examples"]] == ["/api/users/2"]


def test_writes_are_left_out_unless_asked_for_and_never_reach_legacy(fig: Fig) -> None:
    post = {"postData": {"mimeType": "application/json", "text": '{"name": "Ann"}'}}
    har = a_har(an_entry(f"{SHOP}/api/users", "POST", answer={"id": 1}, status=201, **post))
    with two_sides(always({"id": 1}), always({"id": 1}, 201)) as (legacy, candidate):
        without = replay(fig, har, (legacy, candidate))
        asked_without = len(candidate.asked)
        found = replay(fig, har, (legacy, candidate), "--writes")

    assert (without.status, asked_without) == (6, 0)
    assert "1 request left out" in without.stderr
    assert (found.status, legacy.asked) == (0, []), found
    assert candidate.asked[0].body == b'{"name": "Ann"}'
    assert candidate.asked[0].headers["idempotency-key"].startswith("fig-")


def test_a_legacy_that_fails_is_nothing_to_compare_with(fig: Fig) -> None:
    with two_sides(always({}, 503), users()) as (legacy, candidate):
        found = replay(fig, three_users(), (legacy, candidate), "--json")

    assert (found.status, found.json()["verdict"]) == (6, "INCONCLUSIVE")
    assert (len(legacy.asked), candidate.asked) == (3, [])


def test_secrets_stand_in_no_report(fig: Fig) -> None:
    secret = "hunter2-and-more"
    headers = [{"name": "Authorization", "value": f"Bearer {secret}"}, {"name": "Cookie", "value": f"sid={secret}"}]
    har = a_har(an_entry(f"{SHOP}/api/users/1?token={secret}", headers=headers))
    answers = [always({"password": f"{secret}{n}", "mail": f"{secret}{n}@shop.example", "n": n}) for n in (1, 2)]
    with two_sides(*answers) as sides:
        found = replay(fig, har, sides, "--json", "--junit", "report.xml")

    assert found.status == 1
    assert '"n"' not in found.stderr
    assert secret not in found.stdout
    (example, *_) = [one for one in found.json()["examples"] if one["place"] == "$.n"]
    assert example["examples"][0]["curl"].startswith("curl -sS -i ")
    assert '"$REDACTED_1"' in example["examples"][0]["curl"]
    assert (example["legacy"], example["candidate"]) == ("1", "2")


def test_junit_says_which_endpoint_failed(fig: Fig) -> None:
    har = a_har(an_entry(f"{SHOP}/api/users/1"), an_entry(f"{SHOP}/api/posts/1"))

    def candidate(asked: Asked) -> Reply:
        return users()(asked) if "users" in asked.target else Reply({"a\x00": "\x01"})

    with two_sides(users(), candidate) as sides:
        file = fig.home / "report.xml"
        found = replay(fig, har, sides, "--junit", str(file))

    suite = fromstring(file.read_text())[0]
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert (found.status, suite.get("tests"), suite.get("failures")) == (1, "3", "2")
    assert failed == {"verdict", "GET /api/posts/{id}"}


def test_a_few_may_differ_where_that_is_allowed(fig: Fig) -> None:
    def candidate(asked: Asked) -> Reply:
        return users(name="Bob" if asked.target.endswith("3") else "Ann")(asked)

    with two_sides(users(), candidate) as sides:
        allowed = replay(fig, three_users(), sides, "--max-mismatch", "40%")
        refused = replay(fig, three_users(), sides, "--max-mismatch", "20%")

    assert (allowed.status, refused.status) == (0, 1)


@pytest.fixture
def slow() -> Iterator[tuple[Side, Side]]:
    def answer(asked: Asked) -> Reply:
        return Reply({}, wait_s=60 if "slow" in asked.target else 0)

    with two_sides(answer, answer) as sides:
        yield sides


def test_ctrl_c_tells_what_was_seen(fig: Fig, slow: tuple[Side, Side]) -> None:
    legacy, candidate = slow
    file = fig.home / "shop.har"
    file.write_text(a_har(an_entry(f"{SHOP}/fast"), *(an_entry(f"{SHOP}/slow") for _ in range(3))))
    flags = ("--to", candidate.url, "--against", legacy.url, "--timeout", "60s", "--json")
    process = subprocess.Popen(
        fig.argv("shadow", "replay", str(file), *flags), env=fig.env(), stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: "/slow" in legacy.paths() and legacy.paths().count("/fast") == 2)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=20)

    assert process.returncode == 130
    assert json.loads(output)["compared"] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("missing.har", "--to", "http://127.0.0.1:1"), "cannot read"),
        (("bad.har", "--to", "http://127.0.0.1:1"), "bad.har is no HAR file: it has no log.entries"),
        (("good.har", "--to", "127.0.0.1"), "bad URL"),
        (("good.har", "--to", "http://a", "--ignore", "name"), "bad rule"),
        (("good.har", "--to", "http://a", "--normalise", "$.a"), "bad --normalise"),
        (("good.har", "--to", "http://a", "--normalise", "$.a=sorted"), "bad --normalise '$.a=sorted'"),
        (("good.har", "--to", "http://a", "--junit", "missing/report.xml"), "cannot write missing/report.xml"),
        (("good.har", "--to", "http://a", "-H", "x"), "bad header"),
        (("good.har", "--to", "http://a", "--rate", "fast"), "no rate"),
    ],
)
def test_what_cannot_be_meant_is_refused(fig: Fig, args: tuple[str, ...], message: str) -> None:
    (fig.home / "bad.har").write_text("{}")
    (fig.home / "good.har").write_text(a_har())
    found = fig("shadow", "replay", *args, cwd=fig.home)

    assert (found.status, message in found.stderr) == (2, True), found.stderr


def test_a_long_run_says_how_far_it_is(fig: Fig) -> None:
    file = fig.home / "shop.har"
    file.write_text(a_har(*(an_entry(f"{SHOP}/api/users/{number}") for number in range(12))))
    with two_sides(users(), users()) as (legacy, candidate):
        urls = ("--to", candidate.url, "--against", legacy.url)
        seen, status = fig.on_terminal("shadow", "replay", str(file), *urls, "--rate", "20/s", typed="")

    assert (status, "of 12 sent, 0 differ" in seen, "PASS" in seen) == (0, True, True)
