"""AWS CloudFormation: its operations by name."""

from __future__ import annotations

from stranglerfig.api.aws.handler import Handler

OPERATIONS: dict[str, Handler] = {}
