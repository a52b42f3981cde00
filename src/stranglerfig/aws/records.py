"""Which applications, environments and workloads there are: parameters in the parameter store, as Copilot writes them.

Source of the shapes: aws/copilot-cli v1.34, ``internal/pkg/config``. What a record has beside what we know stays in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.session import Client, Session
from stranglerfig.aws.synth import names
from stranglerfig.errors import Conflict, NotFound, StateUnusable

T = TypeVar("T")

APPLICATIONS = "/copilot/applications/"
#: of the records' layout
SCHEMA = "1.0"


@dataclass(frozen=True, slots=True)
class AppRecord:
    name: str
    account: str
    domain: str = ""
    hosted_zone: str = ""
    permissions_boundary: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    version: str = SCHEMA


@dataclass(frozen=True, slots=True)
class EnvRecord:
    """``custom`` is what flags of `env init` said of its network, where no manifest says it: environments of older
    Copilots have it.
    """

    app: str
    name: str
    region: str
    account: str
    registry: str = ""
    execution_role: str = ""
    manager_role: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)
    telemetry: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkloadRecord:
    app: str
    name: str
    kind: str


class Records:
    """Those of the account and region of ``session``: where the application was begun."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ssm: Client = session.client("ssm")

    def apps(self) -> list[AppRecord]:
        return sorted(self._below(APPLICATIONS, to_app), key=lambda app: app.name)

    def app(self, name: str, env: str = "NAME") -> AppRecord:
        """Raises ``NotFound``; ``env`` is the environment that it is asked for."""
        try:
            return self._read(names.app_record(name), to_app)
        except NotFound as error:
            raise NotFound(
                f"application {name} is not on AWS, in account {self._session.account}, {self._session.region}",
                hint=f"`fig env init --name {env} --target aws` begins it there with its first environment; if it is in"
                " another region or account, name that with `--region` or `--profile`.",
            ) from error

    def environments(self, app: str) -> list[EnvRecord]:
        found = self._below(f"{names.app_record(app)}/environments/", to_env)
        return sorted(found, key=lambda env: env.name)

    def environment(self, app: str, env: str) -> EnvRecord:
        """Raises ``NotFound``, which tells an application that is not there apart."""
        try:
            return self._read(names.env_record(app, env), to_env)
        except NotFound as error:
            self.app(app, env)
            others = ", ".join(one.name for one in self.environments(app)) or "none"
            raise NotFound(
                f"environment {env} of {app} is not on AWS (there: {others})",
                hint=f"`fig env init --name {env} --target aws` begins it.",
            ) from error

    def workloads(self, app: str) -> list[WorkloadRecord]:
        found = self._below(f"{names.app_record(app)}/components/", to_workload)
        return sorted(found, key=lambda workload: workload.name)

    def begin_app(self, app: AppRecord) -> None:
        """Again is fine, also from two machines at once: the first one stays."""
        self._begin(names.app_record(app.name), from_app(app), "Copilot Application", app.name)

    def begin_environment(self, env: EnvRecord) -> None:
        self._begin(
            names.env_record(env.app, env.name), from_env(env), f"The {env.name} deployment stage", env.app, env.name
        )

    def begin_workload(self, workload: WorkloadRecord) -> None:
        """Raises ``Conflict`` for a name that is another kind's already."""
        name = names.component_record(workload.app, workload.name)
        self._begin(name, from_workload(workload), f"Copilot {workload.kind} {workload.name}", workload.app)
        refuse_other_kind(workload, self._read(name, to_workload))

    def change_environment(self, env: EnvRecord) -> None:
        """What the record has beside stays."""
        name = names.env_record(env.app, env.name)
        value = {**self._read(name, dict), **from_env(env)}
        self._ssm.put_parameter(Name=name, Value=as_text(value), Type="String", Overwrite=True)

    def forget_app(self, app: str) -> None:
        self._forget(names.app_record(app))

    def forget_environment(self, app: str, env: str) -> None:
        self._forget(names.env_record(app, env))

    def forget_workload(self, app: str, workload: str) -> None:
        self._forget(names.component_record(app, workload))

    def _below(self, path: str, shape: Callable[[dict[str, Any]], T]) -> list[T]:
        found = self._ssm.pages("get_parameters_by_path", "Parameters", Path=path, Recursive=False)
        return [parse(one["Name"], one["Value"], shape) for one in found]

    def _read(self, name: str, shape: Callable[[dict[str, Any]], T]) -> T:
        return parse(name, self._ssm.get_parameter(Name=name)["Parameter"]["Value"], shape)

    def _begin(self, name: str, value: Mapping[str, Any], description: str, app: str, env: str = "") -> None:
        tags = {names.APP_TAG: app, **({names.ENV_TAG: env} if env else {})}
        with suppress(Conflict):
            self._ssm.put_parameter(
                Name=name,
                Description=description,
                Value=as_text(value),
                Type="String",
                Tags=[{"Key": key, "Value": text} for key, text in tags.items()],
            )

    def _forget(self, name: str) -> None:
        try:
            self._ssm.delete_parameter(Name=name)
        except NotFound as error:
            if code_of(error) != "ParameterNotFound":
                raise


def refuse_other_kind(workload: WorkloadRecord, known: WorkloadRecord) -> None:
    """Raises ``Conflict``."""
    if known.kind != workload.kind:
        raise Conflict(
            f"{workload.name} of {workload.app} is a {known.kind} on AWS, and its manifest says {workload.kind}",
            hint=f"Give it another name, or run `fig svc delete --name {workload.name}` first.",
        )


def to_app(value: Mapping[str, Any]) -> AppRecord:
    return AppRecord(
        name=value["name"],
        account=value["account"],
        domain=value.get("domain") or "",
        # Copilot has called it both.
        hosted_zone=value.get("domainHostedZoneID") or value.get("domainHostedZone") or "",
        permissions_boundary=value.get("permissionsBoundary") or "",
        tags=value.get("tags") or {},
        version=value.get("version") or SCHEMA,
    )


def from_app(app: AppRecord) -> dict[str, Any]:
    value: dict[str, Any] = {
        "name": app.name,
        "account": app.account,
        "permissionsBoundary": app.permissions_boundary,
        "domain": app.domain,
        "domainHostedZoneID": app.hosted_zone,
        "version": app.version,
        "tags": dict(app.tags),
    }
    return without_empty(value, ("permissionsBoundary", "tags"))


def to_env(value: Mapping[str, Any]) -> EnvRecord:
    return EnvRecord(
        app=value["app"],
        name=value["name"],
        region=value["region"],
        account=value["accountID"],
        registry=value.get("registryURL") or "",
        execution_role=value.get("executionRoleARN") or "",
        manager_role=value.get("managerRoleARN") or "",
        custom=value.get("customConfig") or {},
        telemetry=value.get("telemetry") or {},
    )


def from_env(env: EnvRecord) -> dict[str, Any]:
    value: dict[str, Any] = {
        "app": env.app,
        "name": env.name,
        "region": env.region,
        "accountID": env.account,
        "registryURL": env.registry,
        "executionRoleARN": env.execution_role,
        "managerRoleARN": env.manager_role,
        "customConfig": dict(env.custom),
        "telemetry": dict(env.telemetry),
    }
    return without_empty(value, ("customConfig", "telemetry"))


def to_workload(value: Mapping[str, Any]) -> WorkloadRecord:
    return WorkloadRecord(app=value["app"], name=value["name"], kind=value["type"])


def from_workload(workload: WorkloadRecord) -> dict[str, Any]:
    return {"app": workload.app, "name": workload.name, "type": workload.kind}


def without_empty(value: dict[str, Any], optional: tuple[str, ...]) -> dict[str, Any]:
    return {key: one for key, one in value.items() if one or key not in optional}


def parse(name: str, text: str, shape: Callable[[dict[str, Any]], T]) -> T:
    try:
        return shape(json.loads(text))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise StateUnusable(
            f"the parameter {name} holds no record: {text[:60]!r}",
            hint=f"See who wrote it with `aws ssm get-parameter-history --name {name}`.",
        ) from error


def as_text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
