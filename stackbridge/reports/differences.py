"""What differs between two stacks, as text and as data: counts first, then what is alike together.

Equal differences of many packages are one line with their names, so that a toolchain which
everything has is not said for each of them.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any

from stackbridge.resolver.comparison import Comparison, Difference

__all__ = ["difference_data", "render_differences"]

# Contradictions come before what only one side says.
_ORDER = ("changed", "widened", "narrowed", "missing", "added")
_FEATURES = 5
_TITLES = {
    "version": "versions",
    "feature": "features",
    "dependency": "what is wanted of dependencies",
    "toolchain": "toolchains",
    "target": "targets",
    "gpu": "GPU architectures",
    "flags": "compiler flags",
    "origin": "namespaces and hashes",
    "rule": "rules",
    "unify": "whether all must agree on one build of each package",
}


def difference_data(
    a: str, b: str, comparison: Comparison, shown: tuple[Difference, ...]
) -> dict[str, Any]:
    """Plain data; the shape is `schemas/diff.schema.json`. `shown` are those that count."""
    return {
        "a": a,
        "b": b,
        "equal": not shown,
        "summary": {
            "packages_a": comparison.a,
            "packages_b": comparison.b,
            "alike": comparison.alike,
            "by_kind": dict(sorted(Counter(d.kind for d in shown).items())),
            "by_aspect": dict(sorted(Counter(d.aspect for d in shown).items())),
        },
        "differences": [
            {"subject": d.subject, "aspect": d.aspect, "kind": d.kind, "a": d.a, "b": d.b}
            for d in shown
        ],
    }


def render_differences(
    a: str, b: str, comparison: Comparison, shown: tuple[Difference, ...], *, width: int = 80
) -> str:
    """The same as text, control characters made visible."""
    if not shown:
        return "no difference in meaning\n"
    lines = [
        f"A {a}: {_count(comparison.a, 'package')}",
        f"B {b}: {_count(comparison.b, 'package')}",
    ]
    kinds: Counter[str] = Counter(d.kind for d in shown)
    lines.append(
        f"{_count(len(shown), 'difference')}: "
        + ", ".join(f"{kinds[kind]} {kind}" for kind in _ORDER if kinds[kind])
        + f"; {_count(comparison.alike, 'package')} alike"
    )
    for kind, title in (("missing", "in A only"), ("added", "in B only")):
        packages = [d for d in shown if d.aspect == "package" and d.kind == kind]
        if packages:
            lines += ["", f"{title} ({len(packages)})"]
            lines += _listed([_short(d.a or d.b) for d in packages], "  ", width)
    for aspect, title in _TITLES.items():
        found = [d for d in shown if d.aspect == aspect]
        if found:
            lines += ["", f"{title} ({len(found)})", *_aspect(found, width)]
    return "\n".join(_printable(line) for line in lines) + "\n"


def _aspect(found: list[Difference], width: int) -> list[str]:
    """One line for each that differs alike, the most frequent first."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for difference in found:
        key, subject = (difference.kind, difference.a, difference.b), difference.subject
        if difference.aspect == "version" and "any" in key:  # only the other side names one
            one, other = ("", difference.b) if difference.a == "any" else (difference.a, "")
            key, subject = (
                (difference.kind, one and "one", other and "one"),
                f"{subject} {one or other}",
            )
        groups.setdefault(key, []).append(subject)
    lines: list[str] = []
    for kind in _ORDER:
        of_kind = [(key, subjects) for key, subjects in groups.items() if key[0] == kind]
        of_kind.sort(key=lambda row: (-len(row[1]), row[1][0].lower()))
        for (_, a, b), subjects in of_kind:
            if len(subjects) == 1:
                text = f"{subjects[0]}: {_sides(a, b)}"
                lines += _wrapped(text, f"  {kind:<9} ", width)
            else:
                lines += _wrapped(f"{_sides(a, b)}: {len(subjects)}", f"  {kind:<9} ", width)
                lines += _listed(subjects, " " * 12, width)
    return lines


def _short(text: str) -> str:
    """A package without most of its features, where it has many."""
    words = text.split(" ")
    if len(words) <= _FEATURES + 1:
        return text
    return " ".join(words[:_FEATURES]) + f" ... ({len(words) - _FEATURES} more)"


def _sides(a: str, b: str) -> str:
    return f"{a or '(nothing)'} -> {b or '(nothing)'}"


def _listed(items: list[str], indent: str, width: int) -> list[str]:
    """Names with commas, equal ones once, broken only between names."""
    counts = Counter(items)
    texts = [text + (f" ({n} times)" if n > 1 else "") for text, n in counts.items()]
    lines, line = [], indent
    for place, text in enumerate(texts):
        word = text + ("," if place + 1 < len(texts) else "")
        if line.strip() and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = indent
        line += word if not line.strip() else f" {word}"
    return [*lines, line]


def _wrapped(text: str, lead: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    """The text without control characters, which could steer the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
