"""How the tasks of an ECS service fare while it is deployed, and what those that ended said last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stranglerfig.aws.session import Session
from stranglerfig.errors import FigError

SERVICE_TYPE = "AWS::ECS::Service"
#: of ECS's own messages, words of those that tell of trouble
TROUBLE = ("unable to", "failed", "unhealthy", "deregistered", "error", "not able", "cannot")
MOST_TASKS = 2
#: of ``describe_tasks``
MOST_AT_ONCE = 100
MOST_MESSAGES = 2
LAST_LINES = 10
#: that goes without saying
IN_PROGRESS = "in progress"
#: of a task that only made room for another
MADE_ROOM = "Scaling activity initiated"
#: so much may AWS's clock be behind this one
SKEW = timedelta(seconds=30)


@dataclass
class ServiceWatch:
    """One service, by its ARN, since ``began``. What cannot be seen is left out: progress is worth no error. ``deaths``
    are tasks that failed, with what is to be told of each, the oldest first: a service that could not be created is
    gone, with its tasks and what they printed, by the time that somebody asks why."""

    session: Session
    region: str
    arn: str
    path: tuple[str, ...] = ()
    began: datetime = field(default_factory=lambda: datetime.now(UTC) - SKEW)
    is_busy: bool = True
    deaths: dict[str, list[str]] = field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """Of an ARN that names it, as all have since 2021."""
        return self.arn.split("/")[1] if self.arn.count("/") > 1 else "default"

    def look(self) -> tuple[str, ...]:
        """A line for each deployment, then what ECS complains of, then why the last task failed."""
        try:
            found = self._ecs().describe_services(cluster=self.cluster, services=[self.arn])["services"]
        except FigError:
            return ()
        if not found:
            return ()
        return (*(to_line(one) for one in found[0].get("deployments") or ()), *self.trouble(found[0]))

    def trouble(self, service: Mapping[str, Any]) -> tuple[str, ...]:
        """What ECS complains of, then why the last task failed."""
        self.collect()
        return (*self._complaints(service), *(in_one_line(told) for told in [*self.deaths.values()][-1:]))

    def collect(self) -> None:
        """What can be known of tasks that have failed, as long as it can."""
        try:
            for task in self._stopped():
                told = self._describe(task)
                # The last lines may come later than the end of the task, and go with the service.
                if len(told) >= len(self.deaths.get(task["taskArn"], ())):
                    self.deaths[task["taskArn"]] = told
        except FigError:
            return

    def post_mortem(self) -> list[str]:
        """Why the last tasks failed, each with its last lines, the youngest first."""
        self.collect()
        return [line for told in [*self.deaths.values()][: -MOST_TASKS - 1 : -1] for line in told]

    def _complaints(self, service: Mapping[str, Any]) -> list[str]:
        found = [one["message"] for one in service.get("events") or () if one["createdAt"] >= self.began]
        trouble = [message for message in found if any(word in message for word in TROUBLE)]
        return [message.partition(") ")[2] or message for message in reversed(trouble[:MOST_MESSAGES])]

    def _stopped(self) -> list[dict[str, Any]]:
        ecs = self._ecs()
        arns = ecs.list_tasks(
            cluster=self.cluster, serviceName=self.arn.rpartition("/")[2], desiredStatus="STOPPED"
        ).get("taskArns")
        if not arns:
            return []
        found = ecs.describe_tasks(cluster=self.cluster, tasks=arns[:MOST_AT_ONCE]).get("tasks") or []
        failed = [
            task
            for task in found
            if task.get("stoppedAt", self.began) >= self.began
            and not str(task.get("stoppedReason")).startswith(MADE_ROOM)
        ]
        return sorted(failed, key=lambda task: task.get("stoppedAt", self.began))[-MOST_TASKS:]

    def _describe(self, task: Mapping[str, Any]) -> list[str]:
        task_id = str(task["taskArn"]).rpartition("/")[2]
        lines = [f"task {task_id[:8]} stopped: {task.get('stoppedReason') or 'no reason is given'}"]
        for container, ended in to_endings(task):
            lines.append(f"  {container} {ended}")
            lines += [f"    {line}" for line in self._last_lines(task, container, task_id)]
        return lines

    def _last_lines(self, task: Mapping[str, Any], container: str, task_id: str) -> list[str]:
        try:
            described = self._ecs().describe_task_definition(taskDefinition=task["taskDefinitionArn"])
            stream = to_stream(described["taskDefinition"], container, task_id)
            if stream is None:
                return []
            group, name, region = stream
            logs = self.session.client("logs", region or self.region)
            events = logs.get_log_events(logGroupName=group, logStreamName=name, limit=LAST_LINES, startFromHead=False)
        except FigError:
            return []
        return [str(one["message"]).rstrip() for one in events.get("events") or ()]

    def _ecs(self) -> Any:
        return self.session.client("ecs", self.region)


def to_line(deployment: Mapping[str, Any]) -> str:
    revision = str(deployment.get("taskDefinition", "")).rpartition(":")[2]
    state = str(deployment.get("rolloutState") or deployment.get("status", "")).lower().replace("_", " ")
    which = "the new tasks" if deployment.get("status") == "PRIMARY" else "the tasks before"
    counts = ", ".join(
        f"{deployment.get(key) or 0} {word}"
        for key, word in (
            ("desiredCount", "wanted"),
            ("runningCount", "running"),
            ("failedTasks", "failed"),
            ("pendingCount", "pending"),
        )
        if deployment.get(key) or key in ("desiredCount", "runningCount")
    )
    return f"{which} (revision {revision}): {counts}{'' if state == IN_PROGRESS else f', {state}'}"


def to_endings(task: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Containers with a part in it, and how each ended; where none has, all: of one whose checks failed it matters
    what it printed."""
    containers: Sequence[Mapping[str, Any]] = task.get("containers") or ()
    guilty = [one for one in containers if one.get("reason") or one.get("exitCode")]
    for one in guilty or containers:
        status, reason = one.get("exitCode"), one.get("reason")
        without = "did not start" if reason else "was stopped"
        ended = without if status is None else f"ended with status {status}"
        is_new = reason and reason not in str(task.get("stoppedReason"))
        yield str(one["name"]), f"{ended}: {reason}" if is_new else ended


def in_one_line(told: Sequence[str]) -> str:
    """What was told of a task, without what it printed."""
    return "; ".join(line.strip() for line in told if not line.startswith("    "))


def to_stream(definition: Mapping[str, Any], container: str, task_id: str) -> tuple[str, str, str] | None:
    """Group, stream and region of what a container printed; None where it does not go to CloudWatch."""
    for one in definition.get("containerDefinitions") or ():
        logging = one.get("logConfiguration") or {}
        options = logging.get("options") or {}
        if one["name"] == container and logging.get("logDriver") == "awslogs" and "awslogs-group" in options:
            prefix = options.get("awslogs-stream-prefix", "")
            return options["awslogs-group"], f"{prefix}/{container}/{task_id}", options.get("awslogs-region", "")
    return None
