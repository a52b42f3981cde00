"""The list of prices: each has a source, and each that is counted is there."""

from __future__ import annotations

import ast
import inspect
import re

from stranglerfig.aws.cost import counting, tasks, traffic
from stranglerfig.aws.cost.price_file import load_prices
from stranglerfig.aws.cost.prices import PriceList


def keys_in(module: object) -> set[str]:
    """What stands as the price of a quantity."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Quantity":
            found |= {one.value for one in ast.walk(node.args[2]) if isinstance(one, ast.Constant)}
    return {str(one) for one in found if isinstance(one, str) and not one.startswith("-")}


def test_every_price_says_where_it_stood_and_which_page_of_aws_has_the_last_word() -> None:
    prices = load_prices()

    assert re.fullmatch(r"\d{4}-\d\d-\d\d", prices.collected)
    for key in prices.prices:
        price = prices.find(key, prices.region)
        assert price.amount > 0, key
        assert price.per >= 1, key
        assert price.page.startswith("https://aws.amazon.com/"), key
    told = [source for key in prices.prices for region in prices.regions for source in prices.find(key, region).sources]
    assert {source.kind for source in told} == {"aws", "price list", "bill", "third party"}
    assert all(source.where.startswith("https://aws.amazon.com/") for source in told if source.kind == "aws")
    assert all(source.as_of for source in told if source.kind in ("price list", "bill"))
    assert all(source.as_of is None or source.as_of <= prices.collected for source in told)


def test_every_price_that_is_counted_is_in_the_list_and_the_other_way_round() -> None:
    counted = keys_in(counting) | keys_in(tasks) | keys_in(traffic)
    fargate = {key for key in load_prices().prices if re.fullmatch("fargate-(.*-)?(vcpu|gb)", key)}

    assert {
        f"fargate{kind}{part}" for kind in ("", "-arm", "-spot", "-spot-arm", "-windows") for part in ("-vcpu", "-gb")
    } == fargate
    assert set(load_prices().prices) - fargate == counted


def test_a_region_has_its_own_price_or_that_of_the_list_and_says_which() -> None:
    prices = load_prices()

    own, other = prices.find("alb", "eu-west-1"), prices.find("alb", "ap-south-1")

    assert (own.region, own.amount, own.confirmed) == ("eu-west-1", 0.0252, True)
    assert (other.region, other.amount, other.confirmed) == ("us-east-1", 0.0225, True)
    assert prices.find("ipv4", "ap-south-1").region == "ap-south-1", "it is the same everywhere"


def test_a_price_is_confirmed_by_aws_or_by_two_others() -> None:
    aws, one, other = (
        {"kind": kind, "where": where} for kind, where in (("aws", "a"), ("third party", "b"), ("third party", "c"))
    )

    def confirmed(*sources: object, estimated: bool = False) -> bool:
        entry = {"price": 1, "unit": "hour", "page": "p", "sources": sources, "estimated": estimated}
        return PriceList("us-east-1", "2026-01-01", {"one": entry}).find("one", "us-east-1").confirmed

    assert confirmed(aws)
    assert confirmed(one, other)
    assert not confirmed(one)
    assert not confirmed(one, one)
    assert not confirmed(one, other, estimated=True)
