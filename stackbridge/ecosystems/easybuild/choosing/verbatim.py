"""Entries which say everything themselves: what a package carries of its easyconfig.

An easystack's entry names version, toolchain and versionsuffix; such a package goes back to
the very file that it came from, as long as nobody has edited its features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Level, Release
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read as read_suffix
from stackbridge.ecosystems.easybuild.language.templates import resolve_text, template_values
from stackbridge.ecosystems.easybuild.resolving.filenames import build
from stackbridge.hub.notices import Code, Notice

__all__ = ["as_it_is", "level_of", "own_of", "subject_of", "unknown"]


def as_it_is(request: Request, release: Release, given: tuple[Generation, ...]) -> str | None:
    """The file name of a package that names version, toolchain and suffix as EasyBuild.

    `given` are the generations to which another toolchain must be moved.
    """
    package = request.asked
    if package.toolchain is None:
        return None
    own = own_of(request)
    if own.get("file"):
        return str(own["file"])
    version = package.versions.exact
    if version is None or package.toolchain.parts:
        return None
    level = level_of(request)
    if given and level != SYSTEM and not any(level in one.levels for one in given):
        return None
    suffix = str(own.get("versionsuffix") or "")
    said = read_suffix(suffix, frozenset(release.software)).features
    stated = {
        feature.name: feature.value
        for feature in package.features
        if isinstance(feature.value, bool)
    }
    if any(stated.get(name, value) != value for name, value in said.items()):
        return None  # the features were edited; they count, not the old suffix
    if any(name not in said for name, value in stated.items() if value):
        return None
    return build(package.name or "", str(version), level, suffix)


def unknown(request: Request, file: str, release: Release) -> Notice:
    """A file that may lie in a robot path of its own; near ones are named."""
    toolchain = request.package.toolchain
    level = (toolchain.name, toolchain.version) if toolchain is not None else None
    near = [offer.file for offer in release.offers(request.name) if offer.toolchain == level]
    why = f"{release.title} has no file of that name"
    if near:
        why += ", but " + " and ".join(f"`{name}`" for name in near[-2:])
    return Notice(
        code=Code.NAME_UNKNOWN,
        subject=file,
        what="this easyconfig is not known",
        why=why,
        instead="written as it is",
        where=request.place,
    )


def own_of(request: Request) -> Mapping[str, Any]:
    """What the entry carries: as an easystack's, or of a whole easyconfig its versionsuffix."""
    own = request.asked.extensions.get("easybuild")
    if not isinstance(own, Mapping):
        return {}
    if "parameters" not in own:
        return own
    suffix = _suffix_of(own, request)
    return {"versionsuffix": suffix} if suffix else {}


def _suffix_of(own: Mapping[str, Any], request: Request) -> str:
    """The versionsuffix of an easyconfig's parameters, its templates filled in."""
    parameters: dict[str, Any] = {}
    for group in own.get("parameters") or ():
        if isinstance(group, Mapping):
            parameters.update(group)
    suffix = parameters.get("versionsuffix")
    file = (request.place.file or "").rpartition("/")[2]
    start = build(
        request.name, str(request.package.versions.exact), level_of(request)
    ).removesuffix(".eb")
    if isinstance(suffix, str) and "%" in suffix:
        named = [
            (item[0], item[1])
            for key in ("dependencies", "builddependencies")
            for item in parameters.get(key) or ()
            if isinstance(item, (list, tuple)) and len(item) > 1 and isinstance(item[1], str)
        ]
        values = {"name": request.name, "version": str(request.package.versions.exact)}
        suffix = resolve_text(suffix, template_values(values, named))
    if isinstance(suffix, str) and "%" not in suffix:
        return suffix
    # what is computed elsewhere is still in the file's name
    return file[len(start) : -3] if file.startswith(start) and file.endswith(".eb") else ""


def level_of(request: Request) -> Level:
    """The toolchain that the package names for itself."""
    toolchain = request.asked.toolchain
    if toolchain is None or toolchain.name in (None, "system"):
        return SYSTEM
    return (toolchain.name or "", toolchain.version or "")


def subject_of(request: Request) -> str:
    """The request as a person would write it."""
    from stackbridge.hub.shortform import format_package

    bare = replace(request.asked, extensions={}, namespace=None)
    return format_package(bare) or request.name
