"""``fig completion``."""

from __future__ import annotations

import sys

import click

from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, show

INSTALL = {
    "bash": "echo 'eval \"$(fig completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(fig completion zsh)\"' >> ~/.zshrc",
    "fish": "fig completion fish > ~/.config/fish/completions/fig.fish",
}


@verb(
    "completion",
    examples="""
    eval "$(fig completion bash)"
    eval "$(fig completion zsh)"
    fig completion fish > ~/.config/fish/completions/fig.fish
    """,
)
@click.argument("shell", type=click.Choice(list(INSTALL)))
def completion(shell: str) -> None:
    """Print the completion code of a shell. Names of proxies, routes and targets are offered while the daemon runs."""
    from click.shell_completion import get_completion_class

    from stranglerfig.cli.main import root

    kind = get_completion_class(shell)
    assert kind is not None, shell
    show(kind(root, {}, "fig", "_FIG_COMPLETE").source())
    if sys.stdout.isatty():
        # read by a shell at its start, it must not say this every time
        recommend(INSTALL[shell])
