"""What became of stacks in a translation, as plain data: the JSON report itself.

Shape: `schemas/translation.schema.json`. Where a writer counts its deliveries they are taken
as they are; otherwise each package is judged by the notices about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Code, Notice, losses
from stackbridge.hub.shortform import format_package
from stackbridge.reports.advice import advice, meaning
from stackbridge.reports.notices import notice_data

if TYPE_CHECKING:
    from stackbridge.hub.stack import Stack

__all__ = ["HOW", "Conversion", "Side", "needs_attention", "rows_of", "translation_view"]

HOW = ("lost", "approximated", "generated", "bundle", "exact")  # what matters most first

# What the catalog says: (whose name, name asked for, name delivered) -> evidence.
Evidence = Callable[[str | None, str, str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Where a translation comes from or goes to: a file's or directory's name, its format."""

    name: str
    format: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One source: its rows (see `rows_of`) and its notices; `error` when it failed.

    `names` says whose names its packages have; `files` names what was written for it.
    """

    source: str
    files: tuple[str, ...] = ()
    names: str | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[Notice, ...] = ()
    error: str = ""


def translation_view(
    *,
    version: str,
    source: Side,
    target: Side,
    conversions: Sequence[Conversion],
    files: Mapping[str, str],
    evidence: Evidence = lambda _names, _asked, _delivered: None,
) -> dict[str, Any]:
    """The report. `files` is what is written, by name."""
    rows: list[dict[str, Any]] = []
    notices: list[Notice] = []
    for one in conversions:
        before = len(notices)
        written: dict[str, list[str]] = defaultdict(list)
        for name in one.files:
            written[PurePath(name).name].append(name)
        notices += one.notices
        for given in one.rows:
            row = dict(given)
            row["source"] = one.source
            row["notices"] = [before + index for index in row["notices"]]
            row["path"] = _among(row["file"], written)
            row["evidence"] = evidence(one.names, row["package"], row["name"])
            rows.append(row)
    counts = Counter(row["how"] for row in rows)
    codes = Counter(notice.code for notice in notices)
    return {
        "stackbridge": version,
        "source": _side(source),
        "target": _side(target),
        "summary": {
            "asked": len(rows),
            **{how: counts.get(how, 0) for how in reversed(HOW)},
            "attention": sum(needs_attention(row) for row in rows),
        },
        "files": [{"path": name, "bytes": len(text.encode())} for name, text in files.items()],
        "errors": [{"source": c.source, "message": c.error} for c in conversions if c.error],
        "packages": rows,
        "notices": notice_data(notices),
        "codes": {
            code.value: {"count": codes[code], "meaning": meaning(code), "advice": advice(code)}
            for code in Code
            if codes[code]
        },
    }


def needs_attention(row: Mapping[str, Any]) -> bool:
    """Whether a package is not what was asked for in some way that a notice tells."""
    return row["how"] in ("lost", "approximated") or bool(row["kinds"])


def rows_of(
    stack: Stack | None, delivered: Sequence[Any], notices: Sequence[Notice]
) -> tuple[dict[str, Any], ...]:
    """A row for each package asked for, with the indexes of the notices about it."""
    by_subject: dict[str, list[int]] = defaultdict(list)
    by_line: dict[int | None, list[int]] = defaultdict(list)
    for index, notice in enumerate(notices):
        by_subject[notice.subject].append(index)
        by_line[notice.where.line].append(index)
    rows = [_delivered(row) for row in delivered] or _asked(stack)
    lines = Counter(row["line"] for row in rows)
    for row in rows:
        line = row["line"]
        # A notice may speak of the package by the name that it has in the output.
        named = dict.fromkeys((row["package"], row["name"], row["file"]))
        about = [index for name in named for index in by_subject.get(name, ())]
        found = {index for index in about if notices[index].where.line in (None, line)}
        # What two requests share is said at the first of them; a bundle's line speaks of its parts.
        for kind in set(row["kinds"]) - {notices[index].code.value for index in found}:
            alone = by_line[line] if line is not None and lines[line] == 1 else ()
            found |= {index for index in (*about, *alone) if notices[index].code.value == kind}
        row["notices"] = sorted(found)
        if not delivered:
            _judge(row, [notices[index] for index in row["notices"]])
    return tuple(rows)


def _among(file: str, written: Mapping[str, Sequence[str]]) -> str:
    """Where a recipe stands among the files written, which are given by their last parts."""
    found = written.get(PurePath(file).name, ()) if file else ()
    return next((name for name in found if name == file or name.endswith(f"/{file}")), "")


def _side(side: Side) -> dict[str, str]:
    return {"name": side.name, "format": side.format, "title": side.title}


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


def _asked(stack: Stack | None) -> list[dict[str, Any]]:
    """A row for each package of the stack, as if it were delivered exactly."""
    return [
        {
            "asked": format_package(found.package) or found.package.name or "",
            "package": found.package.name or "",
            "how": "exact",
            "kinds": [],
            "name": found.package.name or "",
            "version": str(found.package.versions.exact or ""),
            "file": "",
            "line": found.package.place.line,
        }
        for found in (expand(stack) if stack is not None else ())
    ]


def _judge(row: dict[str, Any], about: Sequence[Notice]) -> None:
    grave = losses(about)
    row["kinds"] = sorted({notice.code.value for notice in grave})
    if any(notice.code in (Code.PACKAGE_LOST, Code.PACKAGE_ABSENT) for notice in grave):
        row["how"], row["name"], row["version"] = "lost", "", ""
    elif grave:
        row["how"] = "approximated"
    elif any(notice.code is Code.PACKAGE_GENERATED for notice in about):
        row["how"] = "generated"


def _name(asked: str) -> str:
    for end, character in enumerate(asked):
        if not (character.isalnum() or character in "-_.+"):
            return asked[:end].rstrip("+")
    return asked
