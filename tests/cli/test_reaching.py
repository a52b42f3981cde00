"""Which proxy a name means: one of this machine, or one of an environment on AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.cli.aws.proxies.reaching import Where
from stranglerfig.errors import NotFound, UsageError


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With the environments `test`, here, and `prod`, on AWS."""
    files = {
        ".workspace": "application: forum\n",
        "environments/test/manifest.yml": "name: test\ntype: Environment\ntarget: local\n",
        "environments/prod/manifest.yml": "name: prod\ntype: Environment\n",
    }
    for name, text in files.items():
        path = tmp_path / "copilot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("named", "env", "meant", "is_on_aws"),
    [
        ("shop", None, "shop", False),
        ("shop", "test", "forum.test.shop", False),
        ("shop", "prod", "forum.prod.shop", True),
        ("forum.test.shop", None, "forum.test.shop", False),
        ("forum.prod.shop", None, "forum.prod.shop", True),
        ("forum.prod.shop", "prod", "forum.prod.shop", True),
        ("other.prod.shop", None, "other.prod.shop", False),
    ],
)
def test_a_proxy_is_named_in_full_or_with_its_environment(
    named: str, env: str | None, meant: str, is_on_aws: bool
) -> None:
    name, found = Where(env, {}).locate(named)

    assert (name, found is not None) == (meant, is_on_aws)
    if found is not None:
        assert (found.env, found.proxy) == ("prod", "shop")


def test_outside_a_workspace_every_name_is_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Where(None, {}).locate("forum.prod.shop") == ("forum.prod.shop", None)


@pytest.mark.usefixtures("workspace")
def test_an_environment_that_is_not_known_is_told() -> None:
    with pytest.raises(NotFound, match="staging"):
        Where("staging", {}).locate("shop")


@pytest.mark.usefixtures("workspace")
def test_everything_of_an_environment_is_asked_for_on_aws_alone() -> None:
    found = Where("prod", {}).environment("shifts")

    assert found is not None
    assert (found.env, found.proxy) == ("prod", "")
    assert Where(None, {}).environment("shifts") is None
    with pytest.raises(UsageError, match="test runs on this machine, where all shifts are shown together"):
        Where("test", {}).environment("shifts")
