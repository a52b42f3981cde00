"""Who asks AWS, and what becomes of its refusals."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from stranglerfig.aws.outages import Outages
from stranglerfig.aws.refusals import Who, code_of, said
from stranglerfig.aws.session import Access, Client, Session, new_core, open_session
from stranglerfig.errors import Conflict, FigError, NotFound, Refused, Unavailable, UsageError
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud


def test_a_session_says_whose_account_and_region_it_is_in(session: Session) -> None:
    assert (session.account, session.region, session.partition) == (ACCOUNT, REGION, "aws")


def test_clients_are_made_once_for_each_region(session: Session) -> None:
    assert session.client("ssm") is session.client("ssm", REGION)
    assert session.client("ssm") is not session.client("ssm", "us-east-1")


def test_threads_make_clients_one_after_the_other_and_each_once(cloud: Cloud) -> None:
    core, second_is_in, inside = new_core(), threading.Event(), []

    def linger(**_: object) -> None:
        inside.append(threading.current_thread())
        if len(inside) > 1:
            second_is_in.set()
        second_is_in.wait(0.3)

    core.register("creating-client-class.sqs", linger)
    session = Session(boto3.Session(botocore_session=core, region_name=REGION), Who(), Outages(print))
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.append(session.client("sqs"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(inside) == 1
    assert made[0] is made[1]


def test_requests_say_which_tool_sent_them_and_flags_win_over_variables(cloud: Cloud) -> None:
    session = open_session(Access(region="us-east-2", key_id="AKIAFLAG", secret="s", token="t"))

    session.client("ssm").describe_parameters()

    assert session.region == "us-east-2"
    assert cloud.actions()[-1] == "DescribeParameters"
    assert "strangler-fig/" in cloud.calls[-1].agent
    assert "Credential=AKIAFLAG/" in cloud.calls[-1].authorization


def test_another_role_is_taken_and_its_name_is_in_what_it_may_not_do(cloud: Cloud, session: Session) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/shop-test-EnvManagerRole"
    manager = session.assume(role, "eu-central-1")

    assert (
        manager.client("sts")
        .get_caller_identity()["Arn"]
        .endswith("assumed-role/shop-test-EnvManagerRole/strangler-fig")
    )
    with cloud.failing("GetParameter", "AccessDeniedException", "no"), pytest.raises(Refused) as refused:
        manager.client("ssm").get_parameter(Name="/a")
    assert (
        refused.value.message == "role shop-test-EnvManagerRole by the default credentials may not do GetParameter: no"
    )


def test_throttled_and_broken_off_requests_are_sent_again(cloud: Cloud, session: Session) -> None:
    ssm = session.client("ssm")
    with (
        cloud.failing("PutParameter", "ThrottlingException", "Rate exceeded", times=1),
        cloud.failing("PutParameter", "hang up", times=1),
    ):
        ssm.put_parameter(Name="/twice", Value="1", Type="String")

    assert ssm.get_parameter(Name="/twice")["Parameter"]["Value"] == "1"
    assert cloud.actions()[-4:] == ["PutParameter"] * 3 + ["GetParameter"]


@pytest.mark.parametrize(
    ("code", "message", "kind", "told", "hint"),
    [
        ("ExpiredTokenException", "The security token is expired", UsageError, "has expired", "`aws sso login`"),
        ("UnrecognizedClientException", "invalid", UsageError, "AWS does not know the default", "get-caller-identity"),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/u is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:x "
            "because no identity-based policy allows the ssm:GetParameter action",
            Refused,
            "the default credentials may not do ssm:GetParameter on arn:aws:ssm:x: no identity-based policy allows",
            "Have ssm:GetParameter allowed",
        ),
        ("ParameterNotFound", "gone", NotFound, "AWS refused GetParameter: gone", ""),
        ("ParameterAlreadyExists", "there", Conflict, "AWS refused GetParameter: there", ""),
        ("ValidationException", "wrong", UsageError, "AWS refused GetParameter: wrong", ""),
    ],
)
def test_refusals_come_as_what_the_reader_can_do_about_them(
    cloud: Cloud, session: Session, code: str, message: str, kind: type[FigError], told: str, hint: str
) -> None:
    with cloud.failing("GetParameter", code, message), pytest.raises(kind) as refused:
        session.client("ssm").get_parameter(Name="/a")

    assert told in refused.value.message
    assert hint in (refused.value.hint or "")
    assert (code_of(refused.value), said(refused.value)) == (code, message)


def test_what_fails_all_the_time_is_unavailable_and_says_that_repeating_helps(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    ssm = open_session(Access()).client("ssm")
    with cloud.failing("GetParameter", "ThrottlingException", "Rate exceeded"), pytest.raises(Unavailable) as throttled:
        ssm.get_parameter(Name="/a")
    with cloud.failing("GetParameter", "InternalServerError", status=500), pytest.raises(Unavailable) as broken:
        ssm.get_parameter(Name="/a")
    with cloud.failing("GetParameter", "hang up"), pytest.raises(Unavailable) as lost:
        ssm.get_parameter(Name="/a")

    assert throttled.value.message == "AWS lets GetParameter wait: ThrottlingException: Rate exceeded"
    assert broken.value.message == "AWS failed at GetParameter: InternalServerError"
    assert lost.value.message.startswith("AWS cannot be reached: ")
    assert "it goes on" in (lost.value.hint or "")


def test_a_missing_profile_region_or_key_is_named_with_its_mend(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="there is no AWS profile 'nobody'"):
        open_session(Access(profile="nobody"))
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(UsageError, match="no AWS region is given"):
        _ = open_session(Access()).region
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UsageError, match="there are no AWS credentials: ") as nobody:
        _ = open_session(Access(region=REGION)).account
    assert "--profile" in (nobody.value.hint or "")


def test_profiles_that_end_in_sso_or_mfa_say_how_to_log_in(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Path(os.environ["HOME"], ".aws", "config")
    config.parent.mkdir(exist_ok=True)
    config.write_text(
        "[profile work]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\nregion = eu-west-1\n"
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://s\nsso_registration_scopes = x\n"
        "[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n"
        f"[profile safe]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/deploy\nsource_profile = keys\n"
        f"mfa_serial = arn:aws:iam::{ACCOUNT}:mfa/me\nregion = eu-west-1\n"
        f"[profile upon]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/deploy\nsource_profile = work\nregion = eu-west-1\n"
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(UsageError) as ended:
        open_session(Access(profile="work")).unlock()
    with pytest.raises(UsageError) as stands_on_it:
        open_session(Access(profile="upon")).unlock()
    with pytest.raises(UsageError) as locked:
        _ = open_session(Access(profile="safe")).account

    assert "aws sso login --profile work" in (ended.value.hint or "")
    assert "aws sso login --profile work" in (stands_on_it.value.hint or "")
    assert "wants a code (MFA)" in locked.value.message
    config.write_text(config.read_text().replace("profile work", "default"))
    assert open_session(Access())._who.login == "default"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXPIRED")
    assert open_session(Access())._who.login is None, "keys go before it, and no log-in renews them"
    assert "aws sts get-caller-identity --profile safe" in (locked.value.hint or "")


def test_a_region_that_aws_has_no_address_for_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    with pytest.raises(UsageError, match="there is no region eu-wst-1") as refused:
        open_session(Access(region="eu-wst-1", key_id="a", secret="b")).client("ssm")

    assert refused.value.hint == "Did you mean eu-west-1? `--region`, AWS_REGION or the profile says it."
    with pytest.raises(UsageError, match=r"that is no region: .* 'eu west'"):
        open_session(Access(region="eu west", key_id="a", secret="b")).client("ssm")
    open_session(Access(region="eu-west-1", key_id="a", secret="b")).client("ssm")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("credential_process = sh -c 'echo stale >&2; exit 3'", "from custom-process: stale"),
        ("credential_process = echo hello", "Expecting value"),
        ("credential_process = /no/such/program", "No such file or directory: '/no/such/program'"),
        ("role_arn = r\nweb_identity_token_file = /no/such/token", "No such file or directory: '/no/such/token'"),
        ("role_arn = r\nsource_profile = nowhere", 'source_profile "nowhere"'),
        ("aws_access_key_id = a", "missing: aws_secret_access_key"),
    ],
    ids=["process fails", "process says nonsense", "no process", "no token", "no source", "half"],
)
def test_what_is_wrong_with_a_profile_is_told_with_what_shows_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, told: str
) -> None:
    config = tmp_path / "config"
    config.write_text(f"[profile odd]\nregion = eu-west-1\n{lines}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(UsageError) as wrong:
        open_session(Access(profile="odd")).unlock()

    assert wrong.value.message.startswith("AWS cannot be asked as profile 'odd': ")
    assert told in wrong.value.message
    assert "`aws configure list --profile odd`" in (wrong.value.hint or "")


def test_a_code_that_is_wrong_is_no_missing_right(cloud: Cloud, session: Session) -> None:
    said_of_it = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    with cloud.failing("AssumeRole", "AccessDenied", said_of_it, status=403), pytest.raises(Refused) as wrong:
        session.assume(f"arn:aws:iam::{ACCOUNT}:role/deploy", REGION).unlock()

    assert "the code that the device shows next" in (wrong.value.hint or "")


def test_a_profile_is_blamed_only_where_it_is_used(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "keys")

    assert open_session(Access()).profile is None

    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert open_session(Access(profile="keys")).account == ACCOUNT
    with pytest.raises(UsageError, match="there is no AWS profile 'nobody'"):
        open_session(Access())


def watched(service: str, outages: Outages) -> Client:
    """Of whom the SDK's own repetitions are over at once."""
    core = new_core()
    outages.watch(core)
    config = Config(retries={"mode": "standard", "total_max_attempts": 2})
    return Client(core.create_client(service, REGION, config=config), Who())


def test_a_lost_connection_is_told_once_and_borne_for_longer_than_the_sdk_bears_it(cloud: Cloud) -> None:
    told: list[str] = []
    ssm = watched("ssm", Outages(told.append, pause_s=0.0, quiet_s=0.0))
    with cloud.failing("PutParameter", "hang up", times=6):
        ssm.put_parameter(Name="/borne", Value="1", Type="String")

    assert ssm.get_parameter(Name="/borne")["Parameter"]["Value"] == "1"
    assert told == ["AWS cannot be reached: trying again.", "AWS answers again."]


def test_a_connection_that_was_closed_once_is_not_talked_about(cloud: Cloud) -> None:
    told: list[str] = []
    sts = watched("sts", Outages(told.append, quiet_s=3600.0))
    with cloud.failing("GetCallerIdentity", "hang up", times=1):
        sts.get_caller_identity()

    assert told == []


def test_a_connection_that_stays_lost_is_given_up_later_where_aws_has_answered(cloud: Cloud) -> None:
    told: list[str] = []
    outages = Outages(told.append, longest_s=0.5, first_s=0.0, pause_s=0.0, quiet_s=0.0)
    ssm, sts = watched("ssm", outages), watched("sts", outages)
    cloud.calls.clear()
    with cloud.failing("GetParameter", "hang up"):
        with pytest.raises(Unavailable):
            ssm.get_parameter(Name="/a")
        at_first = (cloud.actions(), list(told))
        sts.get_caller_identity()
        with pytest.raises(Unavailable) as lost:
            ssm.get_parameter(Name="/a")

    assert at_first == (["GetParameter"], [])
    assert cloud.actions().count("GetParameter") > 3
    assert told == ["AWS cannot be reached: trying again."]
    assert "run the command again: it goes on" in (lost.value.hint or "")


def test_an_answer_that_does_not_come_is_not_waited_for_as_long_as_the_sdk_would(session: Session) -> None:
    config = session.client("ssm")._raw.meta.config

    assert (config.connect_timeout, config.read_timeout) == (10, 30)
