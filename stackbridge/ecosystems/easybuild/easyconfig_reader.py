"""One easyconfig -> hub: its recipe, and a stack that asks for exactly this package.

The package carries all parameters under `extensions.easybuild` (`carrying`), so that the
easyconfig can be written again. With the option `resolve` in the context the resolution is
filled in as well: every easyconfig that EasyBuild's robot would build, in order, from the
robot path in `Context.easyconfigs` or, without one, from the shipped release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.easybuild.easyconfigs.sources import (
    components_of,
    patches_of,
    sources_of,
)
from stackbridge.ecosystems.easybuild.language.evaluate import MANDATORY, Evaluated
from stackbridge.ecosystems.easybuild.language.templates import (
    resolve,
    resolve_text,
    template_values,
)
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM, Entry, entry_of, full_version
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Dependency, Package, Toolchain
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.resolution import Edge, Node, Resolution, Root
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.resolving.closure import Closure, Needed
    from stackbridge.ecosystems.easybuild.resolving.resolution import Library, Resolver

__all__ = ["BUILD_SYSTEMS", "read", "recipe_of", "resolution_of"]

# Easyblock -> neutral word for the build system.
BUILD_SYSTEMS: Mapping[str, str] = {
    "Binary": "binary", "BuildEnv": "generic", "Bundle": "bundle", "Cargo": "cargo",
    "CargoPythonBundle": "python", "CargoPythonPackage": "python", "CMakeMake": "cmake",
    "CMakeMakeCp": "cmake", "CMakeNinja": "cmake", "CMakePythonPackage": "python",
    "ConfigureMake": "autotools", "ConfigureMakePythonPackage": "python", "GoPackage": "go",
    "JAR": "binary", "JuliaBundle": "julia", "JuliaPackage": "julia", "MakeCp": "make",
    "MesonNinja": "meson", "PackedBinary": "binary", "PerlBundle": "perl", "PerlModule": "perl",
    "PythonBundle": "python", "PythonPackage": "python", "RPackage": "r", "Rpm": "binary",
    "RubyGem": "ruby", "SCons": "scons", "SystemCompiler": "binary", "Tarball": "binary",
    "Toolchain": "toolchain", "Waf": "waf",
}  # fmt: skip
"""What the generic easyblocks do."""


def read(source: Input, context: Context) -> Reading:
    """Read an easyconfig. InputError with file and line where EasyBuild could not read it."""
    from stackbridge.ecosystems.easybuild.easyconfigs.carrying import package_of
    from stackbridge.ecosystems.easybuild.easyconfigs.layout import read_layout

    layout, evaluated, notices = read_layout(
        source.text, source.file, environment=context.environment
    )
    entry = _checked(evaluated, context)
    recipe, said = recipe_of(evaluated, entry, context.architecture)
    place = Place(file=source.file, line=evaluated.line("name"))
    package = package_of(layout, evaluated, place=place)
    resolution = None
    if context.options.get("resolve"):
        resolution, more = _resolve(entry, context)
        said = (*said, *more)
    return Reading(
        stack=Stack(
            name=_stem(source.file) or entry.name,
            names="easybuild",
            toolchain=recipe.toolchain,
            entries=(package,),
            place=place,
        ),
        recipe=recipe,
        resolution=resolution,
        notices=(*notices, *said),
    )


def _checked(evaluated: Evaluated, context: Context) -> Entry:
    missing = [name for name in MANDATORY if name not in evaluated.values]
    lost = [name for name in missing if name in evaluated.unknown]
    if missing:
        name = (lost or missing)[0]
        why = "could not be evaluated" if lost else "is missing"
        raise InputError(
            f"`{name}` {why}",
            file=evaluated.file,
            line=evaluated.line(name),
            hint=f"an easyconfig says at least {', '.join(MANDATORY)}",
        )
    return entry_of(evaluated, _stem(evaluated.file) + ".eb", context.architecture)


def _stem(file: str | None) -> str:
    base = (file or "").replace("\\", "/").rpartition("/")[2]
    return base.removesuffix(".eb")


def _toolchain(name: str, version: str) -> Toolchain:
    return Toolchain(name="system") if name == "system" else Toolchain(name=name, version=version)


def recipe_of(
    evaluated: Evaluated, entry: Entry, architecture: str = "x86_64"
) -> tuple[Recipe, tuple[Notice, ...]]:
    """The recipe of an evaluated easyconfig, and what of it could not be said."""
    values = evaluated.values
    named = [(item.name, item.version) for item in (*entry.dependencies, *entry.build)]
    templates = template_values(values, named, architecture=architecture)
    dependencies: list[Dependency] = []
    said: list[Notice] = []
    for kinds, items in ((("build",), entry.build), (("link", "run"), entry.dependencies)):
        for item in items:
            own: dict[str, Any] = {}
            versions = None
            if item.external:
                own["external_module"] = True
            else:
                text = resolve_text(item.version or "", templates)
                try:
                    versions = VersionSet.exactly(text)
                except ValueError:
                    said.append(
                        Notice(
                            code=Code.VERSION_LOST,
                            subject=item.name,
                            what=f"the version `{text}` of this dependency is lost",
                            why="it is no version",
                            where=Place(file=evaluated.file, line=evaluated.line("dependencies")),
                        )
                    )
            if item.suffix:
                own["versionsuffix"] = resolve_text(item.suffix, templates)
            package = Package(
                name=resolve_text(item.name, templates),
                toolchain=None if item.toolchain is None else _toolchain(*item.toolchain),
                extensions={"easybuild": own} if own else {},
            )
            if versions is not None:
                package = _with_versions(package, versions)
            dependencies.append(Dependency(package=package, kinds=kinds, direct=True))
    options = resolve(values.get("configopts") or "", templates)
    easyblock = entry.easyblock
    sources = sources_of(values, templates, easyblock)
    place = Place(file=evaluated.file)
    said += (
        Notice(
            code=Code.CHECKSUM_MISSING,
            subject=entry.name,
            what=f"{source.filename} has no sha256 checksum",
            why="the easyconfig gives none",
            where=Place(file=evaluated.file, line=evaluated.line("sources")),
        )
        for source in sources
        if source.sha256 is None and source.git is None
    )
    recipe = Recipe(
        name=entry.name,
        version=entry.version,
        names="easybuild",
        homepage=_text(values.get("homepage"), templates),
        description=_text(values.get("description"), templates).strip(),
        toolchain=_toolchain(*entry.toolchain),
        build_system=BUILD_SYSTEMS.get(easyblock or "", "generic"),
        sources=sources,
        patches=patches_of(values, templates),
        dependencies=tuple(dependencies),
        options=tuple(map(str, options))
        if isinstance(options, (list, tuple))
        else ((str(options),) if options else ()),
        components=components_of(values, templates, easyblock),
        category=entry.moduleclass,
        installs=_installs(resolve(values.get("sanity_check_paths"), templates)),
        extensions={
            "easybuild": {
                "versionsuffix": resolve_text(entry.suffix, templates),
                "easyblock": easyblock or f"EB_{entry.name}",
            }
        },
        place=place,
    )
    return recipe, tuple(said)


def _with_versions(package: Package, versions: VersionSet) -> Package:
    from dataclasses import replace

    return replace(package, versions=versions)


def _text(value: Any, templates: Mapping[str, str]) -> str:
    return resolve_text(value, templates) if isinstance(value, str) else ""


def _installs(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        return {}
    return {
        str(kind): tuple(item for item in listed if isinstance(item, str))
        for kind, listed in value.items()
        if isinstance(listed, (list, tuple))
    }


# ---- the resolution


class _Beside:
    """A library that also knows the file which was given."""

    def __init__(self, library: Library, entry: Entry) -> None:
        self._library = library
        self._entry = entry

    def locate(self, name: str, version: str) -> Entry | None:
        found = self._library.locate(name, version)
        if found is None and name == self._entry.name:
            own = self._entry
            if version == full_version(own.version, own.toolchain, own.suffix, own.prefix):
                return own
        return found


def _resolve(entry: Entry, context: Context) -> tuple[Resolution, tuple[Notice, ...]]:
    from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver

    library: Library
    if context.easyconfigs:
        from stackbridge.ecosystems.easybuild.resolving.robot import RobotPath

        library = RobotPath(context.easyconfigs, architecture=context.architecture)
    else:
        from stackbridge.ecosystems.easybuild.index import Index

        library = Index.open(architecture=context.architecture)
    resolver = Resolver(_Beside(library, entry), architecture=context.architecture)
    return resolution_of([entry], resolver)


def resolution_of(
    entries: list[Entry], resolver: Resolver
) -> tuple[Resolution, tuple[Notice, ...]]:
    """What the robot finds, as a resolution; keys are names of modules.

    A missing dependency is a node without an easyconfig and a notice; a cycle is a notice.
    """
    closure: Closure = resolver.closure(entries)
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for step in closure.steps:
        own = step.entry
        nodes[step.module] = Node(
            key=step.module,
            name=own.name,
            version=own.version,
            toolchain=_toolchain(*resolver.toolchain(own)),
            extensions={"easybuild": {"easyconfig": own.basename}},
        )
    for step in closure.steps:
        kinds: dict[str, list[str]] = {}
        for need in step.needs:
            nodes.setdefault(need.module, _node(need))
            own_kinds = kinds.setdefault(need.module, [])
            for kind in ("link", "run") if need.kind == "run" else ("build",):
                if kind not in own_kinds:
                    own_kinds.append(kind)
        edges += (
            Edge(parent=step.module, child=module, kinds=tuple(found))
            for module, found in kinds.items()
        )
    notices = [
        Notice(
            code=Code.PACKAGE_LOST,
            subject=item.needed.name,
            what=f"there is no easyconfig for {item.needed.module}",
            why=f"{item.parent.basename} needs it",
            where=Place(file=item.parent.basename),
        )
        for item in closure.missing
    ]
    if closure.cycle:
        notices.append(
            Notice(
                code=Code.STRUCTURE_LOST,
                subject=closure.cycle[0],
                what="the easyconfigs need each other",
                why=" -> ".join(closure.cycle),
            )
        )
    roots = tuple(Root(key=resolver.module(entry)) for entry in entries)
    return (
        Resolution(names="easybuild", nodes=tuple(nodes.values()), edges=tuple(edges), roots=roots),
        tuple(notices),
    )


def _node(need: Needed) -> Node:
    return Node(
        key=need.module,
        name=need.name,
        version=need.version,
        toolchain=None if need.toolchain == SYSTEM else _toolchain(*need.toolchain),
        extensions={"easybuild": {"external_module": True}} if need.external else {},
    )
