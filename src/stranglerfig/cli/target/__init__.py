"""``fig target``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.target"

target = LazyGroup(
    name="target",
    help="What answers requests: tasks of a command that fig runs and watches, or URLs of something that runs already.",
    sections={
        "Commands": {
            "run": Verb(f"{HERE}.run:run", "Run a command as N tasks, or replace it without a gap"),
            "add": Verb(f"{HERE}.add:add", "Name one or more URLs that answer alike"),
            "ls": Verb(f"{HERE}.ls:ls", "All targets"),
            "show": Verb(f"{HERE}.show:show_target", "One target, its tasks and their health"),
            "scale": Verb(f"{HERE}.scale:scale", "Change the number of tasks"),
            "rollback": Verb(f"{HERE}.rollback:rollback", "Go back to an earlier revision"),
            "delete": Verb(f"{HERE}.delete:delete", "Stop a target's tasks and forget it"),
        }
    },
)
