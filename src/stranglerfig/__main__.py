"""``fig``, and ``python -m stranglerfig``."""

from typing import NoReturn

from stranglerfig.interrupting import hear_with, leave


def main() -> NoReturn:
    """Ctrl-C is heard before anything is loaded."""
    hear_with(leave)
    from stranglerfig.cli.main import main as run_command

    run_command()


if __name__ == "__main__":
    main()
