"""Reads environments of Refactor Spaces through boto3, wherever they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from stranglerfig.core.refactor_spaces.parameters import copy_of
from stranglerfig.errors import FigError, NotFound, Refused, Unavailable, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.spaces.wire import BringPolicy, CopiedResource

T = TypeVar("T")

SERVICE = "migration-hub-refactor-spaces"
#: on their way to another state: what they will be is not known
_PASSING = ("CREATING", "UPDATING", "DELETING")


@dataclass(frozen=True, slots=True)
class Place:
    """None: as the AWS SDK finds it by itself."""

    profile: str | None = None
    region: str | None = None
    endpoint: str | None = None


@dataclass(slots=True)
class SpaceCopy:
    """``remarks`` are sentences about what is not copied as it is. Parents come before what is in them."""

    resources: list[CopiedResource] = field(default_factory=list)
    policies: list[BringPolicy] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_spaces(place: Place, wanted: Sequence[str], tell: Callable[[str], None]) -> SpaceCopy:
    """``wanted`` are environments by id; none: all. Raises a ``FigError`` for whatever AWS or its SDK says."""
    client = _guarded(place, lambda: _open(place))
    return _guarded(place, lambda: _read(client, wanted, tell))


def _open(place: Place) -> Any:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    session = boto3.Session(profile_name=place.profile, region_name=place.region)
    config = Config(retries={"mode": "adaptive", "max_attempts": 8}, connect_timeout=10)
    return session.client(SERVICE, endpoint_url=place.endpoint, config=config)


def _read(client: Any, wanted: Sequence[str], tell: Callable[[str], None]) -> SpaceCopy:
    copy = SpaceCopy()
    environments = list(_pages(client, "list_environments", "EnvironmentSummaryList"))
    missing = set(wanted) - {one["EnvironmentId"] for one in environments}
    if missing:
        raise NotFound(
            f"there is no environment {', '.join(sorted(missing))} there",
            hint=f"`aws {SERVICE} list-environments` lists those that are.",
        )
    for environment in environments:
        if not wanted or environment["EnvironmentId"] in wanted:
            tell(f"Reading environment {environment['EnvironmentId']} ({environment['Name']}) …")
            _read_environment(client, environment, copy)
    return copy


def _read_environment(client: Any, environment: dict[str, Any], copy: SpaceCopy) -> None:
    if not _add(copy, "CreateEnvironment", environment, environment["EnvironmentId"]):
        return
    within = {"EnvironmentIdentifier": environment["EnvironmentId"]}
    _read_policy(client, environment["EnvironmentId"], environment["Arn"], copy)
    for application in _pages(client, "list_applications", "ApplicationSummaryList", **within):
        if not _add(copy, "CreateApplication", application, application["ApplicationId"]):
            continue
        inside = {**within, "ApplicationIdentifier": application["ApplicationId"]}
        services = [
            service["ServiceId"]
            for service in _pages(client, "list_services", "ServiceSummaryList", **inside)
            if _add(copy, "CreateService", service, service["ServiceId"])
        ]
        routes = list(_pages(client, "list_routes", "RouteSummaryList", **inside))
        for route in sorted(routes, key=lambda one: one["RouteType"] != "DEFAULT"):
            if route["ServiceId"] in services:
                _add(copy, "CreateRoute", route, route["RouteId"])


def _add(copy: SpaceCopy, operation: Any, shown: dict[str, Any], resource_id: str) -> bool:
    state = shown["State"]
    if state in _PASSING:
        copy.remarks.append(f"{resource_id} is {state} there and left out; import once more when it is not.")
        return False
    if state == "FAILED" and operation != "CreateRoute":
        copy.remarks.append(f"{resource_id} is FAILED there and left out.")
        return False
    if state == "FAILED":
        copy.remarks.append(f"{resource_id} is FAILED there, so it is INACTIVE here: neither has any traffic.")
    resource: CopiedResource = {
        "Operation": operation,
        "Id": resource_id,
        "CreatedTime": shown["CreatedTime"].timestamp(),
        "Parameters": copy_of(operation, shown),
    }
    copy.resources.append(resource)
    return True


def _read_policy(client: Any, environment: str, arn: str, copy: SpaceCopy) -> None:
    try:
        policy = client.get_resource_policy(Identifier=arn)["Policy"]
    except client.exceptions.ResourceNotFoundException:
        return
    except client.exceptions.AccessDeniedException:
        copy.remarks.append(f"The resource policy of {environment} may not be read and is left out.")
        return
    copy.policies.append({"environment": environment, "policy": policy})


def _pages(client: Any, operation: str, member: str, **parameters: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page[member]


def _guarded(place: Place, read: Callable[[], T]) -> T:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    try:
        return read()
    except ClientError as error:
        raise _to_refusal(error.response.get("Error", {}), place) from error
    except (BotoCoreError, ValueError) as error:
        raise _to_trouble(error, place) from error


def _to_refusal(error: dict[str, str], place: Place) -> FigError:
    code, message = error.get("Code", "an error"), error.get("Message", "")
    if code in (
        "AccessDeniedException",
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
    ):
        return Refused(
            f"AWS lets {_named(place)} read nothing: {code}: {message}",
            hint=f"`aws sts get-caller-identity{_flag(place)}` shows who that is; it needs refactor-spaces:List* and "
            "refactor-spaces:GetResourcePolicy.",
        )
    return Unavailable(f"AWS answered {code}: {message}", hint="Repeating may help; a second import goes on.")


def _to_trouble(error: Exception, place: Place) -> FigError:
    text = str(error).rstrip(".")
    kind = type(error).__name__
    if kind in ("NoRegionError",):
        return UsageError(f"the region is not known: {text}", hint="Add `--region`, as in `--region eu-west-1`.")
    if kind in ("ProfileNotFound", "NoCredentialsError", "PartialCredentialsError", "InvalidConfigError"):
        return UsageError(
            f"there are no credentials for {_named(place)}: {text}",
            hint="`aws configure list-profiles` lists the profiles; give one with `--profile`.",
        )
    if kind in ("SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError"):
        return UsageError(
            f"the session of {_named(place)} has ended: {text}", hint=f"Run `aws sso login{_flag(place)}`, and repeat."
        )
    if kind == "InvalidRegionError" or isinstance(error, ValueError):
        return UsageError(f"the source cannot be asked: {text}", hint="Look at `--region` and `--endpoint-url`.")
    return Unavailable(
        f"the source does not answer: {text}", hint="Look at the network and `--endpoint-url`, and repeat."
    )


def _named(place: Place) -> str:
    return f"profile {place.profile!r}" if place.profile is not None else "the default credentials"


def _flag(place: Place) -> str:
    return f" --profile {place.profile}" if place.profile is not None else ""
