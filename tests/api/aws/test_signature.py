"""Who is let in: requests that are signed for this place, now, and exactly so."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.signature import read_claim, verify
from stranglerfig.core.faults import Fault
from tests.api.aws.raw import Raw, to_bytes
from tests.api.aws.rig import Desk
from tests.api.aws.signer import Request, Signer

NOW = 1_800_000_000.0
SIGNER = Signer("AKIASOMEBODY", "the secret")
PLAIN = Request("GET", "/environments", (("host", "127.0.0.1:4780"),))
POSTED = Request(
    "POST",
    "/environments?b=2&a=1",
    (("host", "127.0.0.1:4780"), ("content-type", "application/json"), ("x-amz-meta", "one")),
    b'{"Name": "estate"}',
)


def judge(request: Request, now: float = NOW, secret: str = SIGNER.secret, region: str = "us-east-1") -> None:
    """As the daemon does, with a clock of the test's own."""
    headers = tuple((name.lower(), value) for name, value in request.headers)
    asked = Asked(request.method, request.path, request.query, headers, request.body)
    verify(asked, read_claim(asked), secret, region, now)


def code_of(request: Request, now: float = NOW) -> str | None:
    try:
        judge(request, now)
    except Fault as fault:
        return fault.code
    return None


@pytest.mark.parametrize("request_", [PLAIN, POSTED], ids=["plain", "posted"])
def test_what_is_signed_by_either_way_is_let_in(request_: Request) -> None:
    judge(SIGNER.sign(request_, NOW))
    judge(SIGNER.presign(request_.having("x-amz-meta", None), NOW))


@pytest.mark.parametrize(("kind", "body"), [(SigV4Auth, b"{}"), (SigV4QueryAuth, b"")])
def test_botocore_signs_as_the_tests_do(kind: Any, body: bytes) -> None:
    made = AWSRequest("POST", "http://127.0.0.1:4780/environments?a=x%20y", data=body, headers={"X-Amz-Meta": "1"})
    kind(Credentials(SIGNER.id, SIGNER.secret), SIGNER.service, SIGNER.region).add_auth(made)
    target = made.prepare().url.removeprefix("http://127.0.0.1:4780")
    sent = Request("POST", target, (("host", "127.0.0.1:4780"), *made.headers.items()), body)
    at = datetime.strptime(made.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()

    judge(sent, at)
    if kind is SigV4Auth:
        ours = SIGNER.sign(sent.having("authorization", None), at)
        assert ours.value("authorization") == sent.value("authorization")


def test_strange_paths_queries_and_headers_are_signed_as_their_bytes_say() -> None:
    chance = random.Random(7)
    for _ in range(300):
        path = "/" + "/".join(_some_text(chance) for _ in range(chance.randint(0, 3)))
        query = "&".join(f"{_some_text(chance)}={_some_text(chance)}" for _ in range(chance.randint(0, 3)))
        header = " ".join("a" * chance.randint(0, 3) for _ in range(4))
        strange = Request("GET", f"{path}?{query}", (("host", "h"), ("x-amz-x", header)), chance.randbytes(9))
        judge(SIGNER.sign(strange, NOW))


def _some_text(chance: random.Random) -> str:
    return "".join(
        chance.choice(["a", "~", "%20", "%2F", "+", "*", "%c3%a9", ":", "%25", "'", "(", "."]) for _ in "abcd"
    )


SIGNED = SIGNER.sign(POSTED, NOW)


@pytest.mark.parametrize(
    "tampered",
    [
        replace(SIGNED, body=SIGNED.body + b" "),
        replace(SIGNED, body=b""),
        replace(SIGNED, method="PUT"),
        replace(SIGNED, target="/environment?b=2&a=1"),
        replace(SIGNED, target="/environments/?b=2&a=1"),
        replace(SIGNED, target="/Environments?b=2&a=1"),
        replace(SIGNED, target="/environments#x?b=2&a=1"),
        replace(SIGNED, target="/environments?b=2&a=2"),
        replace(SIGNED, target="/environments?b=2"),
        replace(SIGNED, target="/environments?b=2&a=1&c="),
        SIGNED.having("x-amz-meta", "two"),
        SIGNED.having("x-amz-meta", None),
        SIGNED.having("host", "localhost:4780"),
        SIGNED.having("content-type", "text/plain"),
        SIGNED.having("x-amz-date", "20270115T080001Z"),
        SIGNED.adding("x-amz-meta", "two"),
        SIGNED.adding("x-amz-more", "not signed"),
    ],
)
def test_nothing_of_a_signed_request_can_be_changed(tampered: Request) -> None:
    judge(SIGNED)
    assert code_of(tampered) in ("InvalidSignatureException", "IncompleteSignature")


def test_a_presigned_request_cannot_be_changed_either() -> None:
    signed = SIGNER.presign(PLAIN, NOW)
    judge(signed)
    for tampered in (
        replace(signed, target=signed.target.replace("X-Amz-Expires=60", "X-Amz-Expires=600")),
        replace(signed, target=signed.target + "&maxResults=1"),
        replace(signed, body=b"x"),
        replace(signed, method="DELETE"),
    ):
        assert code_of(tampered) == "InvalidSignatureException"


@pytest.mark.parametrize("late_s", [-301, 301, 86_400, -86_400])
def test_a_clock_that_is_more_than_five_minutes_off_is_refused(late_s: int) -> None:
    assert code_of(SIGNER.sign(PLAIN, NOW), NOW + late_s) == "InvalidSignatureException"


@pytest.mark.parametrize("late_s", [-300, 0, 300])
def test_a_clock_that_is_a_little_off_is_let_in(late_s: int) -> None:
    assert code_of(SIGNER.sign(PLAIN, NOW), NOW + late_s) is None


def test_what_was_overheard_is_worth_nothing_five_minutes_later() -> None:
    overheard = to_bytes(SIGNED)
    assert code_of(SIGNED) is None
    assert to_bytes(SIGNED) == overheard
    assert code_of(SIGNED, NOW + 300.5) == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("expires_s", "late_s", "code"),
    [
        (60, 60, None),
        (60, 61, "InvalidSignatureException"),
        (604_800, 604_799, None),
        (604_801, 0, "IncompleteSignature"),
        (0, 0, "IncompleteSignature"),
        (-1, 0, "IncompleteSignature"),
        ("1e3", 0, "IncompleteSignature"),
        ("", 0, "IncompleteSignature"),
        (60, -301, "InvalidSignatureException"),
    ],
)
def test_a_presigned_request_holds_as_long_as_it_says(expires_s: int | str, late_s: float, code: str | None) -> None:
    assert code_of(SIGNER.presign(PLAIN, NOW, expires_s), NOW + late_s) == code


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (PLAIN, "MissingAuthenticationToken"),
        (SIGNED.having("authorization", "Basic Zm9vOmJhcg=="), "IncompleteSignature"),
        (SIGNED.having("authorization", "AWS4-HMAC-SHA256"), "IncompleteSignature"),
        (SIGNED.having("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request"), "IncompleteSignature"),
        (SIGNED.having("authorization", SIGNED.value("authorization") + ", Signature=0"), "IncompleteSignature"),
        (
            SIGNED.having("authorization", SIGNED.value("authorization").replace("/2027", "/")),
            "InvalidSignatureException",
        ),
        (SIGNED.adding("authorization", SIGNED.value("authorization")), "IncompleteSignature"),
        (replace(SIGNED, target=SIGNED.target + "&X-Amz-Signature=0"), "IncompleteSignature"),
        (SIGNED.having("x-amz-date", None), "IncompleteSignature"),
        (SIGNED.adding("x-amz-date", SIGNED.value("x-amz-date")), "IncompleteSignature"),
        (SIGNED.having("x-amz-date", "yesterday"), "IncompleteSignature"),
        (SIGNED.having("x-amz-date", "99999999T999999Z"), "IncompleteSignature"),
        (SIGNED.adding("x-amz-security-token", "token"), "UnrecognizedClientException"),
        (SIGNER.sign(POSTED, NOW, signed=["content-type", "x-amz-date", "x-amz-meta"]), "InvalidSignatureException"),
        (SIGNER.sign(POSTED, NOW, signed=["host", "x-amz-date"]), "InvalidSignatureException"),
        (SIGNER.sign(POSTED, NOW, signed=["host", "x-amz-meta"]), "InvalidSignatureException"),
        (SIGNER.sign(POSTED.adding("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), NOW), "InvalidSignatureException"),
        (
            SIGNER.sign(POSTED.adding("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), NOW),
            "InvalidSignatureException",
        ),
    ],
)
def test_signatures_that_are_not_whole_are_refused(broken: Request, code: str) -> None:
    assert code_of(broken) == code


@pytest.mark.parametrize(
    ("signer", "code", "status"),
    [
        ({"id": "AKIANOBODY"}, "UnrecognizedClientException", 403),
        ({"secret": "guessed"}, "InvalidSignatureException", 403),
        ({"service": "s3"}, "InvalidSignatureException", 403),
        ({"service": "cloudformation"}, "InvalidAction", 400),
        ({"region": "eu-west-1"}, "InvalidSignatureException", 403),
    ],
)
def test_the_daemon_refuses_who_is_not_known_here(
    desk: Desk, raw: Raw, now: float, signer: dict[str, str], code: str, status: int
) -> None:
    answer = raw.ask(desk.signer.but(**signer).sign(raw.request("GET", "/environments"), now))

    assert (answer.code, answer.status) == (code, status)


def test_the_daemon_refuses_what_is_not_signed_and_takes_what_is(desk: Desk, raw: Raw, now: float) -> None:
    asked = raw.request("GET", "/environments?maxResults=5")
    assert (raw.ask(asked).code, raw.ask(asked).status) == ("MissingAuthenticationToken", 403)
    assert raw.ask(desk.signer.sign(asked, now)).status == 200
    assert raw.ask(desk.signer.presign(asked, now)).status == 200
    assert raw.ask(desk.signer.sign(asked, now - 400)).code == "InvalidSignatureException"
    dated = desk.signer.sign(asked, now).having("date", formatdate(now, usegmt=True))
    assert raw.ask(dated).status == 200


def test_a_body_in_chunks_is_the_body_that_was_signed(desk: Desk, raw: Raw, now: float) -> None:
    body = b'{"Name": "chunked", "NetworkFabricType": "BOGUS"}'
    signed = desk.signer.sign(raw.request("POST", "/environments", body), now).adding("transfer-encoding", "chunked")
    for text, code in ((body, "ValidationException"), (body + b" ", "InvalidSignatureException")):
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (text[:7], text[7:]))
        answer = raw.ask(replace(signed, body=chunks + b"0\r\n\r\n"))
        assert answer.code == code


def test_an_encoded_arn_is_signed_as_it_is_sent(desk: Desk, raw: Raw, now: float) -> None:
    arn = "arn:aws:refactor-spaces:us-east-1:000000000000:environment/env-0123456789"
    for target in (f"/tags/{quote(arn, safe='')}", f"/tags/{arn}"):
        answer = raw.ask(desk.signer.sign(raw.request("GET", target), now))
        assert answer.code == "ResourceNotFoundException", answer.body
