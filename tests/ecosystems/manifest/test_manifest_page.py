"""docs/manifest.md says what is so; reader and schema know the same keys."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stackbridge.hub import _document_nodes as nodes
from stackbridge.hub.document import read
from stackbridge.hub.expand import expand
from stackbridge.hub.shortform import format_package, parse, parse_versions

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "schemas" / "manifest.schema.json").read_text(encoding="utf-8")
)


def test_tables_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "tools/make_manifest_page.py", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0, "run tools/make_manifest_page.py"


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_examples_can_be_read(text: str) -> None:
    head = "" if "stackbridge:" in text else "stackbridge: 1\nname: example\n"
    assert expand(read(head + text))


def test_the_line_comes_back() -> None:
    line = re.findall(r"```\n(gromacs.*)\n```", PAGE)[0]
    package = parse(line)
    assert parse(format_package(package) or "") == package


def test_version_table() -> None:
    rows = re.findall(r"^\| (?:`|<code>)(.+?)(?:`|</code>) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    checked = 0
    for text, inside, outside in rows:
        if not re.match(r"[\d=<>!]", text):
            continue
        found = parse_versions(text.replace("\\|", "|"))
        for version in re.findall(r"[\d.]+[\w.-]*", inside):
            assert version in found, (text, version)
        for version in re.findall(r"[\d.]+[\w.-]*", outside):
            assert version not in found, (text, version)
        checked += 1
    assert checked == 7


def properties(part: dict[str, Any]) -> set[str]:
    """All keys that a part of the schema allows, in whichever form."""
    if "items" in part:
        return properties(part["items"])
    forms = part.get("oneOf", []) if "properties" not in part else [part]
    return {key for form in forms for key in form.get("properties", {})}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (None, nodes.STACK_KEYS),
        ("package", nodes.PACKAGE_KEYS),
        ("matrix", nodes.MATRIX_KEYS),
        ("use", nodes.USE_KEYS),
        ("feature", nodes.FEATURE_KEYS),
        ("flag", nodes.FLAG_KEYS),
        ("toolchain", nodes.TOOLCHAIN_KEYS),
        ("dependency", nodes.DEPENDENCY_KEYS),
        ("definition", nodes.DEFINITION_KEYS),
        ("groups", nodes.GROUP_KEYS),
        ("rules", nodes.RULE_KEYS),
        ("container", nodes.CONTAINER_KEYS),
    ],
)
def test_schema_and_reader_know_the_same_keys(name: str | None, keys: tuple[str, ...]) -> None:
    assert properties(SCHEMA if name is None else SCHEMA["$defs"][name]) == set(keys)


def described(part: Any, path: str = "") -> list[str]:
    """Paths of properties without a title or description of their own or by reference."""
    missing: list[str] = []
    if isinstance(part, dict):
        for key, value in part.get("properties", {}).items():
            target = SCHEMA["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
            if not ({**target, **value}.keys() >= {"title", "description"}):
                missing.append(f"{path}.{key}")
        for key, value in part.items():
            missing += described(value, f"{path}.{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            missing += described(value, f"{path}[{index}]")
    return missing


def test_every_key_is_titled_and_described() -> None:
    assert described(SCHEMA) == []
