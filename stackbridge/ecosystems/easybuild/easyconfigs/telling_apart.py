"""Two easyconfigs of one version and toolchain: the versionsuffix by which they are told apart.

As EasyBuild's maintainers do it: `-mpi`, `-nompi` for a switch, `-precision-double` for a value,
`-SCR-2.0.0` for the version of a dependency, in the order of names; what is the same in both is
not said. Where that grows beyond 40 characters eight digits of its checksum stand for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stackbridge.hub.package import Feature

__all__ = ["Likeness", "told_apart"]

_LONGEST = 40
_LANGUAGES = {"py-": "-python", "r-": "-R", "perl-": "-Perl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What may differ between two easyconfigs of one name: the package's own name, its
    features, and what it depends on (software -> version and versionsuffix).
    """

    package: str
    features: tuple[Feature, ...] = ()
    needs: Mapping[str, str]


def told_apart(first: Likeness, second: Likeness) -> str:
    """The versionsuffix of the second; empty where nothing tells them apart."""
    words: list[str] = []
    if first.package != second.package:
        known = (suffix for start, suffix in _LANGUAGES.items() if second.package.startswith(start))
        words.append(next(known, f"-{_safe(second.package)}"))
    before = {feature.name: feature.value for feature in first.features}
    if not words:
        words = [
            _word(feature)
            for feature in sorted(second.features, key=lambda feature: feature.name)
            if before.get(feature.name) != feature.value
        ]
    if not words:
        words = [
            f"-{_safe(name)}-{_safe(version)}"
            for name, version in sorted(second.needs.items())
            if first.needs.get(name) != version
        ] or [f"-no{_safe(name)}" for name in sorted(set(first.needs) - set(second.needs))]
    text = "".join(words)
    if len(text) > _LONGEST:
        return f"-v{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return text


def _word(feature: Feature) -> str:
    if isinstance(feature.value, bool):
        return f"-{'' if feature.value else 'no'}{_safe(feature.name)}"
    return f"-{_safe(feature.name)}-{_safe('_'.join(feature.value))}"


def _safe(text: str) -> str:
    return re.sub(r"[^\w.+-]", "_", text, flags=re.ASCII)
