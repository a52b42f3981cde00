"""``fig ledger``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.ledger"

ledger = LazyGroup(
    name="ledger",
    help="What each path's traffic did over the last 90 days, and who answered it. Without a command: `show`.",
    bare="show",
    bare_takes_names=True,
    sections={
        "Commands": {
            "show": Verb(f"{HERE}.show:show_ledger", "How much has moved, what still reaches legacy, what is idle"),
            "retire": Verb(f"{HERE}.retire:retire", "Switch a target off for good, with proof that nobody needs it"),
            "export": Verb(f"{HERE}.export:export", "All endpoints as CSV, JSON or OpenAPI"),
        }
    },
)
