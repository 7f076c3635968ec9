"""What the release lacks is generated: a plan's losses filled by easyconfigs of their own.

The composer hands over who knows recipes (`Context.options["recipes"]`, `recipe_writer.Recipes`);
the easyconfigs lie under `easyconfigs/` beside the easystack, as a robot path has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.candidates import gpu_wanted, holds
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Naming
from stackbridge.ecosystems.easybuild.choosing.features import rocm_there
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Offer
from stackbridge.ecosystems.easybuild.choosing.requests import VIRTUALS, Request, requests_of
from stackbridge.ecosystems.easybuild.choosing.translation import Plan, PlannedEntry
from stackbridge.ecosystems.easybuild.easyconfigs.adding import add_features
from stackbridge.ecosystems.easybuild.easyconfigs.exchanging import exchange
from stackbridge.ecosystems.easybuild.easyconfigs.generating_account import MadeAccount
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    PART_OF_TOOLCHAIN,
    Shelf,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Made, Maker, Recipes
from stackbridge.ecosystems.easybuild.easyconfigs.wished import (
    Choices,
    brought_by,
    choices_of,
    idle,
    without_idle_wishes,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Feature, Package
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Delivered
    from stackbridge.ecosystems.easybuild.choosing.offers import IndexRelease
    from stackbridge.hub.stack import Stack

__all__ = ["DIRECTORY", "fill"]

DIRECTORY = "easyconfigs"

_ROCM = frozenset({"rocm", "amdgpu_target", "hip"})


def fill(
    stack: Stack,
    plan: Plan,
    release: IndexRelease,
    catalog: Catalog | None,
    recipes: Recipes,
) -> tuple[Plan, dict[str, str]]:
    """The plan with easyconfigs of its own generation for what it lacks, and their files.

    That is: what is lost, what the release has in other generations or versions only, and what
    was wanted with CUDA and is there without.
    """
    if plan.generation is None:
        return plan, {}
    requests = {request.number: request for request in requests_of(stack).requests}
    choices = choices_of(recipes)
    plan = without_idle_wishes(plan, requests, choices)
    naming = Naming(release, catalog, stack.names)
    filling = _Filling(stack, plan, requests, release=release, naming=naming, choices=choices)
    rows = [
        row
        for row in plan.delivered
        if row.number in plan.generations and requests[row.number].name not in VIRTUALS
    ]
    chosen = {str(one): one for one in (plan.generations[row.number] for row in rows)}
    for generation in chosen.values():
        filling.fill([row for row in rows if plan.generations[row.number] == generation], recipes)
    return filling.filled()


class _Filling:
    """One plan's losses and what is made for them, a generation at a time."""

    def __init__(
        self,
        stack: Stack,
        plan: Plan,
        requests: Mapping[int, Request],
        *,
        release: IndexRelease,
        naming: Naming,
        choices: Choices,
    ) -> None:
        self.stack = stack
        self.plan = plan
        self.requests = requests
        self.choices = choices
        self.release = release
        self.naming = naming
        self.offers = {entry.file: entry.offer for entry in plan.entries}
        self.made: dict[int, Made] = {}
        self.failures: list[Notice] = []
        self.said: dict[int, list[Notice]] = {}
        self.everything: dict[str, Made] = {}
        self.unknown: set[tuple[str, Place]] = set()  # what no given repository has

    def fill(self, rows: Sequence[Delivered], recipes: Recipes) -> None:
        """All rows of one generation."""
        generation = self.plan.generations[rows[0].number]
        lacking = [row for row in rows if _lacks(row, self.offers.get(row.evidence), generation)]
        packages = {
            row.number: _package(self.requests[row.number], self.choices)
            for row in rows
            if row in lacking or self.requests[row.number].below
        }
        shelf = Shelf(
            self.release.resolver,
            self.release.index,
            self.naming,
            (generation.name, generation.version),
        )
        maker = Maker(
            shelf,
            recipes=recipes,
            read=self.release.index.text,
            roots=packages.values(),
            everywhere=_everywhere(self.requests.values()),
            made=self.everything,  # levels that two generations share have one file of a name
        )
        # the plainest of several gets the name without a suffix
        for row in sorted(lacking, key=lambda row: len(packages[row.number].features)):
            self._lacking(row, packages[row.number], maker)
        for row in rows:
            if row.number not in self.made and row.how == "approximated":
                self._features(row, maker, generation)
        for row in rows:
            if self.requests[row.number].below:
                self._dependencies(row, maker)

    def _lacking(self, row: Delivered, package: Package, maker: Maker) -> None:
        """What the generation has not at all, not in that version or not with that GPU."""
        request = self.requests[row.number]
        try:
            found = self._of_any_version(row, package, maker)
        except InputError as error:
            self.failures.append(_failed(request, error, row))
            return
        if found is None:
            self.unknown.add(_key(request))
        if found is None or _no_nearer(row, request, found):
            return
        with_gpu = "-CUDA-" in found.suffix or not package.gpus
        elsewhere = _elsewhere(self.offers.get(row.evidence), self.plan.generations[row.number])
        if with_gpu or row.how == "lost" or elsewhere:
            self.made[row.number] = found
            if not with_gpu and not idle(request, self.choices):
                without = _without_gpu(request, package.gpus, found, self.release)
                self.said.setdefault(row.number, []).append(without)

    def _of_any_version(self, row: Delivered, package: Package, maker: Maker) -> Made | None:
        """What is made; of a version that its recipe does not know, where nothing is released."""
        try:
            return maker.for_package(package)
        except InputError:
            single = package.versions.prefixed
            if row.how != "lost" or single is None:
                raise
            return maker.for_package(replace(package, versions=VersionSet.exactly(single)))

    def _features(self, row: Delivered, maker: Maker, generation: Generation) -> None:
        """What a released easyconfig lacks is added to it."""
        offer = self.offers.get(row.evidence)
        text = self._text(row.evidence)
        if offer is None or text is None or Code.FEATURE_LOST.value not in row.kinds:
            return
        request = self.requests[row.number]
        judging = Account(self.stack, self.release, self.naming, generation)
        lost = judging.lost_features(request, offer, generation)
        found = add_features(request, lost, offer, text, maker=maker, account=self._account())
        if found is not None:
            self.made[row.number] = found

    def _dependencies(self, row: Delivered, maker: Maker) -> None:
        """Dependencies come in the versions that are wanted of them."""
        before = self.made.get(row.number)
        file = before.file if before is not None else row.evidence
        text = before.text if before is not None else self._text(file)
        if text is None or row.how == "bundle":
            return
        request = self.requests[row.number]
        other = exchange(request, file, text, maker, self._account())
        if other is not None:
            self.made[row.number] = other if before is None else _after(before, other)

    def _with_advice(self, notice: Notice) -> Notice:
        """A loss that another repository of recipes could mend says so."""
        if notice.code is not Code.PACKAGE_LOST or notice.instead:
            return notice
        if (notice.subject, notice.where) not in self.unknown:
            return notice
        return replace(
            notice,
            why=f"{notice.why}, and no given repository has a recipe of it",
            instead="give the one that has it with `--repository`",
        )

    def _account(self) -> MadeAccount:
        return MadeAccount(self.release, self.everything)

    def _text(self, file: str) -> str | None:
        entry = self.release.index.entry(file) if file else None
        return self.release.index.text(entry) if entry is not None else None

    def filled(self) -> tuple[Plan, dict[str, str]]:
        """The plan with all that was made, and the files."""
        account = self._account()
        for number, one in self.made.items():
            generation = self.plan.generations[number]
            asked = Account(self.stack, self.release, self.naming, generation)
            more = account.notices(self.requests[number], one, generation, asked)
            self.said.setdefault(number, []).extend(more)
        used = account.used(one.file for one in self.made.values())
        everything = {path: one for path, one in self.everything.items() if one.file in used}
        notices = list(self.failures)
        for each in (*everything.values(), *self.made.values()):
            notices += [notice for notice in each.notices if notice not in notices]
        for number in sorted(self.said):
            notices += [notice for notice in self.said[number] if notice not in notices]
        return _replaced(
            self.stack,
            replace(self.plan, notices=tuple(map(self._with_advice, self.plan.notices))),
            self.requests,
            self.made,
            self.said,
            further=notices,
            everything=everything,
        )


def _lacks(row: Delivered, offer: Offer | None, generation: Generation) -> bool:
    if row.how == "lost" or _elsewhere(offer, generation) or Code.GPU_LOST.value in row.kinds:
        return True
    # compilers and MPI libraries are the generation's own
    return Code.VERSION_APPROXIMATED.value in row.kinds and row.name not in PART_OF_TOOLCHAIN


def _after(before: Made, other: Made) -> Made:
    """What was made of something that was made: all that was said of that holds still."""
    return replace(other, notices=(*before.notices, *other.notices), origin=before.origin)


def _no_nearer(row: Delivered, request: Request, found: Made) -> bool:
    """Whether what was made has not the version either for which it was made."""
    return Code.VERSION_APPROXIMATED.value in row.kinds and not holds(
        found.version, request.package.versions
    )


def _elsewhere(offer: Offer | None, generation: Generation) -> bool:
    """Whether an easyconfig is one of another generation."""
    return (
        offer is not None and offer.toolchain != SYSTEM and offer.toolchain not in generation.levels
    )


def _replaced(
    stack: Stack,
    plan: Plan,
    requests: Mapping[int, Request],
    made: Mapping[int, Made],
    said: Mapping[int, list[Notice]],
    *,
    further: list[Notice],
    everything: Mapping[str, Made],
) -> tuple[Plan, dict[str, str]]:
    """The plan with what was made in place of what it had."""
    # A request of several groups has one place: what is said of it goes when all are replaced.
    kept = {_key(requests[row.number]) for row in plan.delivered if row.number not in made}
    gone = {_key(requests[number]) for number in made} - kept
    notices = [n for n in plan.notices if (n.subject, n.where) not in gone]
    entries: list[PlannedEntry] = []
    for entry in plan.entries:
        left = [number for number in entry.requests if number not in made]
        if left:
            entries.append(replace(entry, requests=left))
    by_file = {entry.file: entry for entry in entries}
    for number, one in made.items():
        own = by_file.get(one.file)
        if own is None:
            own = by_file[one.file] = PlannedEntry(file=one.file)
            entries.append(own)
        own.requests.append(number)
        if "-CUDA-" in one.suffix:
            package = requests[number].package
            own.gpus |= set(gpu_wanted(package.features, package.gpus)) | set(stack.gpus)
    delivered = tuple(
        replace(
            row,
            how="generated",
            kinds=_kinds((*found.notices, *said.get(row.number, ()))),
            name=found.name,
            version=found.version,
            evidence=found.file,
        )
        if (found := made.get(row.number)) is not None
        else row
        for row in plan.delivered
    )
    files = {
        f"{DIRECTORY}/{path}": text for each in everything.values() for path, text in each.files()
    }
    filled = replace(
        plan,
        entries=entries,
        delivered=delivered,
        notices=tuple(dict.fromkeys((*notices, *further))),
        generated=bool(files),
    )
    return filled, files


def _key(request: Request) -> tuple[str, Place]:
    return request.name, request.place


def _package(request: Request, choices: Choices) -> Package:
    """What is asked of a recipe; a rule on all packages holds where there is such a choice."""
    features = tuple(
        replace(feature, propagated=feature.propagated or feature.name in request.wished)
        for feature in request.package.features
    )
    features += brought_by(request, choices)
    gpus = gpu_wanted(request.package.features, request.package.gpus)
    if any(gpu.startswith("gfx") for gpu in gpus):
        # EasyBuild's common toolchains hold no ROCm; what is left is the package without.
        features = tuple(f for f in features if f.name not in _ROCM)
        features = (*features, Feature(name="rocm", value=False, propagated=True))
    return Package(
        name=request.package.name,
        versions=request.package.versions,
        features=features,
        gpus=gpus,
        place=request.place,
    )


def _everywhere(requests: Iterable[Request]) -> tuple[Feature, ...]:
    """The features of rules on all packages that all requests have."""
    found = [
        {
            replace(feature, propagated=True)
            for feature in request.package.features
            if feature.name in request.wished
        }
        for request in requests
    ]
    return tuple(sorted(set.intersection(*found), key=lambda f: f.name)) if found else ()


def _kinds(notices: Iterable[Notice]) -> tuple[str, ...]:
    from stackbridge.hub.notices import losses

    return tuple(dict.fromkeys(notice.code.value for notice in losses(notices)))


def _without_gpu(
    request: Request, gpus: tuple[str, ...], made: Made, release: IndexRelease
) -> Notice:
    more = f"; {rocm_there(release)}" if any(gpu.startswith("gfx") for gpu in gpus) else ""
    return Notice(
        code=Code.GPU_LOST,
        subject=request.name,
        what=f"it is not built for {', '.join(gpus)}",
        why=f"nothing in {made.file} uses a GPU{more}",
        instead=made.file,
        where=request.place,
    )


def _failed(request: Request, error: InputError, row: Delivered) -> Notice:
    return Notice(
        code=Code.PACKAGE_LOST if row.how == "lost" else Code.STEP_ASSUMED,
        subject=request.name,
        what="no easyconfig could be generated",
        why=error.message + (f"; {error.hint}" if error.hint else ""),
        instead=row.evidence,
        where=request.place,
    )
