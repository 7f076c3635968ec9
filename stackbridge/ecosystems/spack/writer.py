"""Writer of spack.yaml: Stack -> text.

`sections.py` makes the sections, `translation.py` turns other ecosystems' names and words
into Spack's, `releases.py` leaves out what an older release can't read, `emitter.py` writes
the text.
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
from stackbridge.ecosystems.spack.vocabulary import open_vocabulary
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.hub.recipe import Recipe

__all__ = ["write"]

NAMESPACE = "stackbridge"
"""Of the package repository that is written beside an environment."""


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
    if stack.names != "spack" or _has_neutral_words(stack):
        stack, own, rows = to_spack(stack, _catalog(context), open_vocabulary(context))
        notices += own
    files: dict[str, str] = {}
    if reading.recipe is not None and reading.recipe.names != "spack" and _has_room(context):
        stack, files, notices = with_repository(stack, reading.recipe, context, notices)
    release = release_of(context.release)
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


def _has_room(context: Context) -> bool:
    """Whether Spack's recipes are at hand and several files may be written."""
    return bool(context.repositories and context.options.get("directory"))


def with_repository(
    stack: Stack, recipe: Recipe, context: Context, notices: list[Notice]
) -> tuple[Stack, dict[str, str], list[Notice]]:
    """The stack with a package repository that has this recipe, where Spack lacks it.

    The repository lies in `repo/`; the environment names it, and asks for the version as it
    is. Where Spack has that version already, nothing changes.
    """
    from stackbridge.ecosystems.spack.index import open_index
    from stackbridge.ecosystems.spack.recipes.repository_writer import write_repository

    catalog = _catalog(context)

    def named(name: str, whose: str | None) -> str | None:
        found = catalog.find(name, whose) if catalog is not None else None
        names = found.names.get("spack", ()) if found is not None else ()
        return names[0].name if names else None

    known = open_index(context.repositories, context.cache, "linux", machine=context.architecture)
    name = named(recipe.name, recipe.names)
    facts = known.package(name) if name else None
    if facts is not None and any(version.version == recipe.version for version in facts.versions):
        return stack, {}, notices
    made, more = write_repository([recipe], NAMESPACE, known, named)
    packages = [path.split("/")[-2] for path in made if path.endswith("/package.py")]
    if not packages:
        return stack, {}, [*notices, *more]
    own = name or packages[0].replace("_", "-")
    entries = tuple(
        replace(entry, name=own, versions=VersionSet.exactly(recipe.version))
        if isinstance(entry, Package) and entry.name in (own, recipe.name)
        else entry
        for entry in stack.entries
    )
    if not any(isinstance(entry, Package) and entry.name == own for entry in entries):
        entries += (Package(name=own, versions=VersionSet.exactly(recipe.version)),)
    settings = dict(stack.extensions.get("spack", {}))
    settings["repos"] = {NAMESPACE: f"./repo/spack_repo/{NAMESPACE}", **settings.get("repos", {})}
    stack = replace(stack, entries=entries, extensions={**stack.extensions, "spack": settings})
    # What was said of the version and of the name no longer holds.
    settled = {Code.VERSION_APPROXIMATED, Code.PACKAGE_LOST, Code.PACKAGE_ABSENT, Code.NAME_UNKNOWN}
    kept = [n for n in notices if n.code not in settled or n.subject not in (own, recipe.name)]
    kept.append(
        Notice(
            code=Code.PACKAGE_GENERATED,
            subject=own,
            what=f"version {recipe.version} was added in a package repository",
            why="Spack's packages do not have it",
            instead=f"`repo/`, namespace `{NAMESPACE}`",
        )
    )
    return stack, {f"repo/{path}": text for path, text in made.items()}, [*kept, *more]


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
    return bool(stack.toolchain or stack.targets or stack.gpus or stack.os or stack.container)


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
