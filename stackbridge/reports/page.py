"""What every page has: its head, its style, its policy, its filters, and the way texts get into it.

A content security policy allows only the page's own style and script, by their hashes. Every
text is escaped. A page reads and prints without its script, which filters and orders rows.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape

from stackbridge.reports.terminal import printable

__all__ = ["SCRIPT", "STYLE", "Choice", "digest", "filters", "page", "text"]

# name of the row's data attribute -> (label, value -> what the option says)
Choice = Mapping[str, tuple[str, Mapping[str, str]]]

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#ffffff;--card:#f5f7fa;--line:#d3d9e1;
--dim:#525a66;--link:#0a5a8a;--ready:#0b6b35;--buildable:#0a5a8a;--unknown:#725400;
--changes-needed:#7a3b95;--blocked:#a5161d}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaef;--paper:#14171b;--card:#1e2329;
--line:#3d444e;--dim:#aab2bd;--link:#7cc4f4;--ready:#63d18f;--buildable:#6fc0f2;
--unknown:#e5c04d;--changes-needed:#d3a3ea;--blocked:#ff8a8f}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:84rem;padding:1rem 1.5rem 3rem;background:var(--paper);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:.4rem 0;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem}h3{font-size:1rem;margin:0}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;background:var(--paper);padding:.3rem}
.tally{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;list-style:none}
form{display:flex;flex-wrap:wrap;gap:.5rem 1.2rem;align-items:center;background:var(--card);
border:1px solid var(--line);border-radius:.5rem;padding:.6rem .9rem;margin:.8rem 0}
form[hidden]{display:none}
input,select,button{font:inherit;padding:.2rem .45rem;max-width:min(100%,12.5rem)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--dim);padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
thead th{border-bottom:2px solid var(--line)}
th[scope=row]{font-weight:600;overflow-wrap:anywhere}
.scroll th[scope=row]{position:sticky;left:0;background:var(--paper);min-width:9rem;max-width:20rem}
.reasons td:last-child{width:65%}
.v{font-weight:600;white-space:nowrap}
.ready{color:var(--ready)}.buildable{color:var(--buildable)}.unknown{color:var(--unknown)}
.changes-needed{color:var(--changes-needed)}.blocked{color:var(--blocked)}
.dim{color:var(--dim);font-weight:400}
ul.why{margin:.2rem 0;padding-left:1.1rem}ul.why li{margin:.3rem 0}
.source{display:block;font-size:.85rem;color:var(--dim);overflow-wrap:anywhere}
summary{cursor:pointer}
code{font-size:.92em;overflow-wrap:anywhere}
@media print{:root{--ink:#000;--paper:#fff;--card:#fff;--line:#999;--dim:#333;--link:#000;
--ready:#0b6b35;--buildable:#0a5a8a;--unknown:#725400;--changes-needed:#7a3b95;--blocked:#a5161d}
@page{margin:14mm 12mm}html{font-size:9pt}
form,.skip,.screen{display:none}body{max-width:none;padding:0;font-size:1rem}
tr[hidden]{display:table-row}
h2,h3{break-after:avoid}li{break-inside:avoid}.scroll{overflow:visible}
thead{display:table-header-group}
details:not(.fold)::details-content{content-visibility:visible;block-size:auto}}
"""

# Rows are `tr[data-row]`; a select with data-key filters by a row's attribute of that name
# (words), one with data-order sorts by it (figures, or text). A link with data-key and
# data-value chooses in the select of that key.
SCRIPT = """
"use strict";
const form = document.getElementById("filters"), find = document.getElementById("find");
const shown = document.getElementById("shown");
const choices = [...form.querySelectorAll("select[data-key]")];
const order = form.querySelector("select[data-order]");
const rows = [...document.querySelectorAll("tr[data-row]")].map((row, place) =>
  ({row, place, held: row.textContent.toLowerCase()}));
function filter() {
  const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean); let count = 0;
  for (const {row, held} of rows) {
    const ok = words.every((word) => held.includes(word)) && choices.every((one) =>
      !one.value || (row.dataset[one.dataset.key] || "").split(" ").includes(one.value));
    row.hidden = !ok; if (ok) count += 1;
  }
  shown.textContent = count + " of " + rows.length + " shown";
}
function sort() {
  const key = order.value;
  const sorted = [...rows].sort((a, b) => {
    const [x, y] = [a.row.dataset[key] || "", b.row.dataset[key] || ""];
    return (key ? x.localeCompare(y, "en", {numeric: true}) : 0) || a.place - b.place;
  });
  for (const {row} of sorted) row.parentNode.append(row);
}
find.addEventListener("input", filter);
for (const one of choices) one.addEventListener("change", filter);
if (order) order.addEventListener("change", sort);
form.addEventListener("submit", (event) => event.preventDefault());
function clear() { find.value = ""; for (const one of choices) one.value = ""; filter(); }
document.getElementById("clear").addEventListener("click", () => {
  if (order) { order.value = ""; sort(); } clear();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']"); if (!link) return;
  if (link.dataset.key) {
    find.value = "";
    for (const one of choices)
      one.value = one.dataset.key === link.dataset.key ? link.dataset.value : "";
    filter();
  }
  const target = document.getElementById(link.getAttribute("href").slice(1));
  if (target && target.hidden) clear();
});
form.hidden = false; filter();
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not(.fold)")) part.open = true;
});
"""


def filters(choices: Choice, orders: Mapping[str, str] | None = None) -> str:
    """The form above a table: words to find, a choice for each kind of mark, an order.

    It is hidden where there is no script to make it work.
    """
    parts = [
        '<form id="filters" hidden aria-label="Filter the rows">',
        '<span><label for="find">Find</label> <input id="find" type="search" autocomplete="off">',
        "</span>",
    ]
    for key, (label, options) in choices.items():
        parts.append(_select(key, label, {"": "all", **options}, f'data-key="{text(key)}"'))
    if orders:
        parts.append(_select("order", "Order", orders, 'data-order="yes"'))
    names = " ".join(["find", *(text(key) for key in choices)])
    parts.append('<button id="clear" type="button">Clear</button>')
    parts.append(f'<output id="shown" for="{names}"></output></form>')
    return "\n".join(parts)


def _select(name: str, label: str, options: Mapping[str, str], mark: str) -> str:
    said = "".join(
        f'<option value="{text(value)}">{text(words)}</option>' for value, words in options.items()
    )
    return (
        f'<span><label for="{text(name)}">{text(label)}</label> '
        f'<select id="{text(name)}" {mark}>{said}</select></span>'
    )


def digest(content: str) -> str:
    """The hash by which a content security policy allows an inline style or script."""
    raw = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(raw).decode()}'"


def text(value: object) -> str:
    """Escaped for element content and quoted attributes, without control characters."""
    return escape(printable(str(value)), quote=True)


def page(title: str, body: str, *, style: Iterable[str] = ()) -> str:
    """A whole page. `title` and `body` are HTML; `style` comes after the common one."""
    styles = "".join((STYLE, *style))
    policy = (
        f"default-src 'none'; style-src {digest(styles)}; script-src {digest(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{styles}</style>
</head>
<body>
{body}<script>{SCRIPT}</script>
</body>
</html>
"""
