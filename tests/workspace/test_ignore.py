"""Lines of a ``.dockerignore``, as Docker reads them."""

from __future__ import annotations

import pytest

from stranglerfig.workspace.ignore import to_ignored


@pytest.mark.parametrize(
    ("text", "path", "is_out"),
    [
        ("*.log", "a.log", True),
        ("*.log", "sub/a.log", False),
        ("**/*.log", "sub/deep/a.log", True),
        ("**/*.log", "a.log", True),
        ("logs", "logs/a/b", True),
        ("/logs/", "logs/a", True),
        ("logs", "logs2/a", False),
        ("a/**/z", "a/b/c/z", True),
        ("a/**", "a/b", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("[ab].py", "b.py", True),
        ("[^ab].py", "b.py", False),
        ("*.md\n!README.md", "README.md", False),
        ("*.md\n!README.md", "NOTES.md", True),
        ("!README.md\n*.md", "README.md", True),
        ("# a.py\n\n", "a.py", False),
        ("a.py", "aXpy", False),
        ("*", "anything/at/all", True),
    ],
)
def test_the_last_line_that_matches_decides(text: str, path: str, is_out: bool) -> None:
    assert to_ignored(text)(path) is is_out
