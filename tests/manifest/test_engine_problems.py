"""What is wrong is told all at once, in order, with the nearest right name."""

from __future__ import annotations

import pytest

from stranglerfig.errors import UsageError
from stranglerfig.manifest.problems import ManifestInvalid, Problem
from tests.manifest.engine_builders import HEAD, load, problems


def test_all_problems_are_told_at_once_in_the_order_of_their_lines() -> None:
    body = """
imgae: {}
count: many
image: {port: 70000, location: X}
http:
  healthcheck: {interval: 10m}
sidecars: {A1: {image: x}}
"""

    assert problems(body) == [
        "4: imgae: is not a known field (did you mean image?)",
        "5: count: must be a whole number or a mapping, but is text: many",
        "6: image.port: must be from 1 to 65535, but is 70000",
        "6: image.location: 'X' does not match [a-z:/0-9.]+",
        "7: http.path: must be specified",
        "8: http.healthcheck.interval: must be at most 5m, but is 10m",
        "9: sidecars.A1: the name 'A1' does not match [a-z]+",
    ]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("http: {path: /, healthCheck: /x}\n", "http.healthCheck: is not a known field (did you mean healthcheck?)"),
        ("http: {path: /, paht: /x}\n", "http.paht: is not a known field (did you mean path?)"),
        ("healthcheck: /x\n", "healthcheck: is not a known field (this key belongs under http)"),
        (
            "http: {path: /, interval: 1s}\n",
            "http.interval: is not a known field (this key belongs under http.healthcheck)",
        ),
        (
            "port: 80\n",
            "port: is not a known field (this key belongs under image or sidecars.*)",
        ),
        (
            "http: {path: /, cuont: 1}\n",
            "http.cuont: is not a known field (did you mean count, which belongs under the top level?)",
        ),
        ("qqq: 1\n", "qqq: is not a known field"),
    ],
)
def test_an_unknown_key_comes_with_what_was_meant_or_where_it_belongs(body: str, wanted: str) -> None:
    assert problems(body) == [f"3: {wanted}"]


def test_lenient_reading_warns_of_unknown_keys_and_of_nothing_else() -> None:
    loaded = load("imgae: 1\n", is_lenient=True)

    assert [str(problem) for problem in loaded.warnings] == [
        "m.yml:3: warning: imgae: is not a known field, and has no effect (did you mean image?)"
    ]
    assert problems("imgae: 1\ncount: x\n", is_lenient=True)[1].startswith("4: count: must be")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("http: [1]\n", "http: must be true or false or a mapping, but is a list"),
        ("http: 3\n", "http: must be true or false or a mapping, but is a whole number: 3"),
        ("entrypoint: {a: b}\n", "entrypoint: must be text or a list, but is a mapping"),
        ("entrypoint: [a, [b]]\n", "entrypoint[1]: must be text, but is a list"),
        ("entrypoint: [a, null]\n", "entrypoint[1]: must be text, but is nothing"),
        ("count: {range: {min: -1, max: x}}\n", "count.range.min: must be at least 0, but is -1"),
        ("variables: {A: {from_cnf: x}}\n", "variables.A.from_cnf: is not a known field (did you mean from_cfn?)"),
        ("http: {path: /, version: http3}\n", "http.version: must be HTTP1, HTTP2 or GRPC, but is 'http3'"),
        ("http: {path: /, ratio: 1.5}\n", "http.ratio: must be from 0 to 1, but is 1.5"),
        ("wait: 5d\n", "wait: must be a duration such as 1m30s, but is '5d' (did you mean 120h?)"),
        ("twins: abc\n", "twins: must have an even number of letters"),
        ("sidecars: {a: {port: 1}}\n", "sidecars.a.image: must be specified"),
        ("topics: [{name: a}, {}]\n", "topics[1].name: must be specified"),
        ("image: {build: a, location: b}\n", 'image: must specify one of "build" and "location"'),
        ("count: {range: {min: 3, max: 2}}\n", "count.range.min: is more than max, which is 2"),
        ("count: 13\n", "count: needs http"),
        (
            "http: {path: /, target_container: a, targetContainer: b}\n",
            "http.targetContainer: must specify one, not both, of target_container and targetContainer",
        ),
        ("environments: 3\n", "environments: must be a mapping, but is a whole number"),
        ("environments: {test: 3}\n", "environments.test: must be a mapping, but is a whole number"),
        ("environments: {test: {type: x}}\n", "environments.test.type: cannot be overridden"),
        ("environments: {test: {cuont: 3}}\n", "environments.test.cuont: is not a known field (did you mean count?)"),
    ],
)
def test_each_fault_names_its_path_and_what_was_wanted(body: str, wanted: str) -> None:
    assert problems(body)[0].removeprefix("3: ").startswith(wanted)


def test_the_form_that_comes_closest_says_what_is_wrong() -> None:
    assert problems("http: {path: /, healthcheck: {intervals: 1s}}\n") == [
        "3: http.healthcheck.intervals: is not a known field (did you mean interval?)"
    ]


def test_an_older_spelling_stands_for_the_field() -> None:
    assert load("http: {path: /, targetContainer: nginx}\n").body["http"] == {"path": "/", "target_container": "nginx"}


def test_choices_in_any_case_are_kept_as_written() -> None:
    assert load("http: {path: /, version: grpc}\n").body["http"] == {"path": "/", "version": "grpc"}


def test_what_could_not_be_read_is_not_said_to_be_missing() -> None:
    assert problems("image: {build: {}}\nhttp: {pth: /x}\n") == [
        "3: image.build: must be text or a list, but is a mapping",
        "4: http.pth: is not a known field (did you mean path?)",
    ]


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        ("name: a\n", "1: type: must be specified (the types are Tiny Service)"),
        ("name: a\ntype: Tiny service\n", "2: type: invalid manifest type 'Tiny service' (did you mean Tiny Service?)"),
        ("name: a\ntype: Huge\n", "2: type: invalid manifest type 'Huge' (the types are Tiny Service)"),
        ("name: a\ntype: [x]\n", "2: type: invalid manifest type 'a list' (the types are Tiny Service)"),
    ],
)
def test_a_wrong_type_names_the_right_ones(head: str, wanted: str) -> None:
    assert problems("", head=head) == [wanted]


def test_a_kind_without_a_type_is_known_by_its_keys() -> None:
    assert load("name: p\nversion: 1\n", head="").kind.name == "Plan"
    assert problems("name: p\nversion: 1\nenvironments: {}\n", head="") == ["3: environments: is not a known field"]


def test_defaults_fill_in_what_is_absent_and_count_as_not_given() -> None:
    loaded = load("http: {path: /, healthcheck: {retries: 3}}\n")

    assert loaded.body == {
        "name": "api",
        "type": "Tiny Service",
        "http": {"path": "/", "healthcheck": {"path": "/", "interval": 30.0, "retries": 3}},
        "count": 1,
    }
    assert loaded.given == {"name", "type", "http", "http.path", "http.healthcheck", "http.healthcheck.retries"}


def test_later_steps_can_tell_problems_at_the_lines_of_paths() -> None:
    loaded = load("http:\n  path: /\n  healthcheck:\n    retries: 3\n")

    assert str(loaded.problem("http.healthcheck.retries", "no")) == "m.yml:6: http.healthcheck.retries: no"
    assert str(loaded.problem("http.healthcheck.path", "no")) == "m.yml:5: http.healthcheck.path: no"
    assert str(loaded.problem("sidecars.a", "no", "Do.")) == "m.yml:1: sidecars.a: no (Do.)"


def test_problems_of_several_files_stand_together() -> None:
    invalid = ManifestInvalid(
        [Problem("b.yml", 1, "x", "no"), Problem("a.yml", 9, "", "no"), Problem("a.yml", 2, "", "w", None, True)]
    )

    assert isinstance(invalid, UsageError)
    assert invalid.message.splitlines() == [
        "2 manifests: 2 problems",
        "a.yml:2: warning: w",
        "a.yml:9: no",
        "b.yml:1: x: no",
    ]


def test_a_control_sequence_in_a_manifest_does_not_reach_the_terminal() -> None:
    assert problems('"\\e[2Jx": 1\n', head=HEAD) == ["3: ·[2Jx: is not a known field"]
