"""What the easyconfigs of a robot path say of a package: its recipe, and those of its members.

    recipes = RobotRecipes(Index.open([directory]))
    found = recipes(Package(name="waLBerla", versions=VersionSet.exactly("6.1")))

Only the easyconfigs that are asked for are read. The one meant is the file that the package
names (`extensions.easybuild.file`), else the one of its version, toolchain and suffix, else
one of its version. Extensions and components become recipes of their own: with their sources
and the build system of their easyblock, and the dependencies of the whole, since an
easyconfig says no more.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems.easybuild.easyconfig_reader import BUILD_SYSTEMS, recipe_of
from stackbridge.ecosystems.easybuild.easyconfigs.sources import sources_of
from stackbridge.ecosystems.easybuild.index import version_key
from stackbridge.ecosystems.easybuild.language.evaluate import Evaluated, evaluate
from stackbridge.ecosystems.easybuild.language.parameters import easyblock_of, parameters
from stackbridge.ecosystems.easybuild.language.templates import resolve, template_values
from stackbridge.ecosystems.easybuild.resolving.entries import Entry, entry_of, full_version
from stackbridge.ecosystems.easybuild.resolving.module_names import environment_name
from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError, Resolver
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import Component, Patch, Recipe, Source, placeholder

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.index import Index

__all__ = ["Found", "RobotRecipes", "build_system"]

Found = tuple[Recipe, tuple[Recipe, ...], tuple[Notice, ...]]
"""A recipe, those of its members, and what of them could not be said."""

# Easyblocks that only set up an environment; nothing of theirs is built.
_NOTHING_BUILT = frozenset(
    {"BuildEnv", "CrayToolchain", "SystemCompiler", "SystemMPI", "Toolchain"}
)
# What the extensions of a language's own easyconfig are (easyblocks 5.4.1).
_EXTENSIONS: Mapping[str, str] = {
    "EB_Python": "python", "EB_Perl": "perl", "EB_R": "r", "EB_Ruby": "ruby",
}  # fmt: skip
# Generic easyblocks by which a custom one can be told: it knows all of their parameters.
_BASES = (
    ("CMakeMake", "cmake"), ("PythonPackage", "python"), ("MesonNinja", "meson"),
    ("RPackage", "r"), ("PackedBinary", "binary"), ("Tarball", "binary"),
    ("ConfigureMake", "autotools"),
)  # fmt: skip

_LARGEST = 1024 * 1024  # bytes, of a patch
# Where the easyblock Cargo fetches crates (easyblocks 5.4.1, generic/cargo.py).
_CRATES = "https://crates.io/api/v1/crates"
_VARIABLE = re.compile(
    r"\$\{?EBROOT(?P<root>[A-Z0-9_]+)\b\}?|%\((?P<template>installdir|start_dir|builddir)\)s"
    r"|\$\{?(?P<compiler>CC|CXX|FC|F77|F90)\b\}?"
)
# Easyblocks 5.4.1: j/java.py, c/cudnn.py.
_MACHINES: Mapping[str, Mapping[str, str]] = {
    "x86_64": {"jdkarch": "x64", "cudnnarch": "x86_64"},
    "aarch64": {"jdkarch": "aarch64", "cudnnarch": "sbsa"},
}
_NAMED = frozenset({"sources", "source_urls", "checksums"})
_TEMPLATES = {"installdir": "prefix", "start_dir": "source"}
_COMPILERS = {"CC": "c", "CXX": "cxx", "FC": "fortran", "F77": "fortran", "F90": "fortran"}


class RobotRecipes:
    """Recipes by package, from an index with texts; () where it has only names.

    `texts` are easyconfigs by file name which are known besides, such as one that was given.
    """

    def __init__(
        self,
        index: Index,
        architecture: str = "x86_64",
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self._index = index
        self._architecture = architecture
        self._resolver = Resolver(index, architecture=architecture)
        self._given = {
            entry.basename: (entry, evaluated)
            for file, text in (texts or {}).items()
            for evaluated in (evaluate(text, file, architecture=architecture),)
            for entry in (entry_of(evaluated, file.rpartition("/")[2], architecture),)
        }
        self._folders = {Path(file).name: Path(file).parent for file in texts or {}}
        self._made: dict[str, Found | None] = {}

    def __call__(self, package: Package) -> Found | None:
        """The recipe of a package; None where there is no easyconfig or nothing is built.

        Raises InputError for an easyconfig that EasyBuild could not read either.
        """
        entry = self.entry(package)
        if entry is None:
            return None
        if entry.basename not in self._made:
            self._made[entry.basename] = self._read(entry)
        return self._made[entry.basename]

    def entry(self, package: Package) -> Entry | None:
        """The easyconfig that is meant."""
        own = package.extensions.get("easybuild", {})
        file = own.get("file")
        if isinstance(file, str):
            given = self._given.get(file)
            found = given[0] if given is not None else self._index.entry(file)
            if found is not None:
                return found
        suffix = own.get("versionsuffix", "")
        exact = package.versions.exact
        chain = package.toolchain
        for entry, _ in self._given.values():
            if entry.name == package.name and exact is not None and entry.version == str(exact):
                return entry
        name = self._index.exact(package.name or "")
        if name is None:
            return None
        if exact is not None and chain is not None and chain.name is not None:
            found = self._index.locate(
                name, full_version(str(exact), (chain.name, chain.version or ""), suffix)
            )
            if found is not None:
                return found
        fitting = [
            entry
            for entry in self._index.find(name)
            if (
                str(exact) in (entry.version, entry.prefix + entry.version)
                if exact is not None
                else _within(entry.version, package)
            )
        ]
        asked = (chain.name or "", chain.version or "") if chain is not None else ("", "")
        return max(
            fitting,
            key=lambda entry: (
                entry.toolchain == asked,
                entry.toolchain[1] == asked[1],
                entry.suffix == suffix,
                not entry.suffix,
                version_key(entry.version),
                version_key(entry.toolchain[1]),
                entry.file,
            ),
            default=None,
        )

    def _evaluated(self, entry: Entry) -> Evaluated | None:
        given = self._given.get(entry.basename)
        if given is not None:
            return self._for_machine(given[1])
        text = self._index.text(entry)
        if text is None:
            return None
        found = evaluate(text, self._index.path(entry), architecture=self._architecture)
        return self._for_machine(found)

    def _for_machine(self, evaluated: Evaluated) -> Evaluated:
        """With the templates filled in by which two easyblocks name archives of a machine."""
        words = _MACHINES.get(self._architecture, {})
        values = {
            name: _filled(value, words) if name in _NAMED else value
            for name, value in evaluated.values.items()
        }
        return replace(evaluated, values=values)

    def _read(self, entry: Entry) -> Found | None:
        if entry.easyblock in _NOTHING_BUILT:
            return None
        evaluated = self._evaluated(entry)
        if evaluated is None:
            return None
        recipe, notices = recipe_of(evaluated, entry, self._architecture)
        system, custom = build_system(evaluated, entry)
        place = Place(file=entry.basename)
        recipe = replace(
            recipe,
            build_system=system,
            sources=recipe.sources or _first_crate(evaluated, entry),
            patches=self._with_texts(recipe.patches, entry),
            options=option_words(recipe.options[-1:], recipe),
            steps=_steps(evaluated, recipe, entry.easyblock),
            dependencies=self._located(recipe.dependencies, entry),
            place=place,
        )
        said = [
            replace(notice, where=replace(notice.where, file=entry.basename)) for notice in notices
        ]
        said += _unsaid(recipe, evaluated, custom)
        members = (
            replace(member, patches=self._with_texts(member.patches, entry))
            for member in _members(recipe, evaluated, entry)
        )
        return recipe, tuple(members), tuple(said)

    def _with_texts(self, patches: Sequence[Patch], entry: Entry) -> tuple[Patch, ...]:
        """The patches with their texts, which lie beside the easyconfig."""
        if not patches:
            return ()
        given = self._folders.get(entry.basename)
        folder = Path(self._index.path(entry)).parent if given is None else given
        return tuple(replace(patch, text=_text_of(folder, patch.filename)) for patch in patches)

    def _located(self, dependencies: Sequence[Dependency], entry: Entry) -> tuple[Dependency, ...]:
        """Each dependency with the file that the robot would take for it."""
        files: dict[tuple[str, str], str] = {}
        try:
            needs = self._resolver.dependencies(entry)
        except (HierarchyError, InputError):
            needs = ()
        for need in needs:
            found = None if need.external else self._resolver.locate(need.name, need.full_version)
            if found is not None:
                files.setdefault((need.name, need.version), found.basename)
        located = []
        for dependency in dependencies:
            package = dependency.package
            file = files.get((package.name or "", str(package.versions.exact or "")))
            if file is not None:
                own = {**package.extensions.get("easybuild", {}), "file": file}
                package = replace(package, extensions={"easybuild": own})
            located.append(replace(dependency, package=package))
        return tuple(located)


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """The value with these templates replaced, wherever in it they stand."""
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace(f"%({name})s", word)
        return value
    if isinstance(value, Mapping):
        return {_filled(key, words): _filled(each, words) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_filled(each, words) for each in value)
    return value


def _within(version: str, package: Package) -> bool:
    try:
        return version in package.versions
    except ValueError:
        return False


def _text_of(folder: Path, name: str) -> str | None:
    """A patch beside an easyconfig; None where it is not there, too large, or no text."""
    path = folder / name
    try:
        if "/" in name or path.stat().st_size > _LARGEST:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _first_crate(evaluated: Evaluated, entry: Entry) -> tuple[Source, ...]:
    """The software's own crate, which stands first where a Cargo easyconfig has no sources."""
    crates = evaluated.values.get("crates")
    if entry.easyblock != "Cargo" or not isinstance(crates, (list, tuple)) or not crates:
        return ()
    options = {
        "sources": [
            {
                "download_filename": "download",
                "filename": f"{crates[0][0]}-{entry.version}.tar.gz",
                "source_urls": [f"{_CRATES}/{crates[0][0]}/{entry.version}"],
            }
        ],
        "checksums": evaluated.values.get("checksums"),
    }
    return sources_of(options, {})


_COMMAND = re.compile(r"\$\([^()]*\)|`[^`]*`")
_OPERATOR = re.compile(r"[;&|<>]+")


def _shell_words(line: str) -> tuple[list[str], bool]:
    """The words of a shell line up to its first operator, and whether there is one.

    A command's output is kept as one word, of which nobody knows what it says. Raises
    ValueError where quotes do not match.
    """
    lexer = shlex.shlex(_COMMAND.sub("$(command)", line), posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    end = next((i for i, word in enumerate(words) if _OPERATOR.fullmatch(word)), len(words))
    return words[:end], end < len(words)


def option_words(options: Sequence[str], recipe: Recipe) -> tuple[str, ...]:
    """The arguments of a shell line, with placeholders for what EasyBuild's variables say.

    Commands after the first are left out. The line itself where its quotes do not match.
    """
    roots = {environment_name(d.package.name or ""): d.package.name for d in recipe.dependencies}

    def said(match: re.Match[str]) -> str:
        name = match["root"]
        if name is not None:
            known = roots.get(name)
            return placeholder("prefix", known) if known else match[0]
        if match["template"] is not None:
            kind = _TEMPLATES.get(match["template"])
            return placeholder(kind) if kind is not None else match[0]
        return placeholder("compiler", _COMPILERS[match["compiler"]])

    words: list[str] = []
    for line in options:
        try:
            words += _shell_words(line)[0]
        except ValueError:
            words.append(line)
    return tuple(_VARIABLE.sub(said, word) for word in words)


def build_system(evaluated: Evaluated, entry: Entry) -> tuple[str, str | None]:
    """The neutral word for how it is built, and the custom easyblock that does more than that.

    A custom easyblock is told by the parameters that it has of a generic one, else by what
    the easyconfig shows: the ending of its source, its options and build dependencies.
    """
    block = entry.easyblock
    values = evaluated.values
    if block == "BinariesTarball":
        return "binary", None
    if block == "CmdCp":
        return ("make" if "make" in repr(values.get("cmds_map")) else "generic"), None
    if block is not None and block in BUILD_SYSTEMS:
        known = BUILD_SYSTEMS[block]
        return ("make" if known == "autotools" and _unconfigured(values) else known), None
    custom = block or easyblock_of(entry.name)
    sources = repr(evaluated.values.get("sources") or "")
    needs = {item.name for item in entry.build}
    options = str(evaluated.values.get("configopts") or "")
    if ".whl'" in sources:
        return "python", custom
    if ".jar'" in sources:
        return "binary", custom
    blocks = parameters().easyblocks
    own = blocks.get(custom, frozenset())
    for base, system in _BASES:
        if own >= blocks[base]:
            return system, custom
    if "CMake" in needs and ("-D" in options or not options):
        return "cmake", custom
    if "Meson" in needs:
        return "meson", custom
    if "SCons" in needs:
        return "scons", custom
    if "--" in options or "Autotools" in needs:
        return "autotools", custom
    if evaluated.values.get("buildopts"):
        return "make", custom
    return "generic", custom


def _unconfigured(values: Mapping[str, Any]) -> bool:
    """Whether it is only made: no configure step, or another command in its place."""
    if "configure" in (values.get("skipsteps") or ()):
        return True
    command = values.get("configure_cmd")
    usual = ("configure", "autogen", "bootstrap", "cmake")
    return isinstance(command, str) and not any(name in command.lower() for name in usual)


def _steps(evaluated: Evaluated, recipe: Recipe, block: str | None) -> dict[str, tuple[str, ...]]:
    """Arguments of `make`, and what is copied where nothing installs it."""
    values = evaluated.values
    templates = template_values(values)
    found: dict[str, tuple[str, ...]] = {}
    for step, name in (("build", "buildopts"), ("install", "installopts")):
        line = resolve(values.get(name) or "", templates)
        if isinstance(line, str) and line.strip():
            found[step] = option_words((line,), recipe)
    copied: list[str] = []
    listed = resolve(values.get("files_to_copy") or (), templates)
    for item in listed if isinstance(listed, (list, tuple)) else ():
        if isinstance(item, str):  # a folder keeps its name
            copied.append(f":{item.removeprefix('%(start_dir)s/')}")
        elif isinstance(item, (list, tuple)) and len(item) == 2 and isinstance(item[1], str):
            patterns = item[0] if isinstance(item[0], (list, tuple)) else [item[0]]
            copied += [
                f"{item[1]}:{each.removeprefix('%(start_dir)s/')}"
                for each in patterns
                if isinstance(each, str)
            ]
    if block == "BinariesTarball":
        copied.append("bin:*")
    if copied:
        found["copy"] = tuple(copied)
    return found


_SHOWN = 4
_STEPS = (
    "preconfigopts", "prebuildopts", "preinstallopts", "postinstallcmds", "postinstallpatches",
    "cmds_map",
)  # fmt: skip


def _unsaid(recipe: Recipe, evaluated: Evaluated, custom: str | None) -> list[Notice]:
    """What a recipe has no words for: the steps of an easyblock, and commands."""
    place = Place(file=recipe.place.file)
    found = []
    if custom is not None:
        found.append(
            Notice(
                code=Code.STEP_SKIPPED,
                subject=recipe.name,
                what=f"what the easyblock {custom} does by itself is left out",
                why="an easyblock is a program, of which the easyconfig says nothing",
                instead=f"built as {recipe.build_system} packages are",
                where=place,
            )
        )
    times = evaluated.values.get("configopts")
    if isinstance(times, (list, tuple)) and len(times) > 1:
        found.append(
            Notice(
                code=Code.STEP_SKIPPED,
                subject=recipe.name,
                what=f"it is built {len(times)} times with other options; the last are taken",
                why="a package is built once",
                where=place,
            )
        )
    steps = [name for name in _STEPS if evaluated.values.get(name)]
    for name in ("configopts", "buildopts", "installopts"):
        line = evaluated.values.get(name)
        if isinstance(line, str) and _goes_on(line):
            steps.append(f"the commands after {name}")
    if steps:
        found.append(
            Notice(
                code=Code.STEP_SKIPPED,
                subject=recipe.name,
                what=f"{', '.join(steps[:_SHOWN])} are left out",
                why="they are commands and options of EasyBuild's own steps",
                where=place,
            )
        )
    return found


def _goes_on(line: str) -> bool:
    try:
        return _shell_words(line)[1]
    except ValueError:
        return False


def _members(recipe: Recipe, evaluated: Evaluated, entry: Entry) -> list[Recipe]:
    """A recipe for each component and extension that has a version."""
    values = evaluated.values
    language = _language(values, entry)
    own: dict[str, Mapping[str, Any]] = {}
    for parameter, defaults in (
        ("components", "default_component_specs"),
        ("exts_list", "exts_default_options"),
    ):
        common = values.get(defaults)
        common = common if isinstance(common, Mapping) else {}
        listed = values.get(parameter)
        for item in listed if isinstance(listed, (list, tuple)) else ():
            if isinstance(item, (list, tuple)) and item and isinstance(item[0], str):
                given = item[2] if len(item) > 2 and isinstance(item[2], Mapping) else {}
                own[item[0]] = {**common, **given}
    templates = template_values(values)
    return [
        _member(recipe, component, own.get(component.name, {}), language, templates)
        for component in recipe.components
        if component.version
    ]


def _language(values: Mapping[str, Any], entry: Entry) -> str:
    """How members are built that do not say it themselves."""
    for name in ("default_easyblock", "exts_defaultclass"):
        block = values.get(name)
        if isinstance(block, str) and block in BUILD_SYSTEMS:
            return BUILD_SYSTEMS[block]
    if (known := BUILD_SYSTEMS.get(entry.easyblock or "")) in ("python", "perl", "r", "ruby"):
        return str(known)
    return _EXTENSIONS.get(entry.easyblock or easyblock_of(entry.name), "generic")


def _member(
    recipe: Recipe,
    component: Component,
    own: Mapping[str, Any],
    language: str,
    templates: Mapping[str, str],
) -> Recipe:
    block = own.get("easyblock")
    system = BUILD_SYSTEMS.get(block, "generic") if isinstance(block, str) else language
    version = component.version or ""
    options = resolve(own.get("configopts") or "", {**templates, "version": version})
    return Recipe(
        name=component.name,
        version=version,
        names=recipe.names,
        description=f"{component.name}, as in EasyBuild's {recipe.name} {recipe.version}.",
        toolchain=recipe.toolchain,
        build_system=system,
        sources=component.sources,
        patches=component.patches,
        dependencies=recipe.dependencies,
        options=option_words((options,), recipe) if isinstance(options, str) else (),
        category=recipe.category,
        place=recipe.place,
    )
