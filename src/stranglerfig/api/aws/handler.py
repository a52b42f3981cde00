"""What an operation of an AWS API is to the protocols: parameters in, members out, both as botocore names them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller

#: Parameters are checked against the model before. Timestamps are UTC seconds; members that are None are left out.
#: Raises ``Fault`` or ``FigError``.
Handler = Callable[[Control, Caller, dict[str, Any]], Awaitable[dict[str, Any]]]
