"""The check report as plain data: the JSON payload, and what every other renderer shows.

The shape is `schemas/check.schema.json`.
"""

from __future__ import annotations

from typing import Any

from stackbridge.resolver.model import Answer, Reason, Report, Result

__all__ = ["check_view"]


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "subject": reason.subject,
        "rule": reason.rule,
        "level": reason.level.value,
        "message": reason.message,
        "evidence": reason.evidence,
        "source": reason.source,
        "change": reason.change,
        "line": reason.place.line,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "name": answer.name,
        "wanted": answer.wanted,
        "version": answer.version,
        "how": answer.how.value,
        "where": answer.where,
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "site": result.site,
        "name": result.site_name,
        "partition": result.partition,
        "verdict": result.verdict.value,
        "reasons": [_reason(reason) for reason in result.reasons],
        "packages": [_answer(answer) for answer in result.answers],
        "unknown": list(result.unknown),
    }


def check_view(report: Report) -> dict[str, Any]:
    """The report as JSON values.

    `summary` gives for each site its best partition; `ok` is whether every site can run the
    stack, which the exit code says too.
    """
    return {
        "stackbridge_check": 1,
        "stack": report.stack,
        "source": report.source,
        "format": report.format,
        "ok": report.ok,
        "summary": [
            {
                "site": site,
                "name": results[0].site_name,
                "partition": results[0].partition,
                "verdict": results[0].verdict.value,
            }
            for site, results in report.by_site().items()
        ],
        "sites": [_result(result) for result in report.results],
    }
