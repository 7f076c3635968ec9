"""Stack -> manifest, without loss; a resolution is pinned, a recipe becomes one package."""

from __future__ import annotations

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.hub import document
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.pinning import pin, pin_version
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.stack import Stack

__all__ = ["MAIN", "write"]

MAIN = "stackbridge.yaml"


def write(reading: Reading, context: Context) -> Writing:
    """The manifest of a stack, of a resolution (pinned as `context.pin` says, else exactly),
    or of a recipe, whose way of building a manifest can't say.
    """
    stack, notices = _stack(reading, context)
    return Writing(main=MAIN, files={MAIN: document.write(stack)}, notices=notices)


def _stack(reading: Reading, context: Context) -> tuple[Stack, tuple[Notice, ...]]:
    if reading.stack is not None:
        return reading.stack, ()
    if reading.resolution is not None:
        return pin(reading.resolution, context.pin or "exact"), ()
    if reading.recipe is None:
        message = "a reading holds a stack, a resolution or a recipe"
        raise ValueError(message)
    return _of_recipe(reading.recipe, context)


def _of_recipe(recipe: Recipe, context: Context) -> tuple[Stack, tuple[Notice, ...]]:
    package = Package(
        name=recipe.name,
        versions=pin_version(recipe.version, context.pin or "exact"),
        features=recipe.features,
        toolchain=recipe.toolchain,
        place=recipe.place,
    )
    stack = Stack(
        name=recipe.name,
        description=recipe.description,
        names=recipe.names,
        entries=(package,),
    )
    notice = Notice(
        code=Code.SOURCE_LOST,
        subject=recipe.name,
        what="how it is built is left out",
        why="a manifest says what is wanted, not how it is built",
        instead=f"the package with its version {recipe.version}",
        where=recipe.place,
    )
    return stack, (notice,)
