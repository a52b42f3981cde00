"""No text is too strange to be read: it is understood as far as it goes, or refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.errors import FigError
from tests.effort import amount
from tests.workspace.builders import run_of

WORDS = ("FROM", "CMD", "ENV", "ARG", "COPY", "ADD", "WORKDIR", "EXPOSE", "VOLUME", "USER", "ENTRYPOINT", "HEALTHCHECK")
PIECES = ("$A", "${A:-b}", "${", "\\", '"', "'", "[", '["a", "b"]', "[1]", "--from=0", "--x", "=", "A=1", ".", "/")
MORE = ("..", "../../x", "CMD", "NONE", "AS", "a", "<<EOF", "\n", "#", "\t", "\x00", "é", "--interval=1x", "\\\n", "¹")

pieces = st.sampled_from((*WORDS, *PIECES, *MORE)) | st.text(max_size=5)
lines = st.builds(lambda word, rest: f"{word} {' '.join(rest)}", st.sampled_from(WORDS), st.lists(pieces, max_size=5))


@pytest.mark.torture
@settings(max_examples=amount(150, 400), deadline=None)
@given(st.lists(lines, max_size=8), st.booleans())
def test_no_dockerfile_ends_in_a_traceback(written: list[str], has_base: bool) -> None:
    text = "\n".join((["FROM python\nCMD python a.py"] if has_base else []) + written)
    with tempfile.TemporaryDirectory() as folder:
        assert command_or_hint(Path(folder), text.encode("utf-8", "replace").decode())


def command_or_hint(folder: Path, text: str) -> str | None:
    try:
        return run_of(folder, text).command[0]
    except FigError as error:
        return error.hint
