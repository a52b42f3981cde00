"""Secrets of an environment: parameters that nobody reads but its tasks, named and tagged as Copilot does."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.refusals import said, was_repeated
from stranglerfig.aws.session import Client
from stranglerfig.aws.synth import names
from stranglerfig.errors import Conflict, FigError

SCRUBBED = "…"
#: of a value, in bytes: a standard parameter, and an advanced one
MOST_STANDARD, MOST = 4_096, 8_192
#: of a name, with the ARN that begins it
LONGEST_NAME = 1_011
#: what Parameter Store says of a small value where a large one was
_DOWNGRADE = "downgrade a parameter"
ADVANCED = f"It is an advanced parameter, as all of more than {MOST_STANDARD:,} bytes: it costs about 0.05 USD a month."


@dataclass(frozen=True, slots=True)
class SecretStore:
    """Those of one environment."""

    env: Environment

    def names(self) -> list[str]:
        """Their whole names. Values are not decrypted for it."""
        path = names.secret_name(self.env.record.app, self.env.name, "")
        ssm = self.env.session.client("ssm")
        found = ssm.pages("get_parameters_by_path", "Parameters", Path=path, Recursive=True, WithDecryption=False)
        return sorted(one["Name"] for one in found)

    def complaint(self, name: str, value: str) -> str | None:
        """Why Parameter Store would not take it."""
        size = len(value.encode())
        if not size:
            return "it is empty, and Parameter Store keeps no empty values"
        if size > MOST:
            return f"it has {size:,} bytes, and Parameter Store takes {MOST:,} at most"
        session = self.env.session
        arn = f"arn:{session.partition}:ssm:{self.env.record.region}:{self.env.record.account}:parameter{name}"
        if len(arn) > LONGEST_NAME:
            return f"its name is too long by {len(arn) - LONGEST_NAME} characters"
        return None

    def put(self, name: str, value: str, *, overwrite: bool) -> str | None:
        """What is to be known of it then. Raises ``Conflict`` where it is there and may not be replaced. What AWS says
        never repeats the value."""
        ssm = self.env.session.client("ssm")
        tags = [
            {"Key": names.APP_TAG, "Value": self.env.record.app},
            {"Key": names.ENV_TAG, "Value": self.env.name},
        ]
        is_large = len(value.encode()) > MOST_STANDARD
        written = {"Name": name, "Value": value, "Type": "SecureString", **({"Tier": "Advanced"} if is_large else {})}
        try:
            try:
                ssm.put_parameter(**written, Tags=tags)
            except Conflict as error:
                # Where an answer was lost and the SDK has asked again, it may be there by ourselves.
                if was_repeated(error) and self._says(name, value):
                    return ADVANCED if is_large else None
                if not overwrite:
                    raise
                is_large = overwritten(ssm, written) or is_large
                # Both at once are refused.
                ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags)
        except FigError as error:
            message = scrubbed(error.message, value)
            if message == error.message:
                raise
            raise type(error)(message, hint=error.hint) from None
        return ADVANCED if is_large else None

    def _says(self, name: str, value: str) -> bool:
        try:
            found = self.env.session.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
        except FigError:
            return False
        return bool(found["Value"] == value)


def overwritten(ssm: Client, written: dict[str, str]) -> bool:
    """Whether it stays the advanced parameter that a larger value made it: there is no way back from that."""
    try:
        ssm.put_parameter(**written, Overwrite=True)
    except FigError as error:
        if _DOWNGRADE not in said(error):
            raise
        ssm.put_parameter(**written | {"Tier": "Advanced"}, Overwrite=True)
        return True
    return False


def scrubbed(message: str, value: str) -> str:
    """Without the value, also where its lines were joined and its last full stop was left out, as in errors."""
    for written in (value, " ".join(value.split()).rstrip(".")):
        if written:
            message = message.replace(written, SCRUBBED)
    return message
