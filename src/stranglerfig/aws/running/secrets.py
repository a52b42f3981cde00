"""Secrets of an environment: parameters that nobody reads but its tasks, named and tagged as Copilot does."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.synth import names
from stranglerfig.errors import Conflict, FigError

SCRUBBED = "…"


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

    def put(self, name: str, value: str, *, overwrite: bool) -> None:
        """Raises ``Conflict`` where it is there and may not be replaced. What AWS says never repeats the value."""
        ssm = self.env.session.client("ssm")
        tags = [
            {"Key": names.APP_TAG, "Value": self.env.record.app},
            {"Key": names.ENV_TAG, "Value": self.env.name},
        ]
        written = {"Name": name, "Value": value, "Type": "SecureString"}
        try:
            try:
                ssm.put_parameter(**written, Tags=tags)
            except Conflict:
                if not overwrite:
                    raise
                # Both at once are refused.
                ssm.put_parameter(**written, Overwrite=True)
                ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags)
        except FigError as error:
            message = scrubbed(error.message, value)
            if message == error.message:
                raise
            raise type(error)(message, hint=error.hint) from None


def scrubbed(message: str, value: str) -> str:
    """Without the value, also where its lines were joined and its last full stop was left out, as in errors."""
    for written in (value, " ".join(value.split()).rstrip(".")):
        if written:
            message = message.replace(written, SCRUBBED)
    return message
