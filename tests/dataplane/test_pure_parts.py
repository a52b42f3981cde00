"""The small pure parts: quoting, sources as expressions, membership, what takes a reload, the machine's limits."""

from __future__ import annotations

import ipaddress
import re
import resource
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.core.routing.rules import Rule, SourceCondition, Sticky, StickyBy, WeightedGroup
from stranglerfig.core.topology import Group, Listener, Server, Topology
from stranglerfig.dataplane.actions import needed_by, value_of
from stranglerfig.dataplane.conditions import alternative_regex
from stranglerfig.dataplane.config import Machine, render_config
from stranglerfig.dataplane.machine import connection_limit, parse_resolv_conf
from stranglerfig.dataplane.maps import cli_word
from stranglerfig.dataplane.membership import add_commands, changes, drain_commands
from stranglerfig.dataplane.quoting import format_text, quoted, regsub
from stranglerfig.dataplane.structure import grown, same_without_servers, shrunk, to_structure
from tests.core.routing_builders import a_rule, asks, get, only, to
from tests.dataplane.facade import a_group, everything_to, split_rule
from tests.dataplane.map_lookup import request_text

MACHINE = Machine((2, 8, 25), 400, "/etc/ca.pem", ("127.0.0.1:53",))


@pytest.mark.parametrize(
    ("text", "word"),
    [("plain", '"plain"'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("$HOME", '"\\$HOME"'), ("a\nb", '"a\\nb"')],
)
def test_a_word_of_the_configuration_holds_anything(text: str, word: str) -> None:
    assert quoted(text) == word


def test_formats_and_replacements_keep_their_special_characters() -> None:
    assert format_text("100% %[src]") == "100%% %%[src]"
    assert regsub("^/a(.*)$", "/$1") == "\"regsub('^/a(.*)\\$','/\\\\1')\""
    assert cli_word("a;b c\\d'e") == "a\\;b\\ c\\\\d\\'e"


networks = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
        lambda pair: ipaddress.IPv4Network(pair, strict=False)
    ),
    st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
        lambda pair: ipaddress.IPv6Network(pair, strict=False)
    ),
)


@given(network=networks, inside=st.booleans(), offset=st.integers(0, 2**128 - 1))
@settings(max_examples=200, deadline=None)
def test_a_source_expression_finds_exactly_the_network(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network, inside: bool, offset: int
) -> None:
    whole = 2**network.max_prefixlen
    address = int(network.network_address) + offset % network.num_addresses if inside else offset % whole
    source = ipaddress.ip_address(address.to_bytes(network.max_prefixlen // 8, "big"))
    conditions = replace(asks(), source=SourceCondition((str(network),)))
    regex = alternative_regex("c0", only(a_rule("r", conditions=conditions)))
    found = re.search(regex, request_text("c0", get(source=str(source)), "/"))
    assert bool(found) == (source in network)


def test_servers_are_added_in_use_and_leave_by_draining() -> None:
    held = Group("g", (Server("a", "127.0.0.1", 1), Server("b", "127.0.0.1", 2)))
    wanted = Group("g", (Server("b", "127.0.0.1", 2, draining=True), Server("c", "127.0.0.1", 3)))
    (change,) = changes([held], [wanted])
    assert [[one.id for one in part] for part in (change.added, change.drained, change.removed)] == [
        ["c"],
        ["b"],
        ["a"],
    ]
    assert [line.split(" ")[:3] for line in add_commands(change, "")] == [
        ["add", "server", "g.g/c"],
        ["enable", "health", "g.g/c"],
        ["enable", "server", "g.g/c"],
    ]
    assert drain_commands(change) == ["set server g.g/b state drain", "set server g.g/a state drain"]
    assert changes([held], [held]) == []


def structure_of(*groups: Group, rules: tuple[Rule, ...] = ()) -> tuple[Topology, dict[str, int]]:
    listener = Listener("front", "127.0.0.1", 80, rules)
    return Topology((listener,), groups), {"front": 16}


@pytest.mark.parametrize(
    ("before", "after", "reload"),
    [
        ((a_group("g", 1),), (a_group("g", 1, 2),), False),
        ((a_group("g", 1),), (a_group("g"),), False),
        ((a_group("g", 1),), (a_group("g", 1), a_group("h", 2)), True),
        ((a_group("g", 1),), (a_group("g", 1, base_path="/x"),), True),
        ((a_group("g", 1, retry_empty=False),), (a_group("g", 2, retry_empty=False),), True),
        ((Group("g", (Server("u", "a.test", 1),)),), (Group("g", (Server("u", "b.test", 1),)),), True),
    ],
)
def test_only_what_cannot_change_at_run_time_takes_a_reload(
    before: tuple[Group, ...], after: tuple[Group, ...], reload: bool
) -> None:
    one, other = to_structure(*structure_of(*before)), to_structure(*structure_of(*after))
    assert same_without_servers(one, other) is not reload


def test_growing_keeps_what_the_old_rules_need_and_shrinking_keeps_features() -> None:
    sticky = split_rule(1, "new", "old", Sticky(StickyBy.HEADER, "X-User"))
    held = to_structure(*structure_of(a_group("old", 1), rules=(sticky,)))
    wanted = to_structure(*structure_of(a_group("new", 2), rules=(everything_to("new"),)))
    both = grown(held, wanted)
    assert set(both.groups) == {"old", "new"}
    final = shrunk(both, wanted)
    assert set(final.groups) == {"new"}
    assert final.features["front"] == held.features["front"] != frozenset()


def test_equal_topologies_render_to_equal_text_whatever_their_order() -> None:
    one, other = a_group("a", 1), a_group("b", 2)
    texts = {render_config(to_structure(*structure_of(*groups)), MACHINE) for groups in ((one, other), (other, one))}
    assert len(texts) == 1


def test_a_value_tells_what_the_configuration_must_have_for_it() -> None:
    assert needed_by(value_of(everything_to("g"), drop_slash=False)) == {"g.g"}
    sticky = split_rule(1, "new", "old", Sticky(StickyBy.COOKIE, "uid"))
    assert needed_by(value_of(sticky, drop_slash=False)) == {"g.new", "g.old", "c.uid"}
    assert needed_by(value_of(a_rule("r", action=to("x")), drop_slash=True)) == {"g.x"}


def test_a_side_that_gets_paths_as_they_came_has_no_slash_dropped() -> None:
    legacy = WeightedGroup("old", as_sent=True)
    assert value_of(a_rule("r", action=to(legacy)), drop_slash=True) == "g.old"
    assert value_of(a_rule("r", action=to("new", legacy)), drop_slash=True) == "!rw-|g.new~z|5000|g.old"


def test_few_open_files_still_leave_room_for_the_keepers_sockets() -> None:
    assert connection_limit(256) == connection_limit(1024) == 400
    assert 400 < connection_limit(10_000) < 5_000
    assert connection_limit(resource.RLIM_INFINITY) == connection_limit(10**7) == 20_000


def test_name_servers_are_read_with_their_port_and_interfaces_are_left_out() -> None:
    text = "# nameserver 1.1.1.1\nnameserver 10.0.0.2\nnameserver fe80::1%eth0\nnameserver 2001:db8::5\nsearch x\n"
    assert parse_resolv_conf(text) == ("10.0.0.2:53", "[2001:db8::5]:53")
