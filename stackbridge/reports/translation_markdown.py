"""The translation report as Markdown, for a merge request or an issue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stackbridge.reports import translation_text as said

__all__ = ["render_markdown"]

View = Mapping[str, Any]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")
NAMED = 15  # packages named for a kind of notice


def render_markdown(view: View) -> str:
    """The report; `view` as in `schemas/translation.schema.json`."""
    lines = [f"# {_plain(said.title(view))}", "", said.lead(view), _sentences(view), ""]
    lines += _attention(view)
    lines += [
        "## Packages",
        "",
        "| asked for | outcome | delivered as | why |",
        "|---|---|---|---|",
    ]
    for row in view["packages"]:
        became = " ".join(part for part in (row["name"], row["version"]) if part)
        proof = said.evidence(row)
        cells = [became, row["path"] or row["file"], proof]
        why = "; ".join(
            f"{notice['severity']}: {_what(notice)}"
            for notice in (view["notices"][index] for index in row["notices"])
            if notice["severity"] in said.GRAVE
        )
        delivered = "; ".join(_plain(cell) for cell in cells if cell)
        lines.append(f"| {_plain(row['asked'])} | {row['how']} | {delivered} | {why} |")
    brought, whole = said.further(view)
    if whole:
        lines += ["", "## The stack as a whole", ""]
        for notice in (view["notices"][index] for index in whole):
            lines.append(f"- {notice['severity']}: {_plain(notice['subject'])}: {_what(notice)}")
    if brought:
        names = ", ".join(map(_plain, brought))
        lines += ["", "## Recipes generated for what they need", "", f"{len(brought)}: {names}"]
    return "\n".join(lines) + "\n"


def _sentences(view: View) -> str:
    differing = said.differing(view)
    return " ".join(part for part in (differing and f"{differing}.", said.cautions(view)) if part)


def _attention(view: View) -> list[str]:
    found = said.groups(view, *said.GRAVE)
    errors = [
        f"- **not converted**: {_plain(error['source'])}: {_plain(error['message'])}"
        for error in view["errors"]
    ]
    if not found and not errors:
        return []
    lines = ["## What needs attention", "", *errors]
    for code, indexes in found:
        names = list(dict.fromkeys(view["notices"][index]["subject"] for index in indexes))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        lines.append(
            f"- **{view['notices'][indexes[0]]['severity']}**: {view['codes'][code]['meaning']} "
            f"(`{code}`, {len(indexes)}): {', '.join(map(_plain, names[:NAMED]))}{more}. "
            f"*{said.advised(view, code)}*"
        )
    return [*lines, ""]


def _what(notice: View) -> str:
    instead = f", {notice['instead']}" if notice["instead"] else ""
    return _plain(f"{notice['what']} ({notice['why']}){instead}")


def _plain(value: object) -> str:
    """Text which Markdown takes for nothing but text."""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return _SPECIAL.sub(r"\\\1", words)
