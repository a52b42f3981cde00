"""Files that requests are recorded in."""

from __future__ import annotations

from pathlib import Path

from stranglerfig.cli.shadow.record import write


def test_a_recording_is_its_owners_alone_in_a_file_that_was_there_too(tmp_path: Path) -> None:
    file = tmp_path / "shop.har"
    file.touch()
    file.chmod(0o644)
    write(str(file), iter(()), None)

    assert file.stat().st_mode & 0o777 == 0o600
