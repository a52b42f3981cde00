"""``fig svc``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.svc"

svc = LazyGroup(
    name="svc",
    help="Services: what runs all the time and answers requests or takes messages. Each has copilot/NAME/manifest.yml.",
    sections={
        "Develop": {
            "init": Verb(f"{HERE}.init:init", "Write a service's manifest, from its Dockerfile"),
            "ls": Verb(f"{HERE}.ls:ls", "All services of an application"),
            "package": Verb(f"{HERE}.package:package", "Print what a deploy would ask for"),
            "override": Verb(f"{HERE}.override:override", "Write the file that patches its template on AWS"),
        },
        "Release": {
            "deploy": Verb(f"{HERE}.deploy:deploy", "Build, start, check and switch over, without a gap"),
            "pause": Verb(f"{HERE}.pause:pause", "Stop a service's tasks and keep the rest"),
            "resume": Verb(f"{HERE}.resume:resume", "Start a paused service's tasks again"),
            "delete": Verb(f"{HERE}.delete:delete", "Stop a service; its manifest stays"),
        },
        "Watch": {
            "show": Verb(f"{HERE}.show:show_service", "Where it is, what it is given, what has no effect here"),
            "status": Verb(f"{HERE}.status:status", "Tasks and their health"),
            "logs": Verb(f"{HERE}.logs:logs", "What its tasks print"),
            "exec": Verb(f"{HERE}.exec:exec_command", "Run a command where a task runs"),
        },
    },
)
