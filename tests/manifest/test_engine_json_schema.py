"""The JSON Schema of a kind agrees with what the engine reads and refuses."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from stranglerfig.manifest.json_schema import to_json_schema
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.nodes import to_value
from stranglerfig.manifest.problems import ManifestInvalid
from stranglerfig.manifest.source import read_source
from tests.manifest.engine_builders import HEAD, TINY, TINY_KINDS
from tests.manifest.fuzz_seeds import SEEDS

TINY_SCHEMA = to_json_schema(TINY)

RIGHT = (
    "",
    "image: {build: a, port: 80}\n",
    "image: {build: [a, b], port: '${PORT}'}\n",
    "http: false\n",
    "http: {path: /, version: http2, healthcheck: {interval: 30s, retries: 3}}\n",
    "http: {path: /, targetContainer: a}\n",
    "variables: {A: 1, B: true, C: {from_cfn: x}}\n",
    "policy: {a: [1, {b: null}]}\n",
    "environments: {test: {http: {path: a, stickiness: true}}, prod: null}\n",
)
WRONG = (
    "imgae: {}\n",
    "image: {port: 0}\n",
    "image: {port: x}\n",
    "image: {location: A}\n",
    "http: {path: /, version: http3}\n",
    "http: {stickiness: true}\n",
    "http: {path: /, healthcheck: {interval: 5d}}\n",
    "sidecars: {A1: {image: x}}\n",
    "topics: [{}]\n",
    "environments: {test: {name: x}}\n",
    "environments: {test: {count: x}}\n",
)


def valid(text: str | bytes, schema: dict[str, Any]) -> bool:
    data = text.encode() if isinstance(text, str) else text
    return bool(Draft202012Validator(schema).is_valid(to_value(read_source(data, "m.yml")[0])))


def read(text: str) -> bool:
    try:
        load_manifest(text.encode(), Request("m.yml", TINY_KINDS, environ={"PORT": "80"}))
    except ManifestInvalid:
        return False
    return True


@pytest.mark.parametrize("body", RIGHT)
def test_what_is_read_the_schema_takes(body: str) -> None:
    assert (read(HEAD + body), valid(HEAD + body, TINY_SCHEMA)) == (True, True)


@pytest.mark.parametrize("body", WRONG)
def test_what_is_refused_the_schema_refuses(body: str) -> None:
    assert (read(HEAD + body), valid(HEAD + body, TINY_SCHEMA)) == (False, False)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_schema_that_is_one(name: str) -> None:
    schema = to_json_schema(KINDS[name])

    Draft202012Validator.check_schema(schema)
    assert schema["title"] == name


def test_real_manifests_fit_the_schemas_of_their_kinds() -> None:
    schemas = [to_json_schema(kind) for kind in KINDS.values()]

    assert all(sum(valid(seed, schema) for schema in schemas) == 1 for seed in SEEDS)


def test_descriptions_and_defaults_are_there() -> None:
    healthcheck = TINY_SCHEMA["properties"]["http"]["anyOf"][1]["properties"]["healthcheck"]["anyOf"][1]

    assert healthcheck["properties"]["path"]["description"] == "Where to ask."
    assert healthcheck["properties"]["path"]["default"] == "/"
    assert TINY_SCHEMA["properties"]["type"]["const"] == "Tiny Service"
