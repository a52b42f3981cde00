"""The side that a route is moved away from gets paths as clients sent them."""

from __future__ import annotations

import pytest

from stranglerfig.core.routing.rules import WeightedGroup
from stranglerfig.dataplane.locate import HaproxyBinary
from tests.core.routing_builders import a_rule, to
from tests.dataplane.facade import a_facade, everything_to, group_of, upstreams
from tests.dataplane.haproxy_rig import haproxy_binaries

#: one side of an even split is not among so many draws once in 2^100 runs
DRAWS = 100


@pytest.mark.parametrize("binary", haproxy_binaries(), ids=lambda one: one.version_text)
async def test_only_the_candidate_of_an_exact_path_loses_the_trailing_slash(binary: HaproxyBinary) -> None:
    legacy = WeightedGroup("mono", as_sent=True)
    async with a_facade(binary) as facade, upstreams("posts", "mono") as (posts, mono):
        await facade.hold(
            a_rule("half", "/half", action=to("posts", legacy)),
            a_rule("none", "/none", action=to(legacy)),
            a_rule("param", "/users/{id}", action=to("posts", legacy)),
            everything_to("mono"),
            groups=(group_of(posts), group_of(mono)),
        )
        client = facade.client()
        for asked, cut in (("/half/", "/half"), ("/users/7/?q", "/users/7?q")):
            answers = [await client.ask(asked) for _ in range(DRAWS)]
            assert {(one.upstream, one.target) for one in answers} == {("posts", cut), ("mono", asked)}
        assert (await client.ask("/none/")).target == "/none/"
        assert (await client.ask("//none/./")).target == "/none/"
        client.close()
