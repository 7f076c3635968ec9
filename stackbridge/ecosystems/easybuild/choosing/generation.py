"""One toolchain generation for packages that belong together: the rule by which it is chosen.

Which packages of a stack do is said in `parts.py`.

Every package gives each generation points:

    1.0    an easyconfig of the generation (or of its lower toolchains) with the version and
           the file-deciding features wanted; where no version is wanted 1.0 only for the
           newest version that EasyBuild has, and 0.85 for an older one
    0.6    the software, but in another version
    0.4    the software, but without a feature that decides the file (cuda, rocm, int64), or
           with a GPU that nobody asked for
    0.0    nothing of that name in the generation

    -0.25  the package asks for a compiler (`%gcc@13`) that the generation has not
    -0.5   the stack asks for another compiler family (gcc, intel, llvm, nvidia)
    -0.4   ... which it names first, before others that would do
    -0.1   it asks for none, and this is not GCC, EasyBuild's common ground
    -0.1   ... for another version of the compiler
    -0.05  ... for another MPI library

The most points win; among those within one hundredth of the best the newest, and of one age
the one with the most points. Packages that exist only outside of toolchains (system) or not
at all count for none. `Context.toolchain` or the stack's own `toolchain` replaces the rule.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stackbridge.ecosystems.easybuild.choosing.candidates import Candidate
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Level, Release
from stackbridge.ecosystems.easybuild.choosing.requests import COMPILERS, MPI_NAMES, Request, Wish
from stackbridge.errors import UsageError

__all__ = ["Scored", "choose", "family", "matches_compiler", "named", "named_all"]

_CLOSE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A generation with its points: of `count` packages it has so many, and `exact` as wanted."""

    generation: Generation
    points: float
    has: int
    exact: int
    count: int


def family(generation: Generation) -> str:
    """The compiler family: gcc, intel, llvm, nvidia, rocm, ..."""
    return COMPILERS.get(generation.compiler[0], generation.compiler[0].lower())


def matches_compiler(generation: Generation, wish: Wish) -> bool | None:
    """Whether a compiler wish is met: True, False, or None where only the version is not."""
    answer: bool | None = False
    for one in wish.alternatives:
        if COMPILERS.get(one.name) != family(generation):
            continue
        if one.versions.is_any or generation.compiler[1] in one.versions:
            return True
        answer = None
    return answer


def named(text: str, release: Release) -> Generation:
    """The generation called `foss-2024a` or `foss/2024a`; UsageError with near misses."""
    wanted = text.replace("/", "-", 1)
    found = {str(generation): generation for generation in release.generations()}
    if wanted in found:
        return found[wanted]
    same = [name for name in found if name.endswith(f"-{wanted}")]
    if f"foss-{wanted}" in found:
        return found[f"foss-{wanted}"]
    near = same or difflib.get_close_matches(wanted, list(found), n=3, cutoff=0.5)
    raise UsageError(
        f"there is no toolchain generation `{text}` in {release.title}",
        hint="did you mean " + " or ".join(f"`{name}`" for name in near) + "?"
        if near
        else f"the newest is `{release.generations()[-1]}`",
    )


def named_all(text: str, release: Release) -> tuple[Generation, ...]:
    """The generations of `foss-2024a,intel-2024a`, oldest first; UsageError as `named`."""
    wanted = {str(named(word.strip(), release)) for word in text.split(",")}
    return tuple(one for one in release.generations() if str(one) in wanted)


def choose(
    requests: Sequence[Request],
    candidates: Mapping[int, tuple[Candidate, ...]],
    wishes: Sequence[Wish],
    release: Release,
    within: Sequence[Generation] = (),
) -> tuple[Scored, tuple[Scored, ...]]:
    """The generation with the most points, and all of them, best first.

    `within`: only these, oldest first; none named are all of the release.
    """
    generations = within or release.generations()
    by_level: dict[Level, list[Generation]] = {}
    for generation in generations:
        for level in generation.levels:
            by_level.setdefault(level, []).append(generation)
    points = {str(generation): 0.0 for generation in generations}
    has = dict.fromkeys(points, 0)
    exact = dict.fromkeys(points, 0)
    for request in requests:
        free = request.package.versions.is_any
        best: dict[str, float] = {}
        for candidate in candidates.get(request.number, ()):
            if candidate.offer.toolchain == SYSTEM:
                continue
            value = _value(candidate, free=free)
            for generation in by_level.get(candidate.offer.toolchain, ()):
                key = str(generation)
                if value > best.get(key, 0.0):
                    best[key] = value
        compilers = [wish for wish in request.wishes if wish.role == "compiler"]
        for generation in generations:
            key = str(generation)
            value = best.get(key, 0.0)
            points[key] += value
            has[key] += value > 0
            exact[key] += value >= 0.85
            if any(matches_compiler(generation, wish) is not True for wish in compilers):
                points[key] -= 0.25
    count = max(1, len(requests))
    scored = []
    for generation in generations:
        key = str(generation)
        total = points[key] - count * _penalty(generation, wishes)
        scored.append(
            Scored(
                generation=generation,
                points=total,
                has=has[key],
                exact=exact[key],
                count=len(requests),
            )
        )
    ranked = sorted(scored, key=lambda row: -row.points)
    close = [row for row in ranked if row.points >= ranked[0].points - _CLOSE * count]
    order = {str(generation): place for place, generation in enumerate(generations)}
    age = {str(row.generation): (row.generation.base or row.generation.compiler) for row in close}
    newest = max(close, key=lambda row: order[str(row.generation)])
    peers = [row for row in close if age[str(row.generation)] == age[str(newest.generation)]]
    best_row = max(peers, key=lambda row: (row.points, order[str(row.generation)]))
    return best_row, tuple(ranked)


def _value(candidate: Candidate, *, free: bool) -> float:
    if candidate.missed or candidate.unasked >= 4:
        return 0.4
    if not candidate.fits:
        return 0.6
    if free and not candidate.newest:
        return 0.85
    return 1.0


def _penalty(generation: Generation, wishes: Sequence[Wish]) -> float:
    total = 0.0
    compilers = [wish for wish in wishes if wish.role == "compiler"]
    answers = [matches_compiler(generation, wish) for wish in compilers]
    first = [matches_compiler(generation, replace(wish, others=())) for wish in compilers]
    if answers and not any(answer is not False for answer in answers):
        total += 0.5
    elif answers and all(answer is False for answer in first):
        total += 0.4
    elif (answers and True not in answers) or (not answers and family(generation) != "gcc"):
        total += 0.1
    libraries = [wish for wish in wishes if wish.role == "mpi"]
    if libraries and not any(matches_mpi(generation, wish) for wish in libraries):
        total += 0.05
    return total


def matches_mpi(generation: Generation, wish: Wish) -> bool:
    """Whether the generation's MPI library is the one wanted."""
    if generation.mpi is None:
        return False
    name, version = generation.mpi
    return any(
        MPI_NAMES.get(one.name, one.name) == name
        and (one.versions.is_any or version in one.versions)
        for one in wish.alternatives
    )
