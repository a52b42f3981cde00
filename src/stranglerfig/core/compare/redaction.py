"""Secrets and personal data are taken out of requests and answers before anything of them is kept (pure).

By name (``password``, ``email`` …) and by shape (tokens, card numbers …). Equal values stay equal within one example,
so that it can still be seen what belongs together; nothing else of them is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus

#: parts of names, without dashes, dots and underscores
NAMES = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "credential"),
    *("authorization", "session", "cookie", "csrf", "xsrf", "otp", "signature", "email", "phone", "mobile", "iban"),
    *(
        "cardnumber",
        "creditcard",
        "cvv",
        "cvc",
        "ssn",
        "socialsecurity",
        "taxid",
        "birthdate",
        "dateofbirth",
        "passport",
    ),
)
#: whole names
EXACT_NAMES = frozenset({"auth", "pin", "dob", "pwd", "pass", "sid", "jwt", "key", "card", "bic"})
# Each begins only where a run of its characters does, or is bounded: bodies are long, and come from anybody.
_BEARER = re.compile(r"(?i)\b(?:bearer|basic|digest|negotiate|token)\s+[A-Za-z0-9._~+/=-]{8,}")
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,256}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9}")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![0-9.])[0-9](?:[ -]?[0-9]){12,18}(?![0-9.])")
_KEY = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|\bgh[pousr]_[A-Za-z0-9]{20,}"
)
_SHAPES = (_JWT, _BEARER, _KEY, _EMAIL, _IBAN)
_MARK = re.compile(r"REDACTED-[0-9]+")
_NAME = r"([A-Za-z_][A-Za-z0-9_.-]{0,63})"
#: What stands before a value that has a name, and the value: in JSON that was cut, logs and scripts; in parts of forms
#: and fields of pages; in XML.
_NAMED = (
    (re.compile(rf"(?<![A-Za-z0-9_.-]){_NAME}[\"']?\s{{0,8}}[:=]\s{{0,8}}\""), re.compile(r'(?:[^"\\]|\\.)+')),
    (re.compile(rf"(?<![A-Za-z0-9_.-]){_NAME}[\"']?\s{{0,8}}[:=]\s{{0,8}}'"), re.compile(r"[^']+")),
    (re.compile(rf"(?<![A-Za-z0-9_.-]){_NAME}[\"']?\s{{0,8}}[:=]\s{{0,8}}"), re.compile(r"[^\s,;&<>\"'{}\[\]]+")),
    (
        re.compile(rf"\bname=[\"']?{_NAME}[\"']?[^\n>]{{0,200}}?(?:\r?\n\r?\n|\bvalue=[\"']?)"),
        re.compile(r"[^\r\n\"'<>]+"),
    ),
    (re.compile(rf"<(?:[A-Za-z0-9_]{{1,32}}:)?{_NAME}(?:\s[^<>]{{0,200}})?>"), re.compile(r"\s*[^<\s][^<]*")),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """``more`` and ``allowed`` are names as in ``NAMES``; ``allowed`` wins over all names, though not over shapes."""

    more: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def names(self, name: str) -> bool:
        """Whether a value of that name is to be taken out."""
        return _names(self, name)


@dataclass(slots=True)
class Redactor:
    """Of one example."""

    policy: Policy = Policy()
    _marks: dict[str, str] = field(default_factory=dict)

    def header(self, name: str, value: str) -> str:
        if name.lower() in ("cookie", "set-cookie"):
            return self._cookies(value)
        if name.lower() == "referer" or name.lower() == "location":
            return self.target(value)
        return self._mark(value) if self.policy.names(name) else self.text(value)

    def target(self, target: str) -> str:
        """Path and query, or a URL."""
        path, mark, query = target.partition("?")
        if not mark:
            return self._path(path)
        return f"{self._path(path)}?{'&'.join(self._field(one) for one in query.split('&'))}"

    def body(self, body: bytes, content_type: str) -> bytes:
        try:
            text = body.decode()
        except UnicodeError:
            return self._mark(body.hex()).encode()
        if "json" in content_type or text.lstrip()[:1] in ("{", "["):
            try:
                return json.dumps(self.document(json.loads(text)), ensure_ascii=False).encode()
            except (ValueError, RecursionError):
                pass
        if "x-www-form-urlencoded" in content_type:
            return "&".join(self._field(one) for one in text.split("&")).encode()
        return self._named(self.text(text)).encode()

    def document(self, value: Any, name: str = "") -> Any:
        """A JSON value; types stay as they are."""
        if isinstance(value, Mapping):
            return {self.text(key): self.document(below, key) for key, below in value.items()}
        if isinstance(value, list):
            return [self.document(one, name) for one in value]
        is_named = bool(name) and self.policy.names(name)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return 0 if is_named or _is_card(str(value)) else value
        return self._mark(value) if is_named and value else self.text(value)

    def text(self, text: str) -> str:
        for shape in _SHAPES:
            text = shape.sub(lambda found: self._mark(found[0]), text)
        return _CARD.sub(lambda found: self._mark(found[0]) if _is_card(found[0]) else found[0], text)

    def _named(self, text: str) -> str:
        """A text in which names and values stand in some way that cannot be read for certain."""
        for before, value in _NAMED:
            parts, at = [], 0
            for found in before.finditer(text):
                if found.end() < at or not self.policy.names(found[1]):
                    continue
                said = value.match(text, found.end())
                if said is None or _MARK.fullmatch(said[0]):
                    continue
                parts += [text[at : found.end()], self._mark(said[0])]
                at = said.end()
            text = "".join((*parts, text[at:]))
        return text

    def _path(self, path: str) -> str:
        return "/".join(self._segment(one) for one in path.split("/"))

    def _segment(self, segment: str) -> str:
        plain = unquote_plus(segment)
        redacted = self.text(plain)
        return segment if redacted == plain else _quoted(redacted)

    def _field(self, text: str) -> str:
        name, mark, value = text.partition("=")
        plain = unquote_plus(value)
        redacted = self._mark(plain) if plain and self.policy.names(unquote_plus(name)) else self.text(plain)
        return text if redacted == plain else f"{name}{mark}{_quoted(redacted)}"

    def _cookies(self, value: str) -> str:
        """Of ``a=1; b=2`` the names stay, and of ``a=1; Path=/; HttpOnly`` the attributes."""
        parts = []
        for part in value.split(";"):
            name, mark, inner = part.partition("=")
            is_attribute = name.strip().lower() in ("path", "domain", "max-age", "expires", "samesite")
            parts.append(part if is_attribute or not mark else f"{name}={self._mark(inner)}")
        return ";".join(parts)

    def _mark(self, value: str) -> str:
        return self._marks.setdefault(value, f"REDACTED-{len(self._marks) + 1}")


@lru_cache(4_096)
def _names(policy: Policy, name: str) -> bool:
    plain = _plain(name)
    if plain in map(_plain, policy.allowed):
        return False
    return plain in EXACT_NAMES or any(one in plain for one in (*NAMES, *map(_plain, policy.more)))


def _quoted(text: str) -> str:
    return quote(text, errors="surrogateescape")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_card(text: str) -> bool:
    """By the checksum of ISO/IEC 7812-1, annex B (Luhn)."""
    digits = [int(one) for one in text if one in "0123456789"]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
