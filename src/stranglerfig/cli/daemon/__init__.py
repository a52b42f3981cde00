"""``fig daemon``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.daemon"

daemon = LazyGroup(
    name="daemon",
    help="The background process that decides and watches. Traffic does not run through it and goes on without it; the "
    "other commands start it when it is not there.",
    sections={
        "Commands": {
            "run": Verb(f"{HERE}.run:run", "Run it in the foreground, as for systemd"),
            "status": Verb(f"{HERE}.status:status", "Whether it runs"),
            "stop": Verb(f"{HERE}.stop:stop", "End it; traffic goes on"),
        }
    },
)
