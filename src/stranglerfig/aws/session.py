"""Whose AWS account a command speaks to, as the AWS SDK finds it: profiles, SSO, roles, MFA, regions.

boto3 is met here and in ``refusals``; everybody else is handed clients whose errors are ours.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import cache
from getpass import getpass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.credentials import (  # type: ignore[import-untyped]
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
    JSONFileCache,
)
from botocore.exceptions import NoCredentialsError, NoRegionError  # type: ignore[import-untyped]
from botocore.loaders import create_loader  # type: ignore[import-untyped]
from botocore.session import Session as CoreSession  # type: ignore[import-untyped]

from stranglerfig import __version__
from stranglerfig.aws.checking.regions import refuse_unknown
from stranglerfig.aws.outages import Outages
from stranglerfig.aws.refusals import Who, translated, without_terminal

USER_AGENT = f"strangler-fig/{__version__}"
#: Where AWS lets one wait, with back-off that doubles to twenty seconds, these take a minute and a half. Where it
#: cannot be reached ``outages`` says how long.
ATTEMPTS = 9
#: Some operations take AWS several seconds; one that is slower still is asked for again.
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 10, 30
#: The AWS command line's own: who has typed an MFA code there is not asked again here.
CACHE = os.path.join("~", ".aws", "cli", "cache")


@dataclass(frozen=True, slots=True)
class Access:
    """What flags say; None: as the SDK finds it by itself."""

    profile: str | None = None
    region: str | None = None
    key_id: str | None = None
    secret: str | None = None
    token: str | None = None


@cache
def known_regions() -> tuple[str, ...]:
    """All that the SDK has heard of, in every partition; nobody is asked."""
    core = new_core()
    return tuple(one for name in core.get_available_partitions() for one in core.get_available_regions("ecs", name))


class Client:
    """One service of AWS: its operations by boto3's names. What goes wrong comes as a ``FigError``."""

    def __init__(self, raw: Any, who: Who) -> None:
        self._raw = raw
        self._who = who

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        called = getattr(self._raw, operation)

        def call(*arguments: Any, **parameters: Any) -> Any:
            with translated(self._who):
                return called(*arguments, **parameters)

        return call

    @property
    def endpoint(self) -> str:
        """Where it asks."""
        return str(self._raw.meta.endpoint_url)

    def pages(self, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
        """What is in ``member`` of all answers."""
        with translated(self._who):
            for page in self._raw.get_paginator(operation).paginate(**parameters):
                yield from page.get(member) or ()


class Session:
    """Makes clients; each is made once, also by threads: those of boto3's session may not do so at once."""

    def __init__(self, raw: Any, who: Who, outages: Outages) -> None:
        self._raw = raw
        self._who = who
        self._outages = outages
        self._clients: dict[tuple[str, str], Client] = {}
        self._making = threading.Lock()
        self._identity: Mapping[str, str] | None = None
        self._ahead_s = 0.0

    @property
    def has_credentials(self) -> bool:
        """Whether the SDK finds any; they may be no good."""
        with translated(self._who):
            return self._raw.get_credentials() is not None

    def unlock(self) -> None:
        """They are fetched, and a code asked for, if they need one. Raises ``UsageError`` where there are none."""
        with translated(self._who):
            found = self._raw.get_credentials()
            if found is None:
                raise NoCredentialsError
            found.get_frozen_credentials()

    @property
    def profile(self) -> str | None:
        return self._who.profile

    @property
    def has_region(self) -> bool:
        return bool(self._raw.region_name)

    @property
    def region(self) -> str:
        """Raises ``UsageError`` when nothing says it."""
        with translated(self._who):
            if not self._raw.region_name:
                raise NoRegionError
        return str(self._raw.region_name)

    @property
    def account(self) -> str:
        return self._whoami()["Account"]

    @property
    def partition(self) -> str:
        """``aws``, or that of China or of the government's regions."""
        return self._whoami()["Arn"].split(":")[1]

    def client(self, service: str, region: str | None = None) -> Client:
        key = (service, region or self.region)
        with self._making:
            if key not in self._clients:
                with translated(self._who):
                    raw = self._raw.client(service, region_name=key[1], config=_config())
                refuse_unknown(key[1], known_regions(), str(raw.meta.endpoint_url))
                raw.meta.events.register("after-call", self._hear_time)
                self._clients[key] = Client(raw, self._who)
            return self._clients[key]

    def now(self) -> float:
        """UTC seconds by AWS's clock, as far as it has told yet: those of machines need not agree."""
        return time.time() + self._ahead_s

    def _hear_time(self, parsed: Mapping[str, Any], **_: Any) -> None:
        told = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        with suppress(ValueError):
            self._ahead_s = parsedate_to_datetime(told).timestamp() - time.time()

    def assume(self, role: str, region: str) -> Session:
        """The same user in another role, for as long as it takes: credentials are renewed when they run out."""
        with translated(self._who):
            core = new_core()
            self._outages.watch(core)
            fetcher = AssumeRoleCredentialFetcher(
                client_creator=self._sts_creator(region),
                source_credentials=self._raw.get_credentials(),
                role_arn=role,
                extra_args={"RoleSessionName": "strangler-fig"},
            )
            core._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
            raw = boto3.Session(botocore_session=core, region_name=region)
            return Session(raw, self._who.as_role(role), self._outages)

    def _sts_creator(self, region: str) -> Callable[..., Any]:
        def create(service: str, **credentials: Any) -> Any:
            with self._making:
                return self._raw.client(service, region_name=region, config=_config(), **credentials)

        return create

    def _whoami(self) -> Mapping[str, str]:
        if self._identity is None:
            self._identity = self.client("sts").get_caller_identity()
        assert self._identity is not None
        return self._identity


def open_session(access: Access, tell: Callable[[str], None] = lambda sentence: None) -> Session:
    """Raises ``UsageError`` for a profile that is not there. Nothing is asked of AWS yet. ``tell`` hears of outages."""
    who, outages = Who(profile_of(access)), Outages(tell)
    with translated(who):
        core = new_core()
        outages.watch(core)
        raw = boto3.Session(
            botocore_session=core,
            profile_name=access.profile,
            # boto3 reads AWS_DEFAULT_REGION alone; all other SDKs, and Copilot, read this one.
            region_name=access.region or os.environ.get("AWS_REGION"),
            aws_access_key_id=access.key_id,
            aws_secret_access_key=access.secret,
            aws_session_token=access.token,
        )
        _share_cache(raw._session)
        if not uses_keys(access):
            who = replace(who, login=whose_session(raw._session.full_config["profiles"], who.profile))
        return Session(raw, who, outages)


def profile_of(access: Access) -> str | None:
    """Whose credentials are used. Keys in the environment go before the profile that it names."""
    if access.profile or uses_keys(access):
        return access.profile
    return os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")


def uses_keys(access: Access) -> bool:
    """Not those of a profile, which no log-in renews."""
    return bool(access.key_id or (not access.profile and os.environ.get("AWS_ACCESS_KEY_ID")))


def whose_session(profiles: Mapping[str, Mapping[str, Any]], name: str | None) -> str | None:
    """Of the profiles that one stands on, by ``source_profile``, that which is logged in to; None: there is no such."""
    seen = set()
    name = name or "default"
    while name in profiles and name not in seen:
        seen.add(name)
        if {"sso_session", "sso_start_url"} & profiles[name].keys():
            return name
        name = profiles[name].get("source_profile", "")
    return None


def new_core() -> Any:
    """The descriptions of services are large, and read once for all sessions."""
    core = CoreSession()
    core.register_component("data_loader", _descriptions())
    return core


@cache
def _descriptions() -> Any:
    return create_loader(os.environ.get("AWS_DATA_PATH"))


def _share_cache(core: Any) -> None:
    provider = core.get_component("credential_provider").get_provider("assume-role")
    provider.cache = JSONFileCache(os.path.expanduser(CACHE))
    provider._prompter = ask_code if sys.stdin.isatty() else without_terminal


def ask_code(prompt: str) -> str:
    """Ctrl-C is for the question, whoever hears of it otherwise."""
    if threading.current_thread() is not threading.main_thread():
        return getpass(prompt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass(prompt)
    finally:
        signal.signal(signal.SIGINT, before)


def _config() -> Config:
    """Standard retries with more of them, unless the user's own environment says otherwise."""
    retries: dict[str, object] = {}
    if "AWS_RETRY_MODE" not in os.environ:
        retries["mode"] = "standard"
    if "AWS_MAX_ATTEMPTS" not in os.environ:
        retries["total_max_attempts"] = ATTEMPTS
    return Config(
        user_agent_extra=USER_AGENT,
        retries=retries or None,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
    )
