"""Hub `Package` -> spec text.

`canonical` is the text that Spack's own `str(Spec(...))` gives: variants and dependencies
in the order of their names, a namespace left out where the package has a name.
`format_spec` is for files: nothing is left out, the order of dependencies is kept, and the
text is read back to the same package by `spec.parse`.

What specs can't spell (a version set with an open bound, a condition on a condition's
quotes) raises ValueError; the caller makes it a notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from stackbridge.ecosystems.spack.language.spec import KINDS, LEGACY_COMPILERS
from stackbridge.ecosystems.spack.language.syntax import FLAG_NAMES, split_flags
from stackbridge.hub.package import Dependency, Feature, Package

__all__ = ["canonical", "format_feature", "format_spec", "format_versions", "quote"]

_LEGACY_NAMES = {package: legacy for legacy, package in LEGACY_COMPILERS.items()}
_NAME = re.compile(r"[a-zA-Z_0-9][a-zA-Z_0-9\-]*")
_KEY = re.compile(r"[a-zA-Z_0-9][a-zA-Z_0-9\-.]*")
_VALUE = re.compile(r"[a-zA-Z_0-9\-+*.,:]+")
_HASH = re.compile(r"[a-zA-Z_0-9]+")
_BITS = {"link": 1, "run": 2, "build": 4, "test": 8}
_BARE = re.compile(r"[a-zA-Z0-9,/_.\-\[\]]+")


def quote(value: str) -> str:
    """`value` with the quotes that Spack puts around it, if it needs any."""
    if _BARE.fullmatch(value):
        return value
    return json.dumps(value) if "'" in value else f"'{value}'"


def format_versions(package: Package) -> str:
    """`@...` or nothing. ValueError where Spack's ranges can't say it."""
    if package.versions.is_any:
        return ""
    text = package.versions.ranges()
    if text is None:
        raise ValueError(f"Spack's version ranges can't say `{package.versions}`")
    return f"@{text}"


def format_feature(feature: Feature) -> str:
    """One variant: `+x`, `~~x`, `k=v`, `k:=a,b`."""
    if isinstance(feature.value, bool):
        sigil = "+" if feature.value else "~"
        return (sigil * 2 if feature.propagated else sigil) + feature.name
    colon = ":" if feature.exactly else ""
    equals = "==" if feature.propagated else "="
    value = ",".join(feature.value) if feature.value else "*"
    return f"{feature.name}{colon}{equals}{quote(value)}"


def _flags(package: Package) -> str:
    """All compiler flags, by kind, propagated ones last; a blank on either side."""
    found: dict[tuple[str, bool], list[str]] = {}
    for flag in package.flags:
        found.setdefault((flag.name, flag.propagated), []).extend(split_flags(flag.value))
    texts = [
        f"{name}{'==' if propagated else '='}{quote(' '.join(words))}"
        for (name, propagated), words in sorted(found.items())
    ]
    return f" {' '.join(texts)} " if texts else ""


def _features(features: tuple[Feature, ...], *, full: bool) -> str:
    """Variants: booleans first and by name as Spack prints them, or in their own order."""
    ordered = list(features)
    if not full:
        ordered.sort(key=lambda f: (not isinstance(f.value, bool), f.name))
    text, glued = "", True
    for feature in ordered:
        boolean = isinstance(feature.value, bool)
        text += format_feature(feature) if boolean and glued else " " + format_feature(feature)
        glued = boolean
    return text


def _checked(text: str, pattern: re.Pattern[str], what: str) -> None:
    """ValueError for what a spec can't hold without being read as something else."""
    if not pattern.fullmatch(text):
        raise ValueError(f"a spec can't have the {what} `{text[:60]!r}`")


def _check(package: Package) -> None:
    if package.name:
        _checked(package.name, _NAME, "name")
    if package.namespace:
        _checked(package.namespace, _KEY, "namespace")
    for feature in package.features:
        _checked(feature.name, _KEY, "variant")
        for value in feature.value if isinstance(feature.value, tuple) else ():
            if not value.isprintable() or "'" in value or '"' in value or "\\" in value:
                raise ValueError(f"a variant can't have the value {value[:60]!r}")
    for flag in package.flags:
        if flag.name not in FLAG_NAMES or not flag.value.isprintable():
            raise ValueError(f"a spec can't have the flags {flag.value[:60]!r}")
    for text in (package.platform, package.os, package.target):
        if text:
            _checked(text, _VALUE, "architecture")
    if package.hash:
        _checked(package.hash, _HASH, "hash")


def _node(package: Package, *, full: bool) -> str:
    """One node as Spack's default format has it. `full`: checked, with the namespace."""
    if full:
        _check(package)
    named = package.namespace and package.name and full
    text = f"{package.namespace}.{package.name}" if named else package.name or ""
    text += format_versions(package) + _flags(package)
    text += _features(package.features, full=full)
    if package.namespace and not package.name:
        text += f" namespace={package.namespace}"
    for key in ("platform", "os", "target"):
        if value := getattr(package, key):
            text += f" {key}={value}"
    if package.hash:
        text += f"/{package.hash}"
    return text.strip()


def _star(dependency: Dependency, text: str) -> str:
    """The `*` that an anonymous dependency needs so that it is not read as something else."""
    package = dependency.package
    if package.name:
        return ""
    if dependency.provides:
        return "*"
    if text.startswith("@"):
        return ""
    if package.flags or not any(isinstance(f.value, bool) for f in package.features):
        return "*"
    return "*" if package.platform or package.os or package.target else ""


def _edge(dependency: Dependency, *, full: bool) -> str:
    package = dependency.package
    name = package.name or ""
    text = _node(package, full=full)
    if dependency.direct:
        sigil = "%%" if dependency.propagated else "%"
        if name in _LEGACY_NAMES and not (full and package.namespace):
            text = _LEGACY_NAMES[name] + text.removeprefix(name)
    else:
        sigil = "^"
    properties = []
    if dependency.when is not None:
        condition = _text(dependency.when, full=full)
        mark = '"' if "'" in condition else "'"
        if full and (mark in condition or "," in condition):
            raise ValueError(f"a condition in a spec can't say `{condition}`")
        properties.append(f"when={mark if full else chr(39)}{condition}{mark if full else chr(39)}")
    if dependency.kinds:
        kinds = ",".join(kind for kind in KINDS if kind in dependency.kinds)
        properties.append(f"deptypes={kinds}")
    if full and not package.name and dependency.provides:
        # Before a name `c=gcc` says it; Spack's own `*c=` is not read back.
        properties.append(f"virtuals={','.join(dependency.provides)}")
    bracket = f"[{' '.join(properties)}] " if properties else ""
    virtuals = f"{','.join(dependency.provides)}=" if dependency.provides else ""
    star = _star(dependency, text)
    if star and full:
        return f"{sigil}{bracket}{_anonymous(text)}"
    return f"{sigil}{bracket}{star}{virtuals}{text}"


def _anonymous(text: str) -> str:
    return f"* {text}" if text and text[0] not in "@+~/" else f"*{text}"


def _kind_bits(dependency: Dependency) -> int:
    """Where Spack puts it among dependencies on the same name."""
    return sum(_BITS[kind] for kind in dependency.kinds)


def _dependencies(dependencies: Iterable[Dependency], *, full: bool) -> str:
    """Direct ones first, since `%` after `^x` would belong to x."""
    parts: list[str] = []
    ordered = list(dependencies)
    if not full:
        ordered.sort(key=lambda d: (d.package.name or "", _kind_bits(d)))
    parts.extend(_edge(d, full=full) for d in ordered if d.direct)
    for dependency in ordered:
        if dependency.direct:
            continue
        parts.append(_edge(dependency, full=full))
        if dependency.package.dependencies:
            parts.append(_dependencies(dependency.package.dependencies, full=full))
    return " ".join(parts).strip()


def _text(package: Package, *, full: bool) -> str:
    node = _node(package, full=full)
    return f"{node} {_dependencies(package.dependencies, full=full)}".strip()


def canonical(package: Package) -> str:
    """What Spack's `str` makes of it."""
    return _text(package, full=False)


def format_spec(package: Package) -> str:
    """The text for a file: read back, it gives the same package.

    Raises ValueError for what no spec can say.
    """
    for dependency in package.dependencies:
        _check_nesting(dependency)
    return (
        re.sub(r" {2,}", " ", _text(package, full=True))
        if package.flags
        else _text(package, full=True)
    )


def _check_nesting(dependency: Dependency) -> None:
    """A spec is two levels deep: `^x %y`; ValueError for more."""
    for below in dependency.package.dependencies:
        if dependency.direct or not below.direct or below.package.dependencies:
            raise ValueError(
                f"a spec can't say what `{dependency.package.name}` in its turn depends on"
            )
