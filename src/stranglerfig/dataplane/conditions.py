"""A rule's conditions as one regular expression over a whole request (pure).

HAProxy writes a request down as lines, ``request_key`` says which, and asks an ordered map of regular expressions.
So rules with parameters, patterns, hosts, headers, queries or sources change at run time like all others.
Every expression stays within its line: neither a wildcard nor a class of the user's may cross a line's end.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import assert_never

from stranglerfig.core.routing import glob
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.precedence import Alternative
from stranglerfig.core.routing.rules import (
    HeaderCondition,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    QueryCondition,
    QueryPair,
    SourceCondition,
)

_LINE = r"[^\n]*\n"
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_LINE_END = r"(?=[\r\n])"


def request_key(generation: str) -> str:
    """HAProxy's log-format for the subject: generation, method, host, source, path, query, headers; a line each."""
    fields = ("method", "req.hdr(host),host_only,lower", "src,hex", "path", "query", "req.hdrs")
    return generation + "".join(rf"\n%[{field}]" for field in fields)


def alternative_regex(generation: str, alternative: Alternative) -> str:
    """The expression that finds exactly the requests of this alternative. No white space: it is the key of a map."""
    conditions = alternative.rule.conditions
    methods = "|".join(map(glob.escape_regex, conditions.methods))
    lines = (
        rf"(?:{methods})\n" if methods else _LINE,
        rf"{_host(conditions.host)}\n" if conditions.host else _LINE,
        rf"(?:{_source(conditions.source)})\n" if conditions.source else _LINE,
        rf"{_path(alternative.path)}\n",
        *map(_query, conditions.queries),
        *map(_header, conditions.headers),
    )
    return _without_space(rf"^{generation}\n" + "".join(lines))


def _path(path: PathCondition | None) -> str:
    match path:
        case None:
            return r"[^\n]*"
        case PathExact(text):
            return _template(text, children=False)
        case PathPrefix(text):
            return _template(text, children=True)
        case PathTemplate(text, children):
            return _template(text, children=children)
        case PathPattern(pattern):
            return glob.glob_regex(pattern)
        case PathRegex(regex):
            return _search(regex, r"(?<=\n)", "")
        case _:  # pragma: no cover
            assert_never(path)


def _template(path: str, *, children: bool) -> str:
    body = "".join("/" + (r"[^/\n]+" if is_parameter(part) else glob.escape_regex(part)) for part in segments(path))
    if not body:
        return r"/[^\n]*" if children else "/"
    return body + (r"(?:/[^\n]*)?" if children else "/?")


def _host(host: HostCondition) -> str:
    if host.regexes:
        return _any(_search(regex, r"(?<=\n)", "i") for regex in host.regexes)
    return _any((glob.glob_regex(pattern) for pattern in host.patterns), "i")


def _header(header: HeaderCondition) -> str:
    """Looked for from the query line on: header lines follow it, each with a line's end before and after."""
    name = glob.escape_regex(header.name.lower())
    if header.regexes:
        start = rf"(?<=\n{name}:\x20)"
        value = _any(_search(regex, start, "i") for regex in header.regexes)
    else:
        value = _any((glob.glob_regex(text, any_character=r"[^\r\n]") for text in header.patterns), "i")
    return rf"(?=[\s\S]*?\n{name}:\x20{value}\r)"


def _query(query: QueryCondition) -> str:
    return rf"(?=(?:[^\n&]*&)*{_any(map(_query_pair, query.pairs), 'i')}(?:&|\n))"


def _query_pair(pair: QueryPair) -> str:
    value = glob.glob_regex(pair.value, escapes=True, any_character=r"[^\n&]")
    if pair.key is None:
        return rf"[^\n&=]*={value}"
    key = glob.glob_regex(pair.key, escapes=True, any_character=r"[^\n&=]")
    return f"{key}={value}"


def _source(source: SourceCondition) -> str:
    return "|".join(hexadecimal for network in source.networks for hexadecimal in _network(network))


def _network(text: str) -> list[str]:
    """As HAProxy's ``src,hex`` shows addresses: 8 upper-case digits for IPv4, 32 for IPv6; mapped ones are the same."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = ipaddress.IPv6Network("::ffff:0:0/96")
    if isinstance(network, ipaddress.IPv4Network):
        return ["(?:0{20}FFFF)?" + _digits(network.network_address.packed, network.prefixlen)]
    patterns = [_digits(network.network_address.packed, network.prefixlen)]
    if network.prefixlen <= 96 and network.supernet_of(mapped):
        patterns.append("[0-9A-F]{8}")
    elif network.subnet_of(mapped):
        patterns.append(_digits(network.network_address.packed[12:], network.prefixlen - 96))
    return patterns


def _digits(address: bytes, prefix: int) -> str:
    digits, total = address.hex().upper(), len(address) * 2
    whole, rest = divmod(prefix, 4)
    regex = digits[:whole]
    if rest:
        low = int(digits[whole], 16)
        regex += "[" + "".join(f"{value:X}" for value in range(low, low + (1 << (4 - rest)))) + "]"
        whole += 1
    return regex + (f"[0-9A-F]{{{total - whole}}}" if whole < total else "")


def _any(alternatives: Iterable[str], flags: str = "") -> str:
    """One of several, each a regular expression body."""
    return f"(?{flags}:{'|'.join(alternatives)})"


def _search(regex: str, start: str, flags: str) -> str:
    """The rest of the line, provided the user's expression is found in it; ``start`` is what ``^`` means there."""
    return rf"(?=[^\r\n]*?(?{flags}:{_within_line(regex, start)}))[^\r\n]*"


def _within_line(regex: str, start: str) -> str:
    return "".join(_line_token(token, start) for token in _TOKEN.findall(regex))


def _line_token(token: str, start: str) -> str:
    if token in ("^", r"\A"):
        return start
    if token in ("$", r"\Z", r"\z"):
        return _LINE_END
    if token == ".":
        return r"[^\r\n]"
    if token[0] == "[" or token in (r"\s", r"\S", r"\D", r"\W"):
        return rf"(?:(?![\r\n]){token})"
    return token


def _without_space(regex: str) -> str:
    """A key of a map ends at white space; a ``;`` would end a command."""
    return regex.replace(" ", r"\x20").replace("\t", r"\t").replace(";", r"\x3b")
