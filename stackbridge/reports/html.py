"""The check report as one self-contained HTML page.

No network, no external file; a content security policy allows only the page's own style and
script, by their hashes. Every text is escaped. The page reads without the script, which only
filters rows, and prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackbridge.reports.page import filters, page, text

__all__ = ["render_check"]

View = Mapping[str, Any]

SIGNS = {"ready": "✔", "buildable": "⚒", "unknown": "?", "changes-needed": "△", "blocked": "✖"}
WORDS = {
    "module": "module",
    "eessi": "EESSI",
    "easybuild": "EasyBuild",
    "spack": "Spack",
    "container": "image",
    "none": "no",
}
TITLES = {
    "ready": "runs as it is",
    "buildable": "runs after building what is missing",
    "unknown": "a fact is missing",
    "changes-needed": "runs when the stack is changed",
    "blocked": "can't run there",
}


def _verdict(verdict: str) -> str:
    return (
        f'<span class="v {text(verdict)}" title="{text(TITLES[verdict])}">'
        f'<span aria-hidden="true">{SIGNS[verdict]}</span> {text(verdict)}</span>'
    )


def _reason(reason: View) -> str:
    parts = [f"<strong>{text(reason['subject'])}</strong>: {text(reason['message'])}"]
    if reason["change"]:
        parts.append(f" → {text(reason['change'])}")
    about = [f"{text(reason['level'])}, rule <code>{text(reason['rule'])}</code>"]
    if reason["evidence"]:
        about.append(f"evidence: {text(reason['evidence'])}")
    if reason["source"]:
        about.append(f"source: {text(reason['source'])}")
    parts.append(f'<span class="source">{"; ".join(about)}</span>')
    return f"<li>{''.join(parts)}</li>"


GRAVE = ("blocked", "changes-needed", "unknown", "warning")


def _row(result: View) -> str:
    grave = [r for level in GRAVE for r in result["reasons"] if r["level"] == level]
    rest = [r for r in result["reasons"] if r["level"] not in GRAVE]
    cell = ""
    if grave:
        cell += f'<ul class="why">{"".join(_reason(reason) for reason in grave)}</ul>'
    if rest:
        cell += (
            f"<details><summary>{len(rest)} {'more' if grave else 'notes'}</summary>"
            f'<ul class="why">{"".join(_reason(reason) for reason in rest)}</ul></details>'
        )
    verdict = result["verdict"]
    return (
        f'<tr data-row data-verdict="{text(verdict)}"><th scope="row">{text(result["name"])}'
        f'<br><span class="dim">{text(result["site"])}/{text(result["partition"])}</span></th>'
        f"<td>{_verdict(verdict)}</td><td>{cell}</td></tr>"
    )


def _cell(result: View, index: int) -> str:
    package = result["packages"][index]
    how = package["how"]
    if how == "none" and package["where"]:
        return f'<td class="dim" title="{text(package["where"])}">n/a</td>'
    if how == "none":
        missing = any(
            reason["level"] == "unknown" and reason["subject"] == package["wanted"]
            for reason in result["reasons"]
        )
        return f"<td>{'unknown' if missing else 'no'}</td>"
    version = f" {text(package['version'])}" if package["version"] else ""
    return f'<td title="{text(package["where"])}">{WORDS[how]}{version}</td>'


def _packages(view: View) -> str:
    best = {(row["site"], row["partition"]) for row in view["summary"]}
    results = [row for row in view["sites"] if (row["site"], row["partition"]) in best]
    if not results or not results[0]["packages"]:
        return ""
    head = "".join(
        f'<th scope="col">{text(result["site"])}<br>'
        f'<span class="dim">{text(result["partition"])}</span></th>'
        for result in results
    )
    body = "".join(
        f'<tr><th scope="row"><code>{text(package["wanted"])}</code></th>'
        f"{''.join(_cell(result, index) for result in results)}</tr>"
        for index, package in enumerate(results[0]["packages"])
    )
    return (
        '<h2 id="packages">Packages</h2><div class="scroll" role="region" tabindex="0" '
        'aria-labelledby="packages"><table><caption>How each package comes to the best '
        f'partition of each site</caption><thead><tr><th scope="col">package</th>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def render_check(view: View) -> str:
    """The report as a page."""
    counts = {
        verdict: sum(row["verdict"] == verdict for row in view["summary"]) for verdict in SIGNS
    }
    tally = "".join(
        f"<li>{_verdict(verdict)} {count}</li>" for verdict, count in counts.items() if count
    )
    title = f"{text(view['stack'])}: where does it run?"
    source = f"<p>Read from <code>{text(view['source'])}</code>.</p>" if view["source"] else ""
    body = f"""<a class="skip" href="#sites">Skip to the sites</a>
<header><h1>{title}</h1>{source}
<ul class="tally" aria-label="Verdicts by site">{tally}</ul></header>
<main>
<h2 id="sites">Sites</h2>
{filters({"verdict": ("Verdict", {verdict: verdict for verdict in SIGNS})})}
<div class="scroll" role="region" tabindex="0" aria-labelledby="sites">
<table class="reasons"><caption>Every partition, with its verdict and the reasons</caption>
<thead><tr><th scope="col">site</th><th scope="col">verdict</th><th scope="col">reasons</th></tr>
</thead><tbody>{"".join(_row(result) for result in view["sites"])}</tbody></table></div>
{_packages(view)}
</main>
"""
    return page(title, body)
