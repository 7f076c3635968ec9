"""The translation report for people: one self-contained HTML page, or Markdown.

The page follows the check's (`html`): no network, everything escaped, readable without its
script, which only filters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stackbridge.reports.page import STYLE, page, text
from stackbridge.reports.translation import HOW

__all__ = ["render_html", "render_markdown"]

View = Mapping[str, Any]

SIGNS = {"exact": "✔", "bundle": "▣", "generated": "✚", "approximated": "≈", "lost": "✖"}
TITLES = {
    "exact": "as it was asked for",
    "bundle": "as it was asked for, inside a bundle",
    "generated": "a recipe was generated",
    "approximated": "something near stands in",
    "lost": "not in the output",
}
COLORS = """
.exact,.bundle{color:var(--ready)}.generated{color:var(--buildable)}
.approximated{color:var(--changes-needed)}.lost{color:var(--blocked)}
"""
SCRIPT = """
"use strict";
const find = document.getElementById("find"), how = document.getElementById("how");
const shown = document.getElementById("shown");
const rows = [...document.querySelectorAll("tr[data-how]")];
function filter() {
  const words = find.value.toLowerCase(); let count = 0;
  for (const row of rows) {
    const ok = (!how.value || row.dataset.how === how.value)
      && row.textContent.toLowerCase().includes(words);
    row.hidden = !ok; if (ok) count += 1;
  }
  shown.textContent = count + " of " + rows.length + " shown";
}
find.addEventListener("input", filter); how.addEventListener("change", filter);
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("filters").hidden = false; filter();
"""


def _how(how: str) -> str:
    return (
        f'<span class="v {text(how)}" title="{text(TITLES[how])}">'
        f'<span aria-hidden="true">{SIGNS[how]}</span> {text(how)}</span>'
    )


def _notice(notice: View) -> str:
    instead = f" → {text(notice['instead'])}" if notice["instead"] else ""
    return (
        f"<li>{text(notice['what'])}: {text(notice['why'])}{instead}"
        f'<span class="source">{text(notice["severity"])}, <code>{text(notice["code"])}</code>'
        f"{_line(notice['line'])}</span></li>"
    )


def _line(line: int | None) -> str:
    return f", line {line}" if line else ""


def _row(row: View, notices: list[View]) -> str:
    said = "".join(_notice(notices[index]) for index in row["notices"])
    became = " ".join(part for part in (row["name"], row["version"]) if part)
    file = f'<br><span class="dim"><code>{text(row["file"])}</code></span>' if row["file"] else ""
    identity = f'<span class="source">{text(row["identity"])}</span>' if row["identity"] else ""
    return (
        f'<tr data-how="{text(row["how"])}"><th scope="row"><code>{text(row["asked"])}</code>'
        f'<br><span class="dim">{_line(row["line"]).lstrip(", ")}</span></th>'
        f"<td>{_how(row['how'])}</td><td>{text(became)}{file}{identity}</td>"
        f"<td>{f'<ul class=why>{said}</ul>' if said else ''}</td></tr>"
    )


def render_html(view: View) -> str:
    """The report as a page."""
    summary = view["summary"]
    tally = "".join(f"<li>{_how(how)} {summary[how]}</li>" for how in HOW if summary[how])
    options = "".join(f'<option value="{how}">{how}</option>' for how in HOW)
    title = f"{text(view['source']['name'])} as {text(view['target']['format'])}"
    attached = {index for row in view["packages"] for index in row["notices"]}
    rest = [notice for n, notice in enumerate(view["notices"]) if n not in attached]
    others = "".join(
        f"<li><strong>{text(n['subject'])}</strong>: {text(n['what'])}: {text(n['why'])}"
        f"{' → ' + text(n['instead']) if n['instead'] else ''}"
        f'<span class="source">{text(n["severity"])}, <code>{text(n["code"])}</code></span></li>'
        for n in rest
    )
    rows = "".join(_row(row, view["notices"]) for row in view["packages"])
    body = f"""<a class="skip" href="#packages">Skip to the packages</a>
<header><h1>{title}</h1>
<p>{summary["asked"]} packages were asked for.</p>
<ul class="tally" aria-label="What became of them">{tally}</ul></header>
<main>
<form id="filters" hidden>
<span><label for="find">Find</label> <input id="find" type="search" autocomplete="off"></span>
<span><label for="how">Outcome</label>
<select id="how"><option value="">all</option>{options}</select></span>
<output id="shown" for="find how"></output>
</form>
<h2 id="packages">Packages</h2>
<div class="scroll" role="region" tabindex="0" aria-labelledby="packages">
<table><caption>What became of each package, and why</caption>
<thead><tr><th scope="col">asked for</th><th scope="col">outcome</th>
<th scope="col">delivered as</th><th scope="col">notices</th></tr></thead>
<tbody>{rows}</tbody></table></div>
<h2>The stack as a whole</h2>
<ul class="why">{others or "<li>nothing to say</li>"}</ul>
</main>
"""
    return page(title, body, style=STYLE + COLORS, script=SCRIPT)


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


def _plain(value: object) -> str:
    """Text which Markdown takes for nothing but text."""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return _SPECIAL.sub(r"\\\1", words)


def render_markdown(view: View) -> str:
    """The report as Markdown, for a merge request or an issue."""
    summary = view["summary"]
    counted = ", ".join(f"{summary[how]} {how}" for how in HOW if summary[how])
    lines = [
        f"# {_plain(view['source']['name'])} as {_plain(view['target']['format'])}",
        "",
        f"{summary['asked']} packages asked for: {counted or 'none'}.",
        "",
        "| asked for | outcome | delivered as | why |",
        "|---|---|---|---|",
    ]
    for row in view["packages"]:
        why = "; ".join(
            _plain(f"{n['what']} ({n['why']})" + (f", {n['instead']}" if n["instead"] else ""))
            for n in (view["notices"][index] for index in row["notices"])
        )
        became = row["file"] or " ".join(part for part in (row["name"], row["version"]) if part)
        lines.append(f"| {_plain(row['asked'])} | {row['how']} | {_plain(became)} | {why} |")
    attached = {index for row in view["packages"] for index in row["notices"]}
    rest = [n for index, n in enumerate(view["notices"]) if index not in attached]
    if rest:
        lines += ["", "## The stack as a whole", ""]
        lines += [
            f"- {n['severity']}: {_plain(n['subject'])}: {_plain(n['what'])} ({_plain(n['why'])})"
            for n in rest
        ]
    return "\n".join(lines) + "\n"
