"""What a package repository says of one package, directive by directive.

Conditions (`when`) are tuples of spec texts which must hold together, as they stand in the
nested `with when(...)` blocks and the directive itself; an empty tuple always holds. They
are not joined into one text, because text joining can change what a spec means.
Directives stand in the order in which Spack executes them: those of base classes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = [
    "Choice",
    "Condition",
    "ConflictFact",
    "DependencyFact",
    "ExtendsFact",
    "Incomplete",
    "LicenseFact",
    "PackageFacts",
    "PatchFact",
    "ProvideFact",
    "RedistributeFact",
    "RequirementFact",
    "ResourceFact",
    "SpliceFact",
    "VariantFact",
    "VersionFact",
]

Condition = tuple[str, ...]

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """A statement that could not be evaluated, so that its directives are missing."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFact:
    """One version. `options` are Spack's own: sha256, url, git, commit, branch, preferred...

    An option that is a function of the concrete spec (`submodules`) is the text `<code>`.
    """

    version: str
    options: Mapping[str, Any] = field(default_factory=lambda: _NONE)

    @property
    def sha256(self) -> str | None:
        """The archive's checksum; Spack also takes it as the unnamed second argument."""
        value = self.options.get("sha256") or self.options.get("checksum")
        return value if isinstance(value, str) and len(value) == 64 else None

    @property
    def url(self) -> str | None:
        """The archive's address where the version has one of its own."""
        value = self.options.get("url")
        return value if isinstance(value, str) else None

    @property
    def deprecated(self) -> bool:
        """Spack no longer offers it by itself."""
        return bool(self.options.get("deprecated"))

    @property
    def preferred(self) -> bool:
        """Spack takes it before higher ones."""
        return bool(self.options.get("preferred"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that a variant may have. `possible` is false where `when=False` was said."""

    value: str
    when: Condition = ()
    possible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantFact:
    """One definition of a variant; a name may have several under different conditions.

    `default` is a boolean, or a text (comma-separated where `multi`). `choices` is None where
    the package tests values by a function: then `sets` is empty as well. `sets` are the
    mutually exclusive sets of values of `any_combination_of` and its like.
    """

    name: str
    default: bool | str
    choices: tuple[Choice, ...] | None = None
    sets: tuple[tuple[str, ...], ...] = ()
    multi: bool = False
    sticky: bool = False
    when: Condition = ()
    description: str = ""

    @property
    def boolean(self) -> bool:
        """Written `+name` and `~name`."""
        return isinstance(self.default, bool) or self.default.lower() in ("true", "false")

    def allows(self, value: str) -> bool:
        """Whether the value is among the choices (always, where a function decides)."""
        return self.choices is None or any(c.value == value and c.possible for c in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFact:
    """A patch: `location` is a file name beside package.py, or a URL."""

    location: str
    sha256: str | None = None
    archive_sha256: str | None = None
    level: int = 1
    working_dir: str = "."
    reverse: bool = False
    when: Condition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyFact:
    """One dependency. `kinds` are build, link, run, test. `spec` names the package."""

    spec: str
    when: Condition = ()
    kinds: tuple[str, ...] = ("build", "link")
    patches: tuple[PatchFact, ...] = ()

    @property
    def name(self) -> str:
        """The package or virtual package depended on."""
        return spec_name(self.spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendsFact:
    """The package is installed into another one's tree (Python, R, Perl...)."""

    spec: str
    when: Condition = ()
    kinds: tuple[str, ...] = ("build", "run")

    @property
    def name(self) -> str:
        """The package that is extended."""
        return spec_name(self.spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideFact:
    """Virtual packages; several in one directive can only be provided together."""

    specs: tuple[str, ...]
    when: Condition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFact:
    """`spec` can't be had when the condition holds."""

    spec: str
    when: Condition = ()
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementFact:
    """One of the specs must hold (`policy` one_of), or at least one (any_of)."""

    specs: tuple[str, ...]
    policy: str = "one_of"
    when: Condition = ()
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFact:
    """An SPDX expression, as the package has it."""

    identifier: str
    when: Condition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFact:
    """A further archive or checkout; `options` as for versions."""

    name: str | None = None
    destination: str = ""
    placement: Any = None
    when: Condition = ()
    options: Mapping[str, Any] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpliceFact:
    """This package can stand in for `target` in something built against it."""

    target: str
    when: Condition = ()
    match_variants: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedistributeFact:
    """Sources or binaries which may not be passed on (False) when the condition holds."""

    source: bool = True
    binary: bool = True
    when: Condition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """Everything that a package.py and its base classes declare.

    `bases` are the names of all base classes, nearest first. `incomplete` is empty where
    every statement could be evaluated. `platform` and `machine` are those for which
    conditions such as `if platform.machine() == ...` were decided. `urls` are those that
    the class lists itself. A package with `virtual` only names something that others
    provide. A working directory in a URL is `$PWD`.
    """

    name: str
    namespace: str
    file: str
    class_name: str
    platform: str
    machine: str
    bases: tuple[str, ...] = ()
    virtual: bool = False
    has_code: bool = True
    description: str = ""
    homepage: str | None = None
    url: str | None = None
    urls: tuple[str, ...] = ()
    list_url: str | None = None
    git: str | None = None
    svn: str | None = None
    hg: str | None = None
    pypi: str | None = None
    cran: str | None = None
    bioc: str | None = None
    cpan: str | None = None
    mirror_path: str | None = None
    tags: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    versions: tuple[VersionFact, ...] = ()
    variants: tuple[VariantFact, ...] = ()
    dependencies: tuple[DependencyFact, ...] = ()
    provides: tuple[ProvideFact, ...] = ()
    conflicts: tuple[ConflictFact, ...] = ()
    requirements: tuple[RequirementFact, ...] = ()
    licenses: tuple[LicenseFact, ...] = ()
    extends: tuple[ExtendsFact, ...] = ()
    patches: tuple[PatchFact, ...] = ()
    resources: tuple[ResourceFact, ...] = ()
    splices: tuple[SpliceFact, ...] = ()
    redistribute: tuple[RedistributeFact, ...] = ()
    incomplete: tuple[Incomplete, ...] = field(default=())

    @property
    def build_systems(self) -> tuple[str, ...]:
        """The values of the `build_system` variant (cmake, autotools, python_pip...)."""
        found = [
            c.value for v in self.variants if v.name == "build_system" for c in v.choices or ()
        ]
        return tuple(dict.fromkeys(found))

    def version(self, text: str) -> VersionFact | None:
        """That version, if declared."""
        return next((fact for fact in self.versions if fact.version == text), None)

    def variant(self, name: str) -> tuple[VariantFact, ...]:
        """All definitions of that variant; empty where there is none."""
        return tuple(fact for fact in self.variants if fact.name == name)


def spec_name(spec: str) -> str:
    """The package name at the beginning of a spec text, without a namespace."""
    spec = spec.lstrip()
    end = 0
    while end < len(spec) and (spec[end].isalnum() or spec[end] in "-_."):
        end += 1
    return spec[:end].rpartition(".")[2]
