"""Reader of a site's packages.yaml: its externals -> Resolution of what is installed.

An external without a version, or whose spec can't be read, is left out with a notice, as
Spack leaves it out. `dependencies` (by `id` or `spec`) and inline `%name` become edges when
exactly one external fits. What else the file says of a package (`buildable`, `require`...)
is carried under `extensions["spack"]["packages"]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.environments.environment import scalar_text, tidy
from stackbridge.ecosystems.spack.installed.externals_check import target_alias, version_doubts
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.language.spec import KINDS, parse
from stackbridge.errors import InputError
from stackbridge.hub.merge import satisfies
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import EMPTY, Package
from stackbridge.hub.resolution import Edge, Installed, Node, Resolution
from stackbridge.hub.versions import VersionSet
from stackbridge.yamltext import Node as YamlNode
from stackbridge.yamltext import load, plain

__all__ = ["read"]


@dataclass(slots=True)
class _External:
    key: str
    package: Package
    yaml: YamlNode
    id: str | None


def read(source: Input, context: Context) -> Reading:  # the readers' protocol
    """What the site declares as installed. Raises `InputError` where it is no such file."""
    del context
    root = load(source.text, source.file)
    body = root
    for name in ("spack", "packages"):
        below = body.get(name) or body.get(f"{name}:")
        if below is not None:
            body = below
        elif name == "packages":
            raise InputError(
                "there is no `packages:` here",
                file=source.file,
                line=root.line,
                hint="a site declares what is installed in packages.yaml",
            )
    return _Reader(source.file).read(body)


class _Reader:
    def __init__(self, file: str | None) -> None:
        self.file = file
        self.notices: list[Notice] = []
        self.externals: list[_External] = []
        self.rest: dict[str, Any] = {}

    def note(
        self, code: Code, subject: str, what: str, *, why: str, at: YamlNode, instead: str = ""
    ) -> None:
        where = Place(file=self.file, line=at.line, column=at.column)
        self.notices.append(
            Notice(code=code, subject=subject, what=what, why=why, instead=instead, where=where)
        )

    def read(self, body: YamlNode) -> Reading:
        for written, keys in body.entries.items():
            name = written.removesuffix(":")
            rest = {
                key: tidy(plain(value))
                for key, value in keys.entries.items()
                if key.removesuffix(":") not in ("externals", "paths", "modules")
            }
            if rest:
                self.rest[name] = rest
            for key, value in keys.entries.items():
                if key.removesuffix(":") == "externals":
                    for item in value.items:
                        self.external(name, item)
                elif key in ("paths", "modules") and value.kind == "mapping":
                    self.legacy(name, key, value)
        edges = [edge for external in self.externals for edge in self.edges(external)]
        self.same_ids()
        resolution = Resolution(
            names="spack",
            nodes=tuple(self.node(external) for external in self.externals),
            edges=tuple(edges),
            extensions={"spack": {"packages": self.rest}} if self.rest else EMPTY,
        )
        return Reading(resolution=resolution, notices=tuple(self.notices))

    def external(self, name: str, item: YamlNode) -> None:
        spec = item.get("spec")
        if item.kind != "mapping" or spec is None:
            raise InputError(
                f"an external of `{name}` has no `spec`", file=self.file, line=item.line
            )
        self.add(name, spec, item)

    def legacy(self, name: str, key: str, mapping: YamlNode) -> None:
        """`paths: {spec: prefix}` and `modules: {spec: module}` of Spack before 0.16."""
        self.note(
            Code.SETTING_UPGRADED,
            name,
            f"`{key}:` is read as externals",
            why="Spack wrote them so before 0.16",
            at=mapping,
        )
        for text, value in mapping.entries.items():
            spec = mapping.keys[text]
            entry = {"prefix" if key == "paths" else "modules": value}
            self.add(
                name,
                spec,
                YamlNode(
                    kind="mapping",
                    line=value.line,
                    column=value.column,
                    entries={"spec": spec, **entry},
                ),
            )

    def add(self, name: str, spec: YamlNode, item: YamlNode) -> None:
        text = scalar_text(spec)
        try:
            package = parse(text, Place(file=self.file, line=spec.line, column=spec.column))
        except InputError as error:
            self.note(
                Code.EXTERNAL_SUSPECT,
                name,
                f"the spec `{text}` can't be read; left out",
                why=error.message,
                at=spec,
            )
            return
        if package.name is not None and package.name != name:
            self.note(
                Code.EXTERNAL_SUSPECT,
                name,
                f"`{text}` stands under `{name}`",
                why="an external's spec must be of the package it stands under",
                at=spec,
            )
        if _exact(package) is None:
            self.note(
                Code.EXTERNAL_SUSPECT,
                name,
                f"`{text}` has no version of its own; left out",
                why="Spack leaves out externals whose version is not known",
                at=spec,
            )
            return
        known = item.get("id")
        number = sum(e.package.name == package.name for e in self.externals)
        key = scalar_text(known) if known is not None else f"{name}-{_exact(package)}-{number}"
        self.externals.append(
            _External(key=key, package=package, yaml=item, id=key if known is not None else None)
        )
        self.doubts(name, package, item, spec)

    def doubts(self, name: str, package: Package, item: YamlNode, spec: YamlNode) -> None:
        prefix = item.get("prefix")
        text = scalar_text(prefix) if prefix is not None else None
        for doubt in version_doubts(name, str(_exact(package)), text, _texts(item.get("modules"))):
            self.note(
                Code.EXTERNAL_SUSPECT,
                name,
                doubt,
                why="Spack believes the spec and never looks",
                at=spec,
            )
        alias = target_alias(package.target) if package.target else None
        if alias is not None:
            self.note(
                Code.EXTERNAL_SUSPECT,
                name,
                f"`target={package.target}` is not a name of archspec",
                why="Spack takes an unknown target for one of its own, compatible with nothing",
                instead=f"archspec calls it `{alias}`",
                at=spec,
            )
        if item.get("buildable") is not None:
            self.note(
                Code.SETTING_IGNORED,
                name,
                "`buildable` of a single external has no effect",
                why="it belongs to the package",
                at=item,
            )

    def same_ids(self) -> None:
        seen: set[str] = set()
        for external in self.externals:
            if external.key in seen:
                raise InputError(
                    f"the id `{external.key}` is given twice",
                    file=self.file,
                    line=external.yaml.line,
                    hint="an id stands for one external",
                )
            seen.add(external.key)

    # --------------------------------------------------------------------------- edges
    def edges(self, external: _External) -> list[Edge]:
        found: list[Edge] = []
        declared = external.yaml.get("dependencies")
        for item in declared.items if declared is not None else ():
            deptypes = _texts(item.get("deptypes"))
            virtuals = [v for t in _texts(item.get("virtuals")) for v in t.split(",")]
            known = item.get("id")
            if known is not None:
                keys = [e.key for e in self.externals if e.id == scalar_text(known)]
                wanted = f"id {scalar_text(known)}"
            else:
                spec = item.get("spec")
                package = parse(scalar_text(spec)) if spec is not None else Package()
                keys, wanted = self.fitting(package), canonical(package)
            found += self.edge(
                external, keys, wanted, tuple(deptypes), virtuals=tuple(virtuals), at=item
            )
        for dependency in external.package.dependencies:
            keys = self.fitting(dependency.package)
            wanted = canonical(dependency.package)
            kinds = dependency.kinds or ("build",)
            found += self.edge(
                external, keys, wanted, kinds, virtuals=dependency.provides, at=external.yaml
            )
        return found

    def fitting(self, wanted: Package) -> list[str]:
        return [e.key for e in self.externals if satisfies(_with_exact(e.package), wanted)]

    def edge(
        self,
        parent: _External,
        keys: list[str],
        wanted: str,
        kinds: tuple[str, ...],
        *,
        virtuals: tuple[str, ...],
        at: YamlNode,
    ) -> list[Edge]:
        if len(keys) != 1:
            self.note(
                Code.EXTERNAL_SUSPECT,
                parent.package.name or "?",
                f"the dependency `{wanted}` fits {len(keys) or 'no'} externals",
                why="Spack refuses a dependency that is not exactly one external",
                at=at,
                instead="give the external an `id` and name that" if keys else "declare it too",
            )
            return []
        ordered = tuple(kind for kind in KINDS if kind in kinds) or ("build", "link")
        return [Edge(parent=parent.key, child=keys[0], kinds=ordered, provides=virtuals)]

    def node(self, external: _External) -> Node:
        package, item = external.package, external.yaml
        prefix = item.get("prefix")
        extra = item.get("extra_attributes")
        own: dict[str, Any] = {"external": True}
        if extra is not None:
            own["extra_attributes"] = tidy(plain(extra))
        if external.id is not None:
            own["id"] = external.id
        return Node(
            key=external.key,
            name=package.name or "?",
            version=str(_exact(package)),
            namespace=package.namespace,
            features=package.features,
            flags=package.flags,
            platform=package.platform,
            os=package.os,
            target=package.target,
            installed=Installed(
                prefix=scalar_text(prefix) if prefix is not None else None,
                modules=tuple(_texts(item.get("modules"))),
                extensions={"spack": own},
            ),
            place=package.place,
        )


def _exact(package: Package) -> str | None:
    """The version of an external: `@1.2` means `@=1.2` there."""
    found = package.versions.exact or package.versions.prefixed
    return str(found) if found is not None else None


def _with_exact(package: Package) -> Package:
    from dataclasses import replace

    version = _exact(package)
    return replace(package, versions=VersionSet.exactly(version)) if version else package


def _texts(node: YamlNode | None) -> list[str]:
    if node is None or (node.kind == "scalar" and node.value is None):
        return []
    items = node.items if node.kind == "sequence" else (node,)
    return [scalar_text(item) for item in items if item.kind == "scalar"]
