"""Features and packages in short form, for messages."""

from __future__ import annotations

from stackbridge.hub.package import Feature, Package

__all__ = ["short", "shown"]


def shown(feature: Feature) -> str:
    """A feature in short form."""
    if isinstance(feature.value, bool):
        return f"{'+' if feature.value else '~'}{feature.name}"
    return f"{feature.name}={','.join(feature.value)}"


def short(package: Package) -> str:
    """A package in short form: name, versions, features."""
    parts = [package.name or ""]
    if not package.versions.is_any:
        parts[0] += f"@{package.versions}"
    parts += [shown(feature) for feature in package.features]
    return " ".join(part for part in parts if part)
