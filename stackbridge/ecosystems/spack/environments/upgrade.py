"""What older releases of Spack wrote (v0.13 to v0.23) -> today's form, a notice for each.

Works on the YAML nodes, so that lines and columns stay those of the file. The rules, with
the release in which Spack itself made the change:

    env:                                -> spack:                              0.13
    packages:x:paths, modules           -> externals                           0.16
    config:install_tree: text           -> install_tree:root                   0.16
    config:install_path_scheme          -> install_tree:projections:all        0.16
    modules:enable, tcl, lmod           -> modules:default:...                 0.17
    config:module_roots                 -> modules:default:roots               0.17
    blacklist, whitelist, ...           -> exclude, include, ...               0.19
    concretization:, config:...         -> concretizer:unify                   0.18
    gitlab-ci:                          -> ci:                                 0.20
    packages:x:target, compiler         -> packages:x:prefer                   0.22
    packages:x:providers, all:version   -> nothing; they have no effect        0.22
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from stackbridge.yamltext import Node

__all__ = ["Note", "upgrade"]

Note = Callable[[str, str, Node], None]
"""Called with the setting, what was done, and where it stood."""

_RENAMED = {
    "blacklist": "exclude",
    "whitelist": "include",
    "blacklist_implicits": "exclude_implicits",
    "environment_blacklist": "exclude_env_vars",
}
_UNIFY = {"together": "true", "separately": "false", "together_where_possible": "when_possible"}
_FORMAT = {
    "ARCHITECTURE": "{architecture}",
    "COMPILERNAME": "{compiler.name}",
    "COMPILERVER": "{compiler.version}",
    "PACKAGE": "{name}",
    "VERSION": "{version}",
    "HASH": "{hash}",
    "TARGET": "{target}",
}
_FLAT_MODULES = ("enable", "tcl", "lmod", "roots", "prefix_inspections", "arch_folder", "dotkit")


def upgrade(body: Node, note: Note) -> Node:
    """The body of an environment in today's form."""
    entries = dict(body.entries)
    keys = dict(body.keys)
    _concretization(entries, keys, note)
    if "gitlab-ci" in entries:
        node = entries.pop("gitlab-ci")
        note("gitlab-ci", "became `ci:`", node)
        entries.setdefault("ci", _gitlab(node, note))
        keys["ci"] = keys.pop("gitlab-ci", node)
    for key, change in (("config", _config), ("packages", _packages)):
        for written in (key, f"{key}:"):
            if written in entries and entries[written].kind == "mapping":
                entries[written] = change(entries[written], note)
    _modules(entries, keys, note)
    return replace(body, entries=entries, keys=keys)


def mapping(like: Node, entries: Mapping[str, Node]) -> Node:
    """A mapping at the place of another node."""
    keys = {k: like.keys.get(k, v) for k, v in entries.items()}
    return Node(
        kind="mapping", line=like.line, column=like.column, entries=dict(entries), keys=keys
    )


def scalar(like: Node, text: str) -> Node:
    """Text at the place of another node."""
    return Node(
        kind="scalar", line=like.line, column=like.column, value=text, text=text, quoted=False
    )


def sequence(like: Node, *items: Node) -> Node:
    """A list at the place of another node."""
    return Node(kind="sequence", line=like.line, column=like.column, items=items)


def _concretization(entries: dict[str, Node], keys: dict[str, Node], note: Note) -> None:
    node = entries.pop("concretization", None)
    config = entries.get("config")
    if config is not None and "concretization" in config.entries:
        rest = dict(config.entries)
        node = rest.pop("concretization")
        entries["config"] = mapping_of(config, rest)
    if node is None:
        return
    word = _UNIFY.get(node.text, "true")
    value: bool | str = {"true": True, "false": False}.get(word, word)
    unify = replace(scalar(node, word), value=value)
    old = entries.get("concretizer")
    inner = dict(old.entries) if old is not None and old.kind == "mapping" else {}
    inner.setdefault("unify", unify)
    entries["concretizer"] = mapping(old or node, inner)
    keys.setdefault("concretizer", keys.pop("concretization", node))
    note("concretization", f"`{node.text}` became `concretizer:unify: {word}`", node)


def _config(node: Node, note: Note) -> Node:
    entries = dict(node.entries)
    tree = entries.get("install_tree")
    scheme = entries.pop("install_path_scheme", None)
    if tree is not None and tree.kind == "scalar" and tree.value is not None:
        entries["install_tree"] = mapping(tree, {"root": tree})
        note("config:install_tree", "the path became `install_tree:root`", tree)
    if scheme is not None:
        text = re.sub(r"\$\{(\w+)\}", lambda m: _FORMAT.get(m[1].upper(), m[0]), scheme.text)
        inner = dict(entries["install_tree"].entries) if "install_tree" in entries else {}
        inner["projections"] = mapping(scheme, {"all": scalar(scheme, text)})
        entries["install_tree"] = mapping(scheme, inner)
        note("config:install_path_scheme", "became `install_tree:projections:all`", scheme)
    return mapping_of(node, entries)


def mapping_of(node: Node, entries: Mapping[str, Node]) -> Node:
    """The same mapping with other entries."""
    return replace(
        node, entries=dict(entries), keys={k: node.keys.get(k, v) for k, v in entries.items()}
    )


# ------------------------------------------------------------------------------ packages


def _packages(node: Node, note: Note) -> Node:
    return mapping_of(
        node,
        {
            name: _package(name.removesuffix(":"), keys, note) if keys.kind == "mapping" else keys
            for name, keys in node.entries.items()
        },
    )


def _package(name: str, node: Node, note: Note) -> Node:
    entries: dict[str, Node] = {}
    externals: list[Node] = []
    prefer: list[Node] = []
    for key, value in node.entries.items():
        path = f"packages:{name}:{key}"
        if key in ("paths", "modules") and value.kind == "mapping":
            for spec, where in value.entries.items():
                given = where if key == "paths" else sequence(where, where)
                externals.append(
                    mapping(
                        where,
                        {
                            "spec": replace(value.keys[spec], value=spec, text=spec),
                            "prefix" if key == "paths" else "modules": given,
                        },
                    )
                )
            note(path, "became `externals`", value)
        elif key in ("paths", "modules"):
            note(path, "left out; it says nothing", value)
        elif name == "all" and key == "version":
            note(path, "left out; versions of all packages have no meaning", value)
        elif name != "all" and key == "providers":
            note(path, "left out; providers are chosen for all packages together", value)
        elif name != "all" and key in ("target", "compiler"):
            prefer += _preferences(key, value)
            note(path, "the first one became `prefer`", value)
        elif key == "externals" and value.kind == "sequence":
            entries[key] = sequence(value, *(_external(name, item, note) for item in value.items))
        else:
            entries[key] = value
    if externals:
        old = entries.get("externals")
        entries["externals"] = sequence(
            externals[0], *(old.items if old is not None else ()), *externals
        )
    if prefer:
        old = entries.get("prefer")
        entries["prefer"] = sequence(prefer[0], *(old.items if old is not None else ()), *prefer)
    return mapping_of(node, entries)


def _preferences(key: str, node: Node) -> list[Node]:
    """The first target or compiler; a preference has no alternatives."""
    items = [i for i in (node.items if node.kind == "sequence" else (node,)) if i.text]
    prefix = "target=" if key == "target" else "%"
    return [scalar(item, f"{prefix}{item.text}") for item in items[:1]]


def _external(name: str, node: Node, note: Note) -> Node:
    if node.kind != "mapping" or "buildable" not in node.entries:
        return node
    note(f"packages:{name}:externals", "`buildable` of one external left out", node)
    return mapping_of(node, {k: v for k, v in node.entries.items() if k != "buildable"})


# ------------------------------------------------------------------------------- modules


def _modules(entries: dict[str, Node], keys: dict[str, Node], note: Note) -> None:
    written = "modules:" if "modules:" in entries else "modules"
    node = entries.get(written)
    roots = None
    config = entries.get("config")
    if config is not None and "module_roots" in config.entries:
        roots = config.entries["module_roots"]
        entries["config"] = mapping_of(
            config, {k: v for k, v in config.entries.items() if k != "module_roots"}
        )
        note("config:module_roots", "became `modules:default:roots`", roots)
    if node is None and roots is None:
        return
    if node is None or node.kind != "mapping":
        if roots is not None:
            entries["modules"] = mapping(roots, {"default": mapping(roots, {"roots": roots})})
            keys.setdefault("modules", roots)
        return
    inner = _renamed(node, note)
    flat = {k: v for k, v in inner.entries.items() if k.removesuffix(":") in _FLAT_MODULES}
    flat.pop("dotkit", None)
    rest = {k: v for k, v in inner.entries.items() if k.removesuffix(":") not in _FLAT_MODULES}
    inspections = flat.pop("prefix_inspections", None)
    if flat:
        note("modules", "one nameless set became the set `default`", node)
    default = rest.get("default")
    sets = dict(default.entries) if default is not None and default.kind == "mapping" else {}
    if inspections is not None:
        rest = {"prefix_inspections": inspections, **rest}
    sets = {**flat, **sets}
    if roots is not None:
        sets.setdefault("roots", roots)
    if sets:
        rest["default"] = mapping(default or node, sets)
    entries[written] = mapping_of(node, rest)


def _renamed(node: Node, note: Note, depth: int = 0) -> Node:
    """Settings named after black and white -> exclude and include."""
    if node.kind != "mapping" or depth > 10:
        return node
    entries: dict[str, Node] = {}
    for key, value in node.entries.items():
        bare = key.removesuffix(":")
        new = _RENAMED.get(bare, bare) + (":" if key != bare else "")
        if bare in _RENAMED:
            note(f"modules:{bare}", f"became `{new}`", value)
        entries[new] = _renamed(value, note, depth + 1)
    return mapping_of(node, entries)


# ------------------------------------------------------------------------------------ ci


def _gitlab(node: Node, note: Note) -> Node:
    """`mappings` become the pipeline's submapping, service jobs their own entries."""
    if node.kind != "mapping":
        return mapping(node, {})
    entries: dict[str, Node] = {}
    jobs: list[Node] = []
    for key, value in node.entries.items():
        if key == "mappings":
            rules = [_mapping_rule(item) for item in value.items if item.kind == "mapping"]
            jobs.append(mapping(value, {"submapping": sequence(value, *rules)}))
        elif key == "service-job-attributes":
            jobs += [
                mapping(value, {"reindex-job": value}),
                mapping(value, {"noop-job": value}),
            ]
        elif key in ("broken-specs-url", "broken-tests-packages", "rebuild-index"):
            entries[key] = value
        else:
            note(f"gitlab-ci:{key}", "left out; today's `ci:` has no such setting", value)
    if jobs:
        entries["pipeline-gen"] = sequence(node, *jobs)
    return mapping(node, entries)


def _mapping_rule(node: Node) -> Node:
    entries: dict[str, Node] = {}
    if "match" in node.entries:
        entries["match"] = node.entries["match"]
    job = node.entries.get("runner-attributes")
    if job is not None:
        entries["build-job"] = job
    return mapping(node, entries)
