"""Environments: brought into force with their listener, given endpoints and variables, removed."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.operations.leftovers import clear_engine, remove_files, require_stoppable
from stranglerfig.core.application import Environment, Runtime, balancer_name, group_name
from stranglerfig.core.claims import refuse_taken
from stranglerfig.core.desired import Balancer
from stranglerfig.core.messaging import endpoint_variables
from stranglerfig.core.names import parse_name
from stranglerfig.errors import Conflict, UsageError

FIRST_PORT = 8080
PORTS_TO_TRY = 20
LOOPBACK = "127.0.0.1"
OTHER_PORT = "Give one of them another `local.port` in its manifest, or leave it out and get a free one."


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    environment: Environment
    url: str
    network: str
    variables: dict[str, str]
    workloads: tuple[str, ...]


async def create_environment(control: Control, app: str, name: str, runtime: Runtime, port: int) -> Environment:
    """Also brings one into force again, changes its runtime or moves its port. Its listener accepts when this returns.

    ``port`` 0 is the one it has, else a free one, from 8080 on.
    """
    control.require_running()
    control.applications.app(app)
    _check(name, port)
    if runtime is Runtime.DOCKER:
        # Once the books say Docker, every later deploy is for Docker.
        await control.applications.require_engine().greet(f"run {app}.{name} in Docker")
    balancer = await _open_balancer(control, balancer_name(app, name), port)
    before = next((one for one in control.applications.store.environments(app) if one.name == name), None)
    was_docker = runtime is Runtime.DOCKER or (before is not None and before.was_docker)
    environment = Environment(app, name, runtime, balancer.host, balancer.port, was_docker)
    undo = _book(control, environment, balancer)
    await control.applier.follow(undo, _undo_of(control, environment, before))
    control.reconciler.loop.wake(balancer.name)
    return environment


async def name_endpoints(control: Control, app: str, name: str, services: list[str]) -> dict[str, str]:
    """The loopback URL of each service. Once opened it stays, whether the service is deployed or not."""
    control.require_running()
    control.applications.environment(app, name)
    for service in services:
        parse_name(service, "service name")
    undos: list[Undo] = []
    for service in dict.fromkeys(services):
        balancer = group_name(app, name, service)
        if balancer not in control.books.desired.balancers:
            port = await control.router.claim(LOOPBACK, 0)
            if balancer not in control.books.desired.balancers:
                undos.append(control.books.save_balancer(Balancer(balancer, LOOPBACK, port), f"endpoint of {service}"))
    if undos:
        await control.applier.follow(*undos)
    found = control.books.desired.balancers
    return {service: to_url(found[group_name(app, name, service)]) for service in services}


async def delete_environment(control: Control, app: str, name: str) -> tuple[str, ...]:
    """Refused while workloads are deployed there. Nothing of it is left when this returns, but for what is told."""
    control.applications.environment(app, name)
    workloads = control.applications.store.deployments(app, name)
    if workloads:
        names = ", ".join(deployment.workload.name for deployment in workloads[:5])
        raise Conflict(
            f"environment {name!r} is in use by {names}{' and others' if len(workloads) > 5 else ''}",
            hint=f"Delete those first, as in `fig svc delete --name {workloads[0].workload.name} --env {name}`.",
        )
    proxies = declared_in(control, app, name)
    if proxies:
        raise Conflict(
            f"environment {name!r} is in use by proxy {', '.join(proxies)}",
            hint=f"Delete it first: `fig proxy delete {proxies[0]}`.",
        )
    await require_stoppable(control, balancer_name(app, name))
    return await clear_environment(control, app, name)


def declared_in(control: Control, app: str, environment: str) -> list[str]:
    """The proxies that are deployed there."""
    place = f"{app}/{environment}/"
    return [proxy.name for proxy in control.books.desired.proxies.values() if proxy.declared_by.startswith(place)]


async def clear_environment(control: Control, app: str, name: str) -> tuple[str, ...]:
    """All but its workloads, which are gone. What may be left in an engine that does not answer is told."""
    applications = control.applications
    environment = applications.environment(app, name)
    for run in applications.runs.going():
        if (run.app, run.environment) == (app, name):
            await applications.runner.stop(run.id, "its environment is deleted")
    # What may fail comes first: until then the environment is whole.
    rest = await clear_engine(control, environment)
    await applications.brokers.remove(app, name)
    prefix = f"{balancer_name(app, name)}."
    own = [one for one in control.books.desired.balancers if one == balancer_name(app, name) or one.startswith(prefix)]
    await control.applier.follow(*(control.books.delete_balancer(one, "deleted by its user") for one in own))
    applications.secrets.forget(app, name)
    await remove_files(control, app, name)
    applications.store.delete_environment(app, name, "deleted by its user")
    return rest


def view_environments(control: Control, app: str) -> list[EnvironmentView]:
    control.applications.app(app)
    return [_view(control, environment) for environment in control.applications.store.environments(app)]


def view_environment(control: Control, app: str, name: str) -> EnvironmentView:
    return _view(control, control.applications.environment(app, name))


async def start_broker(control: Control, app: str, name: str) -> None:
    control.require_running()
    environment = control.applications.environment(app, name)
    await control.applications.brokers.ensure(environment, await broker_host(control, environment))


async def broker_host(control: Control, environment: Environment) -> str:
    """Where the environment's tasks reach this machine."""
    if environment.runtime is Runtime.PROCESS:
        return LOOPBACK
    return await control.applications.require_engine().gateway(network_of(environment))


def network_of(environment: Environment) -> str:
    """Docker's network of the environment's tasks."""
    return f"fig-{environment.app}-{environment.name}"


def to_url(balancer: Balancer) -> str:
    return f"{'tcp' if balancer.tcp else 'http'}://{balancer.host}:{balancer.port}"


def _check(name: str, port: int) -> None:
    parse_name(name, "environment name")
    if not 0 <= port <= 65_535:
        raise UsageError(f"bad port {port}: it is a number from 1 to 65535", hint="Leave it out for a free one.")


async def _open_balancer(control: Control, name: str, port: int) -> Balancer:
    if port:
        # The claim itself is granted where HAProxy listens already.
        refuse_taken(control.books.desired, name, LOOPBACK, port, hint=OTHER_PORT)
    there = control.books.desired.balancers.get(name)
    if there is not None and port in (0, there.port):
        # It may have waited for its address till now.
        await control.router.claim(there.host, there.port)
        return there
    if port:
        return Balancer(name, LOOPBACK, await control.router.claim(LOOPBACK, port))
    desired = control.books.desired
    taken = {one.port for one in desired.balancers.values()} | {one.port for one in desired.proxies.values()}
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS_TO_TRY):
        if candidate not in taken:
            try:
                return Balancer(name, LOOPBACK, await control.router.claim(LOOPBACK, candidate))
            except Conflict:
                continue
    return Balancer(name, LOOPBACK, await control.router.claim(LOOPBACK, 0))


def _book(control: Control, environment: Environment, balancer: Balancer) -> Undo:
    reason = f"{environment.runtime.value} environment on port {balancer.port}"
    with control.books.together():
        control.applications.store.save_environment(environment, reason)
        return control.books.save_balancer(balancer, reason)


def _undo_of(control: Control, environment: Environment, before: Environment | None) -> Undo:
    store = control.applications.store

    def undo() -> None:
        if before is not None:
            store.save_environment(before, "taken back")
        else:
            store.delete_environment(environment.app, environment.name, "taken back")

    return undo


def _view(control: Control, environment: Environment) -> EnvironmentView:
    app, name = environment.app, environment.name
    url = f"http://{environment.host}:{environment.port}"
    variables = {
        "COPILOT_APPLICATION_NAME": app,
        "COPILOT_ENVIRONMENT_NAME": name,
        "COPILOT_SERVICE_DISCOVERY_ENDPOINT": f"{name}.{app}.local",
    }
    broker = control.applications.brokers.url(environment)
    if broker is not None:
        variables |= endpoint_variables(broker)
    deployed = tuple(one.workload.name for one in control.applications.store.deployments(app, name))
    return EnvironmentView(environment, url, network_of(environment), variables, deployed)
