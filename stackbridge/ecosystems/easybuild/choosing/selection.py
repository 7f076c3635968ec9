"""Why this easyconfig for that package: the rule of selection.

Among the candidates (`candidates.py`) of a request the best is taken, by the first of these
that tells two apart:

    1  GPU features agree: never a CUDA easyconfig for `~cuda`; where nothing was said, none
       as long as the generation has another
    2  it belongs to the stack's generation, or to no toolchain (system); else to a related
       one (same GCCcore), to another one of the same compiler, to any
    3  the other file-deciding features agree (mpi off, int64, ...)
    4  it needs of other requested packages what was chosen for them, not another build
    5  its version satisfies the request
    6  it is not a system build where the generation has one of its own, nor a part of
       something else where it has its own easyconfig
    7  it has nothing that nobody asked for (-CUDA-12.6.0, -serial, -minimal, ...)
    8  its version is the nearest one, where none satisfies
    9  the generation itself depends on that version (at least three of its easyconfigs)
    10 it is built with MPI if MPI is wished for
    11 the nearest generation, the newest version, the higher toolchain, the file name

What is not as wanted becomes a notice: `version-approximated`, `toolchain-approximated`,
`feature-lost`. Only where EasyBuild has nothing of that name is a package lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from stackbridge.ecosystems.easybuild.choosing import generation as generations
from stackbridge.ecosystems.easybuild.choosing.candidates import (
    Candidate,
    distance,
    wanted_features,
)
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Level, Release
from stackbridge.ecosystems.easybuild.choosing.requests import Request

__all__ = ["Choice", "Selector"]

_DEMAND = 3  # so many dependents make a version the generation's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was selected for a request.

    `where`: "generation", "system" (no toolchain), "related" (another compiler or MPI library
    on the same base), "other" (another generation of the same compiler), "foreign" (the rest).
    """

    candidate: Candidate
    where: str

    @property
    def file(self) -> str:
        """The easyconfig's file name."""
        return self.candidate.offer.file


class Selector:
    """Selects for one stack and one generation."""

    def __init__(self, release: Release, generation: Generation) -> None:
        self.release = release
        self.generation = generation
        self._levels = frozenset(generation.levels)
        self._height = {level: place for place, level in enumerate(reversed(generation.levels))}
        self._related = self._related_levels()
        self._age = self._ages()
        self._family = self._family_levels()

    def _related_levels(self) -> frozenset[Level]:
        """Toolchains of other compilers or MPI libraries on the same base."""
        base = self.generation.base
        found: set[Level] = set()
        for other in self.release.generations():
            if base is not None and other.base == base:
                found |= set(other.levels)
        return frozenset(found - self._levels)

    def _ages(self) -> dict[Level, int]:
        """Toolchains -> how many generations away they are."""
        bases = list(dict.fromkeys(other.base for other in self.release.generations()))
        here = bases.index(self.generation.base) if self.generation.base in bases else 0
        found: dict[Level, int] = {}
        for other in self.release.generations():
            away = abs(bases.index(other.base) - here)
            for level in other.levels:
                found[level] = min(away, found.get(level, away))
        return found

    def _family_levels(self) -> frozenset[Level]:
        """Toolchains of every generation with the same compiler."""
        own = generations.family(self.generation)
        return frozenset(
            level
            for other in self.release.generations()
            if generations.family(other) == own
            for level in other.levels
        )

    def where(self, candidate: Candidate) -> str:
        """How the candidate stands to the generation."""
        offer = candidate.offer
        if offer.toolchain in self._levels:
            return "generation"
        if offer.toolchain == SYSTEM:
            own = self.generation.parts.get(offer.name)
            return "generation" if own is not None and own == offer.version else "system"
        if offer.toolchain in self._related:
            return "related"
        return "other" if offer.toolchain in self._family else "foreign"

    def choose(
        self,
        request: Request,
        candidates: Sequence[Candidate],
        beside: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> Choice | None:
        """The best candidate, or None where there is none that may be taken.

        `beside` are the files chosen for other requests, by software name.
        """
        wanted = wanted_features(request)
        allowed = [
            candidate
            for candidate in candidates
            # nothing with a GPU for somebody who wants none
            if not any(
                wanted.get(name) is False and name in candidate.missed for name in ("cuda", "rocm")
            )
        ]
        if not allowed:
            return None
        best = min(allowed, key=lambda candidate: self._key(request, candidate, wanted, beside))
        return Choice(candidate=best, where=self.where(best))

    def _disagreements(self, candidate: Candidate, beside: Mapping[str, Collection[str]]) -> int:
        """How many of its dependencies were requested too and chosen in another build."""
        return sum(
            below.name in beside and below.file not in beside[below.name]
            for below in self.release.requires(candidate.offer)
        )

    def _key(
        self,
        request: Request,
        candidate: Candidate,
        wanted: dict[str, bool],
        beside: Mapping[str, Collection[str]],
    ) -> tuple[object, ...]:
        where = self.where(candidate)
        gpu = sum(name in ("cuda", "rocm") for name in candidate.missed)
        offer = candidate.offer
        demand = 0
        if where in ("generation", "system"):
            demand = self.release.demand(offer.name, offer.version, self._levels)
        with_mpi = offer.toolchain in self.generation.mpi_levels
        mpi = wanted.get("mpi")
        return (
            gpu,
            {"generation": 0, "system": 0, "related": 1, "other": 2, "foreign": 3}[where],
            len(candidate.missed) - gpu,
            self._disagreements(candidate, beside) if where in ("generation", "system") else 0,
            candidate.unasked >= 4,
            not candidate.fits,
            where == "system",
            candidate.member is not None,
            candidate.unasked >= 1,
            candidate.unasked,
            distance(candidate, request.package.versions),
            -demand if demand >= _DEMAND else 0,
            with_mpi != mpi if mpi is not None else False,
            self._age.get(offer.toolchain, 99) if where in ("other", "foreign") else 0,
            _Newest(candidate),
            -self._height.get(offer.toolchain, -1),
            len(offer.suffix.text),
            offer.file,
        )


class _Newest:
    """Orders newer versions first."""

    __slots__ = ("version",)

    def __init__(self, candidate: Candidate) -> None:
        self.version = candidate.ordered

    def __lt__(self, other: _Newest) -> bool:
        return other.version < self.version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Newest) and self.version == other.version

    __hash__ = None  # type: ignore[assignment]
