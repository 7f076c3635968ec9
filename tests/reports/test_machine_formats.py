"""JUnit and SARIF: parsed by others' parsers, complete, and escaped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import junitparser

from stackbridge.reports.junit import render_check as junit
from stackbridge.reports.sarif import render_check as sarif
from stackbridge.resolver.rules import REASONS


def test_junit_is_read_by_junitparser(view: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(junit(view), encoding="utf-8")
    suites = junitparser.JUnitXml.fromfile(str(path))
    assert [suite.name for suite in suites][:2] == ["alpha/cpu", "beta/cpu"]
    assert (suites.failures, suites.errors) == (2, 1)
    assert suites.tests == sum(len(list(suite)) for suite in suites)
    results = {
        (suite.name, case.name): [type(r).__name__ for r in case.result]
        for suite in suites
        for case in suite
    }
    assert results["gamma/cpu", "openmpi"] == ["Failure"]
    assert results["delta/cpu", "hdf5"] == ["Error"]
    assert results["alpha/cpu", "hdf5"] == []
    assert results["alpha/cpu", "gromacs@2024.4"] == []


def test_hostile_names_are_escaped_in_xml(hostile_view: dict[str, Any]) -> None:
    root = ET.fromstring(junit(hostile_view))
    assert "<script>alert(1)</script>" in (root.get("name") or "")
    assert {element.tag for element in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure",
    }  # fmt: skip


def test_sarif_has_the_shape_of_2_1_0(view: dict[str, Any], hostile_view: dict[str, Any]) -> None:
    for payload in (view, hostile_view):
        log = json.loads(sarif(payload, "1.2.3"))
        assert log["version"] == "2.1.0"
        assert log["$schema"].endswith("sarif-2.1.0.json")
        (run,) = log["runs"]
        driver = run["tool"]["driver"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
        ids = [rule["id"] for rule in driver["rules"]]
        assert ids == list(REASONS)
        for result in run["results"]:
            assert result["level"] in ("error", "warning", "note")
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["message"]["text"]
            (location,) = result["locations"]
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", uri)


def test_sarif_results_stand_at_their_lines(view: dict[str, Any]) -> None:
    (run,) = json.loads(sarif(view, "0.1.0"))["runs"]
    by_rule = {result["ruleId"]: result for result in run["results"]}
    location = by_rule["mpi-abi"]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "stack.yaml"
    assert location["region"] == {"startLine": 7}
    assert by_rule["mpi-abi"]["level"] == "error"
    assert by_rule["delivery"]["level"] == "warning"
    assert "package-installed" not in by_rule
    prints = [result["partialFingerprints"]["subject/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints))
