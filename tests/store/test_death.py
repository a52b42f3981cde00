"""kill -9 at any moment: what was returned is there, and nothing is there by half."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.builders import opened, start_python

WRITER = """
    import sys
    from itertools import count
    from pathlib import Path
    from tests.store.builders import a_proxy, opened, some_routes

    with opened(Path(sys.argv[1])) as store:
        for step in count(int(sys.argv[2])):
            store.save_proxy(a_proxy(routes=some_routes(60, weight=step)), f"step {step}")
            print(step, flush=True)
"""


@pytest.mark.parametrize("steps_first", [1, 7, 30])
def test_a_writer_killed_in_mid_transaction_leaves_its_last_decision_whole(tmp_path: Path, steps_first: int) -> None:
    path = tmp_path / "fig.sqlite3"
    returned = 0
    for _ in range(4):
        with start_python(WRITER, path, returned + 1) as writer:
            assert writer.stdout is not None
            for _ in range(steps_first):
                assert int(writer.stdout.readline()) == returned + 1
                returned += 1
            writer.kill()
            late = writer.stdout.read().split("\n")
        returned = max([returned, *(int(line) for line in late[:-1])])
        with opened(path) as store:
            weights = {route.weight for route in store.desired().proxies["forum"].routes}
            reasons = [entry[3] for entry in store.journal_entries(1)]
        assert len(weights) == 1
        (found,) = weights
        assert returned <= found <= returned + 1
        assert reasons == [f"step {found}"]
        returned = found


def test_a_writer_killed_while_it_makes_the_file_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "fig.sqlite3"
    for _ in range(8):
        code = "print('ready', flush=True)\nfrom stranglerfig.store.sqlite import open_store\nimport sys, pathlib\n"
        with start_python(code + "open_store(pathlib.Path(sys.argv[1]))", path) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.kill()
        assert not path.exists() or path.stat().st_size > 0
    with opened(path) as store:
        assert store.desired().proxies == {}
