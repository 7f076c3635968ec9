"""The report of a conversion (`convert --report`): its data, its evidence, its three forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stackbridge.errors import UsageError

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.reports.translation import Conversion

__all__ = ["renderer", "report_of"]

MIXED = "several"


def renderer(report: str) -> Callable[[Mapping[str, Any]], str]:
    """What makes a report, by the ending of its file name; UsageError for another ending."""
    if report.endswith((".html", ".htm")):
        from stackbridge.reports.translation_pages import render_html

        return render_html
    if report.endswith(".md"):
        from stackbridge.reports.translation_markdown import render_markdown

        return render_markdown
    if report.endswith(".json"):
        return lambda view: json.dumps(view, indent=2, ensure_ascii=False) + "\n"
    raise UsageError(
        f"--report {report}: ends in none of .html, .md, .json",
        hint="the ending says which form it has",
    )


def report_of(
    *,
    source: str,
    source_formats: Sequence[str],
    target_format: str,
    output: str,
    catalog: str | None,
    conversions: Sequence[Conversion],
    files: Mapping[str, str],
) -> dict[str, Any]:
    """The report's data."""
    from stackbridge import __version__
    from stackbridge.ecosystems import format_named
    from stackbridge.reports.translation import Side, translation_view

    formats = sorted(set(source_formats))
    read = formats[0] if len(formats) == 1 else MIXED
    target = format_named(target_format)
    with _evidence(catalog, target.ecosystem) as evidence:
        return translation_view(
            version=__version__,
            source=Side(
                name="<stdin>" if source == "-" else source,
                format=read,
                title=format_named(read).title if read != MIXED else "several formats",
            ),
            target=Side(name=output, format=target.name, title=target.title),
            conversions=conversions,
            files=files,
            evidence=evidence,
        )


@contextmanager
def _evidence(
    path: str | None, target: str
) -> Iterator[Callable[[str | None, str, str], Mapping[str, Any] | None]]:
    """How it is known that a package asked for is what was delivered, by the catalog."""
    from stackbridge.catalog.lookup import Catalog

    with Catalog.open(path) as catalog:
        yield lambda names, asked, delivered: _proof(catalog, names, target, asked, delivered)


def _proof(
    catalog: Catalog, names: str | None, target: str, asked: str, delivered: str
) -> dict[str, Any] | None:
    identity = catalog.find(asked, names)
    known = identity.names.get(target, ()) if identity is not None else ()
    found = next((name for name in known if name.name == delivered), None)
    if found is None or found.tier is None:
        return None
    proof = next((e for e in found.evidence if e.tier is found.tier), None)
    return {
        "tier": found.tier.value,
        "against": proof.against if proof else "",
        "count": proof.count if proof else 0,
        "detail": proof.detail if proof else "",
    }
