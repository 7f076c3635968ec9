"""The check report as SARIF 2.1.0, for code scanning: one result for each reason against a
site, at the place in the stack's file where its subject stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from stackbridge.reports.terminal import printable
from stackbridge.resolver.rules import REASONS

__all__ = ["render_check"]

View = Mapping[str, Any]

LEVELS = {
    "blocked": "error",
    "changes-needed": "error",
    "unknown": "warning",
    "warning": "warning",
    "buildable": "note",
}
"""Notes of ours are left out: they are what is well."""


def _uri(source: str | None) -> str:
    path = PurePath(source or "stdin")
    return quote(path.as_posix())


def _result(view: View, result: View, reason: View, ids: list[str]) -> dict[str, Any]:
    where = f"{result['site']}/{result['partition']}"
    text = f"{where}: {reason['subject']}: {reason['message']}"
    if reason["change"]:
        text += f". Change: {reason['change']}"
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(view["source"])}}
    if reason["line"]:
        location["region"] = {"startLine": reason["line"]}
    return {
        "ruleId": reason["rule"],
        "ruleIndex": ids.index(reason["rule"]),
        "level": LEVELS[reason["level"]],
        "message": {"text": printable(text)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"subject/v1": f"{where}:{reason['rule']}:{reason['subject']}"},
        "properties": {
            "site": result["site"],
            "partition": result["partition"],
            "verdict": result["verdict"],
            "evidence": reason["evidence"],
            "source": reason["source"],
        },
    }


def render_check(view: View, version: str) -> str:
    """The report as SARIF; `version` is that of the program."""
    ids = list(REASONS)
    results = [
        _result(view, result, reason, ids)
        for result in view["sites"]
        for reason in result["reasons"]
        if reason["level"] in LEVELS
    ]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "stackbridge",
                        "semanticVersion": version,
                        "rules": [
                            {"id": name, "shortDescription": {"text": says}}
                            for name, says in REASONS.items()
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"
