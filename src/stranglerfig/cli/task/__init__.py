"""``fig task``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.task"

task = LazyGroup(
    name="task",
    help="A one-off task runs to its end: a migration, a script, a question to the database. "
    "With --as it runs as a service would, with that service's variables, secrets, image and network.",
    sections={
        "Commands": {
            "run": Verb(f"{HERE}.run:run", "Run a command once, as a service or by itself"),
            "ls": Verb(f"{HERE}.ls:ls", "All one-off tasks of an application, and how they ended"),
            "logs": Verb(f"{HERE}.logs:logs", "What a one-off task prints, and how it ended"),
            "exec": Verb(f"{HERE}.exec:exec_", "Run a command inside a task that is running"),
            "delete": Verb(f"{HERE}.delete:delete", "Stop a one-off task and forget it, its output too"),
        }
    },
)
