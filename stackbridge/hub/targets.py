"""CPU targets as texts: archspec names, ranges of them, and lists of both.

`zen3`, `x86_64_v3:` (that and everything which runs its code), `:zen2`, `haswell,zen2:zen3`.
Equal names agree without a look at archspec; an order is asked of archspec only where a
range meets another name. Names which archspec doesn't know compare to themselves alone.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["at_least", "intersection", "subset"]


@lru_cache(maxsize=4096)
def at_least(target: str, base: str) -> bool:
    """Whether `target` runs everything that is built for `base`."""
    if target == base:
        return True
    import archspec.cpu

    known = archspec.cpu.TARGETS
    return target in known and base in known and known[target] >= known[base]


def intersection(a: str, b: str) -> str | None:
    """The targets in both texts, in the order of the first; None where there is none."""
    if b in {a, "*"}:
        return a
    if a == "*":
        return b
    common = (_common(x, y) for x in a.split(",") for y in b.split(","))
    return ",".join(dict.fromkeys(part for part in common if part)) or None


def subset(a: str, b: str) -> bool:
    """Whether every target of `a` is one of `b`."""
    return all(intersection(part, b) == part for part in a.split(","))


def _common(a: str, b: str) -> str | None:
    """The targets in two names or ranges."""
    low_a, ranged_a, high_a = a.partition(":")
    low_b, ranged_b, high_b = b.partition(":")
    if not ranged_a and not ranged_b:
        return a if a == b else None
    if not ranged_a:
        return a if _inside(a, low_b, high_b) else None
    if not ranged_b:
        return b if _inside(b, low_a, high_a) else None
    low = _stricter(low_a, low_b, highest=True)
    high = _stricter(high_a, high_b, highest=False)
    if low is None or high is None or (low and high and not at_least(high, low)):
        return None
    return low if low and low == high else f"{low}:{high}"


def _inside(target: str, low: str, high: str) -> bool:
    return (not low or at_least(target, low)) and (not high or at_least(high, target))


def _stricter(a: str, b: str, *, highest: bool) -> str | None:
    """The bound which implies the other; None where neither does."""
    if not a or not b:
        return a or b
    if at_least(a, b):
        return a if highest else b
    if at_least(b, a):
        return b if highest else a
    return None
