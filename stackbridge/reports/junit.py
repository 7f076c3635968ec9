"""The check report as JUnit XML: a test suite for each partition, a test case for each package
and for each rule that says something against it.

What is blocked or needs changes is a failure, what is unknown is an error, and a warning or
note is the case's output, so that a CI system shows the report as it shows tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from stackbridge.reports.terminal import printable

__all__ = ["render_check"]

View = Mapping[str, Any]


def _attribute(value: object) -> str:
    return quoteattr(printable(str(value)))


def _body(reason: View) -> str:
    lines = [
        f"{name}: {reason[name]}"
        for name in ("message", "evidence", "source", "change")
        if reason[name]
    ]
    return escape("\n".join(printable(line) for line in lines))


def _case(suite: str, name: str, reasons: list[View]) -> tuple[str, bool, bool]:
    """The element, whether it failed, whether it is in error."""
    failures = [r for r in reasons if r["level"] in ("blocked", "changes-needed")]
    errors = [] if failures else [r for r in reasons if r["level"] == "unknown"]
    others = [r for r in reasons if r["level"] in ("warning", "note", "buildable")]
    inner = "".join(
        f"<failure message={_attribute(r['message'])} type={_attribute(r['rule'])}>"
        f"{_body(r)}</failure>"
        for r in failures[:1]
    )
    inner += "".join(
        f"<error message={_attribute(r['message'])} type={_attribute(r['rule'])}>{_body(r)}</error>"
        for r in errors[:1]
    )
    if others:
        inner += f"<system-out>{chr(10).join(_body(reason) for reason in others)}</system-out>"
    text = f"<testcase classname={_attribute(suite)} name={_attribute(name)}>{inner}</testcase>"
    return text, bool(failures), bool(errors)


def _suite(result: View) -> tuple[str, int, int, int]:
    name = f"{result['site']}/{result['partition']}"
    subjects: dict[str, list[View]] = {package["wanted"]: [] for package in result["packages"]}
    for reason in result["reasons"]:
        subjects.setdefault(reason["subject"], []).append(reason)
    cases = [_case(name, subject, reasons) for subject, reasons in subjects.items()]
    failures, errors = sum(case[1] for case in cases), sum(case[2] for case in cases)
    text = (
        f"<testsuite name={_attribute(name)} tests={_attribute(len(cases))} "
        f"failures={_attribute(failures)} errors={_attribute(errors)}>"
        f'<properties><property name="verdict" value={_attribute(result["verdict"])}/>'
        f"</properties>{''.join(case[0] for case in cases)}</testsuite>"
    )
    return text, len(cases), failures, errors


def render_check(view: View) -> str:
    """The report as JUnit XML."""
    suites = [_suite(result) for result in view["sites"]]
    tests = sum(suite[1] for suite in suites)
    failures = sum(suite[2] for suite in suites)
    errors = sum(suite[3] for suite in suites)
    body = "\n".join(suite[0] for suite in suites)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites name={_attribute(view['stack'])} tests={_attribute(tests)} "
        f"failures={_attribute(failures)} errors={_attribute(errors)}>\n{body}\n</testsuites>\n"
    )
