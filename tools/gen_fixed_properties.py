"""What of AWS's types cannot be changed in place, written as aws.adopting.fixed_properties.

cfn-lint brings the schemas of the types that wanted templates and Copilot's have; types without such are left out.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tools.gen_resource_types import SOURCE, line, paths

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "stranglerfig" / "aws" / "adopting" / "fixed_properties.py"
REGION = "us-east-1"
TYPE = re.compile(r"Type: (AWS::[A-Za-z0-9]+::[A-Za-z0-9]+)\b")
HEADER = '''"""Properties that no update changes in place, by type. Pure.

Made by tools/gen_fixed_properties.py of the schemas of {source}.
"""

from __future__ import annotations

TABLE = """\\
{table}
"""
'''


def types() -> list[str]:
    templates = [*ROOT.glob("tests/aws/golden/*/template.yml"), *ROOT.glob("tests/aws/copilot/recorded/**/*.yml")]
    return sorted({found for path in templates for found in TYPE.findall(path.read_text(encoding="utf-8"))})


def block(name: str) -> list[str]:
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, name).schema
    found = [
        *line("create-only", sorted(paths(schema, "createOnlyProperties"))),
        *line("conditional", sorted(paths(schema, "conditionalCreateOnlyProperties"))),
    ]
    return [name, *found] if found else []


def render() -> str:
    lines = [text for name in types() for text in block(name)]
    return HEADER.format(source=SOURCE, table="\n".join(lines))


def main() -> int:
    TARGET.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
