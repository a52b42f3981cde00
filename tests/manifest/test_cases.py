"""Manifests and what comes of them, a folder each: the effective manifest and its model, or all problems."""

from __future__ import annotations

import pytest

from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.problems import ManifestInvalid
from tests.manifest.case import Case, all_cases, plain

WANTED = [case for case in all_cases() if case.wanted is not None]
REFUSED = [case for case in all_cases() if case.wanted is None]


def by_name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", WANTED, ids=by_name)
def test_a_manifest_becomes_what_its_case_wants(case: Case) -> None:
    assert case.wanted is not None
    loaded = case.load()
    model = plain(build_model(loaded))
    assert isinstance(model, dict)

    found = {"manifest": loaded.body, "warnings": [str(warning) for warning in loaded.warnings]} | {
        name: model.get(name) for name in case.wanted if name not in ("manifest", "warnings")
    }
    assert found == {"warnings": [], **case.wanted}


@pytest.mark.parametrize("case", REFUSED, ids=by_name)
def test_a_manifest_is_refused_with_every_problem_of_its_case(case: Case) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        case.load()

    assert tuple(str(problem) for problem in caught.value.problems) == case.problems


def test_every_case_is_about_something_of_its_own() -> None:
    texts = [(case.manifest, str(case.request)) for case in all_cases()]

    assert len({*texts}) == len(texts) > 130
