"""Where two ecosystems meet: an image that is filled by another ecosystem's tool, an easyconfig
that is made of a recipe of Spack's, a package of Spack's that is made of an easyconfig.

Writers don't know each other. What one needs of another's output is made here and handed
over in `Context.options`.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackbridge.ecosystems import Context, Format, Reading
    from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
    from stackbridge.ecosystems.easybuild.robot_recipes import Found, RobotRecipes
    from stackbridge.ecosystems.spack.index import Index
    from stackbridge.hub.notices import Notice
    from stackbridge.hub.package import Feature, Package
    from stackbridge.hub.recipe import Recipe

__all__ = ["given_easyconfigs", "options_for"]

IMAGES = ("dockerfile", "apptainer")
GENERATED = ("easystack", "easyconfig")


def options_for(
    target: str,
    source: Format,
    reading: Reading,
    context: Context,
) -> dict[str, Any]:
    """Further options for the writer of `target`.

    An image by EasyBuild holds an easystack. Easyconfigs which the release lacks are made of
    the recipes in `context.repositories`, packages which Spack lacks of the easyconfigs in
    `context.easyconfigs` or of an installed EasyBuild, when all files of the output have a
    place.
    """
    if target == "spack":
        wanted = reading.stack or reading.resolution
        if wanted is None or wanted.names != "easybuild":
            return {}
        options: dict[str, Any] = {"implied": easybuild_features(context)}
        if context.repositories and context.options.get("directory"):
            options["recipes"] = easybuild_recipes(context, reading)
        return options
    if target in GENERATED and context.repositories and context.options.get("directory"):
        held = reading.stack or reading.resolution or reading.recipe
        if held is not None and held.names in ("spack", None):
            return {"recipes": spack_recipes(context)}
    if target not in IMAGES or context.route != "easybuild":
        return {}
    from stackbridge.ecosystems import format_named

    easystack = format_named("easystack").load_writer().write(reading, replace(context, route=None))
    return {"easystack": easystack}


def spack_recipes(
    context: Context,
) -> Callable[[Package, Callable[[str], str | None]], tuple[Recipe, tuple[Notice, ...]] | None]:
    """How packages of the context's repositories are built; they are read at the first question.

    None for a package that none of them has; InputError for a version that it has not.
    """
    opened: list[Index] = []

    def recipes(
        package: Package, known: Callable[[str], str | None]
    ) -> tuple[Recipe, tuple[Notice, ...]] | None:
        from stackbridge.ecosystems.spack.index import open_index
        from stackbridge.ecosystems.spack.recipes.recipe_reader import recipe_of

        if not opened:
            opened.append(
                open_index(
                    context.repositories, context.cache, "linux", machine=context.architecture
                )
            )
        found = opened[0].package(package.name or "")
        if found is None or found.virtual:
            return None
        return recipe_of(opened[0], package, architecture=context.architecture, known=known)

    return recipes


def easybuild_recipes(context: Context, reading: Reading) -> Callable[[Package], Found | None]:
    """What easyconfigs say of packages; they are looked for at the first question.

    An easyconfig that was read is among them, wherever it lies.
    """
    opened: list[Callable[[Package], Found | None]] = []

    def recipes(package: Package) -> Found | None:
        from stackbridge.ecosystems.easybuild.choosing.offers import open_release
        from stackbridge.ecosystems.easybuild.robot_recipes import RobotRecipes

        if not opened:
            places = context.easyconfigs or installed_easyconfigs()
            index = open_release(replace(context, easyconfigs=places)).index
            opened.append(RobotRecipes(index, context.architecture, given_easyconfigs(reading)))
        return opened[0](package)

    return recipes


def easybuild_features(context: Context) -> Callable[[Package], tuple[Feature, ...]]:
    """What holds of a package by its easyconfig, of the context's or the shipped release."""
    opened: list[tuple[RobotRecipes, Resolver]] = []

    def features(package: Package) -> tuple[Feature, ...]:
        from stackbridge.ecosystems.easybuild.choosing.offers import open_release
        from stackbridge.ecosystems.easybuild.implied import implied
        from stackbridge.ecosystems.easybuild.robot_recipes import RobotRecipes

        if not opened:
            release = open_release(context)
            opened.append((RobotRecipes(release.index, context.architecture), release.resolver))
        recipes, resolver = opened[0]
        return implied(package, recipes.entry(package), resolver)

    return features


def given_easyconfigs(reading: Reading) -> dict[str, str]:
    """The easyconfig that was read, by its file's name."""
    file = reading.recipe.place.file if reading.recipe is not None else None
    if file is None or not Path(file).is_file():
        return {}
    return {file: Path(file).read_text(encoding="utf-8", errors="replace")}


def installed_easyconfigs() -> tuple[str, ...]:
    """The easyconfigs of the EasyBuild in this Python environment, or of the `eb` on PATH."""
    program = shutil.which("eb")
    prefixes = [Path(sys.prefix)]
    if program is not None:
        prefixes.append(Path(program).resolve().parent.parent)
    found = (prefix / "easybuild" / "easyconfigs" for prefix in prefixes)
    return tuple(str(place) for place in found if place.is_dir())[:1]
