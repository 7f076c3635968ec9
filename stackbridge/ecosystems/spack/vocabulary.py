"""Which packages, variants and values there are: from the user's repositories, or as shipped.

The shipped file (`data/spack-vocabulary.json.gz`) was read from Spack's builtin repository
by `tools/build_spack_vocabulary.py`; `source` in it names the commit. A variant's values are
True for a boolean, a tuple of texts, or None where a function of the recipe decides.
"""

from __future__ import annotations

import difflib
import gzip
import json
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context
    from stackbridge.ecosystems.spack.index import Index

__all__ = ["NAMESPACE", "Values", "Vocabulary", "from_index", "open_vocabulary", "shipped"]

Values: TypeAlias = tuple[str, ...] | Literal[True] | None

NAMESPACE = "stackbridge"
"""Of the package repository that is written beside an environment."""

# Variants of every package which no recipe declares.
RESERVED = frozenset({"patches", "commit", "dev_path", "namespace"})


class Vocabulary:
    """Names of packages with their variants, and of virtual packages."""

    def __init__(
        self,
        source: str,
        packages: Mapping[str, Mapping[str, Any]],
        virtuals: frozenset[str],
        conditional: Callable[[str], Collection[str]] = lambda _name: (),
        on: Callable[[str], Collection[str]] = lambda _name: (),
    ) -> None:
        self.source = source
        self._packages = packages
        self.virtuals = virtuals
        self._conditional = conditional
        self._on = on

    def __contains__(self, name: str) -> bool:
        return name in self._packages or name in self.virtuals

    def variants(self, name: str) -> dict[str, Values] | None:
        """The variants of a package; None for a virtual or unknown one."""
        found = self._packages.get(name)
        if found is None:
            return None
        return {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}

    def always(self, name: str, variant: str) -> bool:
        """Whether the package has that variant whatever its version and other variants are."""
        found = self._packages.get(name)
        return found is not None and variant in found and variant not in self._conditional(name)

    def on(self, name: str, variant: str) -> bool:
        """Whether a boolean variant is on where nothing is said of it, under some condition."""
        return variant in self._on(name)

    def suggest(self, name: str) -> tuple[str, ...]:
        """Package names that may have been meant."""
        plain = name.lower().replace("_", "-")
        known = [
            n for n in (plain, f"py-{plain}", f"r-{plain}", f"lib{plain}") if n in self._packages
        ]
        if not known:
            known = difflib.get_close_matches(plain, self._packages, n=3, cutoff=0.75)
        return tuple(dict.fromkeys(known))


@cache
def shipped() -> Vocabulary | None:
    """The vocabulary of this release; None where the file is missing."""
    path = files("stackbridge") / "data" / "spack-vocabulary.json.gz"
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
    except (FileNotFoundError, OSError, ValueError):
        return None
    shared = data["values"]
    packages = {
        name: {
            key: shared[v] if isinstance(v, int) and v is not True else v for key, v in own.items()
        }
        for name, own in data["packages"].items()
    }
    conditional: dict[str, list[str]] = data["conditional"]
    on: dict[str, list[str]] = data["on"]
    return Vocabulary(
        data["source"],
        packages,
        frozenset(data["virtuals"]),
        lambda name: conditional.get(name, ()),
        lambda name: on.get(name, ()),
    )


def from_index(index: Index, source: str) -> Vocabulary:
    """The vocabulary of the repositories behind an index."""
    return Vocabulary(
        source,
        _Lazy(index),
        frozenset(index.virtuals()),
        lambda name: conditional_of(index, name),
        lambda name: on_of(index, name),
    )


def conditional_of(index: Index, name: str) -> tuple[str, ...]:
    """The variants which a package has only under a condition."""
    facts = index.package(name)
    if facts is None or facts.virtual:
        return ()
    always = {variant.name for variant in facts.variants if not variant.when}
    return tuple(sorted({variant.name for variant in facts.variants} - always))


def values_of(index: Index, name: str) -> dict[str, Any] | None:
    """Variant -> values, of all definitions of each variant."""
    facts = index.package(name)
    if facts is None or facts.virtual:
        return None
    found: dict[str, Any] = {}
    for variant in facts.variants:
        before = found.get(variant.name, ())
        texts = [choice.value for choice in variant.choices or () if choice.possible]
        texts += [value for group in variant.sets for value in group]
        if variant.boolean and {text.lower() for text in texts} <= {"true", "false"}:
            values: Any = True
        elif variant.choices is None and not variant.sets:
            values = None
        else:
            texts += ["true", "false"] if variant.boolean else []
            values = sorted({*texts, *(before if isinstance(before, list) else ())})
        found[variant.name] = values if variant.name not in found or before else before or values
    if facts.incomplete:
        found["*"] = None
    return found


def on_of(index: Index, name: str) -> tuple[str, ...]:
    """The boolean variants of a package that are on by default."""
    facts = index.package(name)
    if facts is None or facts.virtual:
        return ()
    defaults = ((variant.name, str(variant.default).lower()) for variant in facts.variants)
    return tuple(sorted({variant for variant, default in defaults if default == "true"}))


class _Lazy(Mapping[str, Mapping[str, Any]]):
    """Packages of an index, read when they are asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._names = frozenset(index.names())

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        if name not in self._names:
            raise KeyError(name)
        return values_of(self._index, name) or {}

    def __iter__(self) -> Any:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


def open_vocabulary(context: Context) -> Vocabulary | None:
    """That of `context.repositories`, or the shipped one."""
    if not context.repositories:
        return shipped()
    from stackbridge.ecosystems.spack.index import open_index

    index = open_index(context.repositories, context.cache, machine=context.architecture)
    return from_index(index, ", ".join(context.repositories))
