"""spack.yaml -> Stack, section by section.

What the hub has a word for becomes part of the Stack (`specs`, `definitions`, `packages`'
rules, `concretizer:unify`); every other section is carried as structured values under
`extensions["spack"][section]`, with an info notice. `when:` is Python in Spack: it stays an
opaque text and is never evaluated. Outdated files go through `upgrade.py` first.

A scalar follows Spack's YAML dialect: a trailing `:` (that of `key::`) is no part of it,
unless it holds an `@`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from stackbridge.ecosystems.spack.environments import packages_section
from stackbridge.ecosystems.spack.environments.includes import Included
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Definition, Entry, Group, Matrix, Rule, Stack, Unify, Use
from stackbridge.yamltext import Node, plain

__all__ = ["SECTIONS", "UNIFY", "EnvironmentReader", "with_included"]

SECTIONS = (
    "include",
    "definitions",
    "specs",
    "view",
    "concretizer",
    "packages",
    "toolchains",
    "compilers",
    "config",
    "modules",
    "env_vars",
    "develop",
    "repos",
    "mirrors",
    "upstreams",
    "bootstrap",
    "container",
    "include_concrete",
    "ci",
    "cdash",
)
"""The sections of an environment (schema of Spack 1.3), in the order in which we write."""

UNIFY: Mapping[bool | str, Unify] = {
    True: "together",
    False: "separately",
    "when_possible": "when-possible",
}
_REFERENCE = re.compile(r"\$([\^%]?)(.*)", re.DOTALL)


class EnvironmentReader:
    """Reads one environment; collects notices on the way."""

    def __init__(self, file: str | None, *, legacy: bool = False) -> None:
        self.file = file
        self.legacy = legacy
        self.notices: list[Notice] = []
        self.override: list[list[str]] = []
        self.repeated_key = re.compile(r".*[^:]:")

    # ------------------------------------------------------------------------- helpers
    def place(self, node: Node, path: str | None = None) -> Place:
        """Where a node stands; its text begins one column later when it is quoted."""
        column = node.column + 1 if node.quoted else node.column
        return Place(file=self.file, line=node.line, column=column, path=path)

    def wrong(self, message: str, node: Node, hint: str | None = None) -> InputError:
        """An error at that node."""
        return InputError(message, file=self.file, line=node.line, column=node.column, hint=hint)

    def note(
        self,
        code: Code,
        subject: str,
        what: str,
        *,
        why: str,
        instead: str = "",
        at: Node | None = None,
    ) -> None:
        """Add a notice."""
        where = self.place(at) if at is not None else Place(file=self.file)
        self.notices.append(
            Notice(code=code, subject=subject, what=what, why=why, instead=instead, where=where)
        )

    def upgraded(self, setting: str, what: str, node: Node) -> None:
        """A notice that an outdated setting was rewritten."""
        why = "older releases of Spack had it so; today's refuses it"
        self.note(Code.SETTING_UPGRADED, setting, what, why=why, at=node)

    def unread(self, code: Code, subject: str, what: str, why: str, node: Node) -> None:
        """A notice about an included file."""
        self.note(code, subject, what, why=why, at=node)

    def spec(self, node: Node) -> Package:
        """The spec in a scalar."""
        if node.kind != "scalar":
            raise self.wrong("a spec must be text, not a list or mapping", node)
        return parse(scalar_text(node), self.place(node), legacy=self.legacy)

    # --------------------------------------------------------------------------- specs
    def entries(self, node: Node | None) -> tuple[Entry, ...]:
        """A list of specs, matrices and references; null entries say nothing."""
        if node is None or _null(node):
            return ()
        if node.kind != "sequence":
            raise self.wrong("a list of specs is expected here", node, "begin each with `- `")
        found = (self.entry(item) for item in node.items)
        return tuple(entry for entry in found if entry is not None)

    def entry(self, node: Node) -> Entry | None:
        if _null(node):
            return None
        if node.kind == "mapping":
            return self.matrix(node)
        if node.kind == "sequence":
            raise self.wrong("a list within a list of specs", node, "rows belong to a `matrix:`")
        text = scalar_text(node)
        if text.startswith("$"):
            match = _REFERENCE.fullmatch(text)
            sigil, name = match.groups() if match else ("", text[1:])
            roles: dict[str, Literal["dependency", "compiler"]]
            roles = {"^": "dependency", "%": "compiler"}
            return Use(name=name, role=roles.get(sigil), place=self.place(node))
        return self.spec(node)

    def matrix(self, node: Node) -> Matrix:
        entries = {key.removesuffix(":"): value for key, value in node.entries.items()}
        for key in entries:
            if key not in ("matrix", "exclude"):
                raise self.wrong(
                    f"`{key}` is no key of a matrix",
                    node.keys.get(key, node),
                    "a matrix has `matrix` and `exclude`",
                )
        rows = entries.get("matrix")
        if rows is None:
            raise self.wrong("`exclude` without a `matrix`", node)
        if rows.kind != "sequence":
            raise self.wrong("a matrix is a list of rows", rows, "matrix: [[a, b], ['%gcc']]")
        for row in rows.items:
            if row.kind != "sequence":
                raise self.wrong("each row of a matrix is a list", row, "- [a, b]")
        exclude = entries.get("exclude")
        items = exclude.items if exclude is not None else ()
        return Matrix(
            rows=tuple(self.entries(row) for row in rows.items),
            exclude=tuple(self.spec(item) for item in items if not _null(item)),
            place=self.place(node),
        )

    def specs(
        self, node: Node | None
    ) -> tuple[tuple[Entry, ...], tuple[Group, ...], list[str], list[int]]:
        """Ungrouped entries, groups, the order in which they stood, lengths of the runs."""
        runs: list[int] = []
        entries: list[Entry] = []
        groups: list[Group] = []
        order: list[str] = []
        if node is None or _null(node):
            return (), (), [], []
        if node.kind != "sequence":
            raise self.wrong("`specs` must be a list", node, "begin each spec with `- `")
        for item in node.items:
            if item.kind == "mapping" and item.get("group") is not None:
                group = self.group(item)
                if group.name == "default":
                    raise self.wrong("a group can't be named `default`", item, "name it otherwise")
                if any(group.name == other.name for other in groups):
                    raise self.wrong(f"the group `{group.name}` is defined twice", item)
                groups.append(group)
                order.append(group.name)
            elif (entry := self.entry(item)) is not None:
                entries.append(entry)
                if not order or order[-1] != "default":
                    order.append("default")
                    runs.append(0)
                runs[-1] += 1
        return tuple(entries), tuple(groups), order, runs

    def group(self, node: Node) -> Group:
        entries: tuple[Entry, ...] = ()
        needs: tuple[str, ...] = ()
        explicit = True
        rules: tuple[Rule, ...] = ()
        extensions: dict[str, Any] = {}
        for key, value in node.entries.items():
            match key.removesuffix(":"):
                case "group" | "exclude":
                    continue
                case "specs":
                    entries += self.entries(value)
                case "matrix":
                    inner = {k: v for k, v in node.entries.items() if k in ("matrix", "exclude")}
                    entries += (self.matrix(replace(node, entries=inner)),)
                case "needs":
                    needs = tuple(scalar_text(item) for item in value.items)
                case "explicit":
                    explicit = value.value is not False
                case "override":
                    rules, left = self.group_override(value)
                    extensions = {"spack": {"override": left}} if left else {}
                case other:
                    raise self.wrong(
                        f"`{other}` is no key of a group",
                        node.keys[key],
                        "a group has specs, matrix, exclude, needs, explicit and override",
                    )
        name = node.entries["group"]
        return Group(
            name=scalar_text(name),
            entries=entries,
            needs=needs,
            explicit=explicit,
            rules=rules,
            extensions=extensions,
            place=self.place(node),
        )

    def group_override(self, node: Node) -> tuple[tuple[Rule, ...], dict[str, Any]]:
        """A group's own rules, and what of its `override` rules can't say.

        Keys that override others (`require::`) stay as they are: a rule has no word for it.
        """
        left: dict[str, Any] = tidy(plain(node))
        packages = node.entries.get("packages")
        whole = (
            packages is not None
            and packages.kind == "mapping"
            and not any(
                name.endswith(":")
                or (keys.kind == "mapping" and any(k.endswith(":") for k in keys.entries))
                for name, keys in packages.entries.items()
            )
        )
        rules: tuple[Rule, ...] = ()
        if whole:
            rules, rest, _ = self.packages(packages)
            left = {key: value for key, value in left.items() if key != "packages"}
            if rest:
                left["packages"] = rest
        if left:
            self.carried("group override", node)
        return rules, left

    def definitions(self, node: Node | None) -> tuple[Definition, ...]:
        if node is None or _null(node):
            return ()
        if node.kind != "sequence":
            raise self.wrong("`definitions` must be a list", node, "- name: [spec, ...]")
        return tuple(self.definition(item) for item in node.items if not _null(item))

    def definition(self, node: Node) -> Definition:
        names = [k for k in node.entries if k.removesuffix(":") != "when"]
        if node.kind != "mapping" or len(names) != 1:
            raise self.wrong(
                "a definition has one name", node, "- name: [spec, ...], and `when` if needed"
            )
        when = node.get("when")
        text = None if when is None or _null(when) else when.text
        if text:
            self.note(
                Code.HOST_VALUE_ASSUMED,
                names[0],
                f"the condition `{text}` is kept, not evaluated",
                why="Spack runs it as Python on the host",
                instead="the entries count as if it held",
                at=when,
            )
        return Definition(
            name=names[0].removesuffix(":"),
            entries=self.entries(node.entries[names[0]]),
            when=text or None,
            place=self.place(node),
        )

    # ------------------------------------------------------------------------ packages
    def packages(self, node: Node | None) -> tuple[tuple[Rule, ...], dict[str, Any], list[str]]:
        """Rules, what rules can't say, and the order of the names."""
        rules: list[Rule] = []
        rest: dict[str, Any] = {}
        names: list[str] = []
        if node is None or _null(node):
            return (), {}, []
        if node.kind != "mapping":
            raise self.wrong("`packages` must be a mapping", node, "packages: {all: {...}}")
        for written, keys in node.entries.items():
            name = written.removesuffix(":")
            if name in names:
                raise self.wrong(f"the key `{name}` occurs twice", node.keys[written])
            names.append(name)
            if written != name:
                self.override.append(["packages", name])
            if keys.kind != "mapping":
                if not _null(keys):
                    raise self.wrong(f"`{name}` must be a mapping", keys)
                rest[name] = None
                continue
            found, left = self.package(name, keys)
            rules += found
            if left or not found:
                rest[name] = left
        if rest:
            self.carried("packages", node, f"{len(rest)} packages' settings")
        return tuple(rules), rest, names

    def package(self, name: str, node: Node) -> tuple[list[Rule], dict[str, Any]]:
        rules: list[Rule] = []
        left: dict[str, Any] = {}
        for written, value in node.entries.items():
            key = written.removesuffix(":")
            if key not in packages_section.RULE_KEYS or (key == "providers" and name != "all"):
                if key == "compiler":
                    self.note(
                        Code.SETTING_IGNORED,
                        f"packages:{name}:compiler",
                        "the preferred compilers have no effect",
                        why="Spack ignores this setting since 1.0",
                        instead="a requirement such as `%gcc@12` would hold",
                        at=value,
                    )
                left[written] = tidy(plain(value))
                continue
            if written != key:
                self.override.append(["packages", name, key])
            self.float_versions(name, key, value)
            rules += packages_section.read_package(name, key, value, self.spec, self.place)
        return rules, left

    def float_versions(self, name: str, key: str, node: Node) -> None:
        """Numbers that YAML shortens: an unquoted 1.10 is 1.1 to Spack."""
        if key != "version":
            return
        for item in node.items:
            if isinstance(item.value, float) and str(item.value) != item.text:
                self.note(
                    Code.VERSION_APPROXIMATED,
                    name,
                    f"the version {item.text} without quotes is {item.value} to Spack",
                    why="YAML reads it as a number",
                    instead=f"'{item.text}' in quotes would be kept",
                    at=item,
                )

    # -------------------------------------------------------------------------- others
    def carried(self, section: str, node: Node, what: str = "") -> None:
        self.note(
            Code.SETTING_CARRIED,
            section,
            f"{what or 'the section'} kept under extensions.spack",
            why="only Spack knows it",
            at=node,
        )

    def unify(self, node: Node | None) -> tuple[Unify | None, Any]:
        """`concretizer:unify` in the hub's words, and the rest of the section."""
        if node is None:
            return None, None
        if node.kind != "mapping":
            return None, tidy(plain(node))
        rest = {k: tidy(plain(v)) for k, v in node.entries.items()}
        value = node.get("unify")
        if value is None or value.value not in UNIFY:
            return None, rest
        rest.pop("unify")
        return UNIFY[value.value], rest or None  # type: ignore[index]

    def stack(self, body: Node, name: str) -> Stack:
        """The whole environment; `body` is the mapping below `spack:`."""
        sections: dict[str, Node] = {}
        for key, value in body.entries.items():
            bare = key.removesuffix(":")
            if bare in sections:
                raise self.wrong(f"the key `{bare}` occurs twice", body.keys[key])
            if bare != key:
                self.override.append([bare])
            sections[bare] = value
        entries, groups, order, runs = self.specs(sections.get("specs"))
        rules, packages, names = self.packages(sections.get("packages"))
        unify, concretizer = self.unify(sections.get("concretizer"))
        own: dict[str, Any] = {}
        for key, value in sections.items():
            if key in ("specs", "definitions"):
                continue
            if key == "packages":
                if packages or not names:
                    own["packages"] = packages if names else tidy(plain(value))
            elif key == "concretizer":
                if concretizer is not None or unify is None:
                    own["concretizer"] = concretizer
                    self.carried(key, value)
            else:
                if key not in SECTIONS:
                    self.unknown(key, body.keys.get(key, value))
                own[key] = tidy(plain(value))
                self.carried(key, value)
        if self.override:
            own["override"] = self.override
        if order != (["default"] if entries else []) + [group.name for group in groups]:
            own["layout"] = {"specs": order, "runs": runs}
        return Stack(
            name=name,
            names="spack",
            unify=unify,
            definitions=self.definitions(sections.get("definitions")),
            entries=entries,
            groups=groups,
            rules=rules,
            extensions={"spack": own} if own else {},
            place=self.place(body),
        )

    def unknown(self, key: str, node: Node) -> None:
        import difflib

        near = difflib.get_close_matches(key, SECTIONS, n=1)
        self.note(
            Code.SETTING_CARRIED,
            key,
            "no section of an environment; kept under extensions.spack",
            why="Spack's schema does not know it",
            instead=f"did you mean `{near[0]}`?" if near else "",
            at=node,
        )


def with_included(stack: Stack, included: Iterable[Included], reader: EnvironmentReader) -> Stack:
    """The stack with what its includes say, marked so that a writer leaves it to them."""
    definitions: list[Definition] = []
    unify: Unify | None = None
    files: dict[str, dict[str, Any]] = {}
    toolchains: dict[str, Any] = {}
    for part in included:
        inner = EnvironmentReader(part.path, legacy=reader.legacy)
        if part.section == "definitions":
            definitions += inner.definitions(part.node)
        elif part.section == "toolchains" and part.node.kind == "mapping":
            toolchains = {**tidy(plain(part.node)), **toolchains}
        else:
            if part.section == "concretizer" and unify is None:
                unify = inner.unify(part.node)[0]
            files.setdefault(part.path, {})[part.section] = tidy(plain(part.node))
        reader.notices += inner.notices
    own = dict(stack.extensions.get("spack", {}))
    mark: dict[str, Any] = {}
    if definitions:
        mark["definitions"] = [definition.name for definition in definitions]
    if toolchains:
        mark["toolchains"] = toolchains
    if unify is not None and stack.unify is None:
        mark["unify"] = True
    if files:
        mark["files"] = files
    if not mark:
        return stack
    own["included"] = mark
    return replace(
        stack,
        definitions=(*definitions, *stack.definitions),
        unify=stack.unify or unify,
        extensions={"spack": own},
    )


def scalar_text(node: Node) -> str:
    """A scalar as Spack reads it: as text, without the `:` of an override."""
    if node.value is None:
        return ""
    number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    text = str(node.value) if number else node.text
    return text[:-1] if text.endswith(":") and "@" not in text else text


def tidy(value: Any) -> Any:
    """Values (not keys) without the trailing `:` that Spack takes for an override."""
    if isinstance(value, str):
        return value[:-1] if value.endswith(":") and "@" not in value else value
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tidy(item) for item in value]
    return value


def _null(node: Node) -> bool:
    return node.kind == "scalar" and node.value is None
