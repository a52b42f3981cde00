"""What is kept of secrets, and what is taken out of output because of them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from stranglerfig.control.apps.secret_files import MOST_FORMER, SecretFiles
from stranglerfig.errors import NotFound, StateUnusable

GROUP = "shop.test.web"
PLACE = ("shop", "test")
KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\nq83vEjRWeJ\nQ==\n-----END KEY-----\n"


@pytest.fixture
def secrets(tmp_path: Path) -> SecretFiles:
    return SecretFiles(tmp_path / "secrets")


def test_a_value_of_several_lines_is_taken_out_line_by_line(secrets: SecretFiles) -> None:
    secrets.put(*PLACE, "key", KEY)

    assert secrets.redact(GROUP, "key MIIEpAIBAAKCAQEA") == "key [secret]"
    assert secrets.redact(GROUP, "  q83vEjRWeJ  ") == "  [secret]  "
    assert secrets.redact(GROUP, KEY) == "[secret]\n[secret]\n[secret]\nQ==\n[secret]\n"
    assert secrets.redact(GROUP, repr("MIIEpAIBAAKCAQEA\nq83vEjRWeJ")) == "'[secret]\\n[secret]'"


def test_what_is_so_short_that_it_may_be_there_by_chance_is_left(secrets: SecretFiles) -> None:
    secrets.put(*PLACE, "pin", "123")
    secrets.put(*PLACE, "json", '{\n  "a": 1,\n  "password": "hunter2"\n}')

    assert secrets.redact(GROUP, '123 { "a": 1, }') == '123 { "a": 1, }'
    assert secrets.redact(GROUP, 'is "password": "hunter2"') == "is [secret]"


def test_a_line_end_behind_a_value_does_not_hide_it(secrets: SecretFiles) -> None:
    secrets.put(*PLACE, "db", "hunter2\n")

    assert secrets.redact(GROUP, "pw=hunter2!") == "pw=[secret]!"


def test_former_values_are_taken_out_too(secrets: SecretFiles, tmp_path: Path) -> None:
    for value in ("first-value", "second-value", "second-value", "third-value"):
        secrets.put(*PLACE, "db", value)
        assert secrets.redact(GROUP, value) == "[secret]"
    secrets.remove(*PLACE, "db")

    said = "first-value second-value third-value"
    assert secrets.redact(GROUP, said) == "[secret] [secret] [secret]"
    assert SecretFiles(tmp_path / "secrets").redact(GROUP, said) == "[secret] [secret] [secret]"
    assert secrets.names(*PLACE) == ()
    with pytest.raises(NotFound):
        secrets.value(GROUP, "db")


def test_former_values_are_the_owners_alone_and_go_with_the_environment(secrets: SecretFiles) -> None:
    secrets.put(*PLACE, "db", "first-value")
    secrets.put(*PLACE, "db", "second-value")

    files = sorted(secrets.folder.iterdir())
    assert [file.name for file in files] == ["shop.test.former.json", "shop.test.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    secrets.forget(*PLACE)
    assert list(secrets.folder.iterdir()) == []
    assert secrets.redact(GROUP, "first-value") == "first-value"


def test_former_values_are_bounded(secrets: SecretFiles) -> None:
    for number in range(MOST_FORMER + 10):
        secrets.put(*PLACE, "db", f"value-{number:03d}")

    kept = json.loads((secrets.folder / "shop.test.former.json").read_text(encoding="utf-8"))
    assert (len(kept), kept[-1]) == (MOST_FORMER, f"value-{MOST_FORMER + 8:03d}")


def test_secrets_of_another_environment_are_left(secrets: SecretFiles) -> None:
    secrets.put("shop", "prod", "db", "hunter2")

    assert secrets.redact(GROUP, "hunter2") == "hunter2"
    assert secrets.redact("shop.prod.web", "hunter2") == "[secret]"


def test_a_damaged_file_is_told_of_without_what_is_in_it(secrets: SecretFiles) -> None:
    secrets.put(*PLACE, "db", "hunter2")
    secrets.put(*PLACE, "db", "hunter3")
    (secrets.folder / "shop.test.former.json").write_text('["hunter2"', encoding="utf-8")

    with pytest.raises(StateUnusable) as caught:
        secrets.put(*PLACE, "db", "hunter4")
    assert "hunter" not in caught.value.message
