"""A workload's first manifest: from flags, from its Dockerfile, and from answers to what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stranglerfig.cli.asking.questions import Check, Option, Question, ask_one, ask_some, ask_text
from stranglerfig.cli.follow_ups import created, strong
from stranglerfig.cli.output import done, say
from stranglerfig.cli.scaffolding.dockerfiles import choose_image, path_in_workspace
from stranglerfig.cli.scaffolding.wanted import Wanted, to_subscriptions
from stranglerfig.core.application import Kind
from stranglerfig.errors import Conflict, FigError, UsageError
from stranglerfig.workspace.dockerfile import read_dockerfile
from stranglerfig.workspace.find import check_workload_name, refuse_proxy
from stranglerfig.workspace.scaffold import Answers, default_path
from stranglerfig.workspace.values import ImageFacts, ManifestFile, Workspace
from stranglerfig.workspace.write import write_workload

NOTES = {
    Kind.LOAD_BALANCED: "answers requests to the environment's address",
    Kind.BACKEND: "is called by other services only",
    Kind.WORKER: "takes messages from queues",
    Kind.REQUEST_DRIVEN: "answers requests at an address of its own",
    Kind.STATIC_SITE: "files, served as they are",
    Kind.JOB: "runs by a schedule and ends",
}
SERVICES = tuple(kind for kind in NOTES if kind is not Kind.JOB)

KIND = Question(
    "Type", "What does it do?", "--svc-type", "The type decides how it is reached and what its manifest has."
)
NAME = Question("Name", "What is it called?", "--name", "Its folder in copilot/, and its name for other services.")
PORT = Question(
    "Port", "Which port does it listen on in its container?", "--port", "Without Docker it listens on PORT."
)
TOPICS = Question(
    "Topics",
    "Which topics does it subscribe to?",
    "--subscribe-topics or --no-subscribe",
    "Of services in this workspace.",
)
INGRESS = Question("Ingress", "Who may call it?", "--ingress-type", "Environment: only other services of it.")
SOURCES = Question("Sources", "Which folder or file is the site?", "--sources", "Relative to the workspace's folder.")
SCHEDULE = Question(
    "Schedule",
    "When does it run?",
    "--schedule",
    "@daily, @every 1h30m, a cron expression of 5 fields in UTC, or none.",
)
SCHEDULE_HINT = "Write `@daily`, `@every 1h30m`, `rate(5 minutes)`, `0 9 * * 1-5`, or `none` for by hand only."
DEFAULT_PORT = "80"


def write_first(
    workspace: Workspace, wanted: Wanted, kinds: Sequence[Kind], *, flag: str = "--svc-type"
) -> ManifestFile:
    """The manifest's place; one that is there stays as it is, and then nothing is asked."""
    refuse_proxy(workspace, wanted.name)
    present = next((file for file in workspace.workloads if file.name == wanted.name), None)
    if present is not None:
        refuse_other_kind(workspace, present, kinds)
        say(f"The manifest of {strong(present.name)} is there already, and stays: {created(shown(workspace, present))}")
        return present
    answers = ask(workspace, wanted, kinds, flag)
    written = write_workload(Path(workspace.root), answers)
    file = ManifestFile(answers.name, str(written.path), answers.kind)
    done(f"Wrote the manifest of {strong(file.name)}: {created(shown(workspace, file))}")
    return file


def refuse_other_kind(workspace: Workspace, present: ManifestFile, kinds: Sequence[Kind]) -> None:
    """A job cannot be deployed as a service, nor the other way round."""
    if present.kind is None or present.kind in kinds:
        return
    verb, what = ("job", "a job") if present.kind is Kind.JOB else ("svc", "a service")
    raise Conflict(
        f"{present.name} is {what} already: {shown(workspace, present)} says `type: {present.kind.value}`",
        hint=f"Choose another name, or deploy what is there with `fig {verb} deploy --name {present.name}`.",
    )


def shown(workspace: Workspace, file: ManifestFile) -> str:
    return str(Path(file.path).relative_to(workspace.root))


def ask(workspace: Workspace, wanted: Wanted, kinds: Sequence[Kind], flag: str) -> Answers:
    kind = ask_kind(wanted.kind, kinds, flag)
    name = check_workload_name(wanted.name or ask_text(NAME, check=name_problem))
    answers, root = Answers(kind=kind, name=name), Path(workspace.root)
    if kind is Kind.STATIC_SITE:
        given = tuple(path_in_workspace(root, source) for source in wanted.sources)
        return replace(answers, sources=given or (ask_text(question_of(SOURCES, flag), check=source_problem(root)),))
    dockerfile, image = choose_image(root, wanted)
    facts = read_dockerfile(root / dockerfile) if dockerfile else ImageFacts()
    answers = replace(answers, dockerfile=dockerfile, image=image, health=facts.health)
    if kind is Kind.JOB:
        schedule = wanted.schedule or ask_text(SCHEDULE, default="none", check=schedule_problem)
        if (why := schedule_problem(schedule)) is not None:
            raise UsageError(f"the schedule {schedule!r} cannot be used: {why}", hint=SCHEDULE_HINT)
        return replace(answers, schedule=schedule, retries=wanted.retries, timeout=wanted.timeout)
    if kind is Kind.WORKER:
        return replace(answers, subscriptions=subscriptions(workspace, wanted, flag))
    return replace(
        answers,
        port=ask_port(kind, wanted.port, facts.ports),
        path=default_path([file.kind for file in workspace.workloads], name),
        private=kind is Kind.REQUEST_DRIVEN and is_private(wanted.ingress, flag),
    )


def question_of(question: Question, kind_flag: str) -> Question:
    """``fig init`` has not all flags of ``fig svc init``: there it is what would take the answer."""
    return question if kind_flag == KIND.flag else replace(question, elsewhere="fig svc init")


def source_problem(root: Path) -> Check:
    return lambda given: None if (root / given).exists() else f"There is no {given} in {root}."


def ask_kind(given: str | None, kinds: Sequence[Kind], flag: str) -> Kind:
    if given is not None:
        return next(kind for kind in Kind if kind.value.lower() == given.lower())
    question = replace(KIND, flag=flag)
    return Kind(ask_one(question, [Option(kind.value, NOTES[kind]) for kind in kinds]))


def ask_port(kind: Kind, given: int | None, exposed: Sequence[int]) -> int | None:
    """The Dockerfile's, where it exposes one; a Backend Service need not have any."""
    if given is not None or (kind is Kind.BACKEND and not exposed):
        return given
    if exposed:
        return int(ask_one(PORT, [Option(str(port), "EXPOSE of the Dockerfile") for port in exposed]))
    return int(ask_text(PORT, default=DEFAULT_PORT, check=port_problem))


def schedule_problem(text: str) -> str | None:
    """What a deploy would refuse it for: first by the manifest's rules, then because it cannot be kept here."""
    from stranglerfig.manifest.rules.schedule import wrong_schedule
    from stranglerfig.workspace.compile.schedule import to_schedule

    try:
        to_schedule(text)
    except UsageError as error:
        return wrong_schedule(text) or error.message
    return wrong_schedule(text)


def port_problem(text: str) -> str | None:
    return None if text.isdecimal() and 0 < int(text) < 65536 else "A port is a number from 1 to 65535."


def name_problem(name: str) -> str | None:
    try:
        check_workload_name(name)
    except FigError as error:
        return error.message
    return None


def is_private(given: str | None, flag: str) -> bool:
    options = [Option("Internet", "whoever reaches this machine"), Option("Environment", "its other services only")]
    return (given or ask_one(question_of(INGRESS, flag), options)) == "Environment"


def subscriptions(workspace: Workspace, wanted: Wanted, flag: str) -> tuple[tuple[str, str], ...]:
    if wanted.subscriptions is not None:
        return to_subscriptions(wanted.subscriptions)
    topics = published(workspace)
    if not topics:
        say("No service of this workspace publishes a topic: it gets a queue of its own.")
        return ()
    return to_subscriptions(ask_some(question_of(TOPICS, flag), [Option(topic) for topic in topics]))


def published(workspace: Workspace) -> list[str]:
    """``SERVICE:TOPIC`` of all manifests; one that is wrong publishes nothing here."""
    from stranglerfig.workspace.read import read_workload

    found = []
    for file in workspace.workloads:
        try:
            manifest = read_workload(workspace, file.name, "", is_lenient=True).manifest
        except UsageError:
            continue
        found += [f"{file.name}:{topic.name}" for topic in manifest.topics]
    return found
