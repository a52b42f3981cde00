"""The bench measures lines against fig's own configuration less the lines, and nothing less."""

from __future__ import annotations

from pathlib import Path

from bench.lines import a_configuration, without_lines


def test_only_what_makes_access_lines_is_taken_out(tmp_path: Path) -> None:
    text = a_configuration(tmp_path, 8080, 8081)
    bare = without_lines(text)

    gone = [line for line in text.split("\n") if line not in bare.split("\n")]
    assert all(word not in bare for word in ("ring lines", "  log ", "txn.line", "txn.n)", "left_out", "set-log-level"))
    assert "  http-request allow if !special has_host !unforwardable !unclean" in bare.split("\n")
    assert not [line for line in gone if "set-var" in line and "txn.line" not in line and "txn.n)" not in line]
