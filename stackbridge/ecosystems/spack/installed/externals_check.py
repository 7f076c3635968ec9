"""What contradicts itself in a declared installation.

- the version in the spec against versions in the prefix and in the modules' names
- a target that archspec knows under another name
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from stackbridge.hub.versions import Version

__all__ = ["target_alias", "version_doubts"]

_VERSION = re.compile(r"\d+(?:\.\d+)*[a-z]?")


def _fold(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _versions_beside(name: str, text: str) -> Iterable[str]:
    """Versions that stand beside the name in a path or module: `CMake/3.27.6-GCC`, `cmake-3`."""
    folded = _fold(name)
    parts = [part for part in re.split(r"[/\\]", text) if part]
    for index, part in enumerate(parts):
        if _fold(part) == folded and index + 1 < len(parts):
            match = _VERSION.match(parts[index + 1].lstrip("v"))
            if match:
                yield match[0]
        head, dash, rest = part.partition("-")
        while dash:
            match = _VERSION.match(rest.lstrip("v"))
            if match and _fold(head) == folded:
                yield match[0]
                break
            more, dash, rest = rest.partition("-")
            head = f"{head}-{more}"


def _agree(a: str, b: str) -> bool:
    """Whether one version begins with the other."""
    try:
        left, right = Version(a), Version(b)
    except ValueError:
        return True
    return left.starts_with(right) or right.starts_with(left)


def version_doubts(
    name: str, version: str, prefix: str | None, modules: Iterable[str]
) -> list[str]:
    """Sentences, one for each place that speaks of another version."""
    doubts: list[str] = []
    places = [("prefix", prefix)] if prefix else []
    places += [("module", module) for module in modules]
    for what, text in places:
        found = list(_versions_beside(name, text))
        if found and not any(_agree(version, other) for other in found):
            doubts.append(f"version {version} is declared, the {what} `{text}` says {found[0]}")
    return doubts


@cache
def _aliases() -> dict[str, str]:
    """Names which compilers give to a microarchitecture -> archspec's name, where they differ."""
    import archspec.cpu

    found: dict[str, str] = {}
    for name, target in archspec.cpu.TARGETS.items():
        for entries in target.compilers.values():
            for entry in entries:
                alias = entry.get("name")
                if alias and alias not in archspec.cpu.TARGETS:
                    found.setdefault(alias, name)
    return found


def target_alias(target: str) -> str | None:
    """The name by which archspec knows a target that it does not know by this one."""
    import archspec.cpu

    if target in archspec.cpu.TARGETS or target == "*" or ":" in target or "," in target:
        return None
    plain = target.replace("-", "_").lower()
    if plain in archspec.cpu.TARGETS:
        return plain
    return _aliases().get(target) or _aliases().get(target.lower())
