"""What the control plane has for applications, beside what every target group has."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from stranglerfig.control.apps.brokers import Brokers
from stranglerfig.control.apps.runner import Runner
from stranglerfig.control.apps.scheduler import Scheduler
from stranglerfig.control.apps.secret_files import SecretFiles
from stranglerfig.control.ports import AppStore, Engine, RunStore
from stranglerfig.core.application import App, Deployment, Environment, group_name
from stranglerfig.errors import NotFound, Unequipped


@dataclass(frozen=True, slots=True)
class Applications:
    """``engine`` None: there is no Docker here."""

    store: AppStore
    runs: RunStore
    runner: Runner
    scheduler: Scheduler
    brokers: Brokers
    secrets: SecretFiles
    engine: Engine | None = None
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def turn(self, app: str, environment: str, name: str) -> asyncio.Lock:
        """Of whoever is about to deploy the workload."""
        return self._turns[group_name(app, environment, name)]

    def app(self, name: str) -> App:
        for app in self.store.apps():
            if app.name == name:
                return app
        raise NotFound(f"no application {name!r}", hint="`fig app ls` lists them; `fig app init` makes one.")

    def environment(self, app: str, name: str) -> Environment:
        self.app(app)
        for environment in self.store.environments(app):
            if environment.name == name:
                return environment
        raise NotFound(
            f"no environment {name!r} in {app}",
            hint=f"`fig env ls` lists them; `fig env deploy --name {name}` brings one into force.",
        )

    def newest(self, app: str, environment: str, name: str) -> Deployment:
        """What was deployed last, in force or not."""
        self.environment(app, environment)
        for deployment in self.store.deployments(app, environment):
            if deployment.workload.name == name:
                return deployment
        raise NotFound(
            f"{name!r} is not deployed in {environment}",
            hint=f"`fig svc ls` lists what there is; `fig deploy --name {name} --env {environment}` deploys it.",
        )

    def require_engine(self) -> Engine:
        if self.engine is None:
            raise Unequipped(
                "this environment runs in Docker, and no engine is known here",
                hint="Start Docker, or choose processes with `fig env deploy --runtime process`.",
            )
        return self.engine
