"""What a client of the AWS API has: where it is, a key, and boto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from tests.acceptance.machine import Machine
from tests.api.aws.signer import Signer

SPACES = "migration-hub-refactor-spaces"


@dataclass(frozen=True)
class Desk:
    machine: Machine
    endpoint: str
    signer: Signer

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def key(self, name: str, *flags: str) -> Signer:
        """One of its own."""
        (made,) = self.machine.fig("api", "keys", "create", name, *flags, "--json").json()
        return Signer(made["id"], made["secret"])

    def client(self, service: str = SPACES, signer: Signer | None = None, **config: Any) -> Any:
        signer = signer or self.signer
        session = boto3.Session(signer.id, signer.secret, region_name=signer.region)
        settings = Config(**{"retries": {"total_max_attempts": 1}, **config})
        return session.client(service, endpoint_url=self.endpoint, config=settings)


def a_desk(machine: Machine) -> Desk:
    found = machine.fig("api", "env", "--json").json()
    signer = Signer(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])
    return Desk(machine, found["AWS_ENDPOINT_URL"], signer)
