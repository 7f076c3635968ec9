"""`--filter-deps` specifications: a name, or a name with a version or a range of versions.

`zlib` filters every version, `zlib=1.2` that one, `zlib=[1.2:1.3[` from 1.2 to below 1.3;
`:` separates the limits, either may be left out, a bracket turned outwards excludes its
limit (EasyBuild framework 5.4.1, `parse_version_range` and `dep_is_filtered`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stackbridge.ecosystems.easybuild.language.functions import LooseVersion
from stackbridge.errors import UsageError

__all__ = ["Filter", "parse_filters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which versions are filtered; all when there is no limit."""

    lower: str | None = None
    upper: str | None = None
    without_lower: bool = False
    without_upper: bool = False

    def covers(self, version: str) -> bool:
        """Is that version filtered?"""
        found = LooseVersion(version)
        if self.lower:
            lower = LooseVersion(self.lower)
            if found < lower or (self.without_lower and found == lower):
                return False
        if self.upper:
            upper = LooseVersion(self.upper)
            if found > upper or (self.without_upper and found == upper):
                return False
        return True


def parse_filters(specifications: Iterable[str]) -> dict[str, Filter]:
    """Filters by software name; UsageError for a specification that can't be understood."""
    result: dict[str, Filter] = {}
    for text in specifications:
        name, separator, versions = text.strip().partition("=")
        if not name or "=" in versions or (separator and not versions):
            raise UsageError(f"`{text}` is no dependency to filter", hint="such as zlib=[1.2:1.3[")
        if not separator:
            result[name] = Filter()
        elif ":" not in versions:
            result[name] = Filter(lower=versions, upper=versions)
        else:
            limits = versions.replace("[", "").replace("]", "").split(":")
            if len(limits) != 2:
                raise UsageError(
                    f"`{text}` has no lower and upper limit", hint="such as zlib=[1.2:1.3["
                )
            lower, upper = limits
            if lower and upper and LooseVersion(lower) > LooseVersion(upper):
                raise UsageError(f"the lower limit is above the upper one in `{text}`")
            result[name] = Filter(
                lower=lower,
                upper=upper,
                without_lower=versions[0] == "]",
                without_upper=versions[-1] == "[",
            )
    return result
