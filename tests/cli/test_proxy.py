from __future__ import annotations

import sys

import pexpect

from tests.cli.builders import a_proxy, a_route
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server


def test_creating_a_proxy_says_where_it_answers_and_what_to_try(fig: Fig, daemon: Server) -> None:
    result = fig("proxy", "create", "shop", "--to", "http://127.0.0.1:8000", "--port", "8081")

    assert (result.status, result.stdout) == (0, "")
    assert "✔ Proxy shop answers on http://127.0.0.1:8081" in result.stderr
    assert "Recommended follow-up" in result.stderr
    assert daemon.bodies == [{"name": "shop", "to": "http://127.0.0.1:8000", "http2": False, "port": 8081}]


def test_every_flag_of_create_reaches_the_daemon(fig: Fig, daemon: Server) -> None:
    result = fig(
        "proxy",
        "create",
        "shop",
        "--to",
        "m",
        "--host",
        "0.0.0.0",
        "--port",
        "0",
        "--order",
        "priority",
        "--http2",
        "--json",
    )

    assert result.json()["name"] == "shop"
    wanted = {"name": "shop", "to": "m", "host": "0.0.0.0", "port": 0, "order": "priority", "http2": True}
    assert daemon.bodies == [wanted]


def test_a_name_that_is_taken_is_a_conflict_with_the_daemons_hint(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy()

    result = fig("proxy", "create", "shop", "--to", "m")

    assert result.status == 4
    assert result.stderr.startswith("✘ proxy shop exists already\n  Choose another name")


def test_the_list_is_a_table_on_stdout_and_nothing_else(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy(rate=12.34, routes=[a_route()])

    result = fig("proxy", "ls")

    assert result.stdout.splitlines() == [
        "NAME  URL                    DEFAULT   ROUTES  REQ/S  REQUESTS",
        "shop  http://127.0.0.1:8080  monolith       1   12.3         0",
    ]
    assert result.stderr == ""


def test_an_empty_list_leaves_stdout_empty_and_is_valid_json_on_request(fig: Fig, daemon: Server) -> None:
    assert fig("proxy", "ls").stdout == ""
    assert fig("proxy", "ls", "--json").json() == []


def test_show_names_the_proxy_and_its_routes(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy(routes=[a_route(weight=25.0, methods=["GET"])])

    text = fig("proxy", "show", "shop").stdout

    assert "URL       http://127.0.0.1:8080" in text
    assert "r1  /api/users/…  GET   25 % users, 75 % monolith  none    ACTIVE" in text
    assert fig("proxy", "show", "shop", "--json").json()["routes"][0]["weight"] == 25.0


def test_another_default_is_told_with_the_one_before_and_the_way_back(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy(default="monolith", routes=[a_route(weight=100.0)])

    result = fig("proxy", "set", "shop", "--to", "web")

    assert (result.status, result.stdout) == (0, "")
    assert "✔ Proxy shop sends what no route takes to web; until now monolith answered it." in result.stderr
    assert "fig proxy set shop --to monolith    (takes it back)" in result.stderr
    assert "share" not in result.stderr
    assert daemon.bodies == [{"to": "web"}]


def test_routes_that_still_send_to_the_old_default_are_named(fig: Fig, daemon: Server) -> None:
    routes = [
        a_route(id="split", to="users", legacy="monolith", weight=25.0),
        a_route(id="back", to="users", legacy="monolith", weight=0.0),
        a_route(id="moved", to="users", legacy="monolith", weight=100.0),
        a_route(id="other", to="users", legacy="posts", weight=25.0),
        a_route(id="asleep", to="users", legacy="monolith", weight=25.0, state="INACTIVE"),
        a_route(id="pinned", to="monolith", legacy="posts", weight=5.0),
    ]
    daemon.books.proxies["shop"] = a_proxy(default="monolith", routes=routes)

    said = fig("proxy", "set", "shop", "--to", "web").stderr

    assert "monolith still gets a share of split, back, pinned." in said
    assert "fig route set shop split --weight 100" in said


def test_a_default_that_was_so_before_is_no_change_and_force_reaches_the_daemon(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy(default="monolith")

    result = fig("proxy", "set", "shop", "--to", "monolith", "--force", "--json")

    assert result.json()["default"] == "monolith"
    assert "as it did before" in result.stderr
    assert "takes it back" not in result.stderr
    assert daemon.bodies == [{"to": "monolith", "force": True}]


def test_deleting_needs_a_yes_when_nobody_can_be_asked(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy()

    refused = fig("proxy", "delete", "shop")

    assert refused.status == 5
    assert "--yes" in refused.stderr
    assert daemon.requests == []
    assert fig("proxy", "delete", "shop", "--yes").status == 0
    assert daemon.books.proxies == {}


def test_a_terminal_is_asked_and_no_changes_nothing(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy()

    seen, status = fig.on_terminal("proxy", "delete", "shop", typed="n\n")

    assert "Close proxy shop and forget its routes? [y/N]" in seen
    assert status == 5
    assert daemon.requests == []


def test_ctrl_c_at_the_question_ends_its_line(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy()

    with pexpect.spawn(
        sys.executable, fig.argv("proxy", "delete", "shop")[1:], env=fig.env(), encoding="utf-8"
    ) as child:
        child.expect(r"\[y/N\]: ")
        # One that comes between the question and the reading of its answer is seen with the next.
        while child.isalive():
            child.sendintr()
            if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=2) == 0:
                break
        assert (child.before or "").endswith("\r\n")
        child.close()
    assert child.exitstatus == 130
    assert daemon.requests == []


def test_a_terminal_that_answers_yes_goes_ahead(fig: Fig, daemon: Server) -> None:
    daemon.books.proxies["shop"] = a_proxy()

    assert fig.on_terminal("proxy", "delete", "shop", typed="y\n")[1] == 0
    assert daemon.books.proxies == {}
