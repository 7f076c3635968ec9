"""What external modules stand for: metadata files, and those which EasyBuild ships.

A file has sections named by modules, with or without version, and in each `name`, `version`
(lists with commas) and `prefix`. EasyBuild's own describe Cray's programming environment
(`data/easybuild-external-modules.json`, from its `etc/`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from stackbridge.ecosystems.easybuild.resolving.shipped import read_data
from stackbridge.errors import InputError

__all__ = ["Metadata", "read_metadata", "shipped_metadata"]

Metadata = Mapping[str, Mapping[str, Any]]
"""Module -> name (list), version (list), prefix."""

_KEYS = ("name", "version", "prefix")


def read_metadata(text: str, file: str | None = None) -> dict[str, dict[str, Any]]:
    """The sections of a metadata file; InputError with the line of what is wrong."""
    found: dict[str, dict[str, Any]] = {}
    section: dict[str, Any] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            name = line.partition("#")[0].strip()[1:-1].strip()
            if not name or not line.partition("#")[0].strip().endswith("]"):
                raise InputError("a section is `[module]`", file=file, line=number)
            section = found.setdefault(name, {})
            continue
        key, sign, value = line.partition("=")
        key = key.strip()
        if not sign or section is None:
            raise InputError("`key = value` below a `[module]` is wanted", file=file, line=number)
        if key not in _KEYS:
            raise InputError(
                f"`{key}` is not known", file=file, line=number, hint=f"known: {', '.join(_KEYS)}"
            )
        values = [item.strip().strip("'\"") for item in value.split(",") if item.strip()]
        section[key] = values if key != "prefix" else (values[0] if values else "")
    for name, row in found.items():
        if "name" in row and "version" in row and len(row["name"]) != len(row["version"]):
            raise InputError(f"`{name}` has not as many versions as names", file=file)
    return found


@cache
def shipped_metadata() -> Metadata:
    """The metadata which EasyBuild ships."""
    found: dict[str, dict[str, Any]] = json.loads(read_data("easybuild-external-modules.json"))
    return found["modules"]
