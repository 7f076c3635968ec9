"""The manifest's reading half: YAML nodes to hub objects, collecting what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, cast

from stackbridge.errors import InputError
from stackbridge.hub._document_shapes import Shapes
from stackbridge.hub.notices import Place
from stackbridge.hub.package import Dependency, Feature, Flag, Package, Toolchain
from stackbridge.hub.shortform import FLAGS, parse, parse_toolchain, parse_versions
from stackbridge.hub.stack import Container, Definition, Entry, Group, Matrix, Rule, Stack, Use
from stackbridge.hub.versions import ANY, VersionSet
from stackbridge.yamltext import Node

__all__ = [
    "CONTAINER_KEYS",
    "DEFINITION_KEYS",
    "DEPENDENCY_KEYS",
    "FEATURE_KEYS",
    "FLAG_KEYS",
    "GROUP_KEYS",
    "MATRIX_KEYS",
    "PACKAGE_KEYS",
    "RULE_KEYS",
    "STACK_KEYS",
    "TOOLCHAIN_KEYS",
    "USE_KEYS",
    "Reader",
]

STACK_KEYS = (
    "stackbridge",
    "name",
    "description",
    "names",
    "toolchain",
    "targets",
    "gpus",
    "os",
    "container",
    "unify",
    "definitions",
    "packages",
    "groups",
    "rules",
    "extensions",
)
PACKAGE_KEYS = (
    "package",
    "name",
    "namespace",
    "version",
    "features",
    "flags",
    "toolchain",
    "dependencies",
    "platform",
    "os",
    "target",
    "gpus",
    "hash",
    "explicit",
    "extensions",
)
MATRIX_KEYS = ("matrix", "exclude")
USE_KEYS = ("use", "as")
FEATURE_KEYS = ("value", "exactly", "propagated")
FLAG_KEYS = ("name", "value", "propagated")
TOOLCHAIN_KEYS = ("name", "version", "parts")
DEPENDENCY_KEYS = ("package", "kinds", "provides", "direct", "propagated", "when")
DEFINITION_KEYS = ("name", "when", "packages")
GROUP_KEYS = ("name", "needs", "explicit", "packages", "rules", "extensions")
STRENGTHS = ("require", "prefer", "conflict", "default")
RULE_KEYS = ("for", *STRENGTHS, "policy", "when", "message")
CONTAINER_KEYS = ("base", "command", "labels")


class Reader(Shapes):
    """Reads a manifest's nodes."""

    # -- the whole

    def stack(self, node: Node) -> Stack | None:
        found = self.mapping(node, "", STACK_KEYS, ("stackbridge", "name"))
        if found is None:
            return None
        if (version := found.get("stackbridge")) is not None and version.text != "1":
            self.fail(version, "stackbridge", "only version 1 of the manifest is known", "write 1")
        return Stack(
            name=self.maybe(found, "name", self.text) or "",
            description=self.maybe(found, "description", self.text) or "",
            names=self.maybe(found, "names", self.text),
            toolchain=self.maybe(found, "toolchain", self.toolchain),
            targets=self.maybe(found, "targets", self.texts) or (),
            gpus=self.maybe(found, "gpus", self.texts) or (),
            os=self.maybe(found, "os", self.text),
            container=self.maybe(found, "container", self.container),
            unify=cast(
                'Literal["together", "separately", "when-possible"] | None',
                self.choice(found, "unify", ("together", "separately", "when-possible")),
            ),
            definitions=self.maybe(found, "definitions", self.definitions) or (),
            entries=self.maybe(found, "packages", self.named_entries) or (),
            groups=self.items(found, "groups", self.group),
            rules=self.items(found, "rules", self.rule),
            extensions=self.extensions(found),
            place=self.place(node, ""),
        )

    def container(self, node: Node, path: str) -> Container | None:
        found = self.mapping(node, path, CONTAINER_KEYS)
        if found is None:
            return None
        labels = self.maybe(found, "labels", self.free_mapping, path) or {}
        return Container(
            base=self.maybe(found, "base", self.text, path),
            command=self.maybe(found, "command", self.texts, path) or (),
            labels=MappingProxyType(
                {
                    key: self.text(value, f"{path}.labels.{key}") or ""
                    for key, value in labels.items()
                }
            ),
        )

    def definitions(self, node: Node, path: str) -> tuple[Definition, ...]:
        """A mapping from name to entries, or a list where names repeat or have conditions."""
        if node.kind != "mapping":
            return self.list(node, path, self.definition)
        return tuple(
            Definition(
                name=name,
                entries=self.entries(value, f"{path}.{name}"),
                place=self.place(node.keys[name], f"{path}.{name}"),
            )
            for name, value in node.entries.items()
        )

    def definition(self, node: Node, path: str) -> Definition | None:
        found = self.mapping(node, path, DEFINITION_KEYS, ("name", "packages"))
        if found is None:
            return None
        return Definition(
            name=self.maybe(found, "name", self.text, path) or "",
            entries=self.maybe(found, "packages", self.entries, path) or (),
            when=self.maybe(found, "when", self.text, path),
            place=self.place(node, path),
        )

    def group(self, node: Node, path: str) -> Group | None:
        found = self.mapping(node, path, GROUP_KEYS, ("name", "packages"))
        if found is None:
            return None
        return Group(
            name=self.maybe(found, "name", self.text, path) or "",
            entries=self.maybe(found, "packages", self.named_entries, path) or (),
            needs=self.maybe(found, "needs", self.texts, path) or (),
            explicit=self.switch(found, "explicit", path, default=True),
            rules=self.items(found, "rules", self.rule, path),
            extensions=self.extensions(found, path),
            place=self.place(node, path),
        )

    def rule(self, node: Node, path: str) -> Rule | None:
        found = self.mapping(node, path, RULE_KEYS, ("for",))
        if found is None:
            return None
        strengths = [key for key in STRENGTHS if key in found]
        if len(strengths) != 1:
            what = "says nothing" if not strengths else "says two things"
            hint = "write one of `require`, `prefer`, `conflict`, `default`"
            self.fail(node, path, f"the rule {what}", hint)
            return None
        strength = strengths[0]
        choices = found[strength]
        nodes = choices.items if choices.kind == "sequence" else (choices,)
        packages = (self.package(item, f"{path}.{strength}") for item in nodes)
        policy = self.choice(found, "policy", ("one", "any", "all"), path) or "all"
        return Rule(
            subject=self.maybe(found, "for", self.text, path) or "",
            strength=cast('Literal["require", "prefer", "conflict", "default"]', strength),
            choices=tuple(package for package in packages if package is not None),
            policy=cast('Literal["one", "any", "all"]', policy),
            when=self.maybe(found, "when", self.package, path),
            message=self.maybe(found, "message", self.text, path),
            place=self.place(node, path),
        )

    # -- entries

    def entries(self, node: Node, path: str) -> tuple[Entry, ...]:
        return self.list(node, path, self.entry)

    def named_entries(self, node: Node, path: str) -> tuple[Entry, ...]:
        """Entries which stand for themselves, so that each package needs a name."""
        found = self.entries(node, path)
        for entry in found:
            if isinstance(entry, Package) and entry.name is None:
                self.errors.append(
                    InputError(
                        f"{entry.place.path or path}: this package has no name",
                        file=self.file,
                        line=entry.place.line,
                        column=entry.place.column,
                        hint="parts of packages belong into a matrix or a definition",
                    )
                )
        return found

    def entry(self, node: Node, path: str) -> Entry | None:
        if node.kind == "mapping" and "matrix" in node.entries:
            return self.matrix(node, path)
        if node.kind == "mapping" and "use" in node.entries:
            return self.use(node, path)
        return self.package(node, path)

    def matrix(self, node: Node, path: str) -> Matrix | None:
        found = self.mapping(node, path, MATRIX_KEYS)
        if found is None:
            return None
        return Matrix(
            rows=self.list(found["matrix"], f"{path}.matrix", self.entries),
            exclude=self.items(found, "exclude", self.package, path),
            place=self.place(node, path),
        )

    def use(self, node: Node, path: str) -> Use | None:
        found = self.mapping(node, path, USE_KEYS)
        if found is None:
            return None
        role = self.choice(found, "as", ("dependency", "compiler"), path)
        return Use(
            name=self.maybe(found, "use", self.text, path) or "",
            role=cast('Literal["dependency", "compiler"] | None', role),
            place=self.place(node, path),
        )

    # -- packages

    def package(self, node: Node, path: str) -> Package | None:
        if node.kind == "scalar":
            text = self.text(node, path)
            return None if text is None else self.short(text, node, path)
        if node.kind == "mapping" and len(node.entries) == 1 and "@" in next(iter(node.entries)):
            hint = "a colon before a blank ends a key: write `@>=1.2` for `@1.2:`, or quote it all"
            self.fail(node, path, "a package with an open range needs quotes", hint)
            return None
        found = self.mapping(node, path, PACKAGE_KEYS)
        if found is None:
            return None
        if "package" in found:
            return self.short_with_more(node, found, path)
        return Package(
            name=self.maybe(found, "name", self.text, path),
            namespace=self.maybe(found, "namespace", self.text, path),
            versions=self.maybe(found, "version", self.versions, path) or ANY,
            features=self.maybe(found, "features", self.features, path) or (),
            flags=self.maybe(found, "flags", self.flags, path) or (),
            toolchain=self.maybe(found, "toolchain", self.toolchain, path),
            dependencies=self.items(found, "dependencies", self.dependency, path),
            platform=self.maybe(found, "platform", self.text, path),
            os=self.maybe(found, "os", self.text, path),
            target=self.maybe(found, "target", self.text, path),
            gpus=self.maybe(found, "gpus", self.texts, path) or (),
            hash=self.maybe(found, "hash", self.text, path),
            explicit=self.switch(found, "explicit", path, default=True),
            extensions=self.extensions(found, path),
            place=self.place(node, path),
        )

    def short(self, text: str, node: Node, path: str) -> Package | None:
        column = node.column + (1 if node.quoted else 0)
        try:
            return parse(text, Place(file=self.file, line=node.line, column=column, path=path))
        except InputError as error:
            error.message = f"{path}: {error.message}"
            self.errors.append(error)
            return None

    def short_with_more(self, node: Node, found: Mapping[str, Node], path: str) -> Package | None:
        """`package: <short form>`, with what the short form can't say beside it."""
        for key in found.keys() - {"package", "explicit", "extensions"}:
            hint = "say it in the short form, or all of it in the long form (`name:`)"
            self.fail(node.keys[key], path, f"`{key}` can't stand beside `package`", hint)
        text = self.maybe(found, "package", self.text, path)
        package = self.short(text, found["package"], f"{path}.package") if text else None
        if package is None:
            return None
        return Package(
            **{
                **{name: getattr(package, name) for name in Package.__dataclass_fields__},
                "explicit": self.switch(found, "explicit", path, default=True),
                "extensions": self.extensions(found, path),
                "place": self.place(node, path),
            }
        )

    def versions(self, node: Node, path: str) -> VersionSet | None:
        text = self.text(node, path)
        if text is None:
            return None
        try:
            return parse_versions(text)
        except ValueError as error:
            self.fail(node, path, str(error), 'such as "1.2", "=1.2.3", "1.2:1.4", ">=1.2,<2"')
            return None

    def features(self, node: Node, path: str) -> tuple[Feature, ...]:
        found = self.free_mapping(node, path) or {}
        return tuple(self.feature(key, value, f"{path}.{key}") for key, value in found.items())

    def feature(self, name: str, node: Node, path: str) -> Feature:
        if node.kind != "mapping":
            return Feature(name=name, value=self.feature_value(node, path))
        found = self.mapping(node, path, FEATURE_KEYS, ("value",)) or {}
        value = found.get("value")
        return Feature(
            name=name,
            value=() if value is None else self.feature_value(value, path),
            exactly=self.switch(found, "exactly", path),
            propagated=self.switch(found, "propagated", path),
        )

    def feature_value(self, node: Node, path: str) -> bool | tuple[str, ...]:
        if isinstance(node.value, bool):
            return node.value
        return self.texts(node, path)

    def flags(self, node: Node, path: str) -> tuple[Flag, ...]:
        """A mapping from name to text, or a list where names repeat or are propagated."""
        if node.kind != "mapping":
            return self.list(node, path, self.flag)
        found = self.mapping(node, path, FLAGS) or {}
        return tuple(
            Flag(name=name, value=self.text(value, f"{path}.{name}") or "")
            for name, value in found.items()
        )

    def flag(self, node: Node, path: str) -> Flag | None:
        found = self.mapping(node, path, FLAG_KEYS, ("name", "value"))
        if found is None:
            return None
        return Flag(
            name=self.choice(found, "name", FLAGS, path) or "",
            value=self.maybe(found, "value", self.text, path) or "",
            propagated=self.switch(found, "propagated", path),
        )

    def toolchain(self, node: Node, path: str) -> Toolchain | None:
        if node.kind == "scalar":
            text = self.text(node, path)
            toolchain = parse_toolchain(text) if text else None
            if text and toolchain is None:
                self.fail(node, path, f"`{text}` is no toolchain", "such as `foss-2024a`, `system`")
            return toolchain
        found = self.mapping(node, path, TOOLCHAIN_KEYS)
        if found is None:
            return None
        parts = self.maybe(found, "parts", self.free_mapping, path) or {}
        packages = {
            role: self.package(part, f"{path}.parts.{role}") for role, part in parts.items()
        }
        return Toolchain(
            name=self.maybe(found, "name", self.text, path),
            version=self.maybe(found, "version", self.text, path),
            parts=MappingProxyType({role: part for role, part in packages.items() if part}),
        )

    def dependency(self, node: Node, path: str) -> Dependency | None:
        """`^name`, `%name`, plain `name` (anywhere below), or a mapping."""
        if node.kind == "scalar":
            package = self.package(node, path)
            if package is None:
                return None
            if package.name is not None:
                return Dependency(package=package)
            if len(package.dependencies) == 1 and package == Package(
                dependencies=package.dependencies
            ):
                return package.dependencies[0]
            self.fail(node, path, "that is not one dependency", "such as `^fftw@3.3`, `%gcc@13`")
            return None
        found = self.mapping(node, path, DEPENDENCY_KEYS, ("package",))
        if found is None:
            return None
        package = self.maybe(found, "package", self.package, path)
        return Dependency(
            package=package or Package(),
            kinds=self.maybe(found, "kinds", self.texts, path) or (),
            provides=self.maybe(found, "provides", self.texts, path) or (),
            direct=self.switch(found, "direct", path),
            propagated=self.switch(found, "propagated", path),
            when=self.maybe(found, "when", self.package, path),
        )
