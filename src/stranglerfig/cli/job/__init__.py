"""``fig job``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.job"

job = LazyGroup(
    name="job",
    help="Jobs: what runs on a schedule, to its end. Each has copilot/NAME/manifest.yml.",
    sections={
        "Develop": {
            "init": Verb(f"{HERE}.init:init", "Write a job's manifest"),
            "ls": Verb(f"{HERE}.ls:ls", "All jobs of an application"),
            "package": Verb(f"{HERE}.package:package", "Print what a deploy would ask for"),
            "override": Verb(f"{HERE}.override:override", "Write the file that patches its template on AWS"),
        },
        "Release": {
            "deploy": Verb(f"{HERE}.deploy:deploy", "Build a job and put it on its schedule"),
            "run": Verb(f"{HERE}.run:run", "Run a job now, schedule or not"),
            "delete": Verb(f"{HERE}.delete:delete", "Take a job off its schedule; its manifest stays"),
        },
        "Watch": {
            "show": Verb(f"{HERE}.show:show_job", "When it runs, what it is given, how its last runs ended"),
            "logs": Verb(f"{HERE}.logs:logs", "What its runs printed"),
        },
    },
)
