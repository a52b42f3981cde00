"""Every row of the two reference tables, asked of ``explain`` and of the checks."""

from __future__ import annotations

import pytest

from stranglerfig.core.routing.explain import NO_MATCH, Explanation, Verdict, explain
from stranglerfig.core.routing.lint import Kind, lint
from stranglerfig.core.routing.paths import parameters
from stranglerfig.core.routing.rules import Order, Request, Rule
from stranglerfig.core.routing.validate import check_rule, check_rules, strict_compat
from tests.core import alb_rows, refactor_spaces_rows
from tests.core.alb_rows import AlbRow, RefusedRow
from tests.core.refactor_spaces_rows import BASE_PATHS, FUNCTION_ROW, SERVICES, RefactorSpacesRow, StrictRow


def winner_id(explanation: Explanation) -> str | None:
    return explanation.winner.rule.id if explanation.winner else None


@pytest.mark.parametrize("row", alb_rows.ROWS, ids=lambda row: f"row-{row.number}")
def test_a_load_balancer_row_is_answered_by_its_rule(row: AlbRow) -> None:
    explanation = explain(row.rules, Order.PRIORITY, row.request, {})
    assert winner_id(explanation) == row.wanted
    if row.target is not None:
        assert [share.target for share in explanation.shares] == [row.target]
    if row.shares is not None:
        assert tuple(share.share for share in explanation.shares) == row.shares
    assert explanation.location == row.location
    groups = {
        finding.rule
        for finding in lint(row.rules, Order.PRIORITY, row.empty_groups)
        if finding.kind is Kind.EMPTY_GROUP
    }
    assert groups == ({"hit"} if row.empty_groups else set())


@pytest.mark.parametrize("row", alb_rows.ROWS, ids=lambda row: f"row-{row.number}")
def test_a_load_balancer_row_has_rules_that_can_be_made(row: AlbRow) -> None:
    assert check_rules(row.rules, Order.PRIORITY) == []


@pytest.mark.parametrize("row", alb_rows.REFUSED, ids=lambda row: f"row-{row.number}")
def test_a_load_balancer_row_is_refused_with_its_reason(row: RefusedRow) -> None:
    assert row.says in " ".join(check_rule(row.rule, Order.PRIORITY))


@pytest.mark.parametrize("row", refactor_spaces_rows.ROWS, ids=lambda row: f"row-{row.number}")
def test_a_refactor_spaces_row_goes_to_its_upstream_url(row: RefactorSpacesRow) -> None:
    assert check_rules(row.rules, Order.SPECIFIC) == []
    explanation = explain(row.rules, Order.SPECIFIC, row.request, BASE_PATHS)
    if row.upstream is None:
        assert explanation.verdict is Verdict.RESPOND
        assert explanation.response == NO_MATCH[Order.SPECIFIC]
        return
    (share,) = explanation.shares
    url, _ = SERVICES[share.group]
    assert url + share.target == row.upstream


@pytest.mark.parametrize("row", refactor_spaces_rows.ROWS, ids=lambda row: f"row-{row.number}")
def test_the_order_in_which_routes_were_made_plays_no_part(row: RefactorSpacesRow) -> None:
    def upstream(rules: tuple[Rule, ...], request: Request) -> list[str]:
        return [share.target for share in explain(rules, Order.SPECIFIC, request, BASE_PATHS).shares]

    assert upstream(row.rules, row.request) == upstream(row.rules[::-1], row.request)


@pytest.mark.parametrize("row", refactor_spaces_rows.REFUSED_BY_REFACTOR_SPACES, ids=lambda row: f"row-{row.number}")
def test_a_refactor_spaces_row_is_refused_only_by_its_api(row: StrictRow) -> None:
    assert check_rules(row.rules, Order.SPECIFIC) == []
    assert row.says in " ".join(strict_compat(row.rules))


def test_row_36_gives_the_function_its_parameters() -> None:
    template, path, wanted = FUNCTION_ROW
    assert parameters(template, path) == wanted


def test_no_row_of_either_table_is_missing() -> None:
    numbers = [row.number for row in alb_rows.ROWS] + [row.number for row in alb_rows.REFUSED]
    load_balancer = {int(number.partition("-")[0]) for number in numbers}
    assert load_balancer == set(range(1, 59))
    refactor_spaces = {row.number for row in refactor_spaces_rows.ROWS}
    refactor_spaces |= {row.number for row in refactor_spaces_rows.REFUSED_BY_REFACTOR_SPACES} | {36}
    assert refactor_spaces == set(range(1, 37))
