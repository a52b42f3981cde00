"""boto3 for the AWS port of a machine, with keys of fig's own."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from stranglerfig.api.access.client import AwsClient
from stranglerfig.api.access.wire import KeyWire
from stranglerfig.api.client import Transport
from tests.acceptance.machine import Machine

REGION = "us-east-1"
SPACES = "migration-hub-refactor-spaces"


def keys_of(machine: Machine) -> AwsClient:
    """It does not start a daemon."""
    return AwsClient(Transport(str(machine.home / "run" / "api.sock")))


def endpoint_of(machine: Machine) -> str:
    endpoint = keys_of(machine).show()["endpoint"]
    assert endpoint is not None
    return endpoint


def a_client(machine: Machine, service: str = SPACES, key: KeyWire | None = None, **config: Any) -> Any:
    """With a session of its own for whoever asks, for a thread say. It asks once. Without a key, the default one."""
    key = key or keys_of(machine).key("default")
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint_of(machine),
        region_name=REGION,
        aws_access_key_id=key["id"],
        aws_secret_access_key=key["secret"],
        config=Config(retries={"total_max_attempts": 1}, **config),
    )
