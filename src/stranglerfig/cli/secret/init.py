"""``fig secret init``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import click

from stranglerfig.cli import workspace_flags
from stranglerfig.cli.asking.questions import Question, ask_text
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say
from stranglerfig.cli.secret.stores import Store, find_stores
from stranglerfig.cli.secret.values import Given, ask_values, flag_values, read_values
from stranglerfig.errors import Conflict, FigError, NotFound, UsageError

NAME = Question("Secret name", "What is the secret called?", "--name", "Tasks get it under a variable of your choice.")
#: What Parameter Store takes, so that the same manifest deploys to AWS.
PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
UNKEPT = "What is larger belongs in a file or a secret of Secrets Manager; what is empty, out of `secrets`."


@verb(
    "init",
    examples="""
    fig secret init --name db_password
    fig secret init --name db_password --values test=hunter2 --overwrite
    fig secret init --cli-input-yaml secrets.yml
    fig secret init --name db_password --profile prod
    """,
)
@workspace_flags.app
@click.option("-n", "--name", metavar="NAME", help="What the secret is called.")
@click.option(
    "--values",
    "texts",
    multiple=True,
    metavar="ENV=VALUE,...",
    help="Its value by environment; in sight of others, and of the shell's history.",
)
@click.option(
    "--cli-input-yaml", "source", metavar="FILE", help="Many secrets: values by environment, by name; - is stdin."
)
@click.option("--overwrite", is_flag=True, help="Replace values that are there already.")
@aws.access
def init(
    app: str | None, name: str | None, texts: tuple[str, ...], source: str | None, overwrite: bool, **access: object
) -> None:
    """Keep a secret for one or more environments.

    Without --values it is asked for, unseen, once for each environment: on AWS if all of the workspace are there, else
    on this machine. On AWS it is an encrypted parameter (SecureString) of the environment's account. Tasks get it when
    they next start. Other users of this machine can read --values in the list of processes, and shells keep it: what is
    asked for, or comes by --cli-input-yaml, they cannot.
    """
    if source and (name or texts):
        raise UsageError("--cli-input-yaml already says names and values", hint="Leave --name and --values out.")
    given = read_values(source) if source else {chosen_name(name): flag_values(texts)}
    app, stores = find_stores(app, {environment for values in given.values() for environment in values}, access)
    if not stores:
        raise NotFound(f"no environment of {app} runs here", hint="Run `fig env init` and `fig env deploy` first.")
    given = {name: values or ask_values(name, list(stores)) for name, values in given.items()}
    keep(app, stores, given, overwrite=overwrite)


def chosen_name(name: str | None) -> str:
    name = name or ask_text(NAME, check=complain)
    refuse_odd(name)
    return name


def keep(app: str, stores: Mapping[str, Store], given: Given, *, overwrite: bool) -> None:
    """All of them, or none: what would be refused is found before anything is written."""
    for name, values in given.items():
        refuse_odd(name)
        for environment in values:
            if environment not in stores:
                raise NotFound(
                    f"no environment {environment} of {app} keeps secrets (known: {', '.join(stores) or 'none'})",
                    hint="`fig env ls` names those of this machine, `fig env ls --target aws` those on AWS.",
                )
    refuse_unkept(app, stores, given)
    # Also of those that are replaced: it shows that all stores answer.
    there = {environment: stores[environment].names() for values in given.values() for environment in values}
    if not overwrite:
        refuse_known(app, there, given)
    put_all(app, stores, given, overwrite=overwrite)
    snippet = "\n".join(f"    {variable(name)}: {reference(name)}" for name in given)
    follow_up(f"Tasks get it under the variable that their manifest names:\nsecrets:\n{snippet}")


def put_all(app: str, stores: Mapping[str, Store], given: Given, *, overwrite: bool) -> None:
    wanted = [(name, env, value) for name, values in given.items() for env, value in values.items()]
    for at, (name, env, value) in enumerate(wanted):
        try:
            note = stores[env].put(stored_name(app, env, name), value, overwrite=overwrite)
        except FigError as error:
            if not at:
                raise
            kept, lacking = (
                ", ".join(f"{one} in {place}" for one, place, _ in part) for part in (wanted[:at], wanted[at:])
            )
            raise type(error)(
                f"{error.message}; kept are {kept}, and not {lacking}",
                hint=f"{error.hint or 'Mend that.'} Then the same command with `--overwrite` keeps the rest.",
            ) from error
        done(f"Secret {strong(name)} is kept for environment {strong(env)}.")
        if note:
            say(f"  {note}")


def refuse_unkept(app: str, stores: Mapping[str, Store], given: Given) -> None:
    complaints = []
    for name, values in given.items():
        for env, value in values.items():
            # Tasks get it as a variable.
            nul = "it has a character NUL, which no variable can have" if "\0" in value else None
            if complaint := nul or stores[env].complaint(stored_name(app, env, name), value):
                complaints.append(f"{name} in {env} cannot be kept: {complaint}")
    if complaints:
        raise UsageError("\n".join([*complaints, "nothing was changed"]), hint=UNKEPT)


def refuse_known(app: str, there: Mapping[str, Sequence[str]], given: Given) -> None:
    clashes = [
        f"{name} in {environment}"
        for name, values in given.items()
        for environment in values
        if stored_name(app, environment, name) in there[environment]
    ]
    if clashes:
        raise Conflict(
            f"there already: {', '.join(clashes)}; nothing was changed", hint="Add --overwrite to replace the values."
        )


def stored_name(app: str, environment: str, name: str) -> str:
    """As Copilot names the parameter on AWS, so that one manifest fits both."""
    return f"/copilot/{app}/{environment}/secrets/{name}"


def short_name(app: str, environment: str, stored: str) -> str:
    """The other way round. A name that was not given here stays as it is."""
    return stored.removeprefix(stored_name(app, environment, ""))


def reference(name: str) -> str:
    return stored_name("${COPILOT_APPLICATION_NAME}", "${COPILOT_ENVIRONMENT_NAME}", name)


def variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9_]", "_", name.upper())


def complain(name: str) -> str | None:
    return None if PLAIN.fullmatch(name) else "Only letters, digits, dots, dashes and underscores."


def refuse_odd(name: str) -> None:
    if complain(name):
        raise UsageError(
            f"{name!r} cannot name a secret: only letters, digits, dots, dashes and underscores",
            hint="Choose another name, like `db_password`.",
        )
