"""Writer of packages.yaml: what is installed (a Resolution) -> externals.

One external for each installed node: its exact version, the variants that are known, prefix,
modules, and its dependencies on other externals by `id`, with kinds and virtuals. Compilers
get `extra_attributes:compilers`. Variants that are not known are filled by Spack with the
recipe's defaults, which may be false: a notice says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stackbridge.catalog.spelling import dated
from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.spack.environments.emitter import emit
from stackbridge.ecosystems.spack.installed.externals_check import target_alias, version_doubts
from stackbridge.ecosystems.spack.language.formatting import format_spec
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Package
from stackbridge.hub.resolution import Node, Resolution
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog

__all__ = ["COMPILERS", "external_packages", "write"]

COMPILERS: dict[str, dict[str, str]] = {
    "gcc": {"c": "bin/gcc", "cxx": "bin/g++", "fortran": "bin/gfortran"},
    "llvm": {"c": "bin/clang", "cxx": "bin/clang++", "fortran": "bin/flang"},
    "aocc": {"c": "bin/clang", "cxx": "bin/clang++", "fortran": "bin/flang"},
    "intel-oneapi-compilers": {"c": "bin/icx", "cxx": "bin/icpx", "fortran": "bin/ifx"},
    "nvhpc": {
        "c": "compilers/bin/nvc",
        "cxx": "compilers/bin/nvc++",
        "fortran": "compilers/bin/nvfortran",
    },
    "cce": {"c": "bin/craycc", "cxx": "bin/crayCC", "fortran": "bin/crayftn"},
    "acfl": {"c": "bin/armclang", "cxx": "bin/armclang++", "fortran": "bin/armflang"},
}
"""Compilers and their programs below the prefix, as Spack's recipes look for them."""

_INJECTED = frozenset({"compiler-wrapper", "gcc-runtime", "intel-oneapi-runtime", "glibc", "musl"})


def write(reading: Reading, context: Context) -> Writing:
    """packages.yaml. Raises `InputError` where nothing installed is known."""
    resolution = reading.resolution
    if resolution is None:
        raise InputError(
            "there is nothing installed to write",
            hint="packages.yaml is written from a lock file, a database or a site's modules",
        )
    catalog: Catalog | None = None
    if resolution.names not in ("spack", None):
        from stackbridge.catalog.lookup import Catalog as Opened

        catalog = Opened.open(context.catalog)
    packages, notices = external_packages(resolution, catalog)
    if not packages:
        raise InputError(
            "nothing in it is installed somewhere", hint="a prefix or a module is needed"
        )
    for name, rest in resolution.extensions.get("spack", {}).get("packages", {}).items():
        mine = packages.setdefault(name, {})
        mine.update({key: value for key, value in rest.items() if key not in mine})
    text, _ = emit({"packages": packages}, {})
    return Writing(main="packages.yaml", files={"packages.yaml": text}, notices=tuple(notices))


def external_packages(
    resolution: Resolution, catalog: Catalog | None = None
) -> tuple[dict[str, Any], list[Notice]]:
    """Spack's package name -> {"externals": [...]}, in the order of the nodes."""
    return _Externals(resolution, catalog).packages()


class _Externals:
    def __init__(self, resolution: Resolution, catalog: Catalog | None) -> None:
        self.resolution = resolution
        self.catalog = catalog
        self.notices: list[Notice] = []
        self.names: dict[str, str] = {}
        self.ids: dict[str, str] = {}

    def note(self, code: Code, node: Node, what: str, *, why: str, instead: str = "") -> None:
        self.notices.append(
            Notice(
                code=code, subject=node.name, what=what, why=why, instead=instead, where=node.place
            )
        )

    def packages(self) -> tuple[dict[str, Any], list[Notice]]:
        nodes = [node for node in self.resolution.nodes if self.usable(node)]
        for node in nodes:
            name = self.name(node)
            if name is not None:
                self.names[node.key] = name
        kept = [node for node in nodes if node.key in self.names]
        needed = Counter(
            edge.child
            for edge in self.resolution.edges
            if edge.parent in self.names and edge.child in self.names
        )
        for node in kept:
            if needed[node.key]:
                self.ids[node.key] = self.id(node)
        found: dict[str, Any] = {}
        for node in kept:
            listed = found.setdefault(self.names[node.key], {"externals": []})["externals"]
            external = self.external(node)
            if any(external["spec"] == other["spec"] for other in listed):
                # Two of one spec make every dependency on it ambiguous to Spack.
                self.note(
                    Code.PACKAGE_MERGED,
                    node,
                    f"`{external['spec']}` is there already",
                    why="what is known of both is the same, and Spack could not choose",
                    instead="the first one is kept",
                )
                continue
            listed.append(external)
        self.guesses(kept)
        return found, self.notices

    def usable(self, node: Node) -> bool:
        """Installed somewhere, and not one of the nodes that Spack adds by itself."""
        installed = node.installed
        if installed is None or not (installed.prefix or installed.modules):
            return False
        return node.name not in _INJECTED

    def name(self, node: Node) -> str | None:
        """Spack's name of the package; None (with a notice) where there is none."""
        if self.catalog is None or self.resolution.names in ("spack", None):
            return node.name
        whose = self.resolution.names or ""
        identity = self.catalog.find(node.name, whose, node.version)
        own = self.catalog.names(identity, whose) if identity is not None else ()
        if any(name.name == node.name and name.part is not None for name in own):
            self.note(
                Code.PACKAGE_LOST,
                node,
                "left out",
                why="it is only a part of what Spack installs under one name",
            )
            return None
        names = self.catalog.names(identity, "spack") if identity is not None else ()
        if names:
            return names[0].name
        self.note(
            Code.PACKAGE_LOST,
            node,
            "left out",
            why="Spack has no package for it, and skips externals of unknown packages in silence",
        )
        return None

    def version(self, node: Node) -> str:
        """The version as Spack spells it: `29Aug2024` is `20240829`."""
        if self.catalog is None or self.resolution.names in ("spack", None):
            return node.version
        spelled = self.catalog.spelled(self.names[node.key], node.version, "spack")
        return spelled or dated(node.version) or node.version

    def id(self, node: Node) -> str:
        given = (node.installed.extensions if node.installed else {}).get("spack", {}).get("id")
        if isinstance(given, str):
            return given
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{self.names[node.key]}-{node.version}")
        return plain if plain not in self.ids.values() else f"{plain}-{len(self.ids)}"

    def external(self, node: Node) -> dict[str, Any]:
        assert node.installed is not None
        entry: dict[str, Any] = {"spec": self.spec(node)}
        if node.installed.prefix:
            entry["prefix"] = node.installed.prefix
        if node.installed.modules:
            entry["modules"] = list(node.installed.modules)
        if node.key in self.ids:
            entry["id"] = self.ids[node.key]
        dependencies = list(self.dependencies(node))
        if dependencies:
            entry["dependencies"] = dependencies
        more = self.more(node)
        if more:
            entry["extra_attributes"] = more
        for doubt in version_doubts(
            node.name, node.version, node.installed.prefix, node.installed.modules
        ):
            self.note(
                Code.EXTERNAL_SUSPECT, node, doubt, why="Spack believes the spec and never looks"
            )
        return entry

    def spec(self, node: Node) -> str:
        target = node.target
        alias = target_alias(target) if target else None
        if alias is not None:
            self.note(
                Code.EXTERNAL_SUSPECT,
                node,
                f"target `{target}` is `{alias}` to archspec",
                why="Spack's targets are archspec's",
                instead=f"target={alias}",
            )
            target = alias
        features = tuple(f for f in node.features if f.name not in ("build_system", "commit"))
        try:
            wanted = Package(
                name=self.names[node.key],
                versions=VersionSet.exactly(self.version(node)),
                features=features,
                platform=node.platform,
                os=node.os,
                target=target,
            )
            return format_spec(wanted)
        except ValueError as error:
            raise InputError(
                f"`{node.name}` can't be an external: {error}",
                file=node.place.file,
                line=node.place.line,
            ) from None

    def dependencies(self, node: Node) -> Iterable[dict[str, Any]]:
        for edge in self.resolution.children(node.key):
            if edge.child not in self.names:
                continue
            item: dict[str, Any] = {"id": self.ids[edge.child]}
            if edge.kinds:
                item["deptypes"] = list(edge.kinds)
            if edge.provides:
                item["virtuals"] = ",".join(edge.provides)
            yield item

    def more(self, node: Node) -> dict[str, Any]:
        """`extra_attributes`: as it was declared, or a compiler's programs below its prefix."""
        assert node.installed is not None
        own = node.installed.extensions.get("spack", {}).get("extra_attributes")
        if own:
            return dict(own)
        programs = COMPILERS.get(self.names[node.key])
        if programs is None or not node.installed.prefix:
            return {}
        prefix = node.installed.prefix.rstrip("/")
        self.note(
            Code.HOST_VALUE_ASSUMED,
            node,
            "its programs are taken to lie at their usual places below the prefix",
            why="Spack needs the path of each compiler, and no one says it",
            instead=", ".join(f"{prefix}/{path}" for path in programs.values()),
        )
        return {"compilers": {lang: f"{prefix}/{path}" for lang, path in programs.items()}}

    def guesses(self, nodes: Iterable[Node]) -> None:
        """One notice for all nodes whose variants are not known."""
        bare = sorted({self.names[n.key] for n in nodes if not n.features})
        if bare:
            shown = ", ".join(bare[:6]) + (", ..." if len(bare) > 6 else "")
            self.notices.append(
                Notice(
                    code=Code.FEATURE_ASSUMED,
                    subject=shown,
                    what=f"the variants of {len(bare)} externals are not known",
                    why="Spack fills in its recipes' defaults, which may be false",
                    instead="add the variants to the specs where they matter (+mpi, +cuda)",
                    where=Place(),
                )
            )
