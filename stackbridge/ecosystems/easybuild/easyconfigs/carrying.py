"""An easyconfig as one package of a stack, and back: what is carried in `extensions`.

The package says name, version and toolchain; everything else that EasyBuild alone knows
stands under `extensions.easybuild` as `layout` describes it. There, `{from: package}` marks
the parameters which the package itself gives, so that a person changes each in one place.
"""

from __future__ import annotations

from typing import Any

from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.ecosystems.easybuild.language.evaluate import Evaluated
from stackbridge.errors import InputError
from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import Dependency, Package, Toolchain
from stackbridge.hub.versions import VersionSet

__all__ = ["carried", "layout_of", "package_of", "toolchain_of"]

GIVEN = {"from": "package"}


def toolchain_of(value: Any) -> Toolchain | None:
    """The hub's toolchain of the value of `toolchain`."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    if value["name"] == "system":
        return Toolchain(name="system")
    return Toolchain(name=value["name"], version=str(value.get("version", "")) or None)


def _exactly(version: Any) -> VersionSet | None:
    try:
        return VersionSet.exactly(version)
    except (TypeError, ValueError):
        return None


def package_of(
    layout: Layout,
    evaluated: Evaluated,
    *,
    dependencies: tuple[Dependency, ...] = (),
    place: Place = NOWHERE,
) -> Package:
    """The package of an easyconfig, with all its parameters."""
    values = evaluated.values
    name, versions = values["name"], _exactly(values["version"])
    toolchain = toolchain_of(values["toolchain"])
    given = {"name"}
    package = Package(name=name, dependencies=dependencies, place=place)
    if versions is not None:
        given.add("version")
    if toolchain is not None and set(values["toolchain"]) == {"name", "version"}:
        given.add("toolchain")
    return Package(
        name=name,
        versions=versions if versions is not None else package.versions,
        toolchain=toolchain,
        dependencies=dependencies,
        extensions={"easybuild": carried(layout, frozenset(given))},
        place=place,
    )


def carried(layout: Layout, given: frozenset[str]) -> dict[str, Any]:
    """What stands under `extensions.easybuild`."""
    data = layout.data()
    data["parameters"] = [
        {name: GIVEN if name in given else term for name, term in group.items()}
        for group in data["parameters"]
    ]
    return data


def layout_of(package: Package) -> Layout | None:
    """The layout which a package carries, or None when it carries none.

    Raises InputError where it has not the right shape, or leaves something open that an
    easyconfig must say.
    """
    own = package.extensions.get("easybuild")
    if not isinstance(own, dict) or "parameters" not in own:
        return None
    data = {
        **own,
        "parameters": [
            {name: _given(package, name, term) for name, term in group.items()}
            if isinstance(group, dict)
            else group
            for group in own["parameters"]
        ],
    }
    return Layout.from_data(data)


def _given(package: Package, name: str, term: Term) -> Term:
    if term != GIVEN:
        return term
    if name == "name":
        return package.name
    if name == "version":
        exact = package.versions.exact
        if exact is None:
            raise InputError(f"`{package.name}` needs one exact version to be an easyconfig")
        return str(exact)
    if name == "toolchain":
        found = package.toolchain
        if found is None or found.name is None:
            raise InputError(f"`{package.name}` needs a toolchain to be an easyconfig")
        if found.name == "system":
            return {"constant": "SYSTEM"}
        return {"name": found.name, "version": found.version or ""}
    raise InputError(f"`{name}` is not given by a package")
