"""What a bundle of another ecosystem holds, with Spack's names where there are such."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackbridge.catalog.identity import Name
from stackbridge.hub.package import Package
from stackbridge.hub.recipe import Recipe

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems.spack.translating.supply import Supply

__all__ = ["Member", "members_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member: its own name and version, Spack's names, and its recipe when asked for."""

    name: str
    version: str | None
    names: tuple[Name, ...]
    kind: str
    recipe: Callable[[], Recipe | None]


def members_of(
    package: Package, whose: str, catalog: Catalog, supply: Supply | None
) -> Iterator[Member]:
    """The members of a bundle in that version: as the catalog has them, else as its recipe.

    A bundle of another version stands in where there is no recipe either.
    """
    assert package.name is not None
    version = str(package.versions.exact) if package.versions.exact else None
    bundles = catalog.members(package.name, whose)
    chosen = [key for key in bundles if version and key.split("-")[0] == version]
    if package.toolchain and package.toolchain.version:
        fits = [key for key in chosen if key.endswith(package.toolchain.version)]
        chosen = fits or chosen
    recipes: dict[str, Recipe] | None = None

    def recipe(name: str) -> Recipe | None:
        nonlocal recipes
        if recipes is None:
            listed = supply.members(package) if supply is not None else ()
            recipes = {member.name: member for member in listed}
        return recipes.get(name)

    whole = supply.whole(package) if supply is not None and not chosen else None
    if supply is not None and whole is not None:
        for member in supply.members(package):
            name = supply.member_name(whole, member)
            names: tuple[Name, ...] = (
                (Name(ecosystem="spack", name=name),) if supply.has(name) else ()
            )
            own = Name(ecosystem="spack", name=name)
            yield Member(
                name=member.name,
                version=member.version,
                names=(own,) if supply.has(name) else (),
                kind="extension",
                recipe=lambda member=member: member,  # type: ignore[misc]
            )
        return
    if not bundles:
        return
    for one in bundles[(chosen or sorted(bundles))[-1]]:
        names = catalog.names(one.key, "spack") if one.key else ()
        yield Member(
            name=one.name,
            version=one.version,
            names=names,
            kind=one.kind,
            recipe=lambda name=one.name: recipe(name),  # type: ignore[misc]
        )
