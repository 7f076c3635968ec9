"""The payload: valid by its schema, and what it sums up."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema

from stackbridge.reports.view import check_view
from stackbridge.resolver.model import Report, Verdict
from stackbridge.resolver.rules import REASONS

SCHEMA = json.loads((files("stackbridge") / "schemas" / "check.schema.json").read_text("utf-8"))


def test_the_payload_is_valid(view: dict[str, Any], hostile_view: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for payload in (view, hostile_view):
        jsonschema.validate(json.loads(json.dumps(payload)), SCHEMA)


def test_the_schema_names_every_rule() -> None:
    row = SCHEMA["properties"]["sites"]["items"]["properties"]["reasons"]["items"]
    assert row["properties"]["rule"]["enum"] == list(REASONS)


def test_what_it_sums_up(view: dict[str, Any]) -> None:
    assert [row["verdict"] for row in view["summary"]] == [
        "ready",
        "buildable",
        "changes-needed",
        "unknown",
        "blocked",
    ]
    assert view["ok"] is False
    assert view["sites"][2]["reasons"][0]["line"] == 7


def test_the_best_partition_speaks_for_a_site(report: Report) -> None:
    good, _, bad = report.results[:3]
    bad = replace(bad, site="alpha", partition="gpu")
    payload = check_view(replace(report, results=(bad, good)))
    assert payload["summary"][0]["partition"] == "cpu"
    assert payload["ok"] is True
    assert not replace(report, results=(bad,)).ok
    assert good.verdict is Verdict.READY
