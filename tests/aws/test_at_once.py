"""Two who change the same environment at once: it has what both want."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.applications import find_application
from stranglerfig.aws.environments import Environment, EnvironmentText, find_environment
from stranglerfig.aws.inherited import read_manifest
from stranglerfig.aws.refusals import Who, translated
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.refusals import is_overtaken
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import manifest_of
from stranglerfig.aws.stacks.values import Ended
from stranglerfig.aws.synth.environment import Features, both
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.errors import DeployFailed, FigError
from tests.acceptance.machine import wait_until
from tests.aws.queues import Beside, Heard
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import Terminal, workspace


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    found = workspace(tmp_path_factory.mktemp("both"), "both")
    for words in (("env", "init", "--name", "prod", "--target", "aws"), ("env", "deploy", "--name", "prod")):
        done = found(*words)
        assert done.status == 0, done.err
    return found


def prod() -> Environment:
    """As another machine has it."""
    session = open_session(Access())
    how = Deploying(session)
    return find_environment(find_application(session, "both", how), "prod", how)


def need(env: Environment, name: str) -> None:
    env.bring_features(lambda known: both(read(known), Features(file_system=frozenset({name}))))


@pytest.mark.parametrize("moment", ["CreateChangeSet", "ExecuteChangeSet"])
def test_what_others_get_in_between_stays(fig: Terminal, cloud: Cloud, session: Session, moment: str) -> None:
    """Before the change set is made, and before it is carried out."""

    def meanwhile() -> None:
        del cloud.hooks[moment]
        need(prod(), f"fast-{moment}")

    one = prod()
    assert one.stack() is not None
    cloud.hooks[moment] = meanwhile

    need(one, f"slow-{moment}")

    found = Stacks(session).require("both-prod").parameters["EFSWorkloads"].split(",")
    assert {f"fast-{moment}", f"slow-{moment}"} <= set(found)


def test_a_deploy_of_the_environment_keeps_what_services_get_meanwhile(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    env = prod()
    _, tree = env.require_deployed()
    text = manifest_of(tree) + "observability:\n  container_insights: true\n"
    wanted = EnvironmentText(read_manifest(text, env.record), text)

    def meanwhile() -> None:
        del cloud.hooks["CreateChangeSet"]
        need(prod(), "during")

    cloud.hooks["CreateChangeSet"] = meanwhile
    assert env.deploy(wanted, Additions()).ended is Ended.DEPLOYED

    after = Stacks(session).require("both-prod")
    assert "during" in after.parameters["EFSWorkloads"].split(",")
    assert "container_insights: true" in manifest_of(prod().require_deployed()[1])


def test_what_is_being_changed_already_is_waited_for_first(fig: Terminal, cloud: Cloud, session: Session) -> None:
    cloud.stacks.held.add("both-prod")
    first = Beside(lambda: need(prod(), "early"))
    wait_until(lambda: "both-prod" in cloud.stacks.pending, "the first one has begun")
    late, heard = prod(), Heard()
    late.how.telling = heard
    second = Beside(lambda: need(late, "late"))
    with heard.seen:
        assert heard.seen.wait_for(lambda: heard.notes, 60)
    cloud.stacks.release("both-prod")

    assert (first.ended(), second.ended()) == (None, None)
    assert {"early", "late"} <= set(Stacks(session).require("both-prod").parameters["EFSWorkloads"].split(","))


@pytest.mark.parametrize(
    ("code", "words", "is_so"),
    [
        ("ValidationError", "Stack:arn:one is in UPDATE_IN_PROGRESS state and can not be updated.", True),
        ("ValidationError", "Stack [both-prod] does not exist", True),
        (
            "ValidationError",
            "Stack [both-prod] already exists and cannot be created again with the changeSet [x].",
            True,
        ),
        ("ValidationError", "Stack [both-prod] cannot be deleted while in status UPDATE_IN_PROGRESS", True),
        ("InvalidChangeSetStatus", "ChangeSet [arn] cannot be executed in its current status of [OBSOLETE]", True),
        ("ChangeSetNotFound", "ChangeSet [arn] does not exist", True),
        ("ValidationError", "S3 error: The specified key does not exist.", False),
        ("AccessDenied", "Tables can not be updated by you", False),
    ],
)
def test_what_others_did_to_the_stack_counts_as_overtaken(code: str, words: str, *, is_so: bool) -> None:
    with pytest.raises(FigError) as caught, translated(Who()):
        raise ClientError({"Error": {"Code": code, "Message": words}}, "CreateChangeSet")

    assert is_overtaken(caught.value) == is_so


def test_a_deploy_that_failed_was_not_overtaken_whatever_its_reason_is() -> None:
    assert not is_overtaken(DeployFailed("stack both-prod: Domain can not be updated while it is being deleted"))
