"""The translation report as one self-contained page: what came of it, what needs attention and
what to do, then every package with its evidence and its notices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stackbridge.reports import translation_text as said
from stackbridge.reports.page import filters, page, text
from stackbridge.reports.translation import HOW, needs_attention

__all__ = ["render_html"]

View = Mapping[str, Any]

SIGNS = {
    "exact": "✔", "bundle": "▣", "generated": "✚", "approximated": "≈", "lost": "✖",
    "assumed": "?", "info": "·",
}  # fmt: skip
SHOWN = 12  # names in a list before the rest is folded

STYLE = """
.exact,.bundle{color:var(--ready)}.generated{color:var(--buildable)}
.approximated{color:var(--changes-needed)}.lost{color:var(--blocked)}.assumed{color:var(--unknown)}
.info{color:var(--dim)}
.lead{font-size:1.15rem;margin:.4rem 0 .2rem;max-width:60rem}
.about{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.8rem 0;
font-size:.9rem}.about dt{color:var(--dim)}.about dd{margin:0;overflow-wrap:anywhere}
.bar{display:block;width:100%;height:.9rem;border-radius:.45rem;margin:1rem 0 .6rem}
.bar .exact,.bar .bundle{fill:var(--ready)}.bar .generated{fill:var(--buildable)}
.bar .approximated{fill:var(--changes-needed)}.bar .lost{fill:var(--blocked)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;padding:0;
margin:.8rem 0;list-style:none}
.figures a{display:block;height:100%;padding:.5rem .8rem;border:1px solid var(--line);
border-radius:.5rem;background:var(--card);color:var(--ink);text-decoration:none}
.figures a:hover{border-color:currentColor}
.figures .n{display:block;font-size:1.7rem;font-weight:700;line-height:1.2}
.figures .dim{display:block;font-size:.85rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:.7rem;
padding:0;margin:0;list-style:none}
.cards>li{border:1px solid var(--line);border-left:.3rem solid;border-radius:.4rem;
padding:.6rem .9rem;background:var(--card)}
.cards>li.lost{border-left-color:var(--blocked)}
.cards>li.approximated{border-left-color:var(--changes-needed)}
.cards>li.assumed{border-left-color:var(--unknown)}
.cards>li{color:var(--ink)}
.cards p{margin:.25rem 0}.who{font-size:.9rem}
.do{font-size:.9rem}.do b{color:var(--dim)}
#table{table-layout:fixed}
#table col.a{width:17%}#table col.o{width:10.5rem}#table col.d{width:25%}
#table td,#table th{overflow-wrap:anywhere}
#table thead th{position:sticky;top:0;background:var(--paper);z-index:1}
tr:target{background:var(--card)}
td .as{font-weight:600}
.note{margin:0 0 .5rem}.note>ul{margin:0;padding-left:1.1rem}
td details summary,.list details summary{color:var(--dim)}
.list{padding-left:1.1rem}.list>li{margin:.35rem 0}
.files{columns:3 18rem;font-size:.9rem;padding-left:1.1rem}
@media (max-width:46rem){body{padding:.6rem .8rem 2rem}
#table,#table tbody,#table tr,#table td,#table th[scope=row]{display:block;width:auto}
#table tr[hidden]{display:none}
#table thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
#table tr{border:1px solid var(--line);border-radius:.5rem;margin:.6rem 0;padding:.3rem}
#table td,#table th[scope=row]{border:0;padding:.2rem .5rem}}
@media print{#table tr,#table tr[hidden]{break-inside:auto}
#table thead th{position:static}.cards{display:block}.cards>li{margin:.4rem 0}
.figures{grid-template-columns:repeat(5,1fr)}
.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}.figures a,.cards>li{padding:.3rem}}
"""


def render_html(view: View) -> str:
    """The report as a page; `view` as in `schemas/translation.schema.json`."""
    title = text(said.title(view))
    body = f"""<a class="skip" href="#packages">Skip to the packages</a>
<header><h1>{title}</h1>
<p class="lead">{text(said.lead(view))}</p>
<p>{_next(view)}</p>
{_bar(view)}{_figures(view)}{_about(view)}</header>
<main>
{_attention(view)}
{_packages(view)}
{_whole(view)}
{_brought(view)}
{_files(view)}
</main>
"""
    return page(title, body, style=(STYLE,))


# --- the head ----------------------------------------------------------------------------


def _next(view: View) -> str:
    """How many packages need a look, as a link to them, and what to know."""
    differing = said.differing(view)
    link = (
        f'<a href="#packages" data-key="look" data-value="needed">{text(differing)}</a>. '
        if differing
        else ""
    )
    return link + text(said.cautions(view))


def _bar(view: View) -> str:
    """What share each outcome has, as a drawing; the figures below say the same."""
    asked = view["summary"]["asked"]
    if not asked:
        return ""
    parts, left = [], 0.0
    for how in reversed(HOW):
        width = 100 * view["summary"][how] / asked
        if width:
            parts.append(f'<rect class="{how}" x="{left:.3f}" width="{width:.3f}" height="1"/>')
        left += width
    return (
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _figures(view: View) -> str:
    cards = "".join(
        f'<li><a href="#packages" data-key="how" data-value="{how}">'
        f'<span class="n">{view["summary"][how]:,}</span>{_mark(how)}'
        f'<span class="dim">{said.TITLES[how]}</span></a></li>'
        for how in reversed(HOW)
        if view["summary"][how]
    )
    return f'<ul class="figures" aria-label="Outcomes">{cards}</ul>' if cards else ""


def _about(view: View) -> str:
    source, target, files = view["source"], view["target"], view["files"]
    count = f", {len(files):,} files" if len(files) > 1 else ""
    rows = (
        ("from", f"<code>{text(source['name'])}</code>, {text(source['title'])}"),
        ("to", f"<code>{text(target['name'])}</code>, {text(target['title'])}{count}"),
        ("by", f"StackBridge {text(view['stackbridge'])}"),
    )
    return (
        '<dl class="about">' + "".join(f"<dt>{name}</dt><dd>{it}</dd>" for name, it in rows)
    ) + "</dl>"


def _mark(how: str) -> str:
    """An outcome or severity: a sign and the word, so that color is never alone."""
    return (
        f'<span class="v {text(how)}"><span aria-hidden="true">{SIGNS[how]}</span> '
        f"{text(how)}</span>"
    )


# --- what needs attention ------------------------------------------------------------------


def _attention(view: View) -> str:
    errors = "".join(
        f'<li class="lost"><h3>{_mark("lost")} <code>{text(error["source"])}</code></h3>'
        f"<p>{text(error['message'])}</p></li>"
        for error in view["errors"]
    )
    grave = "".join(_card(view, code, them) for code, them in said.groups(view, *said.GRAVE))
    assumed = "".join(_card(view, code, them) for code, them in said.groups(view, "assumed"))
    first = f'<ul class="cards">{errors}{grave}</ul>' if errors or grave else "<p>Nothing.</p>"
    more = (
        "<details><summary>What was assumed without proof</summary>"
        f'<ul class="cards">{assumed}</ul></details>'
        if assumed
        else ""
    )
    return f'<h2 id="attention">What needs your attention</h2>{first}{more}'


def _card(view: View, code: str, indexes: Sequence[int]) -> str:
    """All notices of one code: what it means, what to do, whom it is about."""
    notices = view["notices"]
    severity = notices[indexes[0]]["severity"]
    rows = {index: number for number, row in enumerate(view["packages"])
            for index in row["notices"]}  # fmt: skip
    about: dict[str, list[int]] = {}
    for index in indexes:
        about.setdefault(notices[index]["subject"], []).append(index)
    names = [_subject(name, them, rows) for name, them in about.items()]
    held = any(index in rows for index in indexes)
    link = (
        f' <a class="screen" href="#packages" data-key="kind" data-value="{text(code)}">'
        f'in the table<span class="dim"> ({text(code)})</span></a>'
        if held
        else ""
    )
    times = f"{len(indexes):,} notice{'s' * (len(indexes) != 1)}"
    meaning = text(view["codes"][code]["meaning"])
    return (
        f'<li class="{text(severity)}"><h3>{_mark(severity)}: {meaning} '
        f'<span class="dim">{times}</span></h3>'
        f"{_to_do(view, code, 'p')}"
        f'<p class="who">{_folded(names)}{link}</p></li>'
    )


def _subject(name: str, indexes: Sequence[int], rows: Mapping[int, int]) -> str:
    times = f'<span class="dim"> ({len(indexes)})</span>' if len(indexes) > 1 else ""
    row = next((rows[index] for index in indexes if index in rows), None)
    shown = f"<code>{text(name)}</code>{times}"
    return f'<a href="#p{row}">{shown}</a>' if row is not None else shown


def _folded(names: Sequence[str]) -> str:
    if len(names) <= SHOWN + 3:
        return ", ".join(names)
    return (
        f'{", ".join(names[:SHOWN])}</p><details class="who"><summary>and {len(names) - SHOWN} '
        f'more</summary>{", ".join(names[SHOWN:])}</details><p class="who">'
    )


# --- packages ------------------------------------------------------------------------------


def _packages(view: View) -> str:
    rows = view["packages"]
    if not rows:
        return ""
    kinds = {
        code: f"{code} ({view['codes'][code]['count']})"
        for code in sorted({view["notices"][n]["code"] for row in rows for n in row["notices"]})
    }
    choices: dict[str, tuple[str, Mapping[str, str]]] = {
        "how": ("Outcome", {how: f"{how} ({view['summary'][how]})" for how in HOW
                            if view["summary"][how]}),
        "look": ("Attention", {"needed": "needed", "none": "not needed"}),
        "kind": ("Notice", kinds),
    }  # fmt: skip
    sources = {said.source(view, row): number for number, row in enumerate(rows)}
    if len(sources) > 1:
        choices["from"] = ("Source", {f"s{number}": name for name, number in sources.items()})
    order = {"": "as asked for", "rank": "attention first", "name": "by name"}
    body = "".join(_row(view, number, row, sources) for number, row in enumerate(rows))
    heads = "".join(
        f'<th scope="col" role="columnheader">{name}</th>'
        for name in ("asked for", "outcome", "delivered as", "notices, and what to do")
    )
    return f"""<h2 id="packages">Packages</h2>
{filters(choices, order)}
<table id="table" role="table"><caption>What became of each package, how it is known to be the same
software, and what to do</caption><colgroup><col class="a"><col class="o"><col class="d"><col>
</colgroup><thead role="rowgroup"><tr role="row">{heads}</tr></thead>
<tbody role="rowgroup">{body}</tbody></table>"""


def _row(view: View, number: int, row: View, sources: Mapping[str, int]) -> str:
    codes = sorted({view["notices"][index]["code"] for index in row["notices"]})
    where = said.place(view, row, several=len(sources) > 1)
    marks = (
        f'id="p{number}" data-row data-how="{text(row["how"])}" '
        f'data-kind="{text(" ".join(codes))}" '
        f'data-look="{"needed" if needs_attention(row) else "none"}" '
        f'data-rank="{said.rank(row)}" data-name="{text(row["package"].lower())}" '
        f'data-from="s{sources[said.source(view, row)]}"'
    )
    line = f'<br><span class="dim">{text(where)}</span>' if where else ""
    return (
        f'<tr role="row" {marks}><th scope="row" role="rowheader"><code>{text(row["asked"])}</code>'
        f'{line}</th><td role="cell">{_mark(row["how"])}</td>'
        f'<td role="cell">{_delivered(row)}</td>'
        f'<td role="cell">{_notices(view, row["notices"])}</td></tr>'
    )


def _delivered(row: View) -> str:
    """Name and version, the file, how the software is known to be the same."""
    became = " ".join(part for part in (row["name"], row["version"]) if part)
    if not became:
        return '<span class="dim">nothing</span>'
    proof = said.evidence(row)
    parts = [f'<span class="as">{text(became)}</span>']
    if row["path"] or row["file"]:
        parts.append(f'<span class="source"><code>{text(row["path"] or row["file"])}</code></span>')
    if proof:
        parts.append(f'<span class="source">{text(proof)}</span>')
    return "".join(parts)


def _notices(view: View, indexes: Sequence[int]) -> str:
    """A package's notices by their code, the grave ones open."""
    found: dict[str, list[int]] = {}
    for severity in ("lost", "approximated", "assumed", "info"):
        for index in indexes:
            notice = view["notices"][index]
            if notice["severity"] == severity:
                found.setdefault(notice["code"], []).append(index)
    parts = {code: _note(view, code, them) for code, them in found.items()}
    grave = [
        code for code, them in found.items()
        if view["notices"][them[0]]["severity"] in said.GRAVE
    ]  # fmt: skip
    shown = "".join(parts[code] for code in grave)
    rest = [part for code, part in parts.items() if code not in grave]
    if rest:
        named = ", ".join(
            code + (f" ({len(them)})" if len(them) > 1 else "")
            for code, them in found.items()
            if code not in grave
        )
        shown += f'<details class="fold"><summary>{text(named)}</summary>{"".join(rest)}</details>'
    return shown


def _note(view: View, code: str, indexes: Sequence[int]) -> str:
    """The notices of one code, and once what to do about them."""
    severity = view["notices"][indexes[0]]["severity"]
    items = "".join(f"<li>{_what(view['notices'][index])}</li>" for index in indexes)
    return (
        f'<div class="note">{_mark(severity)} <code class="dim">{text(code)}</code><ul>{items}</ul>'
        f"{_to_do(view, code, 'div')}</div>"
    )


def _to_do(view: View, code: str, tag: str) -> str:
    advice = said.advised(view, code)
    return f'<{tag} class="do"><b>To do:</b> {text(advice)}</{tag}>' if advice else ""


def _what(notice: View) -> str:
    instead = f' <span class="dim">→</span> {text(notice["instead"])}' if notice["instead"] else ""
    return f"{text(notice['what'])}: {text(notice['why'])}.{instead}"


# --- the rest ------------------------------------------------------------------------------


def _whole(view: View) -> str:
    _, whole = said.further(view)
    if not whole:
        return ""
    items = []
    for severity in ("lost", "approximated", "assumed", "info"):
        for index in whole:
            notice = view["notices"][index]
            if notice["severity"] == severity:
                line = f", line {notice['where']['line']}" if notice["where"]["line"] else ""
                items.append(
                    f"<li>{_mark(severity)} <strong>{text(notice['subject'])}</strong>: "
                    f'{_what(notice)}<span class="source"><code>{text(notice["code"])}</code>'
                    f"{line}</span>{_to_do(view, notice['code'], 'div')}</li>"
                )
    return f'<h2 id="whole">The stack as a whole</h2><ul class="list">{"".join(items)}</ul>'


def _brought(view: View) -> str:
    brought, _ = said.further(view)
    if not brought:
        return ""
    items = "".join(
        f"<li><details><summary><code>{text(name)}</code>, {len(them)} notices</summary>"
        f"{_notices_open(view, them)}</details></li>"
        for name, them in brought.items()
    )
    return (
        f'<h2 id="further">Recipes generated for what they need</h2><p>{len(brought):,} package'
        f"{'s' * (len(brought) != 1)} not asked for by name.</p>"
        f'<ul class="list">{items}</ul>'
    )


def _notices_open(view: View, indexes: Sequence[int]) -> str:
    found: dict[str, list[int]] = {}
    for index in indexes:
        found.setdefault(view["notices"][index]["code"], []).append(index)
    return "".join(_note(view, code, them) for code, them in found.items())


def _files(view: View) -> str:
    files = view["files"]
    if len(files) < 2:
        return ""
    items = "".join(f"<li><code>{text(file['path'])}</code></li>" for file in files)
    return (
        f'<h2 id="files">Files</h2><details><summary>{len(files):,} files in '
        f"<code>{text(view['target']['name'])}</code></summary>"
        f'<ul class="files">{items}</ul></details>'
    )
