"""What became of a stack in a translation, as plain data: the JSON report itself.

Shape: `schemas/translation.schema.json`. Where a writer counts its deliveries they are taken
as they are; otherwise each package is judged by the notices about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Notice, Severity
from stackbridge.hub.shortform import format_package

if TYPE_CHECKING:
    from stackbridge.hub.stack import Stack

__all__ = ["HOW", "translation_view"]

HOW = ("exact", "bundle", "generated", "approximated", "lost")


def translation_view(
    *,
    source: str,
    source_format: str,
    target_format: str,
    main: str,
    stack: Stack | None,
    delivered: Sequence[Any],
    notices: Sequence[Notice],
    evidence: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The report. `delivered` are rows as writers give them; `evidence` maps a package's name
    to how its identity is known.
    """
    rows = [_delivered(row) for row in delivered] or _judged(stack, notices)
    for row in rows:
        row["identity"] = (evidence or {}).get(row["package"], "")
        row["notices"] = [index for index, notice in enumerate(notices) if _is_about(notice, row)]
    counts = Counter(row["how"] for row in rows)
    return {
        "source": {"name": source, "format": source_format},
        "target": {"name": main, "format": target_format},
        "summary": {"asked": len(rows), **{how: counts.get(how, 0) for how in HOW}},
        "packages": rows,
        "notices": [
            {
                "code": notice.code.value,
                "severity": notice.severity.value,
                "line": notice.where.line,
                "subject": notice.subject,
                "what": notice.what,
                "why": notice.why,
                "instead": notice.instead,
            }
            for notice in notices
        ],
    }


def _delivered(row: Any) -> dict[str, Any]:
    """A writer's own row."""
    return {
        "asked": row.subject,
        "package": _name(row.subject),
        "how": row.how,
        "kinds": list(row.kinds),
        "name": row.name,
        "version": row.version,
        "file": row.evidence,
        "line": row.place.line if row.place is not None else None,
    }


def _judged(stack: Stack | None, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """A row for each package of the stack, judged by what is said of it."""
    rows = []
    for found in expand(stack) if stack is not None else ():
        package = found.package
        row: dict[str, Any] = {
            "asked": format_package(package) or package.name or "",
            "package": package.name or "",
            "how": "exact",
            "kinds": [],
            "name": package.name or "",
            "version": str(package.versions.exact or ""),
            "file": "",
            "line": package.place.line,
        }
        for notice in notices:
            if _is_about(notice, row) and notice.severity in (Severity.LOST, Severity.APPROXIMATED):
                row["kinds"].append(notice.code.value)
                gone = notice.code.value in ("package-lost", "package-absent")
                row["how"] = "lost" if gone else "approximated" if row["how"] != "lost" else "lost"
        row["kinds"] = sorted(set(row["kinds"]))
        rows.append(row)
    return rows


def _name(asked: str) -> str:
    for end, character in enumerate(asked):
        if not (character.isalnum() or character in "-_.+"):
            return asked[:end].rstrip("+")
    return asked


def _is_about(notice: Notice, row: dict[str, Any]) -> bool:
    same_line = notice.where.line is not None and notice.where.line == row["line"]
    return notice.subject == row["package"] and (same_line or notice.where.line is None)
