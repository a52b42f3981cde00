"""What is so of workloads: what is deployed, with what was seen of its tasks, and where it answers."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.control.operations.deploying import in_force_of
from stranglerfig.control.operations.environments import to_url
from stranglerfig.control.operations.views import TargetView, view_target, view_targets
from stranglerfig.core.application import Deployment, Kind, Workload, balancer_name, group_name
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import Ingress, TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskIdentity, TaskState
from stranglerfig.core.routing.rules import PathExact, PathPattern, PathPrefix
from stranglerfig.errors import Conflict, NotFound

#: Of these, the address that they have to themselves is where users find them.
OWN_ADDRESS = (Kind.REQUEST_DRIVEN, Kind.STATIC_SITE)


@dataclass(frozen=True, slots=True)
class WorkloadView:
    """``urls`` are for users, ``endpoints`` for other services. ``target`` None: a job."""

    deployment: Deployment
    target: TargetView | None
    targets: TaskTargets | None
    urls: tuple[str, ...]
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entrance:
    """How to get inside a task: ``container`` of the engine, or the process ``pid``."""

    task: str
    container: str | None = None
    pid: int | None = None
    cwd: str | None = None
    env: tuple[tuple[str, str], ...] = ()


async def view_workloads(control: Control, app: str, environment: str) -> list[WorkloadView]:
    control.applications.environment(app, environment)
    seen = {view.group.name: view for view in await view_targets(control)}
    found = [in_force_of(control, one) for one in control.applications.store.deployments(app, environment)]
    return [_view(control, one, seen.get(_group_of(one.workload))) for one in found]


async def view_workload(control: Control, app: str, environment: str, name: str) -> WorkloadView:
    control.applications.newest(app, environment, name)
    group = group_name(app, environment, name)
    target = await view_target(control, group) if group in control.books.desired.groups else None
    return _view(control, in_force_of(control, control.applications.newest(app, environment, name)), target)


def find_entrance(control: Control, app: str, environment: str, name: str, wanted: str | None) -> Entrance:
    """Of a service's task; ``wanted`` is how its id begins or ends, None takes the newest healthy one."""
    control.applications.newest(app, environment, name)
    group = control.books.desired.groups.get(group_name(app, environment, name))
    tasks = [record.task for record in control.fleet.of(group_name(app, environment, name)) if not record.has_ended]
    if wanted is None:
        tasks = [task for task in tasks if task.state is TaskState.HEALTHY] or tasks
    task = choose_task(tasks, wanted, name)
    revision = None if group is None else control.books.store.group_revision(group.name, task.revision) or group
    targets = None if revision is None or isinstance(revision.targets, UrlTargets) else revision.targets
    return to_entrance(task, targets)


def choose_task(tasks: list[ObservedTask], wanted: str | None, name: str) -> ObservedTask:
    found = [task for task in tasks if wanted is None or task.id.endswith(wanted) or task.id.startswith(wanted)]
    found = [task for task in found if task.identity is not None]
    if not found:
        which = "no task that runs" if wanted is None else f"no running task {wanted!r}"
        raise NotFound(f"{name} has {which}", hint=f"`fig svc status --name {name}` lists its tasks.")
    if wanted is not None and len(found) > 1:
        raise Conflict(f"{wanted!r} is the id of {len(found)} tasks of {name}", hint="Give more of it.")
    return max(found, key=lambda task: (task.revision, task.id.rsplit("-", 1)[1]))


def to_entrance(task: ObservedTask, targets: TaskTargets | None) -> Entrance:
    match task.identity:
        case TaskIdentity(pid=pid) if not isinstance(targets, ContainerTargets):
            return Entrance(task.id, None, pid, targets.cwd if targets else None, targets.env if targets else ())
        case ContainerIdentity(id=container):
            if isinstance(targets, ContainerTargets) and len(targets.containers) > 1:
                # What has the id only holds the network; the service's own container is called after the task.
                container = f"fig-{task.id}-{targets.containers[0].name}"
            return Entrance(task.id, container)
    return Entrance(task.id)


def _view(control: Control, deployment: Deployment, target: TargetView | None) -> WorkloadView:
    workload = deployment.workload
    group = target.group if target is not None else None
    targets = workload.job if group is None or isinstance(group.targets, UrlTargets) else group.targets
    in_force = control.books.in_force(group.name) if group is not None else None
    urls = _urls(control, workload, in_force or group)
    return WorkloadView(deployment, target, targets, urls, workload.endpoints)


def _urls(control: Control, workload: Workload, group: TargetGroup | None) -> tuple[str, ...]:
    own, public = _group_of(workload), balancer_name(workload.app, workload.environment)
    found: list[str] = []
    for ingress in group.ingress if group is not None else ():
        balancer = control.books.desired.balancers.get(ingress.balancer)
        if balancer is None or (ingress.balancer == own and workload.kind not in OWN_ADDRESS):
            continue
        found += _urls_of(ingress, to_url(balancer)) if ingress.balancer == public else [to_url(balancer)]
    return tuple(dict.fromkeys(found))


def _urls_of(ingress: Ingress, url: str) -> list[str]:
    """One for each host and path that it takes; wildcards are left out from where they begin."""
    port = url.rsplit(":", 1)[1]
    hosts = ingress.conditions.host.patterns if ingress.conditions.host is not None else ()
    bases = [f"http://{host}:{port}" for host in hosts] or [url]
    paths: list[str] = []
    for path in ingress.conditions.paths:
        match path:
            case PathPrefix(path=text) | PathExact(path=text):
                paths.append(text)
            case PathPattern(pattern=text) if not text.endswith("/*"):
                paths.append(text.partition("*")[0])
            case _:
                continue
    return [f"{base}{'' if path == '/' else path}" for base in bases for path in paths or [""]]


def _group_of(workload: Workload) -> str:
    return group_name(workload.app, workload.environment, workload.name)
