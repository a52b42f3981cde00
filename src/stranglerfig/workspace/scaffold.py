"""The first manifest of a workload, an environment or a pipeline, from a few answers. Pure; ``write`` keeps them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stranglerfig.core.application import Kind
from stranglerfig.core.containers import ContainerHealth
from stranglerfig.manifest.render import render_tree

_PLAIN = re.compile(r"[A-Za-z./][\w./:@-]*")
#: Plain to the eye, but not a text to YAML.
_NO_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

#: What is only said when it is wanted.
OVERRIDES = """
# What differs in one environment stands below its name; all else stays as above.
# environments:
#   test:
#     {example}
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """``dockerfile`` (relative to the workspace) or ``image``. ``subscriptions`` are pairs of service and topic.

    ``path``, ``port`` and ``health`` where the kind has them; ``sources`` are a Static Site's files.
    """

    kind: Kind
    name: str
    dockerfile: str | None = None
    image: str | None = None
    port: int | None = None
    path: str = "/"
    health: ContainerHealth | None = None
    subscriptions: tuple[tuple[str, str], ...] = ()
    schedule: str = "none"
    retries: int | None = None
    timeout: str | None = None
    sources: tuple[str, ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True)
class StageAnswer:
    environment: str
    requires_approval: bool = False


def workload_text(answers: Answers) -> str:
    body = {
        Kind.LOAD_BALANCED: load_balanced,
        Kind.BACKEND: backend,
        Kind.REQUEST_DRIVEN: request_driven,
        Kind.WORKER: worker,
        Kind.JOB: job,
        Kind.STATIC_SITE: static_site,
    }[answers.kind](answers)
    return "\n".join((*head(answers.name, answers.kind.value), *body)) + "\n"


def head(name: str, kind: str) -> list[str]:
    return [
        "# `fig manifest check` tells whether all is right in here,",
        "# `fig manifest schema` what else may stand here.",
        f"name: {scalar(name)}",
        f"type: {kind}",
    ]


def load_balanced(answers: Answers) -> Iterable[str]:
    yield ""
    yield "# Which requests to the environment's address come here."
    yield "http:"
    yield "  # This path and all below it; '/' is whatever no other service takes."
    yield f"  path: {quoted(answers.path)}"
    yield "  # A task takes requests once this path answers with 200."
    yield "  # healthcheck: '/'"
    yield from image(answers, with_port=True)
    yield from size(count=True)
    yield from network()
    yield from variables("count: 2")


def backend(answers: Answers) -> Iterable[str]:
    yield from image(answers, with_port=True)
    yield from size(count=True)
    # Others find a service by its port; without one there is nothing to find.
    if answers.port is not None:
        yield from network()
    yield from variables("count: 2")


def request_driven(answers: Answers) -> Iterable[str]:
    yield from image(answers, with_port=True)
    yield ""
    yield "http:"
    if answers.private:
        yield "  # Only other services of the environment call it."
        yield "  private: true"
    yield "  # A task takes requests once this path answers."
    yield "  healthcheck: '/'"
    yield ""
    yield "# 1024 units are a core; memory is in MiB."
    yield "cpu: 1024"
    yield "memory: 2048"
    yield from variables("variables:", "  LOG_LEVEL: debug")


def worker(answers: Answers) -> Iterable[str]:
    yield from image(answers, with_port=False)
    if answers.subscriptions:
        yield ""
        yield "# Messages of these topics wait in the queue whose address is in COPILOT_QUEUE_URI."
        yield "subscribe:"
        yield "  topics:"
        for service, topic in answers.subscriptions:
            yield f"    - name: {scalar(topic)}"
            yield f"      service: {scalar(service)}"
    yield from size(count=True)
    yield from variables("count: 2")


def job(answers: Answers) -> Iterable[str]:
    yield ""
    yield "# In UTC: @daily, @every 1h30m, rate(5 minutes), a cron expression of 5 fields; none: only `fig job run`."
    yield "on:"
    yield f"  schedule: {quoted(answers.schedule)}"
    if answers.retries is None:
        yield "# How often a run that failed is tried again, and how long it may take with all that."
    yield f"retries: {answers.retries}" if answers.retries is not None else "# retries: 3"
    yield f"timeout: {scalar(answers.timeout)}" if answers.timeout else "# timeout: 1h30m"
    yield from image(answers, with_port=False)
    yield from size(count=False)
    yield from variables("cpu: 512")


def static_site(answers: Answers) -> Iterable[str]:
    yield ""
    yield "# Files and folders of the workspace that make the site; `exclude` and `reinclude` take patterns."
    yield "files:"
    for source in answers.sources:
        yield f"  - source: {scalar(source)}"
        yield "    recursive: true"
    yield from OVERRIDES.format(example="http: {alias: www.example.com}").rstrip().split("\n")


def image(answers: Answers, *, with_port: bool) -> Iterable[str]:
    yield ""
    yield "image:"
    if answers.image:
        yield f"  location: {scalar(answers.image)}"
    else:
        yield "  # The Dockerfile; its folder is what the build sees, unless `context` says otherwise."
        yield f"  build: {scalar(answers.dockerfile or 'Dockerfile')}"
    if with_port and answers.port is not None:
        yield "  # Where the program listens in its container. Without Docker it listens on $PORT."
        yield f"  port: {answers.port}"
    if answers.health is not None and answers.kind is not Kind.REQUEST_DRIVEN:
        yield from health(answers.health)


def health(check: ContainerHealth) -> Iterable[str]:
    yield "  # The Dockerfile's own HEALTHCHECK."
    yield "  healthcheck:"
    yield f"    command: {json.dumps(list(check.command), ensure_ascii=False)}"
    yield f"    interval: {go_duration(check.interval_s)}"
    yield f"    retries: {check.retries}"
    yield f"    timeout: {go_duration(check.timeout_s)}"
    yield f"    start_period: {go_duration(check.start_period_s)}"


def size(*, count: bool) -> Iterable[str]:
    yield ""
    yield "# 1024 units are a core; memory is in MiB."
    yield "cpu: 256"
    yield "memory: 512"
    if count:
        yield "# How many tasks run side by side."
        yield "count: 1"
    yield "# Lets you look inside a running task." if count else "# Lets you look inside a run."
    yield "exec: true"


def network() -> Iterable[str]:
    yield ""
    yield "# Other services of the environment reach this one by its name."
    yield "network:"
    yield "  connect: true"


def variables(*example: str) -> Iterable[str]:
    yield ""
    yield "# variables:"
    yield "#   LOG_LEVEL: info"
    yield "# The value comes from `fig secret init`; here stands its name."
    yield "# secrets:"
    yield "#   API_KEY: API_KEY"
    yield from OVERRIDES.format(example="\n#     ".join(example)).rstrip().split("\n")


def environment_text(
    name: str,
    *,
    target: str = "local",
    runtime: str | None = None,
    port: int | None = None,
    settings: Mapping[str, object] | None = None,
) -> str:
    """``settings`` are further sections."""
    lines = [
        f"# The environment {name}: all workloads that are deployed to it share one address.",
        f"name: {scalar(name)}",
        "type: Environment",
        "",
        "# local: this machine; aws: an account on AWS.",
        f"target: {scalar(target)}",
    ]
    if target == "local":
        lines += ["", "local:" if runtime or port else "# local:"]
        lines += ["  # docker or process; if absent, Docker where its engine answers."]
        lines += [f"  runtime: {runtime}" if runtime else "#   runtime: process"]
        lines += ["  # The port on 127.0.0.1; if absent, a free one is taken and kept."]
        lines += [f"  port: {port}" if port else "#   port: 8080"]
    for section, value in (settings or {}).items():
        lines += ["", render_tree({section: value}).rstrip("\n")]
    return "\n".join(lines) + "\n"


def pipeline_text(name: str, stages: Iterable[StageAnswer], *, repository: str = "", branch: str = "main") -> str:
    lines = [
        f"# The pipeline {name}: its stages are deployed one after the other.",
        f"name: {scalar(name)}",
        "version: 1",
        "",
        "source:",
        "  provider: GitHub",
        "  properties:",
        f"    branch: {scalar(branch)}",
        f"    repository: {scalar(repository or 'https://github.com/OWNER/REPOSITORY')}",
        "",
        "stages:",
    ]
    for stage in stages:
        lines += [f"  - name: {scalar(stage.environment)}"]
        lines += ["    requires_approval: true"] if stage.requires_approval else []
        lines += ["    # test_commands: [make smoke]"]
    return "\n".join(lines) + "\n"


def default_path(kinds: Iterable[Kind | None], name: str) -> str:
    """The first service behind the balancer takes everything, later ones the path of their name."""
    return name if Kind.LOAD_BALANCED in kinds else "/"


def scalar(text: str) -> str:
    """As it is where YAML reads it as the same text, else in quotes."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT and not text.endswith(":")
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if "'" in text or "\\" in text else f"'{text}'"


def go_duration(seconds: float) -> str:
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{round(seconds * 1000)}ms"
