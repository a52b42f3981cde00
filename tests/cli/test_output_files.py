"""What a user has in a file is not written over unless that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.cli.output import require_free
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server

WRITERS = (
    ("report", "shop", "-o", "kept"),
    ("shadow", "record", "shop", "kept"),
    ("export", "shop", "-o", "kept"),
    ("proxy", "export", "shop", "-o", "kept"),
)


@pytest.mark.parametrize("args", WRITERS, ids=lambda args: " ".join(args[:2]))
def test_a_file_with_something_in_it_is_kept(fig: Fig, daemon: Server, args: tuple[str, ...]) -> None:
    kept = fig.home / "kept"
    kept.write_text("dear to its owner")
    refused = fig(*args, cwd=fig.home)

    assert (refused.status, daemon.requests) == (4, [])
    assert "✘ kept is there already" in refused.stderr
    assert "`--force`" in refused.stderr
    assert kept.read_text() == "dear to its owner"
    fig(*args, "--force", cwd=fig.home)
    assert daemon.requests != []


def test_an_empty_file_and_a_device_have_nothing_to_lose(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()

    for path in (empty, Path("/dev/null"), tmp_path / "missing"):
        require_free(path, force=False)
        assert not path.is_file() or path.stat().st_size == 0
