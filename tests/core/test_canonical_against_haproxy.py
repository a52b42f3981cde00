"""``canonicalise`` and ``admit`` against the real thing, in each version that is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stranglerfig.core.routing.admission import admit
from stranglerfig.core.routing.canonical import Canonical, canonicalise, parse_target
from stranglerfig.core.routing.rules import Request
from tests.core.haproxy_normaliser import Normaliser, installed, running_normaliser
from tests.effort import amount

# whatever normalisation treats in its own way, next to each other more often than chance would have it
_FINE = (
    *("/", "//", ".", "..", "...", "/./", "/../", "?", *"aB~-_:@!$&'()*+,=[]\"<>^`{|}"),
    *("%2e", "%2E", "%2e%2e", "%41", "%61", "%7e", "%7E", "%5f", "%25", "%2541"),
    *("%c3%a9", "%3f", "%23", "%20", "%7f", "%0a"),
)
_REFUSED = ("%", "%zz", "%4", "%2f", "%2F", "%5c", "%00", *"éÿ#\\;\x01")
_PATHS = st.one_of(
    st.lists(st.sampled_from(_FINE), max_size=12), st.lists(st.sampled_from((*_FINE, *_REFUSED)), max_size=12)
).map(lambda pieces: "/" + "".join(pieces))


@pytest.fixture(scope="module", params=sorted(installed()))
def haproxy(request: pytest.FixtureRequest) -> Iterator[Normaliser]:
    with running_normaliser(installed()[request.param]) as normaliser:
        yield normaliser


def ours(target: str) -> str | int:
    parsed = parse_target(target)
    admitted = admit(Request("GET", target))
    return admitted.path + parsed.suffix if isinstance(admitted, Canonical) else admitted.status


@pytest.mark.torture
@given(targets=st.lists(_PATHS, min_size=20, max_size=60))
@settings(max_examples=amount(60, 120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_haproxy_makes_the_same_of_a_target(haproxy: Normaliser, targets: list[str]) -> None:
    assert [haproxy.ask(target) for target in targets] == [ours(target) for target in targets]


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost/a/../b?x=%7e",
        "HTTP://LOCALHOST/b",
        "http://localhost:80/b",
        "http://localhost:/b",
        "https://localhost:443//b",
        "https://localhost:80/b",
        "http://localhost:8080/b",
        "http://user:secret@localhost/b",
        "http://other/b",
        "http://localhost?x=1",
        "ftp://localhost/a",
        "http:///a",
        "/a?x=%zz//../%2f",
        "/%61?x=%zz//../%2f",
        "/%61?",
        "/a?b?c#d",
    ],
)
def test_haproxy_reads_absolute_targets_and_queries_the_same(haproxy: Normaliser, target: str) -> None:
    assert haproxy.ask(target) == ours(target)


def test_an_absolute_target_without_path_is_the_root() -> None:
    # HAProxy 2.6 leaves the path empty, which our configuration mends; hence no comparison
    assert ours("http://localhost") == "/"


@pytest.mark.parametrize("method", ["get", "M-SEARCH", "PRI", "PRIX", "a!#$%&'*+-.^_`|~9", "G(T", "GÉT"])
def test_haproxy_takes_the_same_methods(haproxy: Normaliser, method: str) -> None:
    taken = isinstance(haproxy.ask("/", method), str)
    assert taken is isinstance(admit(Request(method, "/")), Canonical)


@given(path=_PATHS)
def test_a_canonical_path_is_its_own_canonical_path(path: str) -> None:
    canonical = canonicalise(path)
    if isinstance(canonical, Canonical):
        assert canonicalise(canonical.path) == canonical


@given(path=_PATHS)
def test_a_path_without_percent_double_slash_or_dot_segment_is_canonical(path: str) -> None:
    # the cheap test in front of normalisation makes no difference
    canonical = canonicalise(path)
    if isinstance(canonical, Canonical) and not any(mark in path for mark in ("%", "//", "/.")):
        assert canonical.path == path
