"""``fig manifest``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.manifest"

manifest = LazyGroup(
    name="manifest",
    help="What stands in copilot/: is it right, what does an environment make of it, what may stand there.",
    sections={
        "Commands": {
            "check": Verb(f"{HERE}.check:check", "Find everything that is wrong in manifests, with its lines"),
            "show": Verb(f"{HERE}.show:show_manifest", "A manifest as an environment has it, overrides applied"),
            "schema": Verb(f"{HERE}.schema:schema", "A kind's fields as JSON Schema, for editors"),
        }
    },
)
