"""Commands on AWS that are given at once, by several people: they come to what they would come to one after the other.
One of them may be killed at any moment; given again, all is well.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.errors import NotFound
from tests.aws.standin.cloud import Cloud
from tests.aws.standin.copies import Command, in_a_copy
from tests.aws.standin.formation import SCRIPT
from tests.aws.workspaces import MANIFESTS, Terminal, workspace
from tests.effort import IS_FULL, amount

ENV = ("--env", "prod")
YES = "--yes"
#: what changes more than proposals and records
CHANGING = ("ExecuteChangeSet", "DeleteStack", "UpdateStackSet", "CreateStackInstances", "UpdateService")
KILLED = -signal.SIGKILL
LONG_S = 240.0
#: seconds: commands begin within, one is killed within, and a thing that CloudFormation does takes up to so many
BEGINNING_S, DYING_S, SLOW_S = (2.0, 8.0, 0.8) if IS_FULL else (0.1, 0.0, 0.1)
SEED = int(os.environ.get("FIG_SEED", "0"))
FILES = "storage: {volumes: {data: {efs: true, path: /data}}}\n"
PRIVATE = "network: {vpc: {placement: private}}\n"
OTHER = {
    "web": MANIFESTS["web"],
    "api": MANIFESTS["api"] + FILES,
    "mail": MANIFESTS["mail"] + PRIVATE,
}
INIT = ("env", "init", "--name", "prod", "--target", "aws")
ALL = ("deploy", "--all", *ENV)
WEB, API, MAIL = (("svc", "deploy", "--name", name, *ENV, YES) for name in ("web", "api", "mail"))


@dataclass(frozen=True)
class Scene:
    """``after`` has been done before; ``of_another`` are the numbers of commands that are given in a workspace whose
    ``api`` is another one."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...] = (INIT,)
    of_another: frozenset[int] = frozenset()

    @property
    def deletes(self) -> bool:
        return any("delete" in words for words in self.commands)


SCENES = (
    Scene("env-init-twice", (INIT, INIT), after=()),
    Scene("deploy-all-twice", (ALL, ALL)),
    Scene("deploy-all-thrice", (ALL, ALL, ALL)),
    Scene("two-services", (WEB, API), after=(INIT, ("env", "deploy", "--name", "prod"))),
    Scene("three-services", (WEB, API, MAIL), after=(INIT, ("env", "deploy", "--name", "prod"))),
    Scene("one-service-twice", (API, API), after=(INIT, WEB), of_another=frozenset({1})),
    Scene("environment-and-service", (("env", "deploy", "--name", "prod"), WEB), after=(INIT, API)),
    Scene("environment-and-first-service", (("env", "deploy", "--name", "prod"), ALL)),
    Scene("delete-and-deploy", (("svc", "delete", "--name", "api", *ENV, YES), WEB), after=(INIT, API)),
    Scene("delete-and-deploy-the-same", (("svc", "delete", "--name", "api", *ENV, YES), API), after=(INIT, ALL)),
    Scene("end-and-deploy", (("app", "delete", "--target", "aws", YES), WEB), after=(INIT, API)),
)
#: what is tried in every run, against what it comes to when it is given again
SHORT = ("env-init-twice",)


@dataclass
class Ending:
    """What became of commands that were given at once, then of the same commands one after the other."""

    statuses: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    #: after they were given again, and what was written once more
    again: list[int] = field(default_factory=list)
    said_again: list[str] = field(default_factory=list)
    state_again: dict[str, Any] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def places(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Terminal]]:
    """Two workspaces of one application; the other's api has another size."""
    root = tmp_path_factory.mktemp("at-once")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        found = [workspace(root / name / "work", "crowd") for name in ("one", "another")]
        for place in found:
            for name, manifest in OTHER.items():
                place.write_manifest(name, manifest)
            place.write("copilot/environments/prod/manifest.yml", "name: prod\ntype: Environment\n")
        found[1].write_manifest("api", OTHER["api"] + "cpu: 512\nmemory: 1024\n")
        yield found[0], found[1]


@pytest.mark.torture
@pytest.mark.timeout(7200 if IS_FULL else 240)
@pytest.mark.parametrize(
    "scene", [scene for scene in SCENES if IS_FULL or scene.name in SHORT], ids=lambda scene: scene.name
)
def test_commands_that_are_given_at_once_come_to_what_they_would_one_after_the_other(
    places: tuple[Terminal, Terminal], cloud: Cloud, scene: Scene
) -> None:
    tried = orders(scene) if IS_FULL else []
    wanted = [in_a_copy(cloud, partial(one_after_the_other, places, scene, order)) for order in tried]
    for number in range(amount(1, int(os.environ.get("FIG_ROUNDS", "8")))):
        chance = random.Random(f"{scene.name} {SEED} {number}")
        victim = chance.randrange(len(scene.commands)) if IS_FULL and number % 2 else None
        ending = Ending(**in_a_copy(cloud, partial(at_once, cloud, places, scene, chance, victim)))
        found = list(problems(scene, ending, wanted or [ending.state], victim))
        assert found == [], "\n".join((f"round {number}, killed {victim}", *ending.said, *ending.said_again))


def orders(scene: Scene) -> list[tuple[int, ...]]:
    """Which make a difference: the last one is that in which they are given again."""
    numbers = range(len(scene.commands))
    if len(set(zip(scene.commands, (number in scene.of_another for number in numbers), strict=True))) == 1:
        return [tuple(numbers)]
    return sorted(permutations(numbers), reverse=True)


def commands(places: tuple[Terminal, Terminal], scene: Scene) -> list[Command]:
    return [Command(words, places[number in scene.of_another].root) for number, words in enumerate(scene.commands)]


def prepare(places: tuple[Terminal, Terminal], scene: Scene) -> None:
    for words in scene.after:
        done = Command(words, places[0].root).run()
        assert done.status == 0, done.err


def one_after_the_other(places: tuple[Terminal, Terminal], scene: Scene, order: tuple[int, ...]) -> dict[str, Any]:
    prepare(places, scene)
    given = commands(places, scene)
    for number in order:
        given[number].run()
    return state()


def at_once(
    cloud: Cloud, places: tuple[Terminal, Terminal], scene: Scene, chance: random.Random, victim: int | None
) -> dict[str, Any]:
    prepare(places, scene)
    SCRIPT.pace = lambda: chance.uniform(0, SLOW_S)
    given = commands(places, scene)
    for one in given:
        one.offset_s = 0.2 + chance.uniform(0, BEGINNING_S)
        one.start()
    if victim is not None:
        time.sleep(chance.uniform(0.2, DYING_S))
        os.kill(given[victim].process, signal.SIGKILL)
    ending = Ending()
    for one in given:
        one.wait(LONG_S)
        ending.statuses.append(one.status)
        ending.said.append(one.err)
    ending.state = state()
    for one in given:
        one.offset_s = 0
        one.run()
        ending.again.append(one.status)
        ending.said_again.append(one.err)
    ending.state_again = state()
    if not scene.deletes:
        cloud.calls.clear()
        given[-1].run()
        ending.written = [call.action for call in cloud.calls if call.action in CHANGING]
    return vars(ending)


def problems(scene: Scene, ending: Ending, wanted: list[dict[str, Any]], victim: int | None) -> Iterator[str]:
    yield from problems_at_once(scene, ending, victim)
    if not IS_FULL and any(ending.statuses):
        yield f"they failed: {ending.said}"
    if victim is None and not any(ending.statuses) and ending.state not in wanted:
        yield f"the state is none of those that come of some order: {difference(ending.state, wanted[-1])}"
    yield from problems_afterwards(scene, ending, wanted[-1])


def problems_at_once(scene: Scene, ending: Ending, victim: int | None) -> Iterator[str]:
    for number, (status, said) in enumerate(zip(ending.statuses, ending.said, strict=True)):
        if status == KILLED and number == victim:
            continue
        if status < 0 or "Traceback" in said:
            yield f"{scene.commands[number]} hung or crashed: {status}: {said}"
        elif status and not ("again" in said or "`fig " in said):
            yield f"{scene.commands[number]} does not say what to do: {status}: {said}"


def problems_afterwards(scene: Scene, ending: Ending, wanted: dict[str, Any]) -> Iterator[str]:
    for number, (status, said) in enumerate(zip(ending.again, ending.said_again, strict=True)):
        is_gone = "delete" in scene.commands[number] and status == NotFound.exit_status
        if status and not is_gone and not scene.name.startswith("end"):
            yield f"{scene.commands[number]} given again: {status}: {said}"
    if ending.state_again != wanted:
        yield f"given again: {difference(ending.state_again, wanted)}"
    if ending.written:
        yield f"given once more it wrote: {Counter(ending.written)}"


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {key: (found.get(key), value) for key, value in wanted.items() if found.get(key) != value}


def state() -> dict[str, Any]:
    """Of all that they make, by names."""
    session = open_session(Access())
    sets = session.client("cloudformation").list_stack_sets()["Summaries"]
    repositories = session.client("ecr").describe_repositories()["repositories"]
    return {
        "stacks": sorted(stacks(session)),
        "records": sorted(one["Name"] for one in session.client("ssm").pages("describe_parameters", "Parameters")),
        "sets": [one["StackSetName"] for one in sets if one["Status"] != "DELETED"],
        "repositories": sorted(one["repositoryName"] for one in repositories),
        "services": sorted(services(session)),
        "rules": sorted(rules(session)),
    }


def stacks(session: Session) -> Iterator[str]:
    cloudformation = session.client("cloudformation")
    for one in cloudformation.describe_stacks()["Stacks"]:
        name, status = one["StackName"], one["StackStatus"]
        made = sorted(resource.logical for resource in Stacks(session).resources(one["StackId"]))
        left = cloudformation.list_change_sets(StackName=one["StackId"])["Summaries"]
        settled = status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        features = [
            f"{parameter['ParameterKey']}={','.join(sorted(parameter['ParameterValue'].split(',')))}"
            for parameter in one.get("Parameters") or ()
            if parameter["ParameterKey"].endswith("Workloads")
        ]
        name = "of the set" if name.startswith("StackSet") else name
        yield f"{name} {'settled' if settled else status} {len(left)} {' '.join(made)} {' '.join(sorted(features))}"


def services(session: Session) -> Iterator[str]:
    ecs = session.client("ecs")
    for cluster in ecs.list_clusters()["clusterArns"]:
        for arn in ecs.list_services(cluster=cluster)["serviceArns"]:
            [found] = ecs.describe_services(cluster=cluster, services=[arn])["services"]
            described = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]
            if found["status"] == "INACTIVE":
                continue
            yield f"{described['family']} {described['cpu']} {found['desiredCount']} {found['status']}"


def rules(session: Session) -> Iterator[str]:
    elb = session.client("elbv2")
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                values = [value for one in rule["Conditions"] for value in one.get("Values") or ()]
                yield f"{listener['Port']} {rule['Priority']} {values}"
