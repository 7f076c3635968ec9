"""The closed list of notices, its page and its schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema

from stackbridge.cli.common import notice_data
from stackbridge.hub.notices import MEANING, Code, Notice, Place, Severity, losses

ROOT = Path(__file__).parent.parent


def test_every_code_has_a_meaning_and_reads_as_words() -> None:
    assert set(MEANING) == set(Code)
    for code in Code:
        assert code.value == code.name.lower().replace("_", "-")


def test_the_page_is_generated_from_the_list() -> None:
    done = subprocess.run(
        [sys.executable, "tools/make_notices_page.py", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0, "run tools/make_notices_page.py"


def test_notices_as_json_fit_their_schema() -> None:
    schema = json.loads((ROOT / "schemas/notices.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    notices = [
        Notice(code=code, subject="zlib", what="w", why="y", where=Place(file="f", line=1))
        for code in Code
    ]
    jsonschema.validate(notice_data(notices), schema)
    assert schema["items"]["properties"]["code"]["enum"] == [code.value for code in Code]


def test_strict_counts_losses_and_approximations_only() -> None:
    notices = [Notice(code=code, subject="s", what="w", why="y") for code in Code]
    assert {n.severity for n in losses(notices)} == {Severity.LOST, Severity.APPROXIMATED}
