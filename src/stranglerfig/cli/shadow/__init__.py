"""``fig shadow``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.shadow"

shadow = LazyGroup(
    name="shadow",
    help="Copies of requests that the candidate answers out of the users' sight, its answers compared with legacy's.",
    sections={
        "Live": {
            "start": Verb(f"{HERE}.start:start", "Copy a route's requests to its candidate, and compare"),
            "stop": Verb(f"{HERE}.stop:stop", "Make no more copies; the report stays"),
            "ls": Verb(f"{HERE}.ls:ls", "All shadows"),
            "report": Verb(f"{HERE}.report:report", "What differs, by endpoint and field"),
            "show": Verb(f"{HERE}.show:show_difference", "One difference with examples"),
        },
        "Recorded": {
            "record": Verb(f"{HERE}.record:record", "Write requests as they pass into a HAR file"),
            "replay": Verb(f"{HERE}.replay:replay", "Send recorded requests to a candidate, and compare its answers"),
        },
    },
)
