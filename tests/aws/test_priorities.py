"""Numbers of rules in the parameter store, with several deploys at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from stranglerfig.aws.checking.balancers import check_room
from stranglerfig.aws.priorities import (
    NumberBook,
    ParameterBook,
    Placed,
    Seen,
    check_numbers,
    forget_numbers,
    keep,
    numbered,
    settle,
    settle_numbers,
    take_numbers,
)
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.synth.balancing.number_records import env_paths, imported_paths, wanted_rules
from stranglerfig.aws.synth.balancing.priorities import SPACE, Numbered, RuleOfOwner, meet, rank_of
from stranglerfig.aws.synth.facts import ImportedBalancer, Release
from stranglerfig.errors import Refused, StateUnusable, Unavailable
from tests.aws.foreign_balancer import UNAVAILABLE, foreign_listener
from tests.aws.releases import a_release
from tests.aws.standin.cloud import Cloud
from tests.core.routing_builders import asks

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/company/50dc6c495c0c9188"


def web(name: str = "web", path: str = "/", more: str = "", **facts: dict[str, str]) -> Release:
    return a_release(
        f"name: {name}\ntype: Load Balanced Web Service\nimage: {{location: nginx, port: 80}}\nhttp: {{path: {path}}}\n"
        f"{more}",
        **facts,
    )


def a_book(session: Session, name: str) -> ParameterBook:
    return ParameterBook(session, f"/copilot/tests/{name}", {"copilot-application": "forum"})


def written(book: NumberBook) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in sorted(book.read(), key=lambda one: (one.rule.owner, one.rule.at)):
        found.setdefault(one.rule.owner, []).append(one.number)
    return found


def test_a_number_is_written_down_once_and_stays(session: Session) -> None:
    book = a_book(session, "once")
    first = take_numbers(book, "api", [asks("/api/…"), asks("/v2/…")])

    assert written(book) == {"api": list(first)}
    assert take_numbers(book, "api", [asks("/api/…"), asks("/v2/…")]) == first
    assert written(book) == {"api": list(first)}


def test_what_was_a_rule_s_number_before_stays_taken_until_the_deploy_is_done(session: Session) -> None:
    """Its stack may yet be rolled back to it."""
    book = a_book(session, "before")
    [deep] = take_numbers(book, "deep", [asks("/api/v2/…")])
    [before] = take_numbers(book, "api", [asks("/api/v2/users/…")])
    [after] = take_numbers(book, "api", [asks("/api/…")])

    assert before < deep < after
    assert sorted(written(book)["api"]) == [before, after]
    settle(book, "api", [after])
    assert written(book) == {"api": [after], "deep": [deep]}


def test_a_rule_that_changes_in_place_is_written_anew(session: Session) -> None:
    book = a_book(session, "changes")
    [number] = take_numbers(book, "api", [asks("/api/…")])

    assert take_numbers(book, "api", [asks("/apis/…")]) == (number,)
    [one] = book.read()
    assert one.rule.conditions == asks("/apis/…")


def test_numbers_of_copilot_s_are_kept(session: Session) -> None:
    book = a_book(session, "kept")
    keep(book, "api", [asks("/api/…")], [1])
    keep(book, "api", [asks("/api/…")], [1])
    keep(book, "v2", [asks("/api/v2/…")], [2])

    assert take_numbers(book, "api", [asks("/api/…")]) == (1,)
    assert take_numbers(book, "v2", [asks("/api/v2/…")]) == (2,)
    assert all(one.is_kept for one in book.read())


def test_more_records_than_aws_tells_at_once_are_all_read(session: Session) -> None:
    book = a_book(session, "many")
    take_numbers(book, "api", [asks(f"/{at}/…") for at in range(25)])

    assert len(book.read()) == 25


def test_what_is_no_record_is_told_with_its_name(session: Session) -> None:
    session.client("ssm").put_parameter(Name="/copilot/tests/broken/00001", Value="nonsense", Type="String")

    with pytest.raises(StateUnusable, match="the parameter /copilot/tests/broken/00001 holds no record"):
        a_book(session, "broken").read()


class Faster:
    """Somebody who takes each number just before."""

    def __init__(self, book: NumberBook, times: int) -> None:
        self.book, self.times = book, times

    def read(self) -> Sequence[Numbered]:
        return self.book.read()

    def take(self, one: Numbered) -> bool:
        if self.times > 0:
            self.times -= 1
            self.book.take(replace(one, rule=replace(one.rule, owner=f"other-{self.times}", conditions=asks("/o/…"))))
        return self.book.take(one)

    def rewrite(self, one: Numbered) -> None:
        self.book.rewrite(one)

    def drop(self, number: int) -> None:
        self.book.drop(number)


def test_who_comes_second_takes_a_number_near_by(session: Session) -> None:
    book = a_book(session, "second")
    [number] = take_numbers(Faster(book, times=1), "api", [asks("/api/…")])

    assert written(book)["api"] == [number]
    assert 0 < abs(number - written(book)["other-0"][0]) <= SPACE


def test_who_never_comes_first_is_told_so(session: Session) -> None:
    with pytest.raises(Unavailable, match="the rules of api found no numbers"):
        take_numbers(Faster(a_book(session, "never"), times=1000), "api", [asks("/api/…")])


class Meanwhile(Faster):
    """Somebody writes down a more specific rule behind ours, having looked before we wrote."""

    def take(self, one: Numbered) -> bool:
        took = super().take(one)
        if "deep" not in written(self.book):
            self.book.take(Numbered(one.number + 5, RuleOfOwner("deep", 0, asks("/api/v2/…"))))
        return took


def test_who_has_written_looks_again(session: Session) -> None:
    book = a_book(session, "again")
    [number] = take_numbers(Meanwhile(book, times=0), "api", [asks("/api/…")])
    settle(book, "api", [number])

    assert written(book)["api"] == [number]
    assert number > written(book)["deep"][0]


SEVERAL = """
import sys
from stranglerfig.aws.priorities import ParameterBook, take_numbers
from stranglerfig.aws.session import Access, open_session
from tests.core.routing_builders import asks
book = ParameterBook(open_session(Access()), "/copilot/tests/several", {})
sys.stdin.readline()
for at in range(6):
    take_numbers(book, f"{sys.argv[1]}-{at}", [asks("/x" * (at + 1) + "/…", source=sys.argv[2])])
"""


def test_deploys_at_once_never_share_a_number_and_the_more_specific_still_stands_before(
    cloud: Cloud, session: Session
) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    others = [
        subprocess.Popen([sys.executable, "-c", SEVERAL, name, source], stdin=subprocess.PIPE, text=True, env=environ)
        for name, source in (("one", "10.0.0.0/8"), ("two", "10.1.0.0/16"))
    ]
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    assert [other.communicate() and other.returncode for other in others] == [0, 0]

    found = a_book(session, "several").read()
    assert len({one.number for one in found}) == len(found) == 12
    for one, another in combinations(found, 2):
        if meet(one.rule.conditions, another.rule.conditions):
            assert (one.number < another.number) == (rank_of(one.rule) < rank_of(another.rule))


def test_a_release_gets_its_numbers_and_lets_go_of_them(cloud: Cloud) -> None:
    session = open_session(Access())
    release = numbered(session, web(more="", app={"domain": "example.com"}))
    public = env_paths(release.env)["public"]

    assert release.priorities == release.plain_priorities
    assert written(ParameterBook(session, public["HTTPS"], {})) == {"forum/test/web": list(release.priorities)}
    settle_numbers(session, release)
    assert numbered(session, release) == release
    forget_numbers(session, release.env, "web")
    assert [written(ParameterBook(session, path, {})) for path in public.values()] == [{}, {}]


def test_a_release_behind_a_shared_balancer_shares_its_numbers(cloud: Cloud) -> None:
    session = open_session(Access())
    shared = ImportedBalancer(BALANCER, "lb.example.com", "Z0LB", {"HTTP": "arn:listener"})
    release = numbered(session, replace(web("shop", "/shop"), balancer=shared))
    book = ParameterBook(session, imported_paths(BALANCER)["HTTP"], {})

    assert written(book) == {"forum/test/shop": list(release.priorities)}
    forget_numbers(session, release.env, "shop")
    assert written(book) == {}


def test_what_has_no_rules_needs_no_numbers(cloud: Cloud) -> None:
    worker = a_release("name: mailer\ntype: Worker Service\nimage: {location: nginx}\n")

    assert numbered(open_session(Access()), worker) is worker
    settle_numbers(open_session(Access()), worker)


def test_rules_that_are_on_the_listener_already_are_left_alone(cloud: Cloud) -> None:
    session = open_session(Access())
    release = web("free", "/free")
    [number] = numbered(session, release).priorities
    forget_numbers(session, release.env, "free")
    listener = a_listener(session, number)

    [other] = numbered(session, release, {"HTTP": listener}).priorities
    assert abs(other - number) == 1


def test_rules_of_a_stack_that_was_deployed_by_hand_keep_their_numbers(cloud: Cloud) -> None:
    session = open_session(Access())
    release = web("byhand", "/byhand")
    [number] = numbered(session, release, writes=False).priorities
    listener = a_listener(session, number)
    [rule, _] = session.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]

    [kept] = numbered(session, release, {"HTTP": listener}, own=[rule["RuleArn"]], writes=False).priorities
    [moved] = numbered(session, release, {"HTTP": listener}, writes=False).priorities
    assert (kept, moved != number) == (number, True)


def test_numbers_can_be_had_without_taking_them(cloud: Cloud) -> None:
    session = open_session(Access())
    release = web("planned", "/planned")
    planned = numbered(session, release, writes=False)
    book = ParameterBook(session, env_paths(release.env)["public"]["HTTP"], {})

    assert "forum/test/planned" not in written(book)
    assert numbered(session, release) == planned


def test_more_rules_than_the_account_may_have_are_refused(cloud: Cloud) -> None:
    """moto's accounts may have a hundred."""
    cloud.forget()
    session = open_session(Access())
    book = ParameterBook(session, imported_paths(BALANCER)["HTTP"], {})
    keep(book, "others", [asks(f"/{at}/…") for at in range(99)], range(1, 100))
    shared = ImportedBalancer(BALANCER, "lb.example.com", "Z0LB", {"HTTP": "arn:listener"})

    numbered(session, replace(web("first", "/first"), balancer=shared))
    with pytest.raises(Refused, match="balancer would have 101 rules, and this account may have 100"):
        numbered(session, replace(web("second", "/second"), balancer=shared))
    numbered(session, replace(web("first", "/first"), balancer=shared))


def test_a_check_counts_what_is_there_once_and_asks_for_it_once(cloud: Cloud) -> None:
    """Also where the service was deployed by hand, and has a rule that nobody wrote down."""
    cloud.forget()
    session = open_session(Access())
    listener = a_listener(session, 200)
    [rule, _] = session.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]
    book = ParameterBook(session, imported_paths(BALANCER)["HTTP"], {})
    keep(book, "others", [asks(f"/{at}/…") for at in range(98)], range(1, 99))
    keep(book, "forum/test/known", [asks("/known/…")], [99])
    shared = ImportedBalancer(BALANCER, "lb.example.com", "Z0LB", {"HTTP": listener})
    byhand, known = (replace(web(name, f"/{name}"), balancer=shared) for name in ("byhand", "known"))
    own, none = frozenset({rule["RuleArn"]}), frozenset[str]()
    placed: list[Placed] = [(byhand, shared.listeners, own), (known, shared.listeners, none)]
    seen = Seen(session)
    cloud.calls.clear()

    check_numbers(seen, placed)
    check_room(seen, placed)

    assert cloud.actions().count("DescribeRules") == 1
    assert cloud.actions().count("GetParametersByPath") == 10, "of which each has ten parameters"
    with pytest.raises(Refused, match="balancer would have 101 rules"):
        check_numbers(seen, [(byhand, shared.listeners, none)])


def a_listener(session: Session, number: int) -> str:
    """With one rule of that number."""
    _, arn = foreign_listener(session)
    session.client("elbv2").create_rule(
        ListenerArn=arn,
        Priority=number,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x"]}}],
        Actions=[UNAVAILABLE],
    )
    return arn


def test_a_request_driven_service_has_a_rule_like_any_other(cloud: Cloud) -> None:
    session = open_session(Access())
    release = a_release("name: rd\ntype: Request-Driven Web Service\nimage: {location: public.ecr.aws/a/b, port: 80}\n")
    [number] = numbered(session, release).priorities

    assert number >= 48_000
    assert len(wanted_rules(web("rd"))) == 1
