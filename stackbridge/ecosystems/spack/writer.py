"""Writer of spack.yaml: Stack -> text, and a package repository with what Spack lacks.

`sections.py` makes the sections, `translation.py` turns other ecosystems' names and words
into Spack's, `supply.py` collects what is to be added to Spack's packages, `releases.py`
leaves out what an older release can't read, `emitter.py` writes the text.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems import Context, Delivered, Reading, Writing
from stackbridge.ecosystems.spack.environments.comments import from_values
from stackbridge.ecosystems.spack.environments.emitter import emit
from stackbridge.ecosystems.spack.environments.releases import adapt, release_of, spelling
from stackbridge.ecosystems.spack.environments.sections import apply_layout, sections
from stackbridge.ecosystems.spack.installed.pinned import pinned_stack
from stackbridge.ecosystems.spack.language.formatting import format_spec
from stackbridge.ecosystems.spack.translating.translation import to_spack
from stackbridge.ecosystems.spack.translating.unsaid import packages_of, unsaid
from stackbridge.ecosystems.spack.vocabulary import NAMESPACE, open_vocabulary
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Stack

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems.spack.translating.supply import Found, Recipes, Supply
    from stackbridge.hub.recipe import Recipe

__all__ = ["write"]


def write(reading: Reading, context: Context) -> Writing:
    """spack.yaml for Spack 1.3, or for the release that `context.release` names.

    What has Spack's own words goes through as it is, with nothing to count in `delivered`.
    Raises `InputError` for a reading that holds neither a stack nor a resolution.
    """
    stack = reading.stack
    notices: list[Notice] = []
    rows: tuple[Delivered, ...] = ()
    if stack is None and reading.resolution is not None:
        stack, own = pinned_stack(reading.resolution, context.pin or "exact")
        notices += own
    if stack is None:
        raise InputError("there is no stack to write", hint="give a manifest or an environment")
    notices += unsaid(stack)
    files: dict[str, str] = {}
    release = release_of(context.release)
    if stack.names != "spack" or _has_neutral_words(stack):
        catalog = _catalog(context)
        supply = _supply(reading, context, catalog, stack.names)
        pin = context.pin or "exact"
        stack, own, rows = to_spack(
            stack,
            catalog,
            open_vocabulary(context),
            supply,
            pin,
            groups=release >= (1, 2),
            implied=context.options.get("implied", lambda _package: ()),
        )
        notices += own
        if supply is not None and (files := supply.files()[0]):
            stack = _with_repository(stack)
    stack, own = adapt(stack, release)
    notices += own
    text, own = environment_text(stack, _at_its_place(spelling(release)))
    notices += own
    return Writing(
        main="spack.yaml",
        files={"spack.yaml": text, **files},
        notices=tuple(notices),
        delivered=rows,
    )


def _supply(
    reading: Reading, context: Context, catalog: Catalog | None, names: str | None
) -> Supply | None:
    """What Spack's recipes have, and who can add to them; None where they are not at hand.

    Recipes are added where several files may be written.
    """
    if not context.repositories:
        return None
    from stackbridge.ecosystems.spack.index import open_index
    from stackbridge.ecosystems.spack.translating.supply import Supply

    known = open_index(context.repositories, context.cache, "linux", machine=context.architecture)
    recipes: Recipes | None = context.options.get("recipes")
    if not context.options.get("directory") or names is None:
        recipes = None
    elif recipes is None and reading.recipe is not None:
        recipes = _only(reading.recipe)
    return Supply(recipes or _none, known, catalog, names or "spack")


def _none(_package: Package) -> None:
    return None


def _only(recipe: Recipe) -> Recipes:
    """The recipe that was read, for those who ask for it."""

    def recipes(package: Package) -> Found | None:
        exact = package.versions.exact
        same = package.name == recipe.name and exact is not None and str(exact) == recipe.version
        return (recipe, (), ()) if same else None

    return recipes


def _with_repository(stack: Stack) -> Stack:
    """The stack with the repository in `repo/`, which comes before all others."""
    settings = dict(stack.extensions.get("spack", {}))
    settings["repos"] = {NAMESPACE: f"./repo/spack_repo/{NAMESPACE}", **settings.get("repos", {})}
    return replace(stack, extensions={**stack.extensions, "spack": settings})


def _at_its_place(spell: Callable[[Package], str]) -> Callable[[Package], str]:
    """`spell`, with what can't be said as an error at the package's place."""

    def spelled(package: Package) -> str:
        try:
            return spell(package)
        except ValueError as error:
            where = package.place
            raise InputError(
                str(error),
                file=where.file,
                line=where.line,
                column=where.column,
                hint="Spack's names are letters, digits, `-` and `_`",
            ) from None

    return spelled


def _has_neutral_words(stack: Stack) -> bool:
    """Whether it says something that only a manifest says, although its names are Spack's."""
    whole = stack.toolchain or stack.targets or stack.gpus or stack.os or stack.container
    return bool(whole) or any(package.toolchain or package.gpus for package in packages_of(stack))


def _catalog(context: Context) -> Catalog | None:
    """The catalog, or None where this installation has none."""
    from stackbridge.catalog.lookup import Catalog, shipped_path

    if context.catalog is None and not shipped_path().exists():
        return None
    return Catalog.open(context.catalog)


def environment_text(
    stack: Stack, spell: Callable[[Package], str] = format_spec
) -> tuple[str, list[Notice]]:
    """The text of an environment whose stack has Spack's own names."""
    notices: list[Notice] = []
    made, lost = sections(stack, spell)
    for rule in lost:
        notices.append(
            Notice(
                code=Code.RULE_LOST,
                subject=rule.subject,
                what="a rule is left out",
                why="Spack's `packages:` can't say it",
                where=rule.place,
            )
        )
    own: Mapping[str, Any] = stack.extensions.get("spack", {})
    body = copy.deepcopy(_plain(made))
    apply_layout(body, (own.get("layout") or {}).get("keys", ()))
    comments = from_values(own.get("comments") or ())
    if stack.description and not comments:
        comments = from_values([{"at": [], "before": stack.description.splitlines()}])
    placed = {("spack", *path): entry for path, entry in comments.items()}
    if after := comments.get((), {}).get("after"):
        placed[()] = {"after": after}
    text, used = emit({"spack": body}, placed)
    for path, entry in placed.items():
        if path not in used:
            notices.append(
                Notice(
                    code=Code.COMMENT_LOST,
                    subject="/".join(map(str, path[1:])) or "the file",
                    what=f"a comment is left out: {(entry.get('before') or ['#'])[0]}",
                    why="the value beside which it stood is not there any more",
                )
            )
    return text, notices


def _plain(value: Any) -> Any:
    """Dicts, lists and scalars of whatever holds them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
