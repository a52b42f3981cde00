"""How a runtime learns a secret at the start of a task, and at no other time."""

from __future__ import annotations

from collections.abc import Callable

#: The value of a secret, by target group and name. Raises ``NotFound`` when there is none.
SecretSource = Callable[[str, str], str]
