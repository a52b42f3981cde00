"""Secrets of an environment on AWS: written, listed, and shown nowhere."""

from __future__ import annotations

import json

import pytest

from stranglerfig.aws.session import Session
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import Terminal

NAME = "/copilot/forum/prod/secrets/db_password"


def value_of(session: Session) -> str:
    ssm = session.client("ssm")
    return str(ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]["Value"])


def test_a_secret_is_kept_encrypted_with_the_tags_that_its_tasks_may_read_it_by(
    fig: Terminal, session: Session
) -> None:
    kept = fig("secret", "init", "--name", "db_password", "--values", "prod=hunter2")

    assert kept.status == 0, kept.err
    assert "Secret db_password is kept for environment prod." in kept.err
    ssm = session.client("ssm")
    assert ssm.get_parameter(Name=NAME)["Parameter"]["Type"] == "SecureString"
    assert value_of(session) == "hunter2"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert {one["Key"]: one["Value"] for one in tags} == {
        "copilot-application": "forum",
        "copilot-environment": "prod",
    }
    assert "hunter2" not in kept.out + kept.err


def test_a_secret_that_is_there_is_replaced_on_demand_alone(fig: Terminal, session: Session) -> None:
    fig("secret", "init", "--name", "db_password", "--values", "prod=first", "--overwrite")

    refused = fig("secret", "init", "--name", "db_password", "--values", "prod=second")
    assert (refused.status, "there already: db_password in prod" in refused.err) == (4, True)
    assert value_of(session) == "first"
    replaced = fig("secret", "init", "--name", "db_password", "--values", "prod=second", "--overwrite")
    assert replaced.status == 0, replaced.err
    assert value_of(session) == "second"
    tags = session.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert {one["Key"] for one in tags} == {"copilot-application", "copilot-environment"}


def test_a_secret_whose_keeping_is_not_heard_of_is_kept_and_anothers_is_not_replaced(
    fig: Terminal, cloud: Cloud
) -> None:
    with cloud.failing("PutParameter", "lose the answer", times=1):
        kept = fig("secret", "init", "--name", "unheard", "--values", "prod=ours")
    with cloud.failing("PutParameter", "hang up", times=1):
        refused = fig("secret", "init", "--name", "unheard", "--values", "prod=theirs")

    assert kept.status == 0, kept.err
    assert (refused.status, "there already: unheard in prod" in refused.err) == (4, True)


def test_secrets_of_a_file_are_listed_by_name_alone(fig: Terminal) -> None:
    fig.write("secrets.yml", "from_file: {prod: quietly}\n")
    assert fig("secret", "init", "--cli-input-yaml", "secrets.yml").status == 0

    for words in ((), ("--env", "prod"), ("--target", "aws")):
        found = fig("secret", "ls", *words, "--json")
        assert found.status == 0, found.err
        assert {"name": "from_file", "environments": ["prod"]} in found.json()["secrets"]
        assert "quietly" not in found.out + found.err


def test_secrets_are_kept_and_listed_as_whom_flags_say(fig: Terminal) -> None:
    for words in (("init", "--name", "other", "--values", "prod=x"), ("ls",)):
        refused = fig("secret", *words, "--profile", "nobody")
        assert (refused.status, "there is no AWS profile 'nobody'" in refused.err) == (2, True), refused.err


def test_what_aws_refuses_does_not_repeat_the_value(fig: Terminal, cloud: Cloud) -> None:
    with cloud.failing("PutParameter", "ValidationException", "Value 'hunter3' failed to satisfy constraint"):
        refused = fig("secret", "init", "--name", "other", "--values", "prod=hunter3")

    assert refused.status == 2, refused.err
    assert "AWS refused PutParameter: Value '…' failed" in refused.err
    assert "hunter3" not in refused.err


def test_what_aws_refuses_does_not_repeat_a_value_of_several_lines(fig: Terminal, cloud: Cloud) -> None:
    key = "-----BEGIN KEY-----\nhunter4\n-----END KEY-----."
    fig.write("key.yml", json.dumps({"other": {"prod": key}}))

    with cloud.failing("PutParameter", "ValidationException", f"Too long: {key}"):
        refused = fig("secret", "init", "--cli-input-yaml", "key.yml")

    assert refused.status == 2, refused.err
    assert "AWS refused PutParameter: Too long: …" in refused.err
    assert "hunter4" not in refused.err


def test_an_environment_that_is_nowhere_is_named(fig: Terminal) -> None:
    refused = fig("secret", "init", "--name", "other", "--values", "prodd=x")

    assert (refused.status, "no environment prodd of forum" in refused.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("good: {prod: fine}\nempty: {prod: ''}\n", "empty in prod cannot be kept: it is empty"),
        (f"good: {{prod: fine}}\nlarge: {{prod: {'x' * 8193}}}\n", "large in prod cannot be kept: it has 8,193 bytes"),
        (f"good: {{prod: fine}}\n{'n' * 1000}: {{prod: x}}\n", "its name is too long by "),
        ('good: {prod: fine}\nodd: {prod: "a\\0b"}\n', "odd in prod cannot be kept: it has a character NUL"),
        ("good: {prod: fine}\nod/d: {prod: x}\n", "'od/d' cannot name a secret"),
        ("good: {prod: fine}\ngood: {prod: other}\n", "good"),
        ("good: {prod: fine}\nbare: {}\n", "secrets.yml:2: bare has no environments"),
        ("{}", "secrets.yml holds no secrets"),
    ],
)
def test_what_cannot_be_kept_is_told_before_anything_is(text: str, wanted: str, fig: Terminal) -> None:
    fig.write("secrets.yml", text)

    refused = fig("secret", "init", "--cli-input-yaml", "secrets.yml")

    assert (refused.status, wanted in refused.err) == (2, True), refused.err
    assert "good" not in [one["name"] for one in fig("secret", "ls", "--json").json()["secrets"]]


def test_a_large_value_is_an_advanced_parameter(fig: Terminal, session: Session) -> None:
    fig.write("secrets.yml", f"certificate: {{prod: {'x' * 5000}}}\n")

    kept = fig("secret", "init", "--cli-input-yaml", "secrets.yml")

    assert (kept.status, "It is an advanced parameter" in kept.err) == (0, True), kept.err
    name = "/copilot/forum/prod/secrets/certificate"
    [found] = session.client("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}]
    )["Parameters"]
    assert found["Tier"] == "Advanced"


def test_a_small_value_where_a_large_one_was_stays_an_advanced_parameter(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    assert fig("secret", "init", "--name", "shrinking", "--values", "prod=before").status == 0
    why = "You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier."

    with cloud.failing("PutParameter", "ValidationException", why, times=1, after=1):
        kept = fig("secret", "init", "--name", "shrinking", "--values", "prod=after", "--overwrite")

    assert (kept.status, "It is an advanced parameter" in kept.err) == (0, True), kept.err
    name = "/copilot/forum/prod/secrets/shrinking"
    [found] = session.client("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}]
    )["Parameters"]
    assert found["Tier"] == "Advanced"


def test_what_is_kept_of_a_set_that_breaks_off_is_told(fig: Terminal, cloud: Cloud) -> None:
    fig.write("secrets.yml", "one: {prod: a}\ntwo: {prod: b}\nthree: {prod: c}\n")
    with cloud.failing("PutParameter", "AccessDeniedException", "not allowed", after=1):
        broken = fig("secret", "init", "--cli-input-yaml", "secrets.yml")

    assert broken.status != 0
    assert "kept are one in prod, and not two in prod, three in prod" in broken.err
    assert "the same command with `--overwrite` keeps the rest" in broken.err
    assert fig("secret", "init", "--cli-input-yaml", "secrets.yml", "--overwrite").status == 0
