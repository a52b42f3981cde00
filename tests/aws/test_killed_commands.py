"""Commands on AWS that are killed (-9), or interrupted, where they have just written: the same command again comes to
the same end.

Each is killed in a copy of the cloud, after each of its calls that write, when AWS has done what it was asked for; and
where that takes time on AWS, also while it is under way.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks import follow
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.errors import NotFound, Unavailable, UsageError
from stranglerfig.interrupting import INTERRUPTED
from tests.aws.standin.cloud import REGION, Cloud
from tests.aws.standin.copies import Command, Releasing, cut_off, expired, in_a_copy, interrupted, killed, watched
from tests.aws.workspaces import MANIFESTS, Terminal, workspace
from tests.effort import IS_FULL

EDGE = "us-east-1"
KILLED = -9
UNHEARD = "unheard"
ENV = ("--env", "prod")
#: go on by themselves once they are ordered
SLOW = ("ExecuteChangeSet", "DeleteStack")
#: that CloudFormation gives names
SUFFIX = re.compile(r"-[A-Z0-9]{12}$")
#: what a command says that was interrupted
AFTERWARDS = re.compile(
    r"the same command|[Rr]un the command again|is gone again|as it was before|Not deployed|came too late"
)
PROXY = "name: front\ntype: Strangler Proxy\ndefault: http://10.0.1.17:8080\n"


@dataclass(frozen=True)
class Chapter:
    """A command of a story. ``is_aside``: the story goes on as if it had not been. ``sample`` are the calls after which
    it is killed in every run, ``unheard`` those whose answers are lost."""

    name: str
    words: tuple[str, ...]
    is_aside: bool = False
    sample: tuple[int, ...] = ()
    unheard: tuple[int, ...] = ()


STORY = (
    Chapter("env-init", ("env", "init", "--name", "prod", "--target", "aws")),
    Chapter("env-deploy", ("env", "deploy", "--name", "prod")),
    Chapter("svc-deploy-web", ("svc", "deploy", "--name", "web", *ENV), sample=(2,)),
    Chapter("svc-deploy-site", ("svc", "deploy", "--name", "site", *ENV)),
    Chapter("job-deploy", ("job", "deploy", "--name", "report", *ENV)),
    Chapter("proxy-deploy", ("proxy", "deploy", "front", *ENV)),
    Chapter("app-delete", ("app", "delete", "--target", "aws", "--yes"), is_aside=True),
    Chapter("proxy-delete", ("proxy", "delete", "front", *ENV, "--yes")),
    Chapter("svc-delete-site", ("svc", "delete", "--name", "site", *ENV, "--yes")),
    Chapter("svc-delete-web", ("svc", "delete", "--name", "web", *ENV, "--yes"), sample=(1, 6)),
    Chapter("job-delete", ("job", "delete", "--name", "report", *ENV, "--yes")),
    Chapter("env-delete", ("env", "delete", "--name", "prod", "--yes"), sample=(4,), unheard=(2,)),
)
SHORT = ("env-init", "env-deploy", "svc-deploy-web", "svc-delete-web", "env-delete")


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    root = tmp_path_factory.mktemp("killed") / "work"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root.parent / "home"))
        found = workspace(root, "story")
        found.write("copilot/.workspace", "application: story\ndomain: story.example\n")
        open_session(Access()).client("route53").create_hosted_zone(Name="story.example", CallerReference="1")
        found.write_manifest("web", MANIFESTS["web"].replace("path: /", "path: /, alias: web.prod.story.story.example"))
        found.write_manifest("site", MANIFESTS["site"] + "http: {alias: www.story.example}\n")
        found.write_manifest("report")
        found.write_manifest("front", PROXY)
        found.write("public/index.html", "<h1>hello</h1>")
        found.write("public/style.css", "h1 {}")
        yield found


@pytest.mark.torture
@pytest.mark.timeout(3600 if IS_FULL else 240)
@pytest.mark.parametrize(
    "chapter",
    [chapter for chapter in STORY if IS_FULL or chapter.name in SHORT],
    ids=lambda chapter: chapter.name,
)
def test_a_command_that_was_killed_comes_to_the_same_end(fig: Terminal, cloud: Cloud, chapter: Chapter) -> None:
    command = Command(chapter.words, fig.root)
    if IS_FULL:
        tried = list(deaths(cloud, command))
    else:
        tried = [end for number in chapter.sample if (end := death(cloud, command, number, is_slow=True))]
        tried += [interruption(cloud, command, number) for number in chapter.sample[:1]]
        tried += [blink(cloud, command, number) for number in chapter.unheard]
    if chapter.is_aside:
        wanted = in_a_copy(cloud, lambda: [fig(*chapter.words).status, state()])
    else:
        wanted = [fig(*chapter.words).status, state()]

    assert wanted[0] == 0
    # What is not heard is asked for again, so it has more calls than there are.
    most = max((len(end.calls) for end in tried if end.way != UNHEARD), default=0)
    assert [one for end in tried for one in problems(end, wanted[1], is_last=len(end.calls) >= most)] == []
    assert len(tried) >= max(IS_FULL, len(chapter.sample))


@dataclass(frozen=True)
class End:
    """What a command came to that ended after ``calls`` in this ``way``, when it was given again."""

    calls: list[str]
    way: str
    status: int
    err: str
    state: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.way} after {', '.join(self.calls)}"


def deaths(cloud: Cloud, command: Command) -> Iterator[End]:
    """After each call, and where it goes on by itself also while it does. As long as it writes so often."""
    for number in count(1):
        end = death(cloud, command, number, is_slow=False)
        if end is None:
            return
        yield end
        if end.calls[-1] in SLOW and (slow := death(cloud, command, number, is_slow=True)):
            yield slow
        yield interruption(cloud, command, number)
        yield expiry(cloud, command, number)
        yield outage(cloud, command, number)
        yield blink(cloud, command, number)


def death(cloud: Cloud, command: Command, number: int, *, is_slow: bool) -> End | None:
    """None: it ended by itself before."""

    def die_and_go_on() -> list[Any] | None:
        calls = killed(cloud, command, number, is_slow=is_slow)
        if command.status != KILLED:
            assert command.status == 0, command.err
            return None
        with watched(cloud, Releasing()):
            command.run()
        return [calls, "slowly" if is_slow else "killed", command.status, command.err, state()]

    found = in_a_copy(cloud, die_and_go_on)
    return None if found is None else End(*found)


def interruption(cloud: Cloud, command: Command, number: int) -> End:
    """By Ctrl-C or as build servers do it, which the status says, whatever it had come to."""
    how = (signal.SIGINT, signal.SIGTERM)[number % 2]

    def interrupt_and_go_on() -> list[Any]:
        calls = interrupted(cloud, command, number, how)
        first = (command.status, command.err)
        if first[0] != INTERRUPTED or "Traceback" in first[1] or not AFTERWARDS.search(first[1]):
            return [calls, f"{how.name} with {first}", 1, first[1], {}]
        command.run()
        # It may have come too late to keep a deletion from its end.
        is_over = command.status == NotFound.exit_status and "delete" in command.words
        return [calls, how.name, 0 if is_over else command.status, command.err, state()]

    return End(*in_a_copy(cloud, interrupt_and_go_on))


def expiry(cloud: Cloud, command: Command, number: int) -> End:
    """The session runs out instead, which is said."""

    def run_out_and_go_on() -> list[Any]:
        calls = expired(cloud, command, number)
        first = (command.status, command.err)
        if command.status != 0:
            command.run()
            if first[0] != UsageError.exit_status or "Run `aws sso login`" not in first[1]:
                return [calls, f"expired with {first}", *first, {}]
        return [calls, "expired", command.status, command.err, state()]

    return End(*in_a_copy(cloud, run_out_and_go_on))


def outage(cloud: Cloud, command: Command, number: int) -> End:
    """The network is lost for good, which is said, and is back when the command is given again."""

    def lose_and_go_on() -> list[Any]:
        follow.LOST_AT_MOST_S = 0.0
        os.environ["AWS_MAX_ATTEMPTS"] = "1"
        calls = cut_off(cloud, command, number)
        del os.environ["AWS_MAX_ATTEMPTS"]
        first = (command.status, command.err)
        if first[0] != 0:
            command.run()
            if first[0] != Unavailable.exit_status or not AFTERWARDS.search(first[1]) or "Traceback" in first[1]:
                return [calls, f"offline with {first}", *first, {}]
        is_over = command.status == NotFound.exit_status and "delete" in command.words
        return [calls, "offline", 0 if is_over else command.status, command.err, state()]

    return End(*in_a_copy(cloud, lose_and_go_on))


def blink(cloud: Cloud, command: Command, number: int) -> End:
    """AWS is not heard for a moment, and nobody need give the command again."""

    def lose_and_go_on() -> list[Any]:
        calls = cut_off(cloud, command, number, times=2)
        return [calls, UNHEARD, command.status, command.err, state()]

    return End(*in_a_copy(cloud, lose_and_go_on))


def problems(end: End, wanted: dict[str, Any], *, is_last: bool) -> Iterator[str]:
    # When all was deleted, nothing is found that could be.
    is_over = is_last and end.status == NotFound.exit_status
    if end.status and not is_over:
        yield f"{end}: {end.status}: {end.err}"
    for key, value in wanted.items():
        if end.state.get(key) != value:
            yield f"{end}: {key}: {end.state.get(key)} and not {value}"


def state() -> dict[str, Any]:
    """Of all that the story makes, by names."""
    session = open_session(Access())
    regions = (REGION, EDGE)
    roles = session.client("iam").list_roles()["Roles"]
    sets = session.client("cloudformation").list_stack_sets()["Summaries"]
    zones = session.client("route53").list_hosted_zones()["HostedZones"]
    return {
        "stacks": sorted(stack for region in regions for stack in stacks(session, region)),
        "parameters": sorted(name for region in regions for name in parameters(session, region)),
        "roles": sorted(SUFFIX.sub("", one["RoleName"]) for one in roles if "story" in one["RoleName"]),
        "sets": [one["StackSetName"] for one in sets if one["Status"] != "DELETED"],
        "zones": sorted(f"{one['Name']} {one['ResourceRecordSetCount']}" for one in zones),
        "repositories": sorted(
            one["repositoryName"]
            for region in regions
            for one in session.client("ecr", region).describe_repositories()["repositories"]
        ),
        "files": sorted(objects(session)),
    }


def stacks(session: Session, region: str) -> Iterator[str]:
    cloudformation = session.client("cloudformation", region)
    for one in cloudformation.describe_stacks()["Stacks"]:
        name, status = one["StackName"], one["StackStatus"]
        made = sorted(resource.logical for resource in Stacks(session, region).resources(one["StackId"]))
        left = cloudformation.list_change_sets(StackName=one["StackId"])["Summaries"]
        pending = [change for change in left if change["StackName"] == name]
        settled = status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        name = "of the set" if name.startswith("StackSet") else name
        yield f"{region} {name} {'settled' if settled else status} {len(pending)} {' '.join(made)}"


def parameters(session: Session, region: str) -> Iterator[str]:
    for one in session.client("ssm", region).pages("describe_parameters", "Parameters"):
        yield f"{region} {one['Name']}"


def objects(session: Session) -> Iterator[str]:
    s3 = session.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        kind = "site" if "-site-" in bucket["Name"] else "other"
        for one in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents") or ():
            yield f"{kind} {one['Key']}" if kind == "site" else kind
        yield f"bucket of {kind}"
