"""``fig env``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.env"

env = LazyGroup(
    name="env",
    help="An environment runs services of its own, behind a load balancer of its own: on this machine, or on AWS.",
    sections={
        "Commands": {
            "init": Verb(f"{HERE}.init:init", "Write an environment's manifest"),
            "deploy": Verb(f"{HERE}.deploy:deploy", "Open its load balancer, so that services can come"),
            "package": Verb(f"{HERE}.package:package", "The template of one on AWS, and its parameters"),
            "override": Verb(f"{HERE}.override:override", "Write the file that patches their templates on AWS"),
            "cost": Verb(f"{HERE}.cost:cost", "What a month of one costs on AWS, by list prices"),
            "ls": Verb(f"{HERE}.ls:ls", "All environments of an application"),
            "show": Verb(f"{HERE}.show:show_environment", "One environment and what runs there"),
            "upgrade": Verb(f"{HERE}.upgrade:upgrade", "Nothing to do: for scripts of Copilot's"),
            "delete": Verb(f"{HERE}.delete:delete", "Take one away; refused while services run there"),
        }
    },
)
