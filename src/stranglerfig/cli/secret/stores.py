"""Where secrets are kept, by environment: with the daemon, or on AWS."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.scope.places import choose_app

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient


class Store(Protocol):
    """Of one environment. Names are whole."""

    def names(self) -> list[str]: ...

    def complaint(self, name: str, value: str) -> str | None:
        """Why it would not be taken, as far as that can be known before."""
        ...

    def put(self, name: str, value: str, *, overwrite: bool) -> str | None:
        """What is to be known of it then."""
        ...


@dataclass(frozen=True, slots=True)
class LocalStore:
    client: AppClient
    app: str
    environment: str

    def names(self) -> list[str]:
        return self.client.secrets.names(self.app, self.environment)

    def complaint(self, name: str, value: str) -> str | None:
        return None

    def put(self, name: str, value: str, *, overwrite: bool) -> None:
        """Replaces what is there: who may not has asked for names before."""
        self.client.secrets.put(self.app, self.environment, name, value)


def find_stores(
    app: str | None, wanted: Collection[str], given: Mapping[str, object]
) -> tuple[str, Mapping[str, Store]]:
    """The application, and stores of all environments that a secret can be kept for; of ``wanted``, if any are.
    ``given`` says as whom AWS is asked."""
    everything = aws.environments_on_aws(app, None)
    if everything is not None:
        app, known = everything
        return app, stores_on_aws(app, [env for env in known if env in wanted] or known, given)
    stores: dict[str, Store] = {}
    for env in sorted(wanted):
        if found := aws.environments_on_aws(app, env, given):
            app = found[0]
            stores.update(stores_on_aws(*found, given))
    if not stores:
        aws.note_local(given)
    if app is None or not wanted or not stores.keys() >= set(wanted):
        client = to_apps()
        app = choose_app(client, app)
        here = client.apps.show(app)["environments"]
        stores.update({env: LocalStore(client, app, env) for env in here if env not in stores})
    return app, stores


def stores_on_aws(app: str, environments: Sequence[str], given: Mapping[str, object]) -> dict[str, Store]:
    from stranglerfig.cli.aws.secrets import secrets_of

    return {env: secrets_of(app, env, given) for env in environments}
