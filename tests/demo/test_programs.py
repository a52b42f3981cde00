from __future__ import annotations

from pathlib import Path

from stranglerfig.demo.programs import find_forum, order_program
from stranglerfig.demo.story import MONOLITH, SERVICES


def test_the_forums_programs_are_found_and_share_one_database_in_the_demos_folder() -> None:
    forum = find_forum()
    orders = [order_program(forum, name, Path("/demo")) for name in (MONOLITH, *SERVICES)]
    assert all((Path(order["cwd"]) / "app.py").is_file() for order in orders)
    assert {order["env"]["FORUM_DB"] for order in orders} == {"/demo/forum.sqlite3"}
    assert all(order["replicas"] >= 2 for order in orders)


def test_the_wheel_takes_the_programs_along() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert '"examples/forum" = "stranglerfig/demo/forum"' in project
