"""``logging``: how long logs are kept, and the router that sends them elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stranglerfig.aws.synth.reading.outside import Given, secrets, variables
from stranglerfig.manifest.rules.given import Body, number, section, text, value

DAYS = 30
FLUENT_BIT = "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"

#: days that CloudWatch keeps lines for
RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


@dataclass(frozen=True, slots=True)
class LogRouter:
    """FireLens. ``options`` and ``secret_options`` are those of the log driver of the containers that it serves."""

    image: str = FLUENT_BIT
    options: Mapping[str, str] = field(default_factory=dict)
    secret_options: tuple[Given, ...] = ()
    adds_metadata: bool = True
    config_file: str | None = None
    variables: tuple[Given, ...] = ()
    secrets: tuple[Given, ...] = ()


def retention_days(body: Body) -> int:
    return number(body, "logging", "retention") or DAYS


def read_router(body: Body) -> LogRouter | None:
    """None where the manifest speaks of retention alone, or of nothing."""
    logging = section(body, "logging")
    if not {*logging} - {"retention"}:
        return None
    return LogRouter(
        image=text(logging, "image") or FLUENT_BIT,
        options={name: str(option) for name, option in sorted(section(logging, "destination").items())},
        secret_options=secrets(logging, "secretOptions"),
        adds_metadata=value(logging, "enableMetadata") is not False,
        config_file=text(logging, "configFilePath"),
        variables=variables(logging),
        secrets=secrets(logging),
    )
