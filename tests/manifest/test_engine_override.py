"""Overrides of environments: each row of the merge's rules on a small kind; the real kinds have their own cases."""

from __future__ import annotations

import pytest

from tests.manifest.engine_builders import load, problems


def merged(base: str, override: str) -> dict[str, object]:
    """The effective fields, without name and type."""
    loaded = load(f"{base}\nenvironments:\n  test: {{{override}}}\n", "test")
    return {key: value for key, value in loaded.body.items() if key not in ("name", "type")}


@pytest.mark.parametrize(
    ("rule", "base", "override", "path", "wanted"),
    [
        ("a scalar wins", "count: 2", "count: 3", "count", 3),
        ("zero wins", "count: 2", "count: 0", "count", 0),
        ("false wins", "exec: true", "exec: false", "exec", False),
        ("an empty text wins", "twins: ab", "twins: ''", "twins", ""),
        ("unless the field says otherwise", "alias: a", "alias: ''", "alias", "a"),
        ("absent has no effect", "count: 2", "exec: true", "count", 2),
        ("null has no effect", "count: 2", "count: null", "count", 2),
        ("a list is replaced", "entrypoint: [a, b]", "entrypoint: [c]", "entrypoint", ["c"]),
        ("by an empty one too", "entrypoint: [a, b]", "entrypoint: []", "entrypoint", []),
        (
            "a list of sections is replaced",
            "topics: [{name: a}, {name: b}]",
            "topics: [{name: c}]",
            "topics",
            [{"name": "c"}],
        ),
        (
            "sections merge",
            "http: {path: a, stickiness: true}",
            "http: {path: b}",
            "http",
            {"path": "b", "stickiness": True},
        ),
        (
            "deep ones too",
            "http: {path: a, healthcheck: {path: /x, retries: 2}}",
            "http: {healthcheck: {retries: 3}}",
            "http.healthcheck",
            {"path": "/x", "interval": 30.0, "retries": 3},
        ),
        (
            "a mapping unites, its values merge if they are deep",
            "sidecars: {a: {image: x, port: 1}, b: {image: y}}",
            "sidecars: {a: {port: 2}, c: {image: z}}",
            "sidecars",
            {"a": {"image": "x", "port": 2}, "b": {"image": "y"}, "c": {"image": "z"}},
        ),
        (
            "and are replaced whole if not",
            "variables: {A: x, B: {from_cfn: y}}",
            "variables: {B: z, A: {from_cfn: w}}",
            "variables",
            {"A": {"from_cfn": "w"}, "B": "z"},
        ),
        ("a mapping instead of a number", "count: 2", "count: {range: {min: 1}}", "count", {"range": {"min": 1}}),
        ("a number instead of a mapping", "count: {range: {min: 1}}", "count: 2", "count", 2),
        ("a list instead of a text", "entrypoint: a", "entrypoint: [b]", "entrypoint", ["b"]),
        ("a text instead of a list", "entrypoint: [a]", "entrypoint: b", "entrypoint", "b"),
        ("a boolean wipes a section", "http: {path: a}", "http: false", "http", False),
        ("a section replaces a boolean", "http: false", "http: {path: a}", "http", {"path": "a"}),
        (
            "another form loses the base's fields",
            "http: {path: a, healthcheck: /x}",
            "http: {healthcheck: {retries: 2}}",
            "http.healthcheck",
            {"path": "/", "interval": 30.0, "retries": 2},
        ),
        ("the same form merges", "count: {range: {min: 1}}", "count: {range: {max: 3}}", "count.range.max", 3),
        (
            "a field clears those that exclude it",
            "image: {build: a, port: 1}",
            "image: {location: b}",
            "image",
            {"location": "b", "port": 1},
        ),
        ("and the other way", "image: {location: a}", "image: {build: b}", "image", {"build": "b"}),
        ("what nothing declares is replaced", "policy: {a: 1}", "policy: {b: 2}", "policy", {"b": 2}),
    ],
)
def test_an_override_is_merged_by_kind_of_value(rule: str, base: str, override: str, path: str, wanted: object) -> None:
    found: object = merged(base, override)
    for key in path.split("."):
        assert isinstance(found, dict)
        found = found[key]

    assert found == wanted, rule


def test_both_of_two_that_exclude_each_other_are_an_error_in_an_override() -> None:
    body = "image: {build: a}\nenvironments:\n  test:\n    image: {build: b, location: c}\n"

    assert problems(body, "test")[0] == (
        "6: environments.test.image.build: must specify one, not both, of build and location"
    )


def test_environments_stand_nowhere_in_the_effective_manifest() -> None:
    loaded = load("environments: {test: {exec: true}, prod: null}\n", "prod")

    assert "environments" not in loaded.body
    assert loaded.environments == ("test", "prod")


def test_an_environment_without_overrides_has_the_base() -> None:
    assert load("count: 2\nenvironments: {prod: {count: 3}}\n", "test").body["count"] == 2
    assert load("count: 2\nenvironments:\n", "test").body["count"] == 2


def test_rules_are_asked_of_what_is_effective() -> None:
    body = "count: {range: {min: 3, max: 5}}\nenvironments:\n  test:\n    count: {range: {max: 2}}\n"

    assert problems(body, "test") == ["3: count.range.min: is more than max, which is 2"]
    assert load(body, "prod").body["count"] == {"range": {"min": 3, "max": 5}}


def test_without_an_environment_those_of_all_are_checked_and_named() -> None:
    body = (
        "count: {range: {min: 3, max: 5}}\nenvironments:\n  test:\n    count: {range: {max: 2}}\n  prod: {count: 13}\n"
    )

    assert problems(body) == [
        "6: environments.test.count.range.min: is more than max, which is 2",
        "7: environments.prod.count: needs http",
    ]


def test_what_the_base_lacks_is_a_warning_if_every_environment_has_it() -> None:
    body = "http: {stickiness: true}\nenvironments:\n  test: {http: {path: a}}\n  prod: {http: {path: b}}\n"

    (warning,) = load(body).warnings

    assert str(warning) == "m.yml:3: warning: http.path: must be specified, where no environment overrides it"
    assert problems(f"{body}  dev:\n") == ["3: http.path: must be specified"]


def test_what_another_environment_gets_wrong_is_wrong_for_all() -> None:
    assert problems("environments: {test: {}, prod: {count: x}}\n", "test")[0].startswith(
        "3: environments.prod.count: must be a whole number"
    )


def test_lines_are_those_of_the_override_where_it_has_a_value() -> None:
    loaded = load("http:\n  path: a\n  stickiness: true\nenvironments:\n  test:\n    http:\n      path: b\n", "test")

    assert loaded.problem("http.path", "no").line == 9
    assert loaded.problem("http.stickiness", "no").line == 5
    assert loaded.given >= {"http.path", "http.stickiness"}
