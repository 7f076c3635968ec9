"""Reader of Spack's JSON: lock files, `spack spec --json`, databases -> Resolution.

{"_meta": {"file-type": "spack-lockfile"}...}   spack.lock, versions 1 to 7
{"spec": {"nodes": [...]}}                      `spack spec --json` (several documents,
                                                one after the other), `.spec.json` of
                                                build caches and of prefixes
{"database": {"installs": {...}}}               installation database, index of a cache
[{"name": ...}, ...]                            `spack find --json`
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.installed.nodes import hashes_of, node_of, raw_edges, unwrap
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import EMPTY
from stackbridge.hub.resolution import Edge, Node, Resolution, Root

__all__ = ["read"]

_NEWEST_LOCK = 7
_LONGEST = 500_000_000
_CUT = "is the file complete? Spack writes it whole, a copy may have been cut short"


def read(source: Input, context: Context) -> Reading:
    """The Resolution. Raises `InputError` with line and column for what is not such a file."""
    return _Reader(source).read()


def _unsigned(text: str) -> str:
    """The JSON of a signed specfile (`.spec.json.sig`)."""
    if text.startswith("-----BEGIN PGP SIGNED MESSAGE-----") and "{" in text:
        return text[text.index("{") :].partition("-----BEGIN PGP SIGNATURE-----")[0]
    return text


class _Reader:
    def __init__(self, source: Input) -> None:
        self.file = source.file
        self.text = _unsigned(source.text)
        self.notices: list[Notice] = []
        self.nodes: dict[str, Node] = {}
        self.raw: dict[str, Mapping[str, Any]] = {}
        self.hashes: dict[str, str] = {}
        self.roots: list[Root] = []
        self.own: dict[str, Any] = {}
        self.partial = False

    def wrong(self, message: str, hint: str | None = None) -> InputError:
        return InputError(message, file=self.file, hint=hint)

    def note(self, code: Code, subject: str, what: str, why: str) -> None:
        where = Place(file=self.file)
        self.notices.append(Notice(code=code, subject=subject, what=what, why=why, where=where))

    def read(self) -> Reading:
        documents = self.documents()
        try:
            for document in documents:
                self.document(document)
            edges = self.edges()
        except InputError as error:
            raise error.at(self.file) from None
        resolution = Resolution(
            names="spack",
            nodes=tuple(self.nodes.values()),
            edges=tuple(edges),
            roots=tuple(self.roots),
            extensions={"spack": self.own} if self.own else EMPTY,
        )
        return Reading(resolution=resolution, notices=tuple(self.notices))

    def documents(self) -> list[Any]:
        """The JSON documents, one after the other."""
        if len(self.text) > _LONGEST:
            raise self.wrong(f"more than {_LONGEST // 1_000_000} MB of JSON")
        decoder = json.JSONDecoder()
        found: list[Any] = []
        at = 0
        try:
            while at < len(self.text):
                while at < len(self.text) and self.text[at] in " \t\r\n\ufeff":
                    at += 1
                if at < len(self.text):
                    document, at = decoder.raw_decode(self.text, at)
                    found.append(document)
        except json.JSONDecodeError as error:
            raise InputError(
                f"not valid JSON: {error.msg}",
                file=self.file,
                line=error.lineno,
                column=error.colno,
                hint=_CUT,
            ) from None
        except (RecursionError, ValueError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise self.wrong(f"not a file of Spack's: {reason}") from None
        if not found:
            raise self.wrong("the file is empty", _CUT)
        return found

    # ----------------------------------------------------------------------- documents
    def document(self, document: Any) -> None:
        if isinstance(document, list):
            self.partial = True
            self.add_nodes(document, "`spack find --json`")
            return
        if not isinstance(document, dict):
            raise self.wrong("a lock file is a JSON object", _CUT)
        if "database" in document:
            self.database(document["database"])
        elif "spec" in document and not isinstance(document.get("spec"), str):
            self.spec(document["spec"])
        elif "concrete_specs" in document or "_meta" in document:
            self.lock(document)
        elif "name" in document:
            self.partial = True
            self.add_nodes([document], "the node")
        else:
            raise self.wrong(
                "this JSON is nothing that Spack writes",
                "lock files, `spack spec --json`, `spack find --json` and index.json are read",
            )

    def lock(self, document: Mapping[str, Any]) -> None:
        meta = document.get("_meta")
        version = meta.get("lockfile-version") if isinstance(meta, Mapping) else None
        if not isinstance(version, int):
            raise self.wrong("the lock file does not say its version", _CUT)
        if version > _NEWEST_LOCK:
            self.note(
                Code.SETTING_IGNORED,
                "lockfile-version",
                f"version {version} is read like {_NEWEST_LOCK}",
                "that is the newest one known here",
            )
        for key in ("roots", "concrete_specs"):
            if key not in document:
                raise self.wrong(f"the lock file has no `{key}`", _CUT)
        self.own["lockfile-version"] = version
        if isinstance(document.get("spack"), Mapping):
            self.own["spack"] = document["spack"]
        self.keyed_nodes(document["concrete_specs"], "concrete_specs")
        included = document.get("include_concrete")
        for directory, inner in included.items() if isinstance(included, Mapping) else ():
            if isinstance(inner, Mapping):
                self.keyed_nodes(inner.get("concrete_specs", {}), "include_concrete")
            self.note(
                Code.SETTING_CARRIED,
                directory,
                "the nodes of an included environment are read, its roots are not asked for",
                "they are the other environment's",
            )
        self.add_roots(document["roots"])

    def add_roots(self, roots: Any) -> None:
        if not isinstance(roots, list):
            raise self.wrong("`roots` must be a list", _CUT)
        for root in roots:
            key = root.get("hash") if isinstance(root, Mapping) else None
            found = self.hashes.get(key) if isinstance(key, str) else None
            if found is None:
                raise self.wrong(f"the root `{key}` is not among the nodes", _CUT)
            spec = root.get("spec")
            request = None
            if isinstance(spec, str):
                legacy = self.own.get("lockfile-version", _NEWEST_LOCK) < 6
                request = parse(spec, Place(file=self.file), legacy=legacy)
            group = root.get("group")
            named = isinstance(group, str) and group != "default"
            self.roots.append(Root(key=found, request=request, group=group if named else None))

    def spec(self, spec: Any) -> None:
        """One specfile: nodes, the first of which is the root (version 1: a plain list)."""
        nodes = spec.get("nodes") if isinstance(spec, Mapping) else spec
        if not isinstance(nodes, list) or not nodes:
            raise self.wrong("the spec has no nodes", _CUT)
        keys = self.add_nodes(nodes, "the spec")
        self.roots.append(Root(key=keys[0]))

    def database(self, database: Any) -> None:
        installs = database.get("installs") if isinstance(database, Mapping) else None
        if not isinstance(installs, Mapping):
            raise self.wrong("the database has no `installs`", _CUT)
        self.own["database-version"] = str(database.get("version", ""))
        gone = 0
        for key, record in installs.items():
            if not isinstance(record, Mapping):
                raise self.wrong(f"the record `{key}` is no mapping", _CUT)
            if record.get("installed") is False and not record.get("in_buildcache"):
                gone += 1
                continue
            raw = unwrap(record.get("spec"), f"the record `{key}`")
            path = record.get("path")
            self.add(raw, str(key), path if isinstance(path, str) else None)
            if record.get("explicit"):
                self.roots.append(Root(key=str(key)))
        if gone:
            self.partial = True
            self.note(
                Code.SETTING_IGNORED,
                "installs",
                f"{gone} records of what is not installed any more are left out",
                "the database keeps them for what depended on them",
            )

    # --------------------------------------------------------------------------- nodes
    def keyed_nodes(self, nodes: Any, where: str) -> None:
        if not isinstance(nodes, Mapping):
            raise self.wrong(f"`{where}` must be an object", _CUT)
        for key, raw in nodes.items():
            self.add(unwrap(raw, f"`{key}`"), str(key))

    def add_nodes(self, nodes: Iterable[Any], where: str) -> list[str]:
        """Add nodes that carry their own hash; a node met twice is one."""
        keys: list[str] = []
        for number, item in enumerate(nodes):
            raw = unwrap(item, f"entry {number} of {where}")
            known = hashes_of(raw)
            key = known[0] if known else f"{raw['name']}-{number}"
            keys.append(key)
            if key not in self.nodes:
                self.add(raw, key)
        return keys

    def add(self, raw: Mapping[str, Any], key: str, path: str | None = None) -> None:
        self.nodes[key] = node_of(raw, key, path=path)
        self.raw[key] = raw
        for known in (key, *hashes_of(raw)):
            self.hashes.setdefault(known, key)

    def edges(self) -> list[Edge]:
        names = {node.name: key for key, node in self.nodes.items()}
        plain = not any(hashes_of(raw) for raw in self.raw.values())
        found: list[Edge] = []
        missing: list[str] = []
        for key, raw in self.raw.items():
            edges, gone = raw_edges(raw, key, self.hashes.get)
            if gone and plain:  # specfile version 1: by name
                edges += [Edge(parent=key, child=names[n]) for n in gone if n in names]
                gone = [n for n in gone if n not in names]
            found += edges
            missing += [f"{name} (needed by {raw['name']})" for name in gone]
        if missing and not self.partial:
            raise self.wrong(f"{missing[0]} is not among the nodes", _CUT)
        if missing:
            self.note(
                Code.DEPENDENCY_LOST,
                "dependencies",
                f"{len(missing)} edges lead to packages that the list does not hold, such as "
                f"{missing[0]}",
                "the list holds only what was asked for",
            )
        return found
