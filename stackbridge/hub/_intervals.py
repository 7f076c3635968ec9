"""Sets on a line as sorted, disjoint intervals between cuts; the algebra behind `versions`.

A cut lies between points, never on one: just below a point, just above it, or at an end of
the line. Every interval runs from a lower to a higher cut, so that open and closed bounds
need no cases of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from stackbridge.hub._version import Cut

__all__ = ["BOTTOM", "TOP", "Interval", "complement", "intersection", "union"]


Interval: TypeAlias = tuple[Cut, Cut]

BOTTOM = Cut((0,))
TOP = Cut((2,))


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same points in sorted intervals which neither overlap nor touch."""
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if not low < high:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def intersection(a: tuple[Interval, ...], b: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The points in both; `a` and `b` as `union` gives them."""
    common: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low < high:
            common.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def complement(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The points in none of them; `intervals` as `union` gives them."""
    gaps: list[Interval] = []
    low = BOTTOM
    for start, end in intervals:
        if low < start:
            gaps.append((low, start))
        low = end
    if low < TOP:
        gaps.append((low, TOP))
    return tuple(gaps)
