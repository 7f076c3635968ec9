"""Spec text -> hub `Package`, with the meaning that Spack gives it.

`syntax.py` has the grammar. Written down in the hub's words: `%x` is a direct dependency,
`^x` one anywhere below, `%%x` a propagated direct one; `virtuals` are what it `provides`;
`+x`, `k=v` are features, `k:=v` exactly so. A dependency that is named twice becomes one,
as in Spack; the order is otherwise kept.

`legacy` is the meaning of Spack before 1.0: what follows a compiler and its version
belongs to the package, not to the compiler.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from stackbridge.ecosystems.spack.language.syntax import (
    FLAG_NAMES,
    Kind,
    Token,
    split_flags,
    split_key_value,
    tokenize,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import Dependency, Feature, Flag, Package
from stackbridge.hub.versions import ANY, VersionSet

__all__ = [
    "KINDS",
    "LEGACY_COMPILERS",
    "feature_of",
    "parse",
]

# lib/spack/spack/aliases.py: names that mean another package, but only after `%`.
LEGACY_COMPILERS = {
    "clang": "llvm",
    "oneapi": "intel-oneapi-compilers",
    "rocmcc": "llvm-amdgpu",
    "intel": "intel-oneapi-compilers-classic",
    "arm": "acfl",
}
KINDS = ("build", "link", "run", "test")
_LONGEST = 50_000
_DEEPEST = 20
_ARCH_KEYS = {
    "arch": "arch",
    "architecture": "arch",
    "platform": "platform",
    "os": "os",
    "operating_system": "os",
    "target": "target",
}
_RESERVED = {*_ARCH_KEYS, "namespace", "commit", "dev_path", "patches", "build_system"}


def parse(text: str, place: Place = NOWHERE, *, legacy: bool = False) -> Package:
    """The package that `text` asks for; without a name where it has none.

    Raises `InputError` with the file and line of `place`, and with the column within the
    line where `place` has the column at which the text begins.
    """
    if len(text) > _LONGEST:
        raise InputError(f"a spec of {len(text)} characters", hint="a spec is a few words long").at(
            place.file, place.line, place.column
        )
    try:
        package = _parse_cached(text, legacy)
    except InputError as error:
        column = error.column
        if place.line is not None:
            known = place.column is not None and column is not None and "\n" not in text
            column = (place.column or 0) + (column or 1) - 1 if known else place.column
        raise InputError(
            error.message, file=place.file, line=place.line, column=column, hint=error.hint
        ) from None
    return package if place is NOWHERE else replace(package, place=place)


@lru_cache(maxsize=20_000)
def _parse_cached(text: str, legacy: bool) -> Package:
    return _Parser(text, legacy=legacy).whole()


@dataclass(slots=True)
class _Node:
    """A package under construction."""

    name: str | None = None
    namespace: str | None = None
    versions: VersionSet | None = None
    features: dict[str, Feature] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    arch: dict[str, str] = field(default_factory=dict)
    hash: str | None = None
    edges: list[_Edge] = field(default_factory=list)

    def package(self) -> Package:
        return Package(
            name=self.name,
            namespace=self.namespace,
            versions=self.versions if self.versions is not None else ANY,
            features=tuple(self.features.values()),
            flags=tuple(self.flags),
            dependencies=_merged(edge.dependency() for edge in self.edges),
            platform=self.arch.get("platform"),
            os=self.arch.get("os"),
            target=self.arch.get("target"),
            hash=self.hash,
        )


@dataclass(slots=True)
class _Edge:
    node: _Node
    kinds: tuple[str, ...]
    provides: tuple[str, ...]
    direct: bool
    propagated: bool
    when: Package | None

    def dependency(self) -> Dependency:
        return Dependency(
            package=self.node.package(),
            kinds=self.kinds,
            provides=tuple(sorted(set(self.provides))),
            direct=self.direct,
            propagated=self.propagated,
            when=self.when,
        )


def _merged(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Dependencies on one name become one, as Spack's parser makes them.

    Raises `InputError` where they contradict each other.
    """
    from stackbridge.ecosystems.spack.language.algebra import add_dependency

    result: list[Dependency] = []
    for dependency in dependencies:
        result = add_dependency(result, dependency)
    return tuple(result)


class _Parser:
    def __init__(self, text: str, *, legacy: bool, depth: int = 0) -> None:
        self.text = text
        self.legacy = legacy
        self.depth = depth
        self.tokens = list(tokenize(text))
        self.at = 0

    def next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def accept(self, *kinds: Kind) -> Token | None:
        token = self.next()
        if token is None or token.kind not in kinds:
            return None
        self.at += 1
        return token

    def wrong(self, message: str, token: Token | None, hint: str | None = None) -> InputError:
        column = (token.start if token else len(self.text)) + 1
        return InputError(f"{message} in the spec `{self.text}`", column=column, hint=hint)

    def whole(self) -> Package:
        root = self.node()
        current = root
        while True:
            if token := self.accept(Kind.EDGE_START):
                edge = self.properties(token)
            elif token := self.accept(Kind.DEPENDENCY):
                edge = self.assigned(token, "^%")
            else:
                break
            direct = token.text.startswith("%")
            edge.direct = direct
            edge.propagated = token.text.startswith("%%")
            compiler_only = self.legacy and direct
            edge.node = self.node(compiler=compiler_only)
            if direct:
                edge.node.name = LEGACY_COMPILERS.get(edge.node.name or "", edge.node.name)
                current.edges.append(edge)
                if compiler_only:
                    self.attributes(current)
            else:
                current = edge.node
                root.edges.append(edge)
        if (left := self.next()) is not None:
            raise self.wrong(
                f"a second spec begins at `{left.text}`",
                left,
                "one entry is one spec; a dependency is written ^name or %name",
            )
        try:
            return root.package()
        except InputError as error:
            raise InputError(
                f"{error.message} in the spec `{self.text}`", column=1, hint=error.hint
            ) from None

    # ----------------------------------------------------------------------------- edges
    def assigned(self, token: Token, sigils: str) -> _Edge:
        """An edge; a name that follows `virtuals=` is put in front of the other tokens."""
        body = token.text.lstrip(sigils).strip()
        virtuals: tuple[str, ...] = ()
        if body:
            names, _, name = body.partition("=")
            virtuals = tuple(names.split(","))
            kind = Kind.DOTTED_NAME if "." in name else Kind.NAME
            start = token.start + token.text.rindex(name)
            self.at -= 1
            self.tokens[self.at] = Token(kind=kind, text=name, start=start)
        return _Edge(
            node=_Node(), kinds=(), provides=virtuals, direct=False, propagated=False, when=None
        )

    def properties(self, opening: Token) -> _Edge:
        found: dict[str, list[str]] = {}
        places: dict[str, Token] = {}
        while token := self.accept(Kind.PAIR):
            key, _, value = token.text.partition("=")
            key = key.removesuffix(":")
            if key not in ("deptypes", "virtuals", "when"):
                raise self.wrong(
                    f"`{key}` is no property of an edge",
                    token,
                    "an edge has `deptypes`, `virtuals` and `when`",
                )
            found[key] = value.strip("'\" ").split(",")
            places[key] = token
        closing = self.accept(Kind.EDGE_END)
        if closing is None:
            raise self.wrong(
                "the properties of an edge are not closed",
                self.next() or opening,
                "write them as %[when=... virtuals=...] name",
            )
        edge = self.assigned(closing, "]")
        edge.provides = (*found.get("virtuals", ()), *edge.provides)
        for kind in found.get("deptypes", ()):
            if kind not in KINDS:
                raise self.wrong(
                    f"`{kind}` is no kind of dependency",
                    places["deptypes"],
                    "the kinds are build, link, run and test",
                )
        edge.kinds = tuple(k for k in KINDS if k in found.get("deptypes", ()))
        if "when" in found:
            edge.when = self.condition(found["when"][0], places["when"])
        return edge

    def condition(self, text: str, token: Token) -> Package | None:
        if self.depth >= _DEEPEST:
            raise self.wrong("conditions within conditions, too deep", token)
        try:
            package = _Parser(text, legacy=self.legacy, depth=self.depth + 1).whole()
        except InputError as error:
            raise self.wrong(error.message, token, error.hint) from None
        return None if package == Package() else package

    # ----------------------------------------------------------------------------- nodes
    def node(self, *, compiler: bool = False) -> _Node:
        """A name and what is said of it. `compiler`: no more than name and version."""
        node = _Node()
        if token := self.accept(Kind.NAME):
            node.name = None if token.text == "*" else token.text
        elif token := self.accept(Kind.DOTTED_NAME):
            node.namespace, _, node.name = token.text.rpartition(".")
        elif token := self.accept(Kind.FILE):
            raise self.wrong(
                f"`{token.text}` names a file",
                token,
                "give the file itself to `stackbridge convert`; a spec file is not followed",
            )
        self.attributes(node, versions_only=compiler)
        return node

    def attributes(self, node: _Node, *, versions_only: bool = False) -> None:
        while True:
            if token := self.accept(Kind.GIT_PAIR, Kind.GIT, Kind.VERSION):
                self.version(node, token)
            elif versions_only:
                return
            elif token := self.accept(Kind.BOOL):
                self.add(node, token, token.text[1:].strip(), token.text[0] == "+")
            elif token := self.accept(Kind.PROPAGATED_BOOL):
                name = token.text[2:].strip()
                self.add(node, token, name, token.text[0] == "+", propagated=True)
            elif token := self.accept(Kind.PAIR, Kind.PROPAGATED_PAIR):
                key, value, exactly, propagated = split_key_value(token.text)
                self.add(node, token, key, value, exactly=exactly, propagated=propagated)
            elif node.hash is None and (token := self.accept(Kind.HASH)):
                node.hash = token.text[1:]
            else:
                return

    def version(self, node: _Node, token: Token) -> None:
        if node.versions is not None:
            raise self.wrong("a second version", token, "several versions are written @1.2,1.4")
        text = "".join(token.text[1:].split())
        try:
            node.versions = VersionSet.from_ranges(text)
        except ValueError as error:
            raise self.wrong(f"`@{text}` is no version: {error}", token) from None

    def add(
        self,
        node: _Node,
        token: Token,
        key: str,
        value: str | bool,
        *,
        exactly: bool = False,
        propagated: bool = False,
    ) -> None:
        if propagated and key in _RESERVED:
            raise self.wrong(f"`{key}` can't be propagated", token, f"write {key}=")
        if key in _ARCH_KEYS:
            if isinstance(value, bool):
                raise self.wrong(f"`{key}` needs a value", token, f"write {key}=")
            self.architecture(node, token, _ARCH_KEYS[key], value)
        elif key == "namespace":
            node.namespace = str(value)
        elif key in FLAG_NAMES:
            if isinstance(value, bool):
                raise self.wrong(f"`{key}` needs a value", token, f'write {key}="-O2"')
            if flags := split_flags(value):
                node.flags.append(Flag(name=key, value=" ".join(flags), propagated=propagated))
        elif key in node.features:
            raise self.wrong(f"variant `{key}` is given twice", token)
        else:
            try:
                node.features[key] = feature_of(key, value, exactly, propagated)
            except ValueError as error:
                raise self.wrong(str(error), token) from None

    def architecture(self, node: _Node, token: Token, key: str, value: str) -> None:
        if key == "arch":
            parts = value.split("-")
            if len(parts) == 3:
                named = dict(zip(("platform", "os", "target"), parts, strict=True))
            else:
                named = {"target": value}
        else:
            named = {key: value}
        for name, text in named.items():
            if not text or text == "None":
                continue
            if name in node.arch:
                raise self.wrong(f"`{name}` is given twice", token)
            node.arch[name] = text


def feature_of(key: str, value: str | bool, exactly: bool, propagated: bool) -> Feature:
    """One variant: `true` and `false` are booleans, `*` any value, `,` separates values.

    Raises ValueError for `*` among other values.
    """
    if isinstance(value, bool):
        return Feature(name=key, value=value, propagated=propagated)
    if value.upper() in ("TRUE", "FALSE"):
        return Feature(name=key, value=value.upper() == "TRUE", propagated=propagated)
    if value == "*":
        return Feature(name=key, value=("*",), propagated=propagated)
    values = tuple(value.split(","))
    if "*" in values:
        raise ValueError(f"`*` stands alone, not among the values of `{key}`")
    return Feature(
        name=key, value=tuple(sorted(set(values))), exactly=exactly, propagated=propagated
    )
