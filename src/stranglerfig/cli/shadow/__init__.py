"""``fig shadow``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.shadow"

shadow = LazyGroup(
    name="shadow",
    help="Copies of requests that the candidate answers out of the users' sight, its answers compared with legacy's.",
    sections={
        "Recorded": {
            "replay": Verb(f"{HERE}.replay:replay", "Send recorded requests to a candidate, and compare its answers"),
        },
    },
)
