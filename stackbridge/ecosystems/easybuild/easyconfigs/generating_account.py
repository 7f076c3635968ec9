"""What a generated easyconfig leaves open of what was asked for.

The same questions as for a released one (`choosing/accounting.py`), asked of a file that was
made: compiler and MPI library, constraints on dependencies, GPUs, flags. What its recipe lacks
of the features is said by who made it; what was moved or brought to another version is judged
by the easyconfig that it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.candidates import holds
from stackbridge.ecosystems.easybuild.choosing.offers import IndexRelease
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Level, Offer
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read as read_suffix
from stackbridge.ecosystems.easybuild.choosing.wording import short, shown
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_needs import Made
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_sources import folded
from stackbridge.ecosystems.easybuild.resolving.closure import Needed
from stackbridge.ecosystems.easybuild.resolving.entries import Entry
from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency

__all__ = ["MadeAccount", "software_of"]


class MadeAccount:
    """Notices for what was made of one stack. `everything`: all files that were made, by path."""

    def __init__(self, release: IndexRelease, everything: Mapping[str, Made]) -> None:
        self.release = release
        self.files = {made.file: made for made in everything.values()}
        self._made: dict[tuple[str, str, str], list[Made]] = {}
        for made in everything.values():
            self._made.setdefault((made.name, made.version, made.suffix), []).append(made)
        self._needs: dict[str, tuple[tuple[str, str, str, str], ...]] = {}

    def notices(
        self, request: Request, made: Made, generation: Generation, account: Account
    ) -> list[Notice]:
        """Everything that is not as one request wants it, but for what its maker has said."""
        offer = self.offer(made)
        found: list[Notice] = []
        for wish in request.wishes:
            found += account.wish(request.name, wish, offer, generation)
        for dependency in request.below:
            found += self._dependency(request, dependency, made, account)
        found += account.rest(request)
        origin = self.release.file(made.origin) if made.origin else None
        if origin is not None:
            found += [
                _of(notice, origin, made)
                for notice in account.judged(_without(request, made.added), origin, generation)
            ]
        return list(dict.fromkeys(found))

    def offer(self, made: Made) -> Offer:
        """What was made, as one of the easyconfigs that there are."""
        return Offer(
            name=made.name,
            version=made.version,
            toolchain=made.level,
            suffix=read_suffix(made.suffix, self.release.software),
            file=made.file,
        )

    def needs(self, file: str) -> tuple[tuple[str, str, str], ...]:
        """Direct dependencies of a file, made or released: name, version, file name."""
        return tuple(need[1:] for need in self._all(file) if need[0] != "build")

    def used(self, files: Iterable[str]) -> frozenset[str]:
        """These files and everything that was made of what they need, to build or to run."""
        found: dict[str, None] = dict.fromkeys(files)
        todo = list(found)
        for file in todo:
            if file in self.files:
                new = [need[3] for need in self._all(file) if need[3] not in found]
                found.update(dict.fromkeys(new))
                todo += dict.fromkeys(new)
        return frozenset(found)

    def _all(self, file: str) -> tuple[tuple[str, str, str, str], ...]:
        if file not in self._needs:
            self._needs[file] = tuple(self._direct(file))
        return self._needs[file]

    def _direct(self, file: str) -> Iterator[tuple[str, str, str, str]]:
        from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
        from stackbridge.ecosystems.easybuild.resolving.entries import entry_of

        made = self.files.get(file)
        if made is not None:
            # the resolver remembers by file name, and lives longer than what was made
            own = hashlib.sha256(made.text.encode()).hexdigest()
            entry: Entry | None = entry_of(evaluate(made.text), f"{own}/{made.path}")
        else:
            entry = self.release.index.entry(file)
        if entry is None:
            return
        for need in self.release.resolver.dependencies(entry):
            if need.external:
                continue
            yield need.kind, need.name, need.version, self._file_of(need)

    def _file_of(self, need: Needed) -> str:
        """What the robot takes for it: released, or made on a level that its dependent reaches."""
        below = self.release.resolver.locate(need.name, need.full_version)
        name = below.basename if below is not None else f"{need.name}-{need.full_version}.eb"
        if name in self.files or below is not None:
            return name
        made = self._made.get((need.name, need.version, need.suffix), [])
        for level in self.reach(need.toolchain):
            for one in made:
                if one.level == level:
                    return one.file
        return name

    def reach(self, toolchain: Level) -> tuple[Level, ...]:
        try:
            return (*self.release.resolver.hierarchy(toolchain), SYSTEM)
        except HierarchyError:
            return (toolchain, SYSTEM)

    def below(self, file: str) -> Mapping[str, tuple[str, str]]:
        """Everything below a file: name -> version and file name, the nearest of each."""
        found: dict[str, tuple[str, str]] = {}
        todo = [file]
        for current in todo:
            for name, version, needed in self.needs(current):
                if name not in found:
                    found[name] = version, needed
                    todo.append(needed)
        return found

    def _dependency(
        self, request: Request, dependency: Dependency, made: Made, account: Account
    ) -> Iterator[Notice]:
        package = dependency.package
        said = f"`^{short(package)}` of `{request.name}`"
        place = package.place if package.place.line else request.place
        if dependency.when is not None:
            yield account.note(
                Code.CONDITION_LOST,
                request,
                f"{said} is wanted under a condition",
                "conditions are not evaluated",
                place=place,
            )
            return
        named = account.naming(package.name or "*")
        below = self.below(made.file)
        here = software_of(package.name or "", named.software, below)
        if here is None:
            yield account.note(
                Code.DEPENDENCY_LOST,
                request,
                f"{said} can't be said",
                f"`{made.file}` does not need it",
                place=place,
            )
            return
        version, file = below[here]
        if not holds(version, package.versions):
            yield account.note(
                Code.DEPENDENCY_APPROXIMATED,
                request,
                f"{said} has another version",
                f"`{made.file}` needs that one",
                f"`{file}`",
                place=place,
            )
        lower = self.files.get(file)
        released = self.release.file(lower.origin if lower is not None else file)
        if released is not None and account.generation is not None:
            judge = account.judge(account.generation)
            bad = [
                verdict
                for feature in package.features
                if (verdict := judge(feature, released)).outcome in ("lost", "approximated")
            ]
            if bad:
                features = " ".join(shown(verdict.feature) for verdict in bad)
                yield account.note(
                    Code.DEPENDENCY_APPROXIMATED,
                    request,
                    f"`{features}` of {said} can't be had",
                    bad[0].why,
                    f"`{file}`",
                    place=place,
                )
        for inner in package.dependencies:
            if lower is not None:
                yield from self._dependency(request, inner, lower, account)


def software_of(package: str, known: Iterable[str], among: Iterable[str]) -> str | None:
    """What a package is called among some software: as EasyBuild has it, or as it was made."""
    there = list(among)
    found = next((name for name in known if name in there), None)
    return found or next((name for name in there if folded(name) == folded(package)), None)


def _without(request: Request, features: Collection[str]) -> Request:
    left = tuple(one for one in request.package.features if one.name not in features)
    return replace(request, package=replace(request.package, features=left))


def _of(notice: Notice, origin: Offer, made: Made) -> Notice:
    """A notice on an easyconfig, of what it has become."""
    return replace(notice, instead=notice.instead.replace(origin.file, made.file))
