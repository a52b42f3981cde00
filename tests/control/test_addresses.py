"""Addresses of many spellings: two that are the same are never taken for two."""

from __future__ import annotations

import asyncio

import pytest

from stranglerfig.control.loops import refuse_loop
from stranglerfig.core.claims import refuse_taken
from stranglerfig.core.desired import Balancer, Desired, Proxy, TargetGroup, UrlTargets
from stranglerfig.errors import Conflict, Refused
from tests.control.world import a_home, a_plane, an_upstream


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("2001:db8:0:0::7", "http://[2001:DB8::7]:8080"),
        ("2001:db8::7", "http://[2001:db8:0:0:0:0:0:7]:8080"),
        ("192.0.2.7", "http://[::ffff:192.0.2.7]:8080"),
        ("127.0.0.1", "http://[::ffff:127.0.0.9]:8080"),
        ("0:0:0:0:0:0:0:1", "http://localhost:8080"),
        ("::", "http://[0:0::1]:8080"),
    ],
)
def test_a_way_back_to_the_proxy_is_seen_however_its_address_is_spelt(host: str, url: str) -> None:
    groups = {"posts": TargetGroup("posts", UrlTargets((url,)))}
    desired = Desired({"shop": Proxy("shop", host, 8080, "posts")}, groups)
    with pytest.raises(Refused, match="loop: shop -> shop"):
        refuse_loop(desired, "shop")


def test_another_address_or_another_port_is_no_way_back() -> None:
    for url in ("http://[2001:db8::8]:8080", "http://[2001:db8::7]:8081", "http://db8.example:8080"):
        groups = {"posts": TargetGroup("posts", UrlTargets((url,)))}
        desired = Desired({"shop": Proxy("shop", "2001:db8::7", 8080, "posts")}, groups)
        assert refuse_loop(desired, "shop") is None  # type: ignore[func-returns-value]


def test_an_address_that_is_taken_is_so_in_any_spelling() -> None:
    desired = Desired(balancers={"shop.test": Balancer("shop.test", "2001:db8::7", 8080)})
    with pytest.raises(Conflict, match="is taken by environment 'test' of shop"):
        refuse_taken(desired, "shop", "2001:0DB8:0::7", 8080)
    assert refuse_taken(desired, "shop", "2001:0DB8:0::7", 8081) is None  # type: ignore[func-returns-value]


async def test_a_url_in_another_spelling_leads_to_the_target_that_there_is() -> None:
    async with a_home() as home, a_plane(home) as plane, an_upstream("old", "::1") as url:
        await plane.post(
            "/v1/targets", {"name": "old", "urls": [url.replace("[::1]", "[0:0:0:0:0:0:0:1]")]}, status=202
        )
        assert (await plane.target("old"))["urls"] == [url]
        assert (await plane.post("/v1/proxies", {"name": "shop", "to": url}))["default"] == "old"
        twice = {"name": "new", "urls": [url, url.replace("[::1]", "[0::1]")]}
        refused = await plane.client.post("/v1/targets", json=twice)
        assert (refused.status_code, "a URL stands twice" in refused.text) == (400, True)


async def test_two_routes_to_one_new_url_at_the_same_moment_share_its_target() -> None:
    async with a_home() as home, a_plane(home) as plane, an_upstream("old") as old, an_upstream("new") as new:
        await plane.post("/v1/proxies", {"name": "shop", "to": old})
        posts, users = await asyncio.gather(
            *(plane.post("/v1/proxies/shop/routes", {"path": path, "to": new}) for path in ("/posts", "/users"))
        )
        assert posts["to"] == users["to"]
