"""A kind of manifest that has one of everything, small enough to know by heart, and the engine asked about it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stranglerfig.manifest.load import Loaded, Request, load_manifest
from stranglerfig.manifest.problems import ManifestInvalid, Problem
from stranglerfig.manifest.schema import (
    Anything,
    Boolean,
    Duration,
    Field,
    Integer,
    KindDeclaration,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Section,
    Text,
)

TEXTS = OneOf((Text(), ListOf(Text())))


def range_is_in_order(value: dict[str, object]) -> list[tuple[str, str]]:
    least = value.get("min", 0)
    most = value.get("max", least)
    assert isinstance(least, int)
    assert isinstance(most, int)
    return [("min", f"is more than max, which is {most}")] if least > most else []


def build_or_location(value: dict[str, object]) -> list[tuple[str, str]]:
    given = {"build", "location"} & value.keys()
    return [] if len(given) == 1 else [("", 'must specify one of "build" and "location"')]


def count_needs_http(value: dict[str, object]) -> list[tuple[str, str]]:
    return [("count", "needs http")] if value.get("count") == 13 and "http" not in value else []


def even(text: str) -> str | None:
    return None if len(text) % 2 == 0 else "must have an even number of letters"


RANGE = Section(
    (Field("min", Integer(0)), Field("max", Integer(0)), Field("spot_from", Integer(0))), (range_is_in_order,)
)
HEALTHCHECK = Section(
    (
        Field("path", Text(), default="/", doc="Where to ask."),
        Field("interval", Duration(1, 300), default=30.0),
        Field("retries", Integer(1, 10)),
    )
)
RULE = Section(
    (
        Field("path", Text(), required=True),
        Field("healthcheck", OneOf((Text(), HEALTHCHECK))),
        Field("target_container", Text(), spelt="targetContainer"),
        Field("allowed_source_ips", ListOf(Text())),
        Field("version", Text(choices=("HTTP1", "HTTP2", "GRPC"), any_case=True)),
        Field("ratio", Number(0, 1)),
        Field("stickiness", Boolean()),
    )
)
IMAGE = Section(
    (
        Field("build", TEXTS, exclusive=("location",)),
        Field("location", Text(pattern="[a-z:/0-9.]+"), exclusive=("build",)),
        Field("port", Integer(1, 65535)),
    ),
    (build_or_location,),
)
SIDECAR = Section((Field("image", Text(), required=True), Field("port", Integer()), Field("essential", Boolean())))
TINY = KindDeclaration(
    "Tiny Service",
    Section(
        (
            Field("name", Text(pattern="[a-z][a-z0-9-]+"), required=True),
            Field("type", Text(), required=True),
            Field("image", IMAGE),
            Field("http", OneOf((Boolean(), RULE))),
            Field("count", OneOf((Integer(0), Section((Field("range", RANGE),)))), default=1),
            Field("exec", Boolean()),
            Field("entrypoint", TEXTS),
            Field("sidecars", MapOf(SIDECAR, deep=True, key_pattern="[a-z]+")),
            Field("variables", MapOf(OneOf((Text(), Section((Field("from_cfn", Text()),)))))),
            Field("policy", Anything()),
            Field("twins", Text(check=even)),
            Field("alias", Text(), empty_overrides=False),
            Field("topics", ListOf(Section((Field("name", Text(), required=True),)))),
            Field("wait", OneOf((Integer(), Duration()))),
        )
    ),
    rules=(count_needs_http,),
)
PLAN = KindDeclaration(
    "Plan",
    Section((Field("name", Text(), required=True), Field("version", Integer(1, 1), required=True))),
    has_environments=False,
    is_interpolated=False,
    known_by=("version",),
)
TINY_KINDS = {TINY.name: TINY, PLAN.name: PLAN}
HEAD = "name: api\ntype: Tiny Service\n"


def load(
    body: str,
    env: str | None = None,
    *,
    head: str = HEAD,
    environ: Mapping[str, str] | None = None,
    is_lenient: bool = False,
    kinds: Mapping[str, KindDeclaration] = TINY_KINDS,
) -> Loaded:
    """A Tiny Service with these fields; its first line is the file's third."""
    request = Request("m.yml", kinds, "shop", env, environ or {}, is_lenient)
    return load_manifest((head + body).encode(), request)


def problems(body: str, env: str | None = None, *, head: str = HEAD, **given: object) -> list[str]:
    """What is wrong with it, without the file's name."""
    with pytest.raises(ManifestInvalid) as caught:
        load(body, env, head=head, **given)  # type: ignore[arg-type]
    return [plain(problem) for problem in caught.value.problems]


def plain(problem: Problem) -> str:
    return str(problem).removeprefix("m.yml:")


def bytes_problems(text: bytes) -> list[str]:
    with pytest.raises(ManifestInvalid) as caught:
        load_manifest(text, Request("m.yml", TINY_KINDS))
    return [plain(problem) for problem in caught.value.problems]
