"""A stack in anybody's words -> the easyconfigs to install, and what became of each request.

The steps: requests (`requests.py`), names (`catalog_names.py`), candidates (`candidates.py`), one
generation for all (`generation.py`), a choice for each (`selection.py`), what that leaves
unsaid (`accounting.py`). Every request ends in exactly one row of `Plan.delivered`; the rows
that are not lost name an entry of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems import Delivered
from stackbridge.ecosystems.easybuild.choosing import generation as generations
from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.accounting_below import BelowAccount
from stackbridge.ecosystems.easybuild.choosing.accounting_stack import (
    StackAccount,
    foreign_settings,
    targets_of,
)
from stackbridge.ecosystems.easybuild.choosing.candidates import (
    Candidate,
    candidates_of,
    gpu_wanted,
)
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named, Naming
from stackbridge.ecosystems.easybuild.choosing.release import (
    SYSTEM,
    Generation,
    Level,
    Offer,
    Release,
)
from stackbridge.ecosystems.easybuild.choosing.requests import (
    VIRTUALS,
    Request,
    Requests,
    requests_of,
)
from stackbridge.ecosystems.easybuild.choosing.selection import Choice, Selector
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read as read_suffix
from stackbridge.ecosystems.easybuild.language.templates import resolve_text, template_values
from stackbridge.ecosystems.easybuild.resolving.filenames import build
from stackbridge.hub.notices import Code, Notice, Severity
from stackbridge.hub.stack import Stack

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog

__all__ = ["Plan", "PlannedEntry", "translate"]


@dataclass(slots=True, kw_only=True)
class PlannedEntry:
    """One easyconfig to install, and the requests (numbers) that it serves.

    `own` is what the entry carried in `extensions.easybuild`; `gpus` the GPU architectures
    that it is to be built for.
    """

    file: str
    requests: list[int] = field(default_factory=list)
    own: Mapping[str, Any] = field(default_factory=dict)
    gpus: set[str] = field(default_factory=set)
    offer: Offer | None = None


@dataclass(slots=True, kw_only=True)
class Plan:
    """The easyconfigs in order, and everything there is to say.

    `generation` is None where every entry came with its own toolchain; `generated` where some
    of the easyconfigs lie beside the easystack.
    """

    entries: list[PlannedEntry]
    delivered: tuple[Delivered, ...]
    notices: tuple[Notice, ...]
    generation: Generation | None
    targets: tuple[str, ...] = ()
    scores: tuple[generations.Scored, ...] = ()
    generated: bool = False


def translate(
    stack: Stack,
    release: Release,
    catalog: Catalog | None,
    *,
    toolchain: str | None = None,
    architecture: str = "x86_64",
) -> Plan:
    """Plan a stack. `toolchain` replaces the choice of a generation (`foss-2024a`).

    Raises UsageError for a generation that the release has not.
    """
    return _Translation(stack, release, catalog, toolchain, architecture).plan()


class _Translation:
    def __init__(
        self,
        stack: Stack,
        release: Release,
        catalog: Catalog | None,
        toolchain: str | None,
        architecture: str,
    ) -> None:
        self.stack = stack
        self.release = release
        self.naming = Naming(release, catalog, stack.names)
        self.architecture = architecture
        self.wanted: Requests = requests_of(stack)
        self.given = generations.named(toolchain, release) if toolchain else None
        self.selectors: dict[str, Selector] = {}
        self.entries: dict[tuple[str, str], PlannedEntry] = {}
        self.beside: dict[str, set[str]] = {}
        self.choices: dict[int, Choice | None] = {}
        self.delivered: list[Delivered] = []
        self.notices: list[Notice] = list(self.wanted.notices)

    # ---- the whole

    def plan(self) -> Plan:
        kept = {
            request.number: file
            for request in self.wanted.requests
            if (file := self._as_it_is(request)) is not None
        }
        open_requests = [r for r in self.wanted.requests if r.number not in kept]
        names = {request.number: self._name(request) for request in open_requests}
        candidates = {
            request.number: candidates_of(
                request, names[request.number], self.release, self.architecture
            )
            for request in open_requests
        }
        generation, scores = self._generation(open_requests, candidates)
        if generation is not None:
            self._choose(open_requests, candidates, generation)
        account = Account(self.stack, self.release, self.naming, generation)
        for request in self.wanted.requests:
            if request.number in kept:
                self._keep(request, kept[request.number])
                continue
            assert generation is not None  # there is an open request
            self._deliver(
                request, names[request.number], candidates[request.number], generation, account
            )
        files = [row.evidence for row in self.delivered]
        self.notices += StackAccount(self.stack, account).notices(self.wanted, files)
        self._merged()
        return Plan(
            entries=list(self.entries.values()),
            delivered=tuple(self.delivered),
            notices=tuple(self.notices),
            generation=generation,
            targets=targets_of(self.stack, self.wanted),
            scores=scores,
        )

    def _generation(
        self, requests: Sequence[Request], candidates: Mapping[int, tuple[Candidate, ...]]
    ) -> tuple[Generation | None, tuple[generations.Scored, ...]]:
        if not requests:
            return self.given, ()
        if self.given is not None:
            return self.given, ()
        own = self.stack.toolchain
        if own is not None and own.name is not None and own.name != "system":
            known = {str(item): item for item in self.release.generations()}
            if str(own) in known:
                return known[str(own)], ()
            self.notices.append(
                Notice(
                    code=Code.TOOLCHAIN_LOST,
                    subject=str(own),
                    what=f"the toolchain `{own}` can't be had",
                    why=f"{self.release.title} has no such generation",
                    instead="one is chosen by the rule",
                    where=self.stack.place,
                )
            )
        best, scores = generations.choose(requests, candidates, self.wanted.wishes, self.release)
        chosen = best.generation
        other = next((row for row in scores if row.generation != chosen), None)
        instead = f"{chosen}: {best.exact} of {len(requests)} packages as wanted, {best.has} at all"
        if other is not None:
            instead += f"; then {other.generation} with {other.exact} and {other.has}"
        self.notices.append(
            Notice(
                code=Code.TOOLCHAIN_CHOSEN,
                subject=str(chosen),
                what="one toolchain generation was chosen for the whole stack",
                why="it has most of what is wanted; `--toolchain` chooses another",
                instead=instead,
            )
        )
        return chosen, scores

    def _merged(self) -> None:
        rows = {row.number: row for row in self.delivered}
        for entry in self.entries.values():
            if len(entry.requests) < 2:
                continue
            subjects = [rows[number].subject for number in dict.fromkeys(entry.requests)]
            if len(subjects) < 2:
                continue
            self.notices.append(
                Notice(
                    code=Code.PACKAGE_MERGED,
                    subject=entry.file,
                    what=f"{len(subjects)} requests become one entry: "
                    + ", ".join(f"`{subject}`" for subject in dict.fromkeys(subjects)),
                    why="EasyBuild has one easyconfig for them",
                    instead=f"`{entry.file}`",
                    where=self.wanted.requests[entry.requests[1]].place,
                )
            )

    # ---- entries which say everything themselves

    def _as_it_is(self, request: Request) -> str | None:
        """The file name of a package that names version, toolchain and suffix as EasyBuild."""
        package = request.asked
        if self.stack.names != "easybuild" or package.toolchain is None:
            return None
        own = _own(request)
        if own.get("file"):
            return str(own["file"])
        version = package.versions.exact
        if version is None or package.toolchain.parts:
            return None
        level = _level(request)
        if self.given is not None and level != SYSTEM and level not in self.given.levels:
            return None
        suffix = str(own.get("versionsuffix") or "")
        said = read_suffix(suffix, frozenset(self.release.software)).features
        stated = {
            feature.name: feature.value
            for feature in package.features
            if isinstance(feature.value, bool)
        }
        if any(stated.get(name, value) != value for name, value in said.items()):
            return None  # the features were edited; they count, not the old suffix
        if any(name not in said for name, value in stated.items() if value):
            return None
        return build(package.name or "", str(version), level, suffix)

    def _keep(self, request: Request, file: str) -> None:
        own = _own(request)
        directory = str(own.get("path") or "")
        known = self.release.file(file)
        kinds: tuple[str, ...] = ()
        if known is None and not directory:
            kinds = (Code.NAME_UNKNOWN.value,)
            self.notices.append(self._unknown(request, file))
        # a repeated entry stays: its comments and its place in the order are somebody's own
        self.entries[directory + file, str(request.number)] = PlannedEntry(
            file=directory + file, requests=[request.number], own=own, offer=known
        )
        self.delivered.append(
            Delivered(
                subject=_subject(request),
                how="exact",
                kinds=kinds,
                name=request.name,
                version=str(request.package.versions.exact or ""),
                evidence=file,
                number=request.number,
                group=request.group,
                place=request.place,
            )
        )

    def _unknown(self, request: Request, file: str) -> Notice:
        """A file that may lie in a robot path of its own; near ones are named."""
        toolchain = request.package.toolchain
        level = (toolchain.name, toolchain.version) if toolchain is not None else None
        near = [
            offer.file for offer in self.release.offers(request.name) if offer.toolchain == level
        ]
        why = f"{self.release.title} has no file of that name"
        if near:
            why += ", but " + " and ".join(f"`{name}`" for name in near[-2:])
        return Notice(
            code=Code.NAME_UNKNOWN,
            subject=file,
            what="this easyconfig is not known",
            why=why,
            instead="written as it is",
            where=request.place,
        )

    # ---- entries which must be found

    def _name(self, request: Request) -> Named:
        if request.name in VIRTUALS and self.stack.names != "easybuild":
            return Named(how="catalog")
        return self.naming(request.name)

    def _choose(
        self,
        requests: Sequence[Request],
        candidates: Mapping[int, tuple[Candidate, ...]],
        generation: Generation,
    ) -> None:
        """Choose for every request; then again, in the light of what else was chosen."""
        beside: dict[str, set[str]] = {}
        for _ in range(2):
            chosen: dict[str, set[str]] = {}
            for request in requests:
                choice = self._selector(request, generation).choose(
                    request, candidates[request.number], beside
                )
                self.choices[request.number] = choice
                if choice is not None and choice.where in ("generation", "system"):
                    offer = choice.candidate.offer
                    chosen.setdefault(offer.name, set()).add(offer.file)
            beside = chosen
        self.beside = beside

    def _deliver(
        self,
        request: Request,
        named: Named,
        candidates: Sequence[Candidate],
        generation: Generation,
        account: Account,
    ) -> None:
        selector = self._selector(request, generation)
        choice: Choice | None
        if request.name in VIRTUALS and self.stack.names != "easybuild":
            choice = self._provider(request, selector)
            said = account.provider(request, choice)
        else:
            choice = self.choices[request.number]
            said = (
                account.lost(request, named, candidates)
                if choice is None
                else account.chosen(request, named, choice, selector.generation)
            )
        if choice is not None:
            said += BelowAccount(account).disagreements(request, choice, self.beside)
        row = Delivered(
            subject=_subject(request),
            how="lost",
            kinds=tuple(
                dict.fromkeys(
                    notice.code.value
                    for notice in (*said, *self._of_group(request))
                    if notice.severity in (Severity.APPROXIMATED, Severity.LOST)
                )
            ),
            number=request.number,
            group=request.group,
            place=request.place,
        )
        if choice is not None:
            offer = choice.candidate.offer
            entry = self._add(offer.file, request, _own(request), offer)
            if offer.suffix.feature("cuda") or any(
                below.name == "CUDA" for below in self.release.requires(offer)
            ):
                entry.gpus |= set(gpu_wanted(request.package.features, request.package.gpus))
                entry.gpus |= set(self.stack.gpus)
            for companion in account.companions(request, named, choice, selector):
                self._add(companion.file, request, {}, companion)
            member = choice.candidate.member
            row = replace(
                row,
                how="approximated" if row.kinds else "bundle" if member is not None else "exact",
                name=member.name if member is not None else offer.name,
                version=choice.candidate.version,
                evidence=offer.file,
            )
        self.delivered.append(row)
        self.notices += said

    def _of_group(self, request: Request) -> tuple[Notice, ...]:
        """What its group says of a package in another tool's words: it may be a feature."""
        for group in self.stack.groups:
            if group.name == request.group:
                return tuple(
                    foreign_settings(f"group `{group.name}`", group.extensions, group.place)
                )
        return ()

    def _provider(self, request: Request, selector: Selector) -> Choice | None:
        generation = selector.generation
        by_role = {
            "mpi": (generation.mpi[0],) if generation.mpi else (),
            "blas": ("FlexiBLAS", "imkl", "OpenBLAS"),
            "lapack": ("FlexiBLAS", "imkl", "OpenBLAS"),
            "mkl": ("imkl",),
            "scalapack": ("ScaLAPACK", "imkl"),
            "fftw-api": ("FFTW", "imkl-FFTW"),
            "fft": ("FFTW", "imkl-FFTW"),
        }
        for name in by_role.get(request.name, ()):
            if name not in generation.parts:
                continue
            named = Named(how="own", software=(name,))
            found = [
                candidate
                for candidate in candidates_of(request, named, self.release, self.architecture)
                if candidate.offer.version == generation.parts[name]
                and selector.where(candidate) == "generation"
            ]
            choice = selector.choose(request, found)
            if choice is not None:
                return choice
        return None

    def _selector(self, request: Request, generation: Generation) -> Selector:
        """For the stack's generation, or the one that this package names for itself."""
        own = request.package.toolchain
        if own is not None and own.name is not None and self.given is None:
            level = (own.name, own.version or "")
            if level not in generation.levels:
                # the newest and most used generation that has this toolchain
                for other in self.release.generations():
                    if level in other.levels:
                        generation = other
        key = str(generation)
        if key not in self.selectors:
            self.selectors[key] = Selector(self.release, generation)
        return self.selectors[key]

    def _add(
        self, file: str, request: Request, own: Mapping[str, Any], offer: Offer | None
    ) -> PlannedEntry:
        """The entry of that file; equal ones are one, unless their options differ."""
        key = (file, repr(sorted((own.get("options") or {}).items(), key=str)))
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = PlannedEntry(file=file, own=own, offer=offer)
        if request.number not in entry.requests:
            entry.requests.append(request.number)
        return entry


def _own(request: Request) -> Mapping[str, Any]:
    """What the entry carries: as an easystack's, or of a whole easyconfig its versionsuffix."""
    own = request.asked.extensions.get("easybuild")
    if not isinstance(own, Mapping):
        return {}
    if "parameters" not in own:
        return own
    suffix = _suffix_of(own, request)
    return {"versionsuffix": suffix} if suffix else {}


def _suffix_of(own: Mapping[str, Any], request: Request) -> str:
    """The versionsuffix of an easyconfig's parameters, its templates filled in."""
    parameters: dict[str, Any] = {}
    for group in own.get("parameters") or ():
        if isinstance(group, Mapping):
            parameters.update(group)
    suffix = parameters.get("versionsuffix")
    file = (request.place.file or "").rpartition("/")[2]
    start = build(request.name, str(request.package.versions.exact), _level(request)).removesuffix(
        ".eb"
    )
    if isinstance(suffix, str) and "%" in suffix:
        named = [
            (item[0], item[1])
            for key in ("dependencies", "builddependencies")
            for item in parameters.get(key) or ()
            if isinstance(item, (list, tuple)) and len(item) > 1 and isinstance(item[1], str)
        ]
        values = {"name": request.name, "version": str(request.package.versions.exact)}
        suffix = resolve_text(suffix, template_values(values, named))
    if isinstance(suffix, str) and "%" not in suffix:
        return suffix
    # what is computed elsewhere is still in the file's name
    return file[len(start) : -3] if file.startswith(start) and file.endswith(".eb") else ""


def _level(request: Request) -> Level:
    """The toolchain that the package names for itself."""
    toolchain = request.asked.toolchain
    if toolchain is None or toolchain.name in (None, "system"):
        return SYSTEM
    return (toolchain.name or "", toolchain.version or "")


def _subject(request: Request) -> str:
    """The request as a person would write it."""
    from stackbridge.hub.shortform import format_package

    bare = replace(request.asked, extensions={}, namespace=None)
    return format_package(bare) or request.name
