"""`docs/check.md` agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

from stackbridge.resolver.model import Level, Verdict
from stackbridge.resolver.rules import REASONS
from stackbridge.sites.document import read_site

PAGE = (Path(__file__).parent.parent.parent / "docs" / "check.md").read_text(encoding="utf-8")


def test_every_rule_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert {name: says for name, says, _ in rows} == REASONS
    levels = {level.value for level in Level}
    for _, _, said in rows:
        assert any(level in said for level in levels)


def test_every_verdict_is_explained() -> None:
    for verdict in Verdict:
        assert f"| `{verdict.value}` |" in PAGE


def test_the_example_profile_is_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    site = read_site(block, "example.yaml")
    assert len(site.installed[0].modules) == 2
