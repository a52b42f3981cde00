"""Requests that no client sends: sound ones that were mutated, before or after they were signed, and garbage.

Drawn by a chance that is seeded, so that a run can be repeated.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from tests.acceptance.strange_templates import strange_template
from tests.api.aws.raw import to_bytes
from tests.api.aws.signer import Request, Signer

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "PRI")
#: What is put where something else was.
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        10**30,
        1.5,
        1e308,
        -0.0,
        "",
        " ",
        "a",
        "a" * 300,
        "a" * 5000,
        "0",
        "-1",
    ),
    *("\x00", "\x7f", "\r\n", "é", "\U0001f600", "\ud800", "../..", "%2e%2e", "/", "//", "/a/{b}", "/{", "{}", "${x}"),
    *(
        "http://127.0.0.1:1",
        "http://[::1",
        "http://",
        "ftp://x",
        "https://127.0.0.1:99999",
        "http://x y",
        "arn:aws:s3:::x",
    ),
    *(
        "null",
        "true",
        "'; DROP TABLE space;--",
        "<xml>",
        "]]>",
        "&amp;",
        "ACTIVE",
        "DEFAULT",
        "URI_PATH",
        "URL",
        "LAMBDA",
    ),
    *([], {}, [None], [[]], {"": ""}, {"a": {"a": {"a": None}}}, ["GET", "GET"], [1, "a"]),
)
#: For paths, queries and forms: encodings that are broken or unusual.
PIECES = (
    "%",
    "%2",
    "%zz",
    "%00",
    "%ff",
    "%c3%28",
    "%2F",
    "%2e%2e",
    "..",
    "//",
    "+",
    ";",
    "?",
    "&",
    "=",
    "~",
    "*",
    "'",
    "{x}",
)
HEADERS = (
    *(
        ("content-type", "text/plain"),
        ("content-type", "\xff"),
        ("accept-encoding", "gzip"),
        ("content-encoding", "gzip"),
    ),
    *(("expect", "100-continue"), ("connection", "close"), ("connection", "upgrade"), ("upgrade", "websocket")),
    *(("x-amz-date", "20200101T000000Z"), ("x-amz-date", "x"), ("date", "Thu, 99 Foo"), ("x-amz-content-sha256", "0")),
    *(("x-amz-security-token", "x"), ("x-amz-target", "X.Y"), ("origin", "http://x"), ("sec-fetch-site", "none")),
    *(
        ("host", "evil.example"),
        ("host", ""),
        ("authorization", "Bearer x"),
        ("authorization", ""),
        ("x-amz-x", "a" * 4000),
    ),
    *(("cookie", "a=b"), ("range", "bytes=0-1"), ("x-http-method-override", "DELETE"), ("x-forwarded-host", "x")),
)
READS = (
    *("DescribeStacks", "ListStacks", "ValidateTemplate", "GetTemplate", "GetTemplateSummary", "DescribeStackEvents"),
    *("DescribeStackResources", "ListStackResources", "ListChangeSets", "DescribeChangeSet", "ListExports"),
)
CHANGES = (
    *("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ExecuteChangeSet", "DeleteChangeSet"),
    *("CancelUpdateStack", "ContinueUpdateRollback", "CreateStackSet", "SetStackPolicy", "Bogus"),
)
#: Method, target, and what the body says.
Sound = tuple[str, str, Any]


@dataclass(frozen=True)
class Strange:
    """``text`` is sent as it is. ``is_whole``: an answer is due. ``ends``: it is said that nothing more will come.

    ``says`` is for whoever looks for what went wrong.
    """

    text: bytes
    is_whole: bool
    says: str
    ends: bool = False
    changes_stacks: bool = False


@dataclass
class Generator:
    """``sound`` are requests that would be taken."""

    chance: random.Random
    signer: Signer
    host: str
    sound: Sequence[Sound]

    def draw(self, now: float) -> Strange:
        kinds: tuple[Callable[[float], Strange], ...] = (
            *(self._in_body,) * 6,
            *(self._in_path, self._in_query, self._in_method, self._in_headers, self._in_bytes) * 2,
            *(self._in_form,) * 4,
            *(self._after_signing, self._cut_off, self._garbage, self._large, self._deep, self._as_another),
        )
        return self.chance.choice(kinds)(now)

    def _whole(self, request: Request, says: str) -> Strange:
        return Strange(to_bytes(request), True, says)

    def _sound(self) -> tuple[Request, Any]:
        method, target, body = self.chance.choice(self.sound)
        text = b"" if body is None else json.dumps(body).encode()
        return Request(method, target, (("host", self.host), ("content-type", "application/json")), text), body

    def _in_body(self, now: float) -> Strange:
        request, body = self._sound()
        body = self._mutated(body if body is not None else {})
        text = json.dumps(body).encode()
        return self._whole(self.signer.sign(replace(request, body=text), now), "another value in the body")

    def _in_bytes(self, now: float) -> Strange:
        """The body's bytes, signed as they are then."""
        request, _ = self._sound()
        text = bytearray(request.body or b"{}")
        for _ in range(self.chance.randint(1, 6)):
            place = self.chance.randrange(len(text) + 1)
            text[place : place + self.chance.randint(0, 3)] = self.chance.choice(
                [
                    b"\xff",
                    b"\x00",
                    b'"',
                    b"}",
                    b"[",
                    b"NaN",
                    b"9" * 5000,
                    b"\\ud800",
                    b"1e999",
                    b"",
                    b"\xef\xbb\xbf",
                    b",",
                ]
            )
        return self._whole(self.signer.sign(replace(request, body=bytes(text)), now), "other bytes in the body")

    def _in_path(self, now: float) -> Strange:
        request, _ = self._sound()
        parts = request.path.split("/")
        place = self.chance.randrange(len(parts))
        parts[place] = self.chance.choice([self._piece(), parts[place] + self._piece(), quote(parts[place], safe="")])
        if self.chance.random() < 0.3:
            self.chance.shuffle(parts)
        target = "/".join(parts).replace("?", "%3F").replace("#", "%23")
        return self._whole(self.signer.sign(replace(request, target=target or "/"), now), "another path")

    def _in_query(self, now: float) -> Strange:
        request, _ = self._sound()
        names = ["maxResults", "nextToken", "tagKeys", "Action", "X-Amz-Date", "X-Amz-Signature", "", self._piece()]
        pairs = [f"{self.chance.choice(names)}={self._piece()}" for _ in range(self.chance.randint(1, 4))]
        target = f"{request.path}?{'&'.join(pairs)}"
        sign = self.signer.presign if self.chance.random() < 0.3 else self.signer.sign
        return self._whole(sign(replace(request, target=target), now), "another query")

    def _in_method(self, now: float) -> Strange:
        request, _ = self._sound()
        changed = replace(request, method=self.chance.choice(METHODS))
        return self._whole(self.signer.sign(changed, now), "another method")

    def _in_headers(self, now: float) -> Strange:
        request, _ = self._sound()
        name, value = self.chance.choice(HEADERS)
        change = request.adding if self.chance.random() < 0.5 else request.having
        if self.chance.random() < 0.5:
            return self._whole(self.signer.sign(change(name, value), now), f"the header {name}, signed")
        signed = self.signer.sign(request, now)
        changed = signed.adding(name, value) if self.chance.random() < 0.5 else signed.having(name, value)
        return self._whole(changed, f"the header {name}, not signed")

    def _after_signing(self, now: float) -> Strange:
        request, _ = self._sound()
        signed = self.signer.sign(request, now + self.chance.choice([0, 0, -301, 400, -(10**6)]))
        lost = self.chance.choice(signed.headers)[0]
        changed = self.chance.choice(
            [
                replace(signed, body=signed.body + b" "),
                replace(signed, target=signed.target + "/"),
                signed.having(lost, None),
                signed.adding(lost, signed.value(lost)),
                signed.having("authorization", signed.value("authorization")[: self.chance.randint(0, 90)]),
            ]
        )
        return self._whole(changed, "changed after it was signed")

    def _as_another(self, now: float) -> Strange:
        request, _ = self._sound()
        signer = self.signer.but(
            **self.chance.choice(
                [{"id": "AKIANOBODY"}, {"secret": "x"}, {"service": "sts"}, {"service": "s3"}, {"region": "mars-1"}]
            )
        )
        return self._whole(signer.sign(request, now), "signed by somebody else")

    def _in_form(self, now: float) -> Strange:
        """The query protocol."""
        service = self.chance.choice(["cloudformation", "cloudformation", "cloudformation", "sts"])
        action = self.chance.choice([*READS, *CHANGES]) if service == "cloudformation" else "GetCallerIdentity"
        version = "2010-05-15" if service == "cloudformation" else "2011-06-15"
        fields = {"Action": action, "Version": version, **self._form()}
        for _ in range(self.chance.randint(0, 3)):
            name = self.chance.choice(list(fields) or ["x"])
            match self.chance.randrange(4):
                case 0:
                    fields.pop(name, None)
                case 1:
                    fields[name] = str(self.chance.choice(VALUES))
                case 2:
                    fields[f"{name}.{self.chance.choice(['1', '0', '-1', '999999', '', 'member', 'x.' * 40])}"] = "x"
                case 3:
                    fields[name] = fields.get(name, "") * 2
        pieces = [f"{_escape(name)}={_escape(value)}" for name, value in fields.items()]
        if self.chance.random() < 0.1:
            pieces.append(
                self.chance.choice(["Action=X", "%ff=1", "=", "a=%", "x.1=a&x=b&x.1.2=c", "&".join(["a=b"] * 6000)])
            )
        request = Request("POST", "/", (("host", self.host),), "&".join(pieces).encode())
        if self.chance.random() < 0.1:
            request = replace(request, method="GET", target=f"/?{'&'.join(pieces)}"[:30_000], body=b"")
        signed = self.signer.but(service=service).sign(request, now)
        return Strange(to_bytes(signed), True, f"{service} {action}", changes_stacks=action in CHANGES)

    def _form(self) -> dict[str, str]:
        number = self.chance.randint(1, 3)
        return {
            "StackName": f"strange-{number}",
            "TemplateBody": strange_template(self.chance),
            "ChangeSetName": f"set-{number}",
            "Parameters.member.1.ParameterKey": "Name",
            "Parameters.member.1.ParameterValue": str(self.chance.choice(VALUES)),
            "Capabilities.member.1": "CAPABILITY_IAM",
            "Tags.member.1.Key": "team",
            "Tags.member.1.Value": "a",
        }

    def _cut_off(self, now: float) -> Strange:
        request, _ = self._sound()
        text = to_bytes(self.signer.sign(request, now))
        if self.chance.random() < 0.5:
            return Strange(text[: self.chance.randrange(len(text))], False, "cut off", ends=True)
        size = self.chance.choice(["-1", "x", "99999999999999999999", "5", "0x10", "1, 2"])
        framed = self.signer.sign(request, now).having("content-length", size)
        return Strange(to_bytes(framed), False, f"content-length {size}", ends=True)

    def _garbage(self, now: float) -> Strange:
        line = self.chance.choice(
            [b"", b"GET / HTTP/1.1\r\n", b"GET * HTTP/1.1\r\nhost: x\r\n\r\n", b"\x16\x03\x01", b"\r\n\r\n"]
        )
        return Strange(line + self.chance.randbytes(self.chance.randint(0, 400)), False, "garbage", ends=True)

    def _large(self, now: float) -> Strange:
        """Heads beyond 64 KiB may be refused, and the connection closed, before they are read to their end."""
        request, _ = self._sound()
        match self.chance.randrange(4):
            case 0:
                count = self.chance.choice([50, 500, 3000])
                more = tuple((f"x-{number}", "a" * 50) for number in range(count))
                large = self.signer.sign(replace(request, headers=(*request.headers, *more)), now)
                return Strange(to_bytes(large), count < 1000, f"{count} headers")
            case 1:
                size = self.chance.choice([10_000, 100_000])
                return Strange(to_bytes(request.adding("x-large", "a" * size)), size < 50_000, "a large header")
            case 2:
                size = self.chance.choice([8_000, 90_000])
                large = replace(request, target=f"{request.path}?x={'a' * size}")
                return Strange(to_bytes(self.signer.sign(large, now)), size < 50_000, "a large query")
        body = b" " * self.chance.choice([100_000, 1_048_577])
        return self._whole(self.signer.sign(replace(request, body=body), now), "a large body")

    def _deep(self, now: float) -> Strange:
        request, _ = self._sound()
        depth = self.chance.choice([50, 900, 1_100, 100_000])
        opening, closing = self.chance.choice([(b"[", b"]"), (b'{"Tags":', b"}"), (b'{"a":[', b"]}")])
        body = opening * depth + b"1" + closing * depth
        return self._whole(self.signer.sign(replace(request, body=body), now), f"{depth} levels deep")

    def _mutated(self, value: Any) -> Any:
        """Something in it is something else."""
        if self.chance.random() < 0.25 or not isinstance(value, dict | list) or not value:
            return self.chance.choice(VALUES)
        if isinstance(value, list):
            place = self.chance.randrange(len(value))
            return [*value[:place], self._mutated(value[place]), *value[place + self.chance.randint(0, 1) :]]
        name = self.chance.choice(list(value))
        match self.chance.randrange(5):
            case 0:
                return {key: item for key, item in value.items() if key != name}
            case 1:
                return {**value, self.chance.choice(["Extra", name.lower(), "", "Name"]): self.chance.choice(VALUES)}
        return {**value, name: self._mutated(value[name])}

    def _piece(self) -> str:
        count = self.chance.randint(0, 4)
        return "".join(self.chance.choice([*PIECES, "a", "env-0123456789", "1"]) for _ in range(count)).replace("?", "")


def _escape(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="-_.~")
