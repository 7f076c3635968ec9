"""Write the tables of docs/manifest.md from schemas/manifest.schema.json; `--check` compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "manifest.md"
SCHEMA = ROOT / "schemas" / "manifest.schema.json"
BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"

SECTIONS = (
    ("The stack", None),
    ("A package, in the long form", "package"),
    ("A feature that needs more than its value", "feature"),
    ("A flag that needs more than its text", "flag"),
    ("A dependency that needs more than its text", "dependency"),
    ("A toolchain in parts", "toolchain"),
    ("A matrix", "matrix"),
    ("A use of a definition", "use"),
    ("A definition in a list of them", "definition"),
    ("A group", "groups"),
    ("A rule", "rules"),
    ("The container", "container"),
)


def shape(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping that a part of the schema describes, below lists and alternatives."""
    if "properties" in part:
        return part
    if "items" in part:
        return shape(part["items"])
    forms = [form for form in part["oneOf"] if "properties" in form]
    return max(forms, key=lambda form: len(form["properties"]))


def rows(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[str]:
    """One row for each key."""
    found = shape(part)
    for key, value in found["properties"].items():
        named = schema["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
        text = value.get("description") or named["description"]
        must = " (required)" if key in found.get("required", ()) else ""
        yield f"| `{key}`{must} | {text} |".replace("||", r"\|\|")


def tables() -> str:
    """All tables."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    lines: list[str] = []
    for title, name in SECTIONS:
        part = schema if name is None else schema["$defs"][name]
        lines += ["", f"### {title}", "", "| key | meaning |", "|---|---|", *rows(schema, part)]
    return "\n".join([*lines, "", ""])


def main() -> int:
    """Write the page, or say whether it is up to date."""
    old = PAGE.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    new = head + BEGIN + tables() + END + rest.partition(END)[2]
    if "--check" in sys.argv[1:]:
        return 0 if new == old else 1
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
