"""Write docs/notices.md and schemas/notices.schema.json from the list in the hub.

`--check` writes nothing and exits 1 when one of them is not current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stackbridge.hub.notices import MEANING, Code, Severity  # noqa: E402
from stackbridge.reports.advice import advice  # noqa: E402

PAGE = ROOT / "docs" / "notices.md"
SCHEMA = ROOT / "schemas" / "notices.schema.json"


def page() -> str:
    """The page: a table per severity."""
    lines = [
        "# Notices",
        "",
        "Whatever a conversion can't carry over is returned as a notice. The list is closed;",
        "`--notices FILE` writes notices as JSON (`schemas/notices.schema.json`), `--strict`",
        "turns `lost` and `approximated` into exit code 3. This page is made by",
        "`tools/make_notices_page.py`.",
    ]
    for severity in reversed(Severity):
        lines += [
            "",
            f"## {severity.value}",
            "",
            "| code | meaning | what to do |",
            "|---|---|---|",
        ]
        for code in Code:
            if MEANING[code][0] is severity:
                lines.append(f"| `{code.value}` | {MEANING[code][1]} | {advice(code)} |")
    return "\n".join(lines) + "\n"


def schema() -> str:
    """JSON Schema of a list of notices."""
    text = {"type": "string"}
    maybe = {"type": ["string", "null"]}
    data = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "StackBridge notices",
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "severity", "where", "subject", "what", "why", "instead"],
            "properties": {
                "code": {"enum": [code.value for code in Code]},
                "severity": {"enum": [severity.value for severity in Severity]},
                "where": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "file": maybe,
                        "line": {"type": ["integer", "null"], "minimum": 1},
                        "path": maybe,
                    },
                },
                "subject": {**text, "description": "the package or setting"},
                "what": {**text, "description": "what happened to it"},
                "why": text,
                "instead": {**text, "description": "what the output holds now; may be empty"},
            },
        },
    }
    return json.dumps(data, indent=2) + "\n"


def main() -> int:
    """Write both, or check both."""
    wanted = {PAGE: page(), SCHEMA: schema()}
    if "--check" in sys.argv[1:]:
        return int(any(not p.is_file() or p.read_text() != text for p, text in wanted.items()))
    for path, text in wanted.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
