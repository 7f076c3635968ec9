"""One concrete node of Spack's JSON (specfile versions 1 to 5) -> hub node and edges.

What changed between the versions: the node's name was a key above it (1); dependencies were
a mapping (1) and name hashes of another kind (`build_hash`, `full_hash`: 2, 3); edges got
virtuals (4); compilers were attributes of nodes (until 4) and are nodes now (5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stackbridge.ecosystems.spack.language.spec import KINDS, LEGACY_COMPILERS, feature_of, parse
from stackbridge.ecosystems.spack.language.syntax import FLAG_NAMES
from stackbridge.errors import InputError
from stackbridge.hub.package import EMPTY, Feature, Flag, Package, Toolchain
from stackbridge.hub.resolution import Edge, Installed, Node
from stackbridge.hub.versions import VersionSet

__all__ = ["HASHES", "hashes_of", "node_of", "raw_edges", "unwrap"]

HASHES = ("hash", "full_hash", "build_hash", "runtime_hash", "process_hash")
"""The names that hashes of nodes have had, today's first."""


def unwrap(raw: Any, where: str) -> dict[str, Any]:
    """The node itself; version 1 has it under its name. Raises `InputError`."""
    if isinstance(raw, dict) and "name" not in raw and len(raw) == 1:
        name, inner = next(iter(raw.items()))
        if isinstance(inner, dict):
            return {"name": name, **inner}
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str) or not raw["name"]:
        raise InputError(f"{where} is no node of a spec: it has no name", hint=_CUT)
    return raw


_CUT = "is the file complete, and written by Spack?"


def hashes_of(raw: Mapping[str, Any]) -> list[str]:
    """Every hash by which other nodes may name this one."""
    return [raw[key] for key in HASHES if isinstance(raw.get(key), str)]


def _version(raw: Mapping[str, Any]) -> str:
    version = raw.get("version")
    if version is None and isinstance(raw.get("versions"), list) and raw["versions"]:
        version = raw["versions"][0]
    if not isinstance(version, str | int | float) or isinstance(version, bool):
        raise InputError(f"the node `{raw['name']}` has no version", hint=_CUT)
    return str(version).removeprefix("=")


def node_of(raw: Mapping[str, Any], key: str, *, path: str | None = None) -> Node:
    """The hub's node. `path` is the prefix where it is installed, if it is.

    Raises `InputError` for a node without a version.
    """
    features, flags, own = _parameters(raw)
    arch = raw.get("arch")
    arch = arch if isinstance(arch, Mapping) else {}
    target = arch.get("target")
    if isinstance(target, Mapping):
        target = target.get("name")
    for name in ("package_hash", "build_spec", "patches"):
        if raw.get(name):
            own[name] = raw[name]
    return Node(
        key=key,
        name=raw["name"],
        version=_version(raw),
        namespace=_text(raw.get("namespace")),
        features=features,
        flags=flags,
        toolchain=_compiler(raw),
        platform=_text(arch.get("platform")),
        os=_text(arch.get("platform_os")),
        target=_text(target),
        installed=_installed(raw, path),
        extensions={"spack": own} if own else EMPTY,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Any) -> list[str]:
    """The texts in a list, or a single one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _parameters(
    raw: Mapping[str, Any],
) -> tuple[tuple[Feature, ...], tuple[Flag, ...], dict[str, Any]]:
    features: list[Feature] = []
    flags: list[Flag] = []
    own: dict[str, Any] = {}
    parameters = raw.get("parameters")
    propagated = _texts(raw.get("propagate"))
    for name, value in parameters.items() if isinstance(parameters, Mapping) else ():
        spread = name in propagated
        if name in FLAG_NAMES:
            if isinstance(value, list) and value:
                text = " ".join(map(str, value))
                flags.append(Flag(name=name, value=text, propagated=spread))
        elif name in ("patches", "dev_path"):
            own[name] = value
        elif isinstance(value, bool):
            features.append(Feature(name=name, value=value, propagated=spread))
        elif isinstance(value, list):
            values = tuple(sorted(map(str, value)))
            features.append(Feature(name=name, value=values, exactly=True, propagated=spread))
        elif str(value).upper() in ("TRUE", "FALSE"):
            features.append(feature_of(name, str(value), False, spread))
        else:
            features.append(Feature(name=name, value=(str(value),), propagated=spread))
    return tuple(features), tuple(flags), own


def _compiler(raw: Mapping[str, Any]) -> Toolchain | None:
    """The compiler that was an attribute of the node (before specfile version 5)."""
    compiler = raw.get("compiler")
    annotations = raw.get("annotations")
    package: Package | None = None
    if isinstance(compiler, Mapping) and isinstance(compiler.get("name"), str):
        version = str(compiler.get("version", "")).removeprefix("=")
        name = compiler["name"]
        try:
            versions = VersionSet.exactly(version) if version else VersionSet.any()
        except ValueError as error:
            raise InputError(f"the compiler of `{raw['name']}`: {error}", hint=_CUT) from None
        package = Package(name=LEGACY_COMPILERS.get(name, name), versions=versions)
    elif isinstance(annotations, Mapping) and isinstance(annotations.get("compiler"), str):
        package = parse(annotations["compiler"])
    return Toolchain(parts={"compiler": package}) if package is not None else None


def _installed(raw: Mapping[str, Any], path: str | None) -> Installed | None:
    external = raw.get("external")
    if isinstance(external, Mapping):
        modules = _texts(external.get("module"))
        more = {"external": True}
        if external.get("extra_attributes"):
            more["extra_attributes"] = external["extra_attributes"]
        return Installed(
            prefix=_text(external.get("path")),
            modules=tuple(modules),
            extensions={"spack": more},
        )
    return Installed(prefix=path) if path else None


def raw_edges(
    raw: Mapping[str, Any], parent: str, find: Callable[[str], str | None]
) -> tuple[list[Edge], list[str]]:
    """The edges of one node, and the names of dependencies which are not there.

    `find` gives the key of the node that has a hash.
    """
    dependencies = raw.get("dependencies") or ()
    if isinstance(dependencies, Mapping):
        dependencies = [
            {"name": name, **item}
            for name, item in dependencies.items()
            if isinstance(item, Mapping)
        ]
    edges: list[Edge] = []
    missing: list[str] = []
    for item in dependencies if isinstance(dependencies, list) else ():
        if not isinstance(item, Mapping):
            continue
        found = next((find(item[key]) for key in HASHES if isinstance(item.get(key), str)), None)
        if found is None:
            missing.append(str(item.get("name", "?")))
            continue
        parameters = item.get("parameters")
        parameters = parameters if isinstance(parameters, Mapping) else {}
        kinds = _texts(parameters.get("deptypes", item.get("type")))
        virtuals = _texts(parameters.get("virtuals", item.get("virtuals")))
        edges.append(
            Edge(
                parent=parent,
                child=found,
                kinds=tuple(kind for kind in KINDS if kind in kinds),
                provides=tuple(virtuals),
            )
        )
    return edges, missing
