"""The AWS command line's files as text: what fig writes into them, and what it leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.cli.api.sections import MARK, is_ours, is_there, put, take

SETTINGS = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:4780"}
WRITTEN = b"[profile fig]\n# Written by `fig api profile`.\nregion = us-east-1\nendpoint_url = http://127.0.0.1:4780\n"
OTHERS = b"# mine\n[default]\nregion=eu-west-1\ns3 =\n  max_concurrent_requests = 20\n\n[profile work]\nrole_arn = x\n"

#: Lines as such files have them, and as they should not.
LINES = st.sampled_from(
    [
        *(b"[default]", b"[profile work]", b'[profile "a b"]', b"[services local]", b"[profile fig2]", b"[fig]"),
        *(
            b"region = eu-west-1",
            b"s3 =",
            b"  endpoint_url = http://x",
            b"# remark",
            b"; remark",
            b"",
            b"\xff\xfe",
            b"[",
        ),
        *(b" [profile fig]", b"#[profile fig]", MARK),
    ]
)
FILES = st.builds(
    lambda lines, end, is_ended: end.join(lines) + (end if is_ended and lines else b""),
    st.lists(LINES, max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)


@given(FILES)
def test_a_section_comes_after_everything_and_leaves_no_trace(before: bytes) -> None:
    written = put(before, "profile fig", SETTINGS)

    assert written.startswith(before)
    assert is_ours(written, "profile fig")
    assert take(written, "profile fig") in (before, before + b"\n", before + b"\r\n")


@given(FILES, FILES)
def test_writing_it_anew_changes_its_own_lines_alone(before: bytes, after: bytes) -> None:
    written = put(before + b"\n", "profile fig", SETTINGS) + b"\n" + b"[x]\n" + after
    changed = put(written, "profile fig", {**SETTINGS, "region": "eu-west-1"})

    assert changed.replace(b"region = eu-west-1", b"region = us-east-1") == written.replace(
        b"region = eu-west-1", b"region = us-east-1"
    )
    assert put(changed, "profile fig", SETTINGS) == written


def test_what_somebody_added_to_the_section_stays_in_it() -> None:
    text = WRITTEN + b"output = table\ns3 =\n  addressing_style = path\n\n# of the next one\n[profile work]\n"

    changed = put(text, "profile fig", {**SETTINGS, "region": "eu-west-1"})

    assert changed == text.replace(b"us-east-1", b"eu-west-1")
    assert take(changed, "profile fig") == b"\n# of the next one\n[profile work]\n"


def test_a_section_of_somebody_else_is_replaced_as_a_whole() -> None:
    text = b"[profile fig]\nrole_arn = arn\nsource_profile = work\n\n[profile work]\na = b"

    assert not is_ours(text, "profile fig")
    assert put(text, "profile fig", SETTINGS) == WRITTEN + b"\n[profile work]\na = b"


@pytest.mark.parametrize(
    "spelling", [b"[profile fig]", b'[profile "fig"]', b"[ profile   fig ]", b"[profile 'fig']  # mine"]
)
def test_a_section_is_found_however_its_header_is_spelt(spelling: bytes) -> None:
    assert is_there(OTHERS + spelling + b"\nregion = x\n", "profile fig")
    assert put(spelling + b"\nregion = x", "profile fig", SETTINGS).startswith(spelling + b"\n# Written")


def test_sections_that_are_called_alike_are_not_taken_for_it() -> None:
    for header in (b"[fig]", b"[profile figs]", b"[profile work fig]", b"# [profile fig]", b"[services fig]"):
        assert not is_there(header + b"\nregion = x\n", "profile fig")


def test_a_file_keeps_its_own_line_ends() -> None:
    written = put(b"[default]\r\na = b\r\n", "profile fig", SETTINGS)

    assert written.replace(b"\r\n", b"").count(b"\n") == 0
