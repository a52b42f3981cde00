"""Going back to a revision of a target that is not there."""

from __future__ import annotations

import pytest

from tests.control.world import a_home, a_plane, a_target

NOT_FOUND = 404


@pytest.mark.parametrize(
    ("wanted", "message", "hint"),
    [
        (None, "target 'users' has no revision before 1", "`fig target show users` shows this one."),
        (7, "target 'users' has no revision 7", "There is no other than revision 1."),
    ],
)
async def test_a_rollback_to_what_never_was_names_what_there_is(wanted: int | None, message: str, hint: str) -> None:
    async with a_home() as home, a_plane(home) as plane:
        await plane.post("/v1/targets", a_target("users"), status=202)

        answer = await plane.client.post("/v1/targets/users/rollback", json={"revision": wanted})

        assert answer.status_code == NOT_FOUND
        assert (answer.json()["message"], answer.json()["hint"]) == (message, hint)
