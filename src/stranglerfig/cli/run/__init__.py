"""``fig run``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

run = LazyGroup(
    name="run",
    help="Run services while you work on them.",
    sections={
        "Commands": {
            "local": Verb("stranglerfig.cli.run.local:local", "Services in the foreground, with what they print"),
        }
    },
)
