"""What AWS and its SDK refuse, as errors of ours: sorted by what the reader can do, with the command that does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from stranglerfig.errors import Conflict, FigError, NotFound, Refused, Unavailable, UsageError

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "ExpiredTokenError"}
UNKNOWN_KEYS = {
    *("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId"),
    *("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken"),
}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "Forbidden"}
THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled"),
    *("TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown", "LimitExceeded"),
    *("PriorRequestNotComplete", "TransactionInProgressException", "EC2ThrottledException", "TooManyUpdates"),
}
#: as STS says it of a code (MFA)
WRONG_CODE = "MultiFactorAuthentication failed"
#: of the SDK: the session's own token, which a log-in renews
ENDED_SESSIONS = {"SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "SSOError", "LoginError"}
NO_CREDENTIALS = {"NoCredentialsError", "ConfigNotFound", "NoAuthTokenError", "MetadataRetrievalError"}
#: the profile has something, and it is no good
UNUSABLE = {
    *("PartialCredentialsError", "CredentialRetrievalError", "InvalidConfigError", "InfiniteLoopConfigError"),
    *("ConfigParseError", "UnknownCredentialError", "InvalidRegionError", "JSONDecodeError"),
    *("FileNotFoundError", "PermissionError", "NotADirectoryError"),
}
LOST = {
    *("EndpointConnectionError", "ConnectionClosedError", "ConnectTimeoutError", "ReadTimeoutError"),
    *("HTTPClientError", "ProxyConnectionError", "ResponseStreamingError", "ConnectionError"),
}
#: whoever answers does not show that it is AWS; asking again changes nothing
UNTRUSTED = "SSLError"
#: a program or a file that a profile names
MISSING_FILES = (FileNotFoundError, PermissionError, NotADirectoryError)
_ACTION = re.compile(r"not authorized to perform: (?P<action>[\w-]+:[\w*]+)(?: on resource: (?P<resource>\S+))?")
_BECAUSE = re.compile(r" because (?P<why>.+?)\.?$")


@dataclass(frozen=True, slots=True)
class Who:
    """As whom AWS is asked: a profile, or what the SDK finds without one; in a role or not. ``login`` is the profile
    whose session that is, where it is another's."""

    profile: str | None = None
    role: str | None = None
    login: str | None = None

    def as_role(self, role: str) -> Who:
        return replace(self, role=role)

    @property
    def flag(self) -> str:
        return f" --profile {self.profile}" if self.profile else ""

    @property
    def login_command(self) -> str:
        return f"aws sso login --profile {self.login}" if self.login else f"aws sso login{self.flag}"

    def __str__(self) -> str:
        own = f"profile {self.profile!r}" if self.profile else "the default credentials"
        return f"role {self.role.rpartition('/')[2]} by {own}" if self.role else own


@contextmanager
def translated(who: Who) -> Iterator[None]:
    """Errors of the SDK leave as ours; their cause is kept. A wrong call is our own fault, and stays what it is."""
    try:
        yield
    except ParamValidationError:
        raise
    except ClientError as error:
        raise to_refusal(error, who) from error
    except ResponseParserError as error:
        raise Unavailable(
            f"what answers is not AWS: {' '.join(str(error).split())[:120]}",
            hint="Look for a proxy or a log-in page on the way, and run the command again: it goes on.",
        ) from error
    except (BotoCoreError, ValueError, EOFError, *MISSING_FILES) as error:
        raise to_trouble(error, who) from error


def code_of(error: FigError) -> str:
    """What AWS called it; empty where it was not AWS that refused."""
    cause = error.__cause__
    return str(cause.response.get("Error", {}).get("Code", "")) if isinstance(cause, ClientError) else ""


def was_repeated(error: FigError) -> bool:
    """Whether AWS refused it when the SDK had asked before, and may have been heard."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and cause.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0


def said(error: FigError) -> str:
    """AWS's own words; ours where it was not AWS that refused."""
    cause = error.__cause__
    return str(cause.response.get("Error", {}).get("Message", "")) if isinstance(cause, ClientError) else error.message


def to_refusal(error: ClientError, who: Who) -> FigError:
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    message = " ".join(str(error.response.get("Error", {}).get("Message", "")).split()).rstrip(".")
    words = f"{code}: {message}" if message else code
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) or 400)
    if code in EXPIRED:
        return UsageError(
            f"the session of {who} has expired: {message}",
            hint=f"Run `{who.login_command}`, or get new credentials as you got these, and repeat.",
        )
    if code in UNKNOWN_KEYS:
        return UsageError(
            f"AWS does not know {who}: {words}",
            hint=f"See whose they are with `aws sts get-caller-identity{who.flag}`, and mend them.",
        )
    if code in DENIED:
        return denied(error.operation_name, message, who)
    if code in THROTTLED:
        return Unavailable(f"AWS lets {error.operation_name} wait: {words}", hint="Run the command again: it goes on.")
    if status >= 500:
        return Unavailable(f"AWS failed at {error.operation_name}: {words}", hint="Run the command again: it goes on.")
    kind = NotFound if "NotFound" in code or code.startswith("NoSuch") else UsageError
    if "AlreadyExists" in code or "InUse" in code or code.endswith("Conflict"):
        kind = Conflict  # type: ignore[assignment]
    return kind(f"AWS refused {error.operation_name}: {message or code}")


def denied(operation: str, message: str, who: Who) -> Refused:
    """The missing permission, where AWS names it."""
    if WRONG_CODE in message:
        return Refused(
            f"{who} was not given that role: {message}",
            hint="Repeat with the code that the device shows next: each is good for one time.",
        )
    found = _ACTION.search(message)
    action = found["action"] if found else operation
    where = f" on {found['resource']}" if found and found["resource"] else ""
    because = _BECAUSE.search(message)
    why = f": {because['why']}" if because else "" if found else f": {message}"
    return Refused(
        f"{who} may not do {action}{where}{why}",
        hint=f"Have {action} allowed to who `aws sts get-caller-identity{who.flag}` names, and repeat.",
    )


def to_trouble(error: Exception, who: Who) -> FigError:
    kind, text = type(error).__name__, " ".join(str(error).split()).rstrip(".")
    if kind == "NoRegionError":
        return UsageError(
            "no AWS region is given",
            hint=f"Add `--region`, set AWS_REGION, or run `aws configure set region REGION{who.flag}`.",
        )
    if kind == "InvalidRegionError":
        return UsageError(f"that is no region: {text}", hint="`--region`, AWS_REGION or the profile says it.")
    if kind == "ProfileNotFound":
        named = getattr(error, "kwargs", {}).get("profile", who.profile)
        return UsageError(
            f"there is no AWS profile {named!r}",
            hint="`aws configure list-profiles` lists them: choose one with `--profile`, or set AWS_PROFILE.",
        )
    if kind in ENDED_SESSIONS:
        return UsageError(f"the session of {who} has ended: {text}", hint=f"Run `{who.login_command}`, and repeat.")
    if kind in NO_CREDENTIALS:
        return UsageError(
            f"there are no AWS credentials{f' for {who}' if who.profile else ''}: {text}",
            hint="`aws configure list-profiles` lists the profiles: choose one with `--profile`, or set AWS_PROFILE.",
        )
    if kind in UNUSABLE:
        return UsageError(
            f"AWS cannot be asked as {who}: {text}",
            hint=f"Mend what `aws configure list{who.flag}` shows, or what it stands on, until "
            f"`aws sts get-caller-identity{who.flag}` answers, and repeat.",
        )
    if kind in LOST or kind == UNTRUSTED:
        return Unavailable(
            f"AWS cannot be reached: {text}",
            hint="Look at the network and at the region's name, and run the command again: it goes on.",
        )
    if isinstance(error, EOFError):
        return UsageError(
            f"{who} wants a code (MFA), and input is not a terminal to ask on",
            hint=f"Run `aws sts get-caller-identity{who.flag}` on a terminal first: its session is used here too.",
        )
    return UsageError(f"AWS cannot be asked as {who}: {text}", hint=f"Look at it with `aws configure list{who.flag}`.")


def without_terminal(prompt: str) -> NoReturn:
    """Instead of a question that nobody would see."""
    raise EOFError(prompt)
