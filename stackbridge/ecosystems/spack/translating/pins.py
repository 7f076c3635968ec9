"""How much of exact versions and of a toolchain is asked for: `--pin`.

exact       the version itself (`@=1.2.3`); what a toolchain is made of is required
compatible  its first two components (`@1.2`), of the toolchain's parts as well
loose       that version or any later one (`@1.2.3:`); the toolchain is a preference
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stackbridge.hub.package import Package
from stackbridge.hub.pinning import Pin, pin_version
from stackbridge.hub.stack import Rule
from stackbridge.hub.versions import Version, VersionSet

__all__ = ["pinned_rules", "pinned_versions"]


def pinned_versions(versions: VersionSet, how: Pin) -> VersionSet:
    """One exact version as far as it is pinned; a range is left as it is."""
    exact = versions.exact
    if exact is None or how == "exact":
        return versions
    return pin_version(str(exact), how)


def pinned_rules(rules: Iterable[Rule], how: Pin) -> list[Rule]:
    """A toolchain's requirements as far as they are pinned."""
    if how == "exact":
        return list(rules)
    return [
        replace(
            rule,
            strength="prefer" if how == "loose" else rule.strength,
            choices=tuple(_choice(choice, how) for choice in rule.choices),
        )
        for rule in rules
    ]


def _choice(package: Package, how: Pin) -> Package:
    """A part of a toolchain; its version is a prefix there, not an exact one."""
    intervals = tuple(package.versions.intervals)
    low = intervals[0][0].version if len(intervals) == 1 else None
    if low is None:
        return package
    if how == "loose":
        return replace(package, versions=VersionSet.at_least(low))
    version = Version(str(low))
    short = version.up_to(2) if len(version.components) > 2 else version
    return replace(package, versions=VersionSet.prefix(short))
