"""Which packages of a stack share a toolchain generation: the stack's parts.

One generation for all is the rule, since modules of two can't be loaded together. A stack has
several where it asks for several compilers, or where its GPU packages are at home elsewhere:

    1  A package's compiler is what it names itself (`%gcc@12`), else what its group says.
    2  Packages of no compiler and those of the compiler that most name are the main part;
       its generation has the most points (`generation.py`).
    3  Another compiler's packages stay in the main part where that generation has the
       compiler. Else they are a part of their own, whose generation has the most points among
       those with the compiler; where none has that version, with the nearest of its family.
       Where none has the family, or those hold less than half of the packages which the best
       generation holds, the packages stay in the main part, with `toolchain-approximated`.
    4  A part's CUDA packages, and its ROCm packages, get a generation of their own (of the same
       compiler) where that is worth 0.4 points for each of them. Not where the stack must
       agree on one build of each package (`unify`).
    5  Parts with the same generation are one.

A dependency follows the package that needs it, so a shared one is there once for each part.
`--toolchain` with one name replaces all this; with several (`foss-2024a,intel-2024a`) each part
gets the best of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stackbridge.ecosystems.easybuild.choosing.candidates import Candidate, away, wanted_features
from stackbridge.ecosystems.easybuild.choosing.generation import (
    Scored,
    choose,
    family,
    matches_compiler,
)
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Release
from stackbridge.ecosystems.easybuild.choosing.requests import COMPILERS, Request, Requests, Wish
from stackbridge.hub.versions import Version

__all__ = ["Part", "compiler_of", "parts_of"]

_WORTH = 0.4  # points for each GPU package that a generation of their own must bring


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Requests (by number) and their generation. `label` says what sets them apart: `%gcc@12`,
    `cuda`; empty for the main part. `scores` are all generations that were weighed, best first.
    """

    generation: Generation
    numbers: frozenset[int]
    label: str = ""
    scores: tuple[Scored, ...] = ()


def compiler_of(request: Request, by_group: Mapping[str, Sequence[Wish]]) -> Wish | None:
    """The compiler that a request names, or its group for it."""
    for wish in (*request.wishes, *by_group.get(request.group or "", ())):
        if wish.role == "compiler":
            return wish
    return None


def parts_of(
    requests: Sequence[Request],
    candidates: Mapping[int, tuple[Candidate, ...]],
    wanted: Requests,
    release: Release,
    *,
    given: Sequence[Generation] = (),
    main: Generation | None = None,
    together: bool = False,
) -> tuple[Part, ...]:
    """The parts of a stack, the main one first.

    `given`: the only generations there are; `main`: the stack's own; `together`: all must be
    loadable at once, GPU packages included.
    """
    if not requests:
        return tuple(_alone(one, ()) for one in given[:1])
    weigh = _Weigh(requests, candidates, wanted, release, given)
    if len(given) == 1:
        scores = choose(requests, candidates, wanted.wishes, release)[1]
        return (replace(_alone(given[0], requests), scores=scores),)
    found = weigh.by_compiler(main)
    if not together:
        found = [part for one in found for part in weigh.with_gpus(one)]
    return _merged(found)


class _Weigh:
    def __init__(
        self,
        requests: Sequence[Request],
        candidates: Mapping[int, tuple[Candidate, ...]],
        wanted: Requests,
        release: Release,
        given: Sequence[Generation],
    ) -> None:
        self.requests = {request.number: request for request in requests}
        self.candidates = candidates
        self.release = release
        self.wishes = wanted.wishes
        self.by_group = wanted.by_group
        self.pool = tuple(given) or release.generations()
        self.given = bool(given)

    def by_compiler(self, main: Generation | None) -> list[Part]:
        """The main part, and those of compilers that it has not."""
        plain: list[Request] = []
        named: dict[tuple[tuple[str, str], ...], list[Request]] = {}
        wishes: dict[tuple[tuple[str, str], ...], Wish] = {}
        for request in self.requests.values():
            wish = compiler_of(request, self.by_group)
            if wish is None:
                plain.append(request)
                continue
            key = tuple((one.name, str(one.versions)) for one in wish.alternatives)
            named.setdefault(key, []).append(request)
            wishes.setdefault(key, wish)
        ordered = sorted(named, key=lambda key: -len(named[key]))
        first = named[ordered[0]] if ordered else []
        scores: tuple[Scored, ...] = ()
        if main is None:
            both = [*plain, *first]
            own = None
            if len(first) > len(plain):
                own = self._for_compiler(wishes[ordered[0]], both)
            main, scores = own or self._best(both, self.wishes)
        parts = [Part(generation=main, numbers=_numbers(plain), scores=scores)]
        for key in ordered:
            wish = wishes[key]
            if matches_compiler(main, wish) is True:
                parts.append(_alone(main, named[key]))
                continue
            own = self._for_compiler(wish, named[key])
            if own is None:
                parts.append(_alone(main, named[key]))
            else:
                label = " or ".join(
                    f"%{one.name}" + ("" if one.versions.is_any else f"@{one.versions}")
                    for one in wish.alternatives
                )
                parts.append(
                    Part(
                        generation=own[0],
                        numbers=_numbers(named[key]),
                        label=label,
                        scores=own[1],
                    )
                )
        return parts

    def _no_compilers(self) -> list[Wish]:
        """What the stack wishes for, but for compilers."""
        return [wish for wish in self.wishes if wish.role != "compiler"]

    def _best(
        self, requests: Sequence[Request], wishes: Sequence[Wish], within: Sequence[Generation] = ()
    ) -> tuple[Generation, tuple[Scored, ...]]:
        best, scores = choose(
            requests, self.candidates, wishes, self.release, within=within or self.pool
        )
        return best.generation, scores

    def _for_compiler(
        self, wish: Wish, requests: Sequence[Request]
    ) -> tuple[Generation, tuple[Scored, ...]] | None:
        within = [one for one in self.pool if matches_compiler(one, wish) is True]
        if not within:
            families = {COMPILERS.get(one.name) for one in wish.alternatives}
            related = [one for one in self.pool if family(one) in families]
            near = {str(one): _away(one, wish) for one in related}
            within = [one for one in related if near[str(one)] == min(near.values())]
        if not within:
            return None
        others = self._no_compilers()
        best, scores = self._best(requests, [wish, *others], within)
        if not self.given:
            held = next(row.has for row in scores if row.generation == best)
            most = max(row.has for row in self._best(requests, others)[1])
            if 2 * held < most:
                return None
        return best, scores

    def with_gpus(self, part: Part) -> list[Part]:
        """A part, with its GPU packages set apart where that is worth it."""
        found: list[Part] = []
        left = part
        for kind in ("cuda", "rocm"):
            wanting = [
                self.requests[number]
                for number in sorted(left.numbers)
                if wanted_features(self.requests[number]).get(kind)
            ]
            if not wanting or len(wanting) == len(part.numbers):
                continue
            alike = [one for one in self.pool if family(one) == family(part.generation)]
            best, scores = self._best(wanting, self._no_compilers(), alike)
            points = {str(row.generation): row.points for row in scores}
            gain = points[str(best)] - points[str(part.generation)]
            if best != part.generation and gain > _WORTH * len(wanting):
                numbers = _numbers(wanting)
                found.append(
                    Part(
                        generation=best,
                        numbers=numbers,
                        label=" ".join(filter(None, (part.label, f"+{kind}"))),
                        scores=scores,
                    )
                )
                left = replace(left, numbers=left.numbers - numbers)
        return [left, *found]


def _numbers(requests: Sequence[Request]) -> frozenset[int]:
    return frozenset(request.number for request in requests)


def _alone(generation: Generation, requests: Sequence[Request]) -> Part:
    return Part(generation=generation, numbers=_numbers(requests))


def _away(generation: Generation, wish: Wish) -> tuple[float, ...]:
    """How far a generation's compiler is from the versions wanted of its family."""
    version = Version(generation.compiler[1])
    return min(
        (
            away(version, one.versions)
            for one in wish.alternatives
            if COMPILERS.get(one.name) == family(generation)
        ),
        default=(9.0,),
    )


def _merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    found: dict[str, Part] = {}
    for part in parts:
        key = str(part.generation)
        if key in found:
            before = found[key]
            labels = before.label if before.label == part.label else ""
            found[key] = replace(
                before,
                numbers=before.numbers | part.numbers,
                label=before.label and (labels or f"{before.label}, {part.label}".rstrip(", ")),
            )
        else:
            found[key] = part
    every = list(found.values())
    # a main part without packages of its own gives its place to the largest
    if len(every) > 1 and not every[0].numbers:
        every = sorted(every[1:], key=lambda part: -len(part.numbers))
    return tuple(every)
