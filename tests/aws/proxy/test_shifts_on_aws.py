"""Shifts by figures of moto's CloudWatch, and weights of its balancer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from stranglerfig.aws.proxies.deploying import plan_deploy
from stranglerfig.aws.proxies.figures import NAMESPACE, to_dimensions
from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.proxies.rules import change_rule, live_weights
from stranglerfig.aws.proxies.shift_books import Entry, since_start
from stranglerfig.aws.proxies.shifting import Look, Shifting
from stranglerfig.aws.session import Access, open_session
from stranglerfig.core.desired import Route
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.errors import Conflict, Refused, Unavailable, UsageError
from tests.aws.proxy.places import (
    NAME,
    begin_place,
    bring_service,
    deployed,
    deregister,
    health,
    read_declaration,
    register,
)
from tests.aws.standin.cloud import Cloud

SHOP = """
    name: shop
    type: Strangler Proxy
    default: monolith
    routes:
      users: {path: /users, to: users, shift: true}
"""
PLAN = Plan((1_000, 5_000, 10_000), bake_s=120, limits=Limits(minimum_requests=50))
#: of an hour that is over
NOON = 1_790_000_040


@dataclass
class Street:
    """Traffic is what CloudWatch says of it, in time that passes as the test says."""

    cloud: Cloud
    place: Place
    groups: dict[str, str]
    now: float = float(NOON)
    shifting: Shifting = field(init=False)

    def open(self) -> Shifting:
        """As another process would."""
        self.shifting = Shifting(self.place, self.place.require(NAME), lambda: self.now)
        return self.shifting

    @property
    def route(self) -> Route:
        return self.shifting.proxy.route("users")

    def weight(self) -> int:
        return live_weights(self.place, self.shifting.proxy)["users"]

    def look(self) -> Look:
        return self.shifting.look("users")

    def traffic(self, minutes: int, service: str, requests: int, errors: int = 0, lost: int = 0) -> None:
        """In each of the minutes that begin now. ``lost`` had no answer of a target."""
        dimensions = to_dimensions(self.place.outputs["PublicLoadBalancerArn"], self.groups[service])
        client = self.place.session.client("cloudwatch")
        for at in range(minutes):
            begin = int(self.now) // 60 * 60 + 60 * at
            stamp = {"Timestamp": datetime.fromtimestamp(begin, UTC), "Dimensions": dimensions}
            data = [
                {**stamp, "MetricName": "RequestCount", "Value": requests},
                {**stamp, "MetricName": "TargetResponseTime", "Value": 0.02},
                {**stamp, "MetricName": "HTTPCode_Target_2XX_Count", "Value": requests - errors - lost},
            ]
            if errors:
                data.append({**stamp, "MetricName": "HTTPCode_Target_5XX_Count", "Value": errors})
            client.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def pass_minutes(self, count: int, *, errors: int = 0, lost: int = 0) -> None:
        """With requests of both sides, until CloudWatch has told of all of them."""
        self.traffic(count, "users", 4_000, errors=errors, lost=lost)
        self.traffic(count, "monolith", 4_000)
        self.now += 60 * count + 120


@pytest.fixture(scope="module")
def street_of_module(cloud: Cloud) -> Street:
    place = begin_place(open_session(Access()))
    groups = {name: bring_service(place, name) for name in ("monolith", "users")}
    for at, group in enumerate(groups.values()):
        register(place, group, f"10.0.1.{at}")
    deployed(place, SHOP)
    return Street(cloud, place, groups)


@pytest.fixture
def street(street_of_module: Street) -> Street:
    """A route with nothing moved, an hour after the test before."""
    found = street_of_module
    found.now = float(int(found.now) // 3600 * 3600 + 3600 + 60)
    shifting = found.open()
    entry = shifting.books.find(NAME, "users")
    if entry is not None and entry.record.is_running:
        shifting.ask("users", Event.ABORT, force=True)
    change_rule(found.place, shifting.proxy, found.route, 0)
    found.cloud.calls.clear()
    return found


def test_a_shift_goes_from_step_to_step_until_the_candidate_has_all(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    assert street.weight() == 1_000

    weights = []
    for _ in PLAN.steps:
        street.pass_minutes(3)
        street.look()
        weights.append(street.weight())

    assert weights == [5_000, 10_000, 10_000]
    assert street.look().record.shift.phase is Phase.FINISHED
    ((_, decisions),) = list(since_start(street.shifting.books.history(NAME, "users")))[-1:]
    assert [one.told_event for one in decisions] == ["start", "PASS", "PASS", "PASS"]


def test_a_breach_gives_all_weight_back_by_one_call(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(3)
    street.look()
    street.pass_minutes(1, errors=400)
    street.cloud.calls.clear()

    look = street.look()

    assert (look.record.shift.phase, street.weight()) == (Phase.ROLLED_BACK, 0)
    assert "of the candidate's 4,000 requests failed" in look.record.shift.reason
    assert street.cloud.actions().count("ModifyRule") == 1


def test_a_candidate_that_hangs_up_is_taken_back_though_no_target_tells_of_an_error(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(2, lost=400)

    look = street.look()

    assert (look.record.shift.phase, street.weight()) == (Phase.ROLLED_BACK, 0)
    assert "of the candidate's 8,000 requests failed" in look.record.shift.reason


def test_cloudwatch_is_asked_when_there_is_another_minute_of_figures(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.now += 120 + 60
    for seconds in (0, 5, 5, 60):
        street.now += seconds
        street.look()

    assert street.cloud.actions().count("GetMetricData") == 2
    assert street.cloud.actions().count("DescribeTargetHealth") == 2 + 2 * 4


def test_times_of_a_shift_are_by_the_clock_of_aws(street: Street) -> None:
    shifting = Shifting(street.place, street.place.require(NAME))
    with street.cloud.clock_of(lambda: NOON + 0.9):
        record = shifting.begin(street.route, PLAN)

    assert record.started_at == pytest.approx(NOON, abs=2)


def test_figures_that_are_late_hold_a_step_where_it_is(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.now += 600

    look = street.look()

    assert look.record.shift.phase is Phase.BAKING
    assert look.sight is not None
    assert look.sight.verdict.reason == "CloudWatch has no figures of forum.test.users in this step yet"
    assert street.weight() == 1_000


def test_a_candidate_without_healthy_targets_is_taken_back_before_any_figure_says_so(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    deregister(street.place, street.groups["users"], "10.0.1.1")
    try:
        look = street.look()
    finally:
        register(street.place, street.groups["users"], "10.0.1.1")

    assert (look.record.shift.phase, street.weight()) == (Phase.ROLLED_BACK, 0)
    assert look.record.shift.reason == "forum.test.users has no healthy target: it has none"


def test_nothing_goes_back_to_a_legacy_that_has_nobody(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(1, errors=400)
    deregister(street.place, street.groups["monolith"], "10.0.1.0")
    try:
        look = street.look()
        with pytest.raises(Conflict, match=r"forum\.test\.monolith has no healthy target"):
            street.shifting.ask("users", Event.ABORT)
    finally:
        register(street.place, street.groups["monolith"], "10.0.1.0")

    assert look.record.shift.phase is Phase.HOLDING
    assert look.record.shift.reason.endswith("and forum.test.monolith has no healthy target to go back to")
    assert street.look().record.shift.phase is Phase.ROLLED_BACK


def test_a_shift_does_not_begin_with_a_candidate_that_has_nobody(street: Street) -> None:
    deregister(street.place, street.groups["users"], "10.0.1.1")
    try:
        with pytest.raises(Conflict, match=r"forum\.test\.users has no healthy target"):
            street.shifting.begin(street.route, PLAN)
    finally:
        register(street.place, street.groups["users"], "10.0.1.1")
    assert street.weight() == 0


def test_no_step_is_promoted_to_a_candidate_that_has_nobody_or_too_few(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    for phase in (Phase.BAKING, Phase.PAUSED):
        for states, told in (({}, "no healthy target"), ({"healthy": 4, "unhealthy": 6}, "4 of 10 targets healthy")):
            with (
                health(street.groups["users"], **states),
                pytest.raises(Conflict, match=rf"forum\.test\.users has {told}"),
            ):
                street.shifting.ask("users", Event.PROMOTE)
        assert (street.shifting.require("users").record.shift.phase, street.weight()) == (phase, 1_000)
        if phase is Phase.BAKING:
            street.shifting.ask("users", Event.PAUSE)

    with health(street.groups["users"], healthy=5, unhealthy=5):
        street.shifting.ask("users", Event.PROMOTE)
        assert street.weight() == 5_000
        assert street.shifting.ask("users", Event.PROMOTE, force=True).shift.weight == street.weight() == 10_000
    with health(street.groups["users"]), pytest.raises(Conflict, match="no healthy target"):
        street.shifting.ask("users", Event.PROMOTE)
    with health(street.groups["users"], healthy=1, unhealthy=1):
        assert street.shifting.ask("users", Event.PROMOTE).shift.phase is Phase.FINISHED


def test_a_step_that_passed_waits_for_the_targets_of_the_next(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(3)
    with health(street.groups["users"], healthy=4, unhealthy=6):
        waiting = street.look().record.shift
    assert (waiting.phase, waiting.reason.partition(": ")[0], street.weight()) == (
        Phase.WAITING,
        "forum.test.users has 4 of 10 targets healthy, too few for 50 %",
        1_000,
    )
    assert street.look().record.shift.weight == street.weight() == 5_000


def test_another_process_goes_on_where_one_was_cut_off_before_the_weight_was_set(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(3)
    with (
        street.cloud.failing("ModifyRule", "LimitExceeded"),
        pytest.raises(Unavailable, match="ModifyRule"),
    ):
        street.look()
    assert street.weight() == 1_000

    street.open()
    look = street.look()

    assert (look.record.shift.step, street.weight()) == (1, 5_000)


def test_a_breach_that_nobody_could_put_in_force_is_put_in_force_later(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(1, errors=400)
    with (
        street.cloud.failing("ModifyRule", "LimitExceeded"),
        pytest.raises(Unavailable, match="ModifyRule"),
    ):
        street.look()

    street.open()
    assert street.look().record.shift.phase is Phase.ROLLED_BACK
    assert street.weight() == 0


def test_a_breach_is_taken_back_though_it_cannot_be_written_down(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(1, errors=400)
    with street.cloud.failing("PutParameter", "AccessDeniedException"), pytest.raises(Refused):
        street.look()

    assert street.weight() == 0


def test_the_second_of_two_who_decide_at_once_gives_way(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    seen = street.shifting.require("users")
    street.shifting.ask("users", Event.ABORT)

    assert street.shifting.books.write(Entry(seen.record, seen.decision, seen.version), NAME) is None

    assert street.shifting.require("users").record.shift.phase is Phase.ABORTED


def in_between(street: Street, event: Event) -> None:
    """Somebody else gives an order, just when the next decision is about to be written."""
    other = Shifting(street.place, street.place.require(NAME), lambda: street.now)

    def give() -> None:
        del street.cloud.hooks["PutParameter"]
        other.ask("users", event)

    street.cloud.hooks["PutParameter"] = give


def test_a_watch_goes_on_by_what_somebody_else_has_decided_meanwhile(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(3)
    in_between(street, Event.PAUSE)

    assert street.look().record.shift.phase is Phase.PAUSED
    street.pass_minutes(1, errors=400)
    in_between(street, Event.RESUME)
    assert street.look().record.shift.phase is Phase.BAKING
    assert street.look().record.shift.phase is Phase.BAKING
    street.pass_minutes(1, errors=400)
    assert street.look().record.shift.phase is Phase.ROLLED_BACK
    assert street.weight() == 0


def test_an_order_is_carried_out_though_a_watch_decides_at_the_same_time(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    in_between(street, Event.PROMOTE)

    assert street.shifting.ask("users", Event.ABORT).shift.phase is Phase.ABORTED
    assert street.weight() == 0


def test_a_decision_that_the_sdk_writes_twice_is_still_our_own(street: Street) -> None:
    with street.cloud.failing("PutParameter", "lose the answer", times=1):
        street.shifting.begin(street.route, PLAN)
    street.pass_minutes(1, errors=400)
    with street.cloud.failing("PutParameter", "lose the answer", times=1):
        look = street.look()

    assert (look.record.shift.phase, street.weight()) == (Phase.ROLLED_BACK, 0)


def test_shifts_that_the_sdk_forgets_twice_are_forgotten(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    with street.cloud.failing("DeleteParameter", "lose the answer", times=1):
        street.shifting.books.forget(NAME)

    assert list(street.shifting.books.all()) == []


def test_what_was_taken_back_unwritten_is_not_put_in_force_again(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.pass_minutes(1, errors=400)
    with street.cloud.failing("PutParameter", "TooManyUpdates"):
        for _ in range(2):
            with pytest.raises(Unavailable):
                street.look()
            assert street.weight() == 0
    changed = street.cloud.actions().count("ModifyRule")

    assert street.look().record.shift.phase is Phase.ROLLED_BACK
    assert street.cloud.actions().count("ModifyRule") == changed == 2


def test_people_pause_and_promote_a_shift_and_take_it_back(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    assert street.shifting.ask("users", Event.PAUSE).shift.phase is Phase.PAUSED
    street.pass_minutes(3)
    assert street.look().record.shift.phase is Phase.PAUSED
    street.shifting.ask("users", Event.PROMOTE)
    assert street.weight() == 5_000

    street.shifting.roll_back(street.route)

    assert street.weight() == 0
    assert street.shifting.require("users").record.shift.phase is Phase.ROLLED_BACK


def test_a_route_that_was_moved_by_hand_is_taken_back_as_well(street: Street) -> None:
    change_rule(street.place, street.shifting.proxy, street.route, 7_000)

    street.shifting.roll_back(street.route)

    assert street.weight() == 0


def test_what_people_set_after_a_shift_is_theirs(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)
    street.shifting.ask("users", Event.ABORT)
    change_rule(street.place, street.shifting.proxy, street.route, 3_000)

    street.look()

    assert street.weight() == 3_000


def test_a_shift_begins_with_nothing_moved_and_by_steps_that_there_are(street: Street) -> None:
    with pytest.raises(UsageError, match=r"a step of 0\.05 % is not possible"):
        street.shifting.begin(street.route, Plan((5, 10_000)))
    with pytest.raises(UsageError, match="answers are compared on this machine alone"):
        street.shifting.begin(street.route, Plan(limits=Limits(mismatch=0.1)))
    change_rule(street.place, street.shifting.proxy, street.route, 3_000)
    with pytest.raises(Conflict, match="30 % of route 'users' are moved already"):
        street.shifting.begin(street.route, PLAN)


def test_a_deploy_leaves_a_route_to_its_shift(street: Street) -> None:
    street.shifting.begin(street.route, PLAN)

    plan = plan_deploy(street.place, NAME, read_declaration(SHOP.replace("shift: true", "weight: 75")), SHOP)

    assert plan.shifting == ("users",)
    assert plan.release.weights == {"users": 1_000}
    assert plan.left == ()
    with pytest.raises(
        Conflict, match="route 'users' is being shifted, and the manifest has another target, condition"
    ):
        plan_deploy(street.place, NAME, read_declaration(SHOP.replace("path: /users", "path: /people")), SHOP)
    with pytest.raises(Conflict, match="route 'users' is being shifted, and the manifest has it no more"):
        plan_deploy(street.place, NAME, read_declaration(SHOP.replace("users:", "people:")), SHOP)
