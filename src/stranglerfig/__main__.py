"""``python -m stranglerfig`` is ``fig``."""

from stranglerfig.cli.main import main

if __name__ == "__main__":
    main()
