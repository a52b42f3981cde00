"""``fig shift``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.shift"

shift = LazyGroup(
    name="shift",
    help="Routes that move to their candidate step by step, as far as errors and latency allow. A ROUTE is its id, or "
    "its path if only one route has it.",
    sections={
        "Commands": {
            "start": Verb(f"{HERE}.start:start", "Begin to move a route"),
            "status": Verb(f"{HERE}.status:status", "Where a shift stands, and what was measured"),
            "ls": Verb(f"{HERE}.ls:ls", "All shifts that are running, or that there were"),
            "history": Verb(f"{HERE}.history:history", "What was decided on a route, when and why"),
        },
        "Steer": {
            "pause": Verb(f"{HERE}.pause:pause", "Take no further step for now; the watch goes on"),
            "resume": Verb(f"{HERE}.resume:resume", "Go on; the step begins anew"),
            "promote": Verb(f"{HERE}.promote:promote", "Take the next step without waiting for evidence"),
            "abort": Verb(f"{HERE}.abort:abort", "Give it up: all traffic back to legacy"),
        },
    },
)
