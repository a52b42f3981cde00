"""A service's tasks stopped, started again, or replaced by the same: beside CloudFormation, whose stack stays as it is.

While a service is paused its scaling is held, for it starts tasks as soon as it finds fewer than its least.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.running.status import Running, describe_service, find_service, tasks_of, tasks_with_health
from stranglerfig.aws.session import Client
from stranglerfig.aws.stacks.services import ServiceWatch
from stranglerfig.aws.stacks.telling import Patience
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.errors import Conflict, DeployFailed, Unavailable

DIMENSION = "ecs:service:DesiredCount"
SCALING = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
#: Longer than any grace period that a manifest would ask for.
STALLED_S = 600.0


@dataclass
class Waiting:
    """Is told how far it is, and gives up when it has come no further for long, whatever ``trouble`` there was in
    between. ``Interrupted`` comes out of it."""

    say: Callable[[str], None]
    patience: Patience
    stalled_s: float = STALLED_S
    _said: str = ""
    _reached: str = ""
    _since: float = field(default_factory=time.monotonic)

    def go_on(self, text: str, watch: ServiceWatch, trouble: Sequence[str] = ()) -> None:
        said = "\n".join((text, *trouble))
        if said != self._said:
            self.say(said)
            self._said = said
        if text != self._reached:
            self._reached, self._since = text, time.monotonic()
        elif time.monotonic() - self._since > self.stalled_s:
            raise Unavailable(
                "\n".join((f"nothing has changed for {self.stalled_s / 60:.0f} minutes: {text}", *watch.post_mortem())),
                hint="ECS goes on with it. `fig svc status` shows how the tasks fare, `fig svc logs` what they print.",
            )
        self.patience.pause()


@dataclass(frozen=True, slots=True)
class ServiceTasks:
    """Those of one service. ``usual`` is how many its stack begins with."""

    env: Environment
    name: str
    place: Running
    usual: int

    @property
    def is_paused(self) -> bool:
        return self.usual > 0 and not self.wanted

    @property
    def wanted(self) -> int:
        """How many there should be now."""
        return int(self._look().get("desiredCount") or 0)

    def pause(self, waiting: Waiting) -> None:
        """Until the last one has finished what it had. Again is fine."""
        # In this order, and in the other one when it goes on: whatever changes of scaling, it first brings what it
        # finds up to its least.
        self._hold_scaling(True)
        self._ecs.update_service(cluster=self.place.cluster, service=self.place.name, desiredCount=0)
        watch = self._watch()
        while left := self._left():
            waiting.go_on(f"tasks left: {left}", watch)
            if self.wanted:
                raise Conflict(f"{self.name} was resumed or deployed while its tasks were leaving")

    def resume(self) -> bool:
        """Whether it was paused. Its tasks are on their way then."""
        was_paused = self.is_paused
        if was_paused:
            self._ecs.update_service(cluster=self.place.cluster, service=self.place.name, desiredCount=self.usual)
        return self._hold_scaling(False) or was_paused

    def wait_until_healthy(self, waiting: Waiting) -> None:
        watch = self._watch()
        while True:
            service = self._look()
            wanted = service.get("desiredCount") or 0
            if not wanted:
                raise Conflict(f"{self.name} was paused while its tasks were starting")
            # A task is behind its load balancer a moment after it runs.
            balanced = bool(service.get("loadBalancers"))
            tasks = tasks_with_health(self.env, self.place, service)
            healthy = sum(one.is_healthy and (bool(one.http) or not balanced) for one in tasks)
            if healthy >= wanted:
                return
            waiting.go_on(f"{healthy}/{wanted} tasks healthy", watch, watch.trouble(service))

    def renew(self) -> str:
        """All tasks are replaced by new ones of the same revision. Gives the id of the deployment that does it."""
        answer = self._ecs.update_service(cluster=self.place.cluster, service=self.place.name, forceNewDeployment=True)
        return str(next(one["id"] for one in answer["service"]["deployments"] if one["status"] == "PRIMARY"))

    def wait_until_renewed(self, deployment: str, waiting: Waiting) -> None:
        """Raises ``DeployFailed`` where ECS has given it up."""
        watch, has_begun = self._watch(), False
        while True:
            known = self._look().get("deployments") or []
            found: dict[str, Any] = next((one for one in known if one["id"] == deployment), {})
            has_begun = has_begun or bool(found)
            if found.get("rolloutState") == "COMPLETED" and len(known) == 1:
                return
            if found.get("rolloutState") == "FAILED" or (has_begun and not found):
                why = watch.post_mortem() or ["ECS does not say why"]
                raise DeployFailed(
                    "\n".join((f"the new tasks of {self.name} do not become healthy: {why[0]}", *why[1:])),
                    hint="The tasks before serve as before, as far as they run. Mend the reason, and repeat.",
                )
            waiting.go_on("\n".join(watch.look()), watch)

    def _left(self) -> int:
        tasks = [*tasks_of(self._ecs, self.place, "RUNNING"), *tasks_of(self._ecs, self.place, "STOPPED")]
        return sum(task.get("lastStatus") != "STOPPED" for task in tasks)

    def _hold_scaling(self, held: bool) -> bool:
        """Whether it was otherwise. A pause holds all kinds: what has some of them held is so by hand, and stays."""
        scaling = self.env.session.client("application-autoscaling", self.env.record.region)
        about = {"ServiceNamespace": "ecs", "ScalableDimension": DIMENSION}
        found = scaling.describe_scalable_targets(**about, ResourceIds=[self._resource])["ScalableTargets"]
        other = [one for one in found if is_held(one) != held]
        for one in other:
            state = dict.fromkeys(SCALING, held)
            scaling.register_scalable_target(**about, ResourceId=one["ResourceId"], SuspendedState=state)
        return bool(other)

    def _look(self) -> dict[str, Any]:
        return describe_service(self._ecs, self.place)

    def _watch(self) -> ServiceWatch:
        return ServiceWatch(self.env.session, self.env.record.region, str(self._look()["serviceArn"]))

    @property
    def _resource(self) -> str:
        return f"service/{self.place.cluster}/{self.place.name}"

    @property
    def _ecs(self) -> Client:
        return self.env.session.client("ecs", self.env.record.region)


def is_held(target: Mapping[str, Any]) -> bool:
    state = target.get("SuspendedState") or {}
    return all(state.get(kind) for kind in SCALING)


def find_tasks(env: Environment, name: str, stack: Stack) -> ServiceTasks | None:
    """Of the service of that name, by its stack; None where it has no service of ECS."""
    place = find_service(env.stacks.resources(stack.name))
    return None if place is None else ServiceTasks(env, name, place, usual_count(stack))


def usual_count(stack: Stack) -> int:
    """How many tasks a service was deployed with."""
    return int(stack.parameters.get("TaskCount") or 0)
