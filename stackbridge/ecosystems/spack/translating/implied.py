"""Features that hold where a package comes from without being said there.

`implied` answers for the other ecosystem (the composer hands it over); Spack's recipes have
defaults of their own, so that what differs from them must be said: `fftw ~mpi` of an FFTW
that was built without MPI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from stackbridge.ecosystems.spack.language.formatting import format_feature
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Feature, Package

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Name
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems.spack.vocabulary import Vocabulary

__all__ = ["Implied", "of_its_name", "whole_of_part", "with_implied"]

Implied: TypeAlias = Callable[[Package], tuple[Feature, ...]]
"""What holds of a package in its own ecosystem's names."""


def of_its_name(package: Package, names: str | None, catalog: Catalog | None) -> list[Feature]:
    """What the name alone says: FFTW.MPI is fftw with `+mpi`, Boost.Python boost with `+python`."""
    told = (text for name in _named(package, names, catalog) for text in name.features)
    return [Feature(name=text[1:], value=text[0] == "+") for text in told if text[0] in "+~"]


def whole_of_part(
    package: Package, found: Package, names: str | None, catalog: Catalog | None
) -> tuple[Notice, ...]:
    """A notice where the name is that of a part which no feature of the whole stands for."""
    parts = [n.part for n in _named(package, names, catalog) if n.part and not n.features]
    if not parts:
        return ()
    notice = Notice(
        code=Code.NAME_APPROXIMATED,
        subject=package.name or "",
        what=f"the whole stands in for its part `{parts[0]}`",
        why="Spack has no package and no variant for that part alone",
        instead=found.name or "",
        where=package.place,
    )
    return (notice,)


def _named(package: Package, names: str | None, catalog: Catalog | None) -> list[Name]:
    if catalog is None or names is None or package.name is None:
        return []
    identity = catalog.find(package.name, names)
    listed = identity.names.get(names, ()) if identity is not None else ()
    return [name for name in listed if name.name == package.name]


def with_implied(
    package: Package, told: Iterable[Feature], vocabulary: Vocabulary | None
) -> tuple[Package, tuple[Notice, ...]]:
    """The package with what is told of it, where Spack's recipe has that choice in any case.

    What is off is said only where Spack's default is on. What the package says itself counts.
    """
    if vocabulary is None or package.name is None:
        return package, ()
    known = vocabulary.variants(package.name) or {}
    said = {feature.name for feature in package.features}
    added: dict[str, Feature] = {}
    for feature in told:
        if feature.name in said or known.get(feature.name) is not True:
            continue
        if not vocabulary.always(package.name, feature.name):
            continue
        if feature.value is True or vocabulary.on(package.name, feature.name):
            added.setdefault(feature.name, feature)
    if not added:
        return package, ()
    shown = " ".join(format_feature(feature) for feature in added.values())
    notice = Notice(
        code=Code.FEATURE_IMPLIED,
        subject=package.name,
        what=f"`{shown}` is said",
        why="its toolchain and dependencies tell, and Spack's default may be another",
        where=package.place,
    )
    return replace(package, features=(*package.features, *added.values())), (notice,)
