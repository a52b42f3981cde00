"""HAR files: what browsers write is read, and what is no HAR is said to be none."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.compare.copies import Copy
from stranglerfig.core.compare.redaction import Redactor
from stranglerfig.core.traffic.har import HAR_TAIL, har_head, read_har, write_entry
from stranglerfig.errors import UsageError
from tests.shadow.recordings import a_har, an_entry

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=12,
)
TOKENS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
PLAIN = st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_characters="\x7f")
VALUES = st.text(PLAIN, max_size=20)
TARGETS = st.text("abc/-._~%20?&=!'()*+,;:@", max_size=30).map(lambda text: f"/{text.lstrip('/')}")
COPIES = st.builds(
    Copy,
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    target=TARGETS,
    host=st.just("shop.example"),
    headers=st.lists(st.tuples(TOKENS, VALUES), max_size=5).map(lambda pairs: (("Host", "shop.example"), *pairs)),
    body=st.binary(max_size=40),
)


def written(*copies: Copy, redactor: Redactor | None = None) -> str:
    entries = [write_entry(copy, "2026-01-01T00:00:00.000Z", 200, 1.5, redactor) for copy in copies]
    return har_head("1.0") + ",".join(entries) + HAR_TAIL


@given(st.lists(COPIES, max_size=4))
def test_what_is_written_is_read_again(copies: list[Copy]) -> None:
    found = read_har(written(*copies), "shop.har")

    assert found.broken == 0
    assert [entry.copy for entry in found.entries] == copies
    assert all(entry.recorded is not None and entry.recorded.is_bare for entry in found.entries)


@given(JSON.filter(lambda value: not isinstance(value, list)))
def test_json_of_another_shape_is_refused(document: Any) -> None:
    for text in (json.dumps(document), json.dumps({"log": document}), json.dumps({"log": {"entries": document}})):
        with pytest.raises(UsageError, match=r"shop\.har is no HAR file: it "):
            read_har(text, "shop.har")


@given(st.lists(JSON, max_size=3), st.dictionaries(st.sampled_from(["method", "url", "headers", "postData"]), JSON))
def test_whatever_entries_hold_it_is_read_or_counted(entries: list[Any], request: dict[str, Any]) -> None:
    mended = [*entries, {"request": {"method": "GET", "url": "http://a/", **request}}]
    found = read_har(json.dumps({"log": {"entries": mended}}), "shop.har")

    assert len(found.entries) + found.broken == len(mended)


@given(st.binary(max_size=60))
def test_what_is_no_json_is_refused(garbage: bytes) -> None:
    with pytest.raises(UsageError, match=r"shop\.har is no HAR file: it "):
        read_har(b"{" + garbage, "shop.har")


def test_a_browsers_entry_keeps_target_host_headers_and_answer() -> None:
    headers = [{"name": ":authority", "value": "shop.example"}, {"name": "cookie", "value": "a=1"}]
    entry = an_entry("https://shop.example/a%2Fb/ü?q=1#top", answer={"a": 1}, headers=headers)
    (found,) = read_har(a_har(entry), "shop.har").entries

    assert (found.copy.target, found.copy.host) == ("/a%2Fb/%C3%BC?q=1", "shop.example")
    assert ("cookie", "a=1") in found.copy.headers
    assert found.recorded is not None
    assert found.recorded.body == b'{"a": 1}'


def test_bodies_come_as_text_base64_or_parameters() -> None:
    bodies = [
        {"text": "a=1"},
        {"text": base64.b64encode(b"\xff\x00").decode(), "encoding": "base64"},
        {"params": [{"name": "a", "value": "1 2"}]},
    ]
    found = read_har(a_har(*(an_entry("http://a/", "POST", postData=body) for body in bodies)), "shop.har")

    assert [entry.copy.body for entry in found.entries] == [b"a=1", b"\xff\x00", b"a=1+2"]


@pytest.mark.parametrize("status", [0, 304, 199])
def test_what_is_no_answer_to_compare_with_is_none(status: int) -> None:
    (found,) = read_har(a_har(an_entry("http://a/", status=status)), "shop.har").entries

    assert found.recorded is None


def test_secrets_are_taken_out_when_a_redactor_is_given() -> None:
    copy = Copy(
        *("POST", "/login?token=abcdef&page=2", "shop.example"),
        (("Authorization", "Bearer abcdefghijk"), ("Cookie", "sid=verysecret"), ("Content-Type", "application/json")),
        b'{"password": "hunter2", "name": "Ann"}',
    )
    text = written(copy, redactor=Redactor())

    assert not any(secret in text for secret in ("abcdef", "verysecret", "hunter2"))
    assert "page=2" in text
    assert "Ann" in text


def test_bytes_that_are_no_utf8_can_be_written_and_come_back() -> None:
    copy = Copy("GET", "/a", "shop.example", (("Host", "shop.example"), ("X-Name", "caf\udce9")))
    text = written(copy).encode()

    assert [entry.copy for entry in read_har(text, "shop.har").entries] == [copy]
