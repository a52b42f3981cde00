"""``fig pipeline``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.pipeline"

pipeline = LazyGroup(
    name="pipeline",
    help="Pipelines deploy to one environment after the other. Each has copilot/pipelines/NAME/manifest.yml.",
    sections={
        "Commands": {
            "ls": Verb(f"{HERE}.ls:ls", "All pipelines of this workspace"),
            "show": Verb(f"{HERE}.show:show_pipeline", "A pipeline's stages, and what each of them does"),
            "run": Verb(f"{HERE}.run:run", "Run its stages here, one after the other"),
        }
    },
)
