"""What goes with a copy."""

from __future__ import annotations

from stranglerfig.core.compare.copies import IDEMPOTENCY_KEY, Copy, to_headers


def test_a_write_has_a_key_whatever_bytes_its_client_sent() -> None:
    first, second = (Copy("POST", "/a", "h", (("x-name", name),)) for name in ("caf\udce9", "caf\udcea"))
    keys = [dict(to_headers(one))[IDEMPOTENCY_KEY] for one in (first, first, second)]

    assert keys[0] == keys[1] != keys[2]
