"""Conditions of a package.py, decided for one version, its variants and what is known of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from stackbridge.ecosystems.spack.language.algebra import satisfies
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.ecosystems.spack.repository.model import Condition, PackageFacts
from stackbridge.errors import InputError
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.versions import Version

__all__ = ["COMPILERS", "ROLES", "Chosen", "refused_without_gpu"]

ROLES = frozenset({"c", "cxx", "fortran", "mpi", "blas", "lapack", "scalapack", "fftw-api"})
"""Virtual packages which a toolchain fills; they stay what they are."""

COMPILERS = frozenset(
    {"gcc", "clang", "llvm", "apple-clang", "intel", "oneapi", "intel-oneapi-compilers", "nvhpc",
     "cce", "aocc", "fj", "xl", "xl_r", "pgi", "nag", "arm", "rocmcc", "llvm-amdgpu", "msvc",
     "intel-oneapi-compilers-classic", "acfl"}
)  # fmt: skip


_GPUS = frozenset({"cuda", "rocm"})


@lru_cache(maxsize=20_000)
def _parsed(text: str) -> tuple[Package, Package]:
    """A spec, and what it says of the package itself; conditions are asked again and again."""
    wanted = parse(text)
    return wanted, replace(wanted, name=None, dependencies=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What conditions are decided by."""

    package: Package
    known: Callable[[str], str | None] | None
    roles: frozenset[str] = frozenset()

    def decide(self, condition: Condition) -> bool | None:
        """True, False, or None where it depends on what is not known."""
        answer: bool | None = True
        for text in condition:
            one = self.one(text)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    def one(self, text: str) -> bool | None:
        try:
            wanted, itself = _parsed(text)
        except InputError:
            return None
        if wanted.name not in (None, self.package.name):
            return None
        if not satisfies(self.package, itself):
            return False
        answer: bool | None = True
        for dependency in wanted.dependencies:
            one = self.below(dependency)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    def below(self, dependency: Dependency) -> bool | None:
        wanted = dependency.package
        name = wanted.name
        if name is None:
            return None
        if name in ("c", "cxx", "fortran") and dependency.direct and wanted == Package(name=name):
            return name in self.roles
        if self.known is None:
            return None
        version = self.known(name)
        if version is None:
            # of compilers and of what fills a role, those that are known are all there are
            return False if name in COMPILERS or ROLES & set(dependency.provides) else None
        if not wanted.versions.is_any and Version(version) not in wanted.versions:
            return False
        return True if not wanted.features else None


def refused_without_gpu(facts: PackageFacts, wanted: Package, chosen: Chosen) -> str | None:
    """Why a package is nothing without the GPU that was taken from it; None where it is."""
    taken = {f.name for f in wanted.features if f.propagated and f.value is False} & _GPUS
    for conflict in facts.conflicts if taken else ():
        words = f"{conflict.spec} {' '.join(conflict.when)}".strip()
        named = any(f"~{name}" in words for name in taken)
        if named and chosen.decide((*conflict.when, conflict.spec)) is True:
            return conflict.message or f"its package.py has a conflict with {words}"
    return None
