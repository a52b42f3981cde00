"""Flags and arguments that commands of ``fig api`` share."""

from __future__ import annotations

import click

from stranglerfig.cli.names import complete_key

key = click.option(
    "--key",
    metavar="NAME",
    default="default",
    show_default=True,
    shell_complete=complete_key,
    help="The access key; the default one is made when it is not there.",
)
key_names = click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=complete_key)
