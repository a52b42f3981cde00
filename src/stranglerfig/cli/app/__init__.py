"""``fig app``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.app"

app = LazyGroup(
    name="app",
    help="An application is a folder with services, jobs and the environments that they run in, all under copilot/.",
    sections={
        "Commands": {
            "init": Verb(f"{HERE}.init:init", "Make this folder the workspace of an application"),
            "ls": Verb(f"{HERE}.ls:ls", "All applications that fig knows here"),
            "show": Verb(f"{HERE}.show:show_app", "Environments, services, jobs and pipelines of one"),
            "adopt": Verb(f"{HERE}.adopt:adopt", "Take over what Copilot has deployed of one on AWS"),
            "upgrade": Verb(f"{HERE}.upgrade:upgrade", "Nothing to do: for scripts of Copilot's"),
            "delete": Verb(f"{HERE}.delete:delete", "Stop all of one and forget it; manifests stay"),
        }
    },
)
