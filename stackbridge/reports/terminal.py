"""The check report as text: readable at 80 columns and without color.

First one line for each site with its best partition, then packages against sites, then the
reasons that stand in the way. Words carry the meaning; color only repeats it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["render_check"]

View = Mapping[str, Any]

COLORS = {
    "ready": "green",
    "buildable": "cyan",
    "unknown": "yellow",
    "changes-needed": "magenta",
    "blocked": "red",
}
LETTERS = {
    "module": "M",
    "eessi": "E",
    "easybuild": "b",
    "spack": "s",
    "container": "C",
    "none": "-",
}
LEGEND = "M module, E EESSI, build: b EasyBuild, s Spack; C image, - no, ? unknown, . n/a"
GRAVE = ("blocked", "changes-needed", "unknown", "warning")
WIDE = 4
"""Up to so many columns, cells hold words; beyond, letters."""


def printable(text: str) -> str:
    """The text without control characters, which could steer the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def render_check(view: View, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """The report as text. `verbose` shows every partition and every reason with its source."""
    from rich.console import Console

    target = io.StringIO()
    console = Console(
        file=target,
        width=max(width, 60),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    results = list(view["sites"]) if verbose else best_of_each(view)
    _summary(console, view, results)
    _packages(console, results)
    _reasons(console, results, verbose=verbose)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"


def best_of_each(view: View) -> list[View]:
    """The result of each site's best partition."""
    chosen = {(row["site"], row["partition"]) for row in view["summary"]}
    return [row for row in view["sites"] if (row["site"], row["partition"]) in chosen]


def key_of(index: int) -> str:
    """Column keys: a, b, ... z, aa, ab, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[index] if index < 26 else key_of(index // 26 - 1) + letters[index % 26]


def _count(result: View) -> str:
    meant = [p for p in result["packages"] if p["how"] != "none" or not p["where"]]
    hows = [package["how"] for package in meant]
    parts = [
        (sum(how in ("module", "eessi") for how in hows), "installed"),
        (sum(how in ("easybuild", "spack") for how in hows), "to build"),
        (sum(how == "container" for how in hows), "in the image"),
        (sum(how == "none" for how in hows), "missing"),
    ]
    return ", ".join(f"{count} {what}" for count, what in parts if count)


def _main_reason(result: View) -> str:
    for level in GRAVE[:3]:
        for reason in result["reasons"]:
            if reason["level"] == level:
                return f"{reason['subject']}: {reason['message']}"
    return ""


def _summary(console: Any, view: View, results: Sequence[View]) -> None:
    from rich.table import Table
    from rich.text import Text

    sites = {row["site"] for row in results}
    console.print(
        Text(printable(f"{view['stack']}: checked against {_many(len(sites), 'site')}"), "bold")
    )
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    keyed = len(results) > WIDE
    if keyed:
        table.add_column("key", no_wrap=True)
    table.add_column("site/partition", no_wrap=True, max_width=28, overflow="ellipsis")
    table.add_column("verdict", no_wrap=True)
    table.add_column("packages; first reason", overflow="fold")
    for index, result in enumerate(results):
        verdict = result["verdict"]
        detail = _count(result)
        reason = _main_reason(result)
        if reason:
            detail += f"; {reason}" if detail else reason
        cells = [
            Text(printable(f"{result['site']}/{result['partition']}")),
            Text(verdict, COLORS[verdict]),
            Text(printable(detail)),
        ]
        table.add_row(*([Text(key_of(index)), *cells] if keyed else cells))
    console.print(table)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cell(result: View, index: int, *, words: bool) -> str:
    package = result["packages"][index]
    how = package["how"]
    if how == "none" and package["where"]:
        return "not meant for it" if words else "."
    if how == "none":
        unknown = any(
            reason["level"] == "unknown" and reason["subject"] == package["wanted"]
            for reason in result["reasons"]
        )
        return ("unknown" if unknown else "no") if words else "?" if unknown else "-"
    if not words:
        return LETTERS[how]
    words_for = {
        "module": "module",
        "eessi": "EESSI",
        "easybuild": "EasyBuild",
        "spack": "Spack",
        "container": "image",
    }
    version = f" {package['version']}" if package["version"] else ""
    return f"{words_for[how]}{version}"


def _packages(console: Any, results: Sequence[View]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not results or not results[0]["packages"]:
        return
    words = len(results) <= WIDE
    width = console.width
    per_block = len(results) if words else max((width - 25) // 2, 1)
    for start in range(0, len(results), per_block):
        block = results[start : start + per_block]
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
        room = 28 if words else max(width - 2 * len(block) - 2, 24)
        table.add_column("package", no_wrap=True, max_width=room, overflow="ellipsis")
        for offset, result in enumerate(block):
            site, partition = printable(result["site"]), printable(result["partition"])
            name = f"{site}\n{partition}" if words else key_of(start + offset)
            table.add_column(Text(name), no_wrap=not words, overflow="fold", min_width=1)
        for index, package in enumerate(results[0]["packages"]):
            cells = [_cell(result, index, words=words) for result in block]
            table.add_row(
                Text(printable(package["wanted"])), *(Text(printable(cell)) for cell in cells)
            )
        console.print()
        console.print(table)
    if not words:
        console.print(Text(LEGEND, "dim"))


def _grouped(
    results: Sequence[View], level: str, *, verbose: bool
) -> dict[tuple[str, ...], list[str]]:
    """What is said, and where -> of which subjects it is said."""
    places: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        for reason in result["reasons"]:
            if reason["level"] != level:
                continue
            key: tuple[str, ...] = (reason["subject"], reason["message"], reason["change"])
            if verbose:
                key += (reason["evidence"], reason["source"], reason["rule"])
            where = f"{result['site']}/{result['partition']}"
            known = places.setdefault(key, [])
            if where not in known:
                known.append(where)
    subjects: dict[tuple[str, ...], list[str]] = {}
    for (subject, *said), known in places.items():
        subjects.setdefault((*said, " ".join(known)), []).append(subject)
    return subjects


def _reasons(console: Any, results: Sequence[View], *, verbose: bool) -> None:
    """Reasons, the same one of several sites once."""
    from rich.padding import Padding
    from rich.text import Text

    levels = (*GRAVE, "buildable", "note") if verbose else GRAVE
    for level in levels:
        grouped = _grouped(results, level, verbose=verbose)
        if not grouped:
            continue
        console.print()
        console.print(Text(f"{level}:", COLORS.get(level, "bold")))
        for (*key, places), subjects in grouped.items():
            message, change = key[:2]
            text = f"{', '.join(subjects)}: {message}"
            if change:
                text += f" -> {change}"
            console.print(Padding(Text(printable(text)), (0, 0, 0, 2)))
            listed = places.split(" ")
            shown = ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if listed[6:] else "")
            console.print(Padding(Text(printable(f"at {shown}"), "dim"), (0, 0, 0, 4)))
            for title, value in zip(("evidence", "source", "rule"), key[2:], strict=False):
                if value:
                    console.print(
                        Padding(Text(printable(f"{title}: {value}"), "dim"), (0, 0, 0, 4))
                    )
