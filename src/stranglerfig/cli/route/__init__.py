"""``fig route``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.route"

route = LazyGroup(
    name="route",
    help="Paths of a proxy that a target answers, whole or by weight. A ROUTE is its id, or its path if only one route "
    "has it.",
    sections={
        "Commands": {
            "add": Verb(f"{HERE}.add:add", "Peel a path off to a target"),
            "ls": Verb(f"{HERE}.ls:ls", "All routes of a proxy"),
            "show": Verb(f"{HERE}.show:show_route", "One route in full"),
            "set": Verb(f"{HERE}.set:set_route", "Change weight, state, methods or stickiness at once"),
            "delete": Verb(f"{HERE}.delete:delete", "Take a route away"),
            "explain": Verb(f"{HERE}.explain:explain", "Who would answer this request, and why"),
            "try": Verb(f"{HERE}.trial:try_routes", "Which requests that were seen would change side"),
            "lint": Verb(f"{HERE}.lint:lint", "Find routes that never match, overlap or leave gaps"),
        }
    },
)
