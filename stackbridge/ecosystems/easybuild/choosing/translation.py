"""A stack in anybody's words -> the easyconfigs to install, and what became of each request.

The steps: requests (`requests.py`), names (`catalog_names.py`), candidates (`candidates.py`), who
shares a generation (`parts.py`) and which (`generation.py`), a choice for each (`selection.py`),
what that leaves unsaid (`accounting.py`). Every request ends in exactly one row of
`Plan.delivered`; the rows that are not lost name an entry of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems import Delivered
from stackbridge.ecosystems.easybuild.choosing import generation as generations
from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.accounting_below import BelowAccount
from stackbridge.ecosystems.easybuild.choosing.accounting_kept import (
    generation_of,
    kept_notices,
    part_of,
)
from stackbridge.ecosystems.easybuild.choosing.accounting_stack import (
    StackAccount,
    foreign_settings,
    gpus_unused,
    targets_of,
    toolchain_unused,
)
from stackbridge.ecosystems.easybuild.choosing.candidates import (
    Candidate,
    candidates_of,
    gpu_wanted,
)
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named, Naming
from stackbridge.ecosystems.easybuild.choosing.parts import Part, parts_of
from stackbridge.ecosystems.easybuild.choosing.parts_account import generations_given, parts_said
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Offer, Release
from stackbridge.ecosystems.easybuild.choosing.requests import (
    VIRTUALS,
    Request,
    Requests,
    requests_of,
)
from stackbridge.ecosystems.easybuild.choosing.selection import Choice, Selector
from stackbridge.ecosystems.easybuild.choosing.verbatim import (
    as_it_is,
    own_of,
    subject_of,
    unknown,
)
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

    `parts` is empty where every entry came with its own toolchain; `generations` has that of
    each request (by number) which did not; `generated` where some of the easyconfigs lie beside
    the easystack.
    """

    entries: list[PlannedEntry]
    delivered: tuple[Delivered, ...]
    notices: tuple[Notice, ...]
    parts: tuple[Part, ...] = ()
    generations: Mapping[int, Generation] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    generated: bool = False

    @property
    def generation(self) -> Generation | None:
        """The generation of the stack's main part."""
        return self.parts[0].generation if self.parts else None


def translate(
    stack: Stack,
    release: Release,
    catalog: Catalog | None,
    *,
    toolchain: str | None = None,
    architecture: str = "x86_64",
) -> Plan:
    """Plan a stack. `toolchain` replaces the choice of a generation (`foss-2024a`, or several to
    choose from, with commas between).

    Raises UsageError for a generation that the release has not, InputError for a stack that
    contradicts itself.
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
        self.given = generations.named_all(toolchain, release) if toolchain else ()
        self.selectors: dict[str, Selector] = {}
        self.entries: dict[tuple[str, str], PlannedEntry] = {}
        self.accounts: dict[str, Account] = {}
        self.beside: dict[str, dict[str, set[str]]] = {}
        self.choices: dict[int, Choice | None] = {}
        self.delivered: list[Delivered] = []
        self.notices: list[Notice] = list(self.wanted.notices)

    # ---- the whole

    def plan(self) -> Plan:
        kept = {
            request.number: file
            for request in self.wanted.requests
            if self.stack.names == "easybuild"
            and (file := as_it_is(request, self.release, self.given)) is not None
        }
        open_requests = [r for r in self.wanted.requests if r.number not in kept]
        names = {request.number: self._name(request) for request in open_requests}
        candidates = {
            request.number: candidates_of(
                request, names[request.number], self.release, self.architecture
            )
            for request in open_requests
        }
        parts = self._parts(open_requests, candidates)
        self.generations = {
            request.number: self._generation(request, parts) for request in open_requests
        }
        self._choose(open_requests, candidates)
        for request in self.wanted.requests:
            if request.number in kept:
                self._keep(request, kept[request.number])
            else:
                self._deliver(request, names[request.number], candidates[request.number])
        if self.given:
            self.notices += generations_given(parts, open_requests, self.choices)
        files = [row.evidence for row in self.delivered]
        whole = StackAccount(self.stack, self.account)
        held = parts
        if not open_requests and kept:
            known = [entry.offer for entry in self.entries.values() if entry.offer is not None]
            held = (part_of(self.wanted.requests, known, self.release),)
            if self.stack.toolchain is not None and self.stack.toolchain.name is not None:
                self.notices.append(toolchain_unused(self.stack))
        self.notices += whole.notices(self.wanted, files, held, tuple(self.accounts.values()))
        if self.stack.gpus and not any(entry.gpus for entry in self.entries.values()):
            self.notices.append(gpus_unused(self.stack))
        self._merged()
        return Plan(
            entries=list(self.entries.values()),
            delivered=tuple(self.delivered),
            notices=tuple(dict.fromkeys(self.notices)),  # equal requests say the same
            parts=parts,
            generations=self.generations,
            targets=targets_of(self.stack, self.wanted),
        )

    def _parts(
        self, requests: Sequence[Request], candidates: Mapping[int, tuple[Candidate, ...]]
    ) -> tuple[Part, ...]:
        own = self.stack.toolchain
        main: Generation | None = None
        if own is not None and own.name is not None and own.name != "system" and requests:
            known = {str(item): item for item in self.release.generations()}
            main = known.get(str(own))
            if main is None and not self.given:
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
        found = parts_of(
            requests,
            candidates,
            self.wanted,
            self.release,
            given=self.given,
            main=main if not self.given else None,
            together=self.stack.unify == "together",
        )
        if len(self.given) != 1:
            self.notices += parts_said(found, chosen=main is None)
        return found

    def _generation(self, request: Request, parts: Sequence[Part]) -> Generation:
        """That of its part, or the one whose toolchain this package names for itself."""
        found = next(part.generation for part in parts if request.number in part.numbers)
        own = request.package.toolchain
        if own is not None and own.name is not None and not self.given:
            level = (own.name, own.version or "")
            if level not in found.levels:
                # the newest and most used generation that has this toolchain
                for other in self.release.generations():
                    if level in other.levels:
                        found = other
        return found

    def account(self, generation: Generation | None) -> Account:
        """Notices of one generation."""
        key = str(generation)
        if key not in self.accounts:
            self.accounts[key] = Account(self.stack, self.release, self.naming, generation)
        return self.accounts[key]

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

    def _keep(self, request: Request, file: str) -> None:
        own = own_of(request)
        directory = str(own.get("path") or "")
        known = self.release.file(file)
        kinds: tuple[str, ...] = ()
        if known is None and not directory:
            kinds = (Code.NAME_UNKNOWN.value,)
            self.notices.append(unknown(request, file, self.release))
        levels = generation_of([known] if known is not None else [], self.release)
        said = [
            *kept_notices(self.account(levels), request, known, own),
            *self._foreign(request),
        ]
        self.notices += said
        lost = [n.code.value for n in said if n.severity in (Severity.APPROXIMATED, Severity.LOST)]
        # a repeated entry stays: its comments and its place in the order are somebody's own
        entry = self.entries[directory + file, str(request.number)] = PlannedEntry(
            file=directory + file, requests=[request.number], own=own, offer=known
        )
        if known is not None:
            self._gpus(entry, request, known)
        self.delivered.append(
            Delivered(
                subject=subject_of(request),
                how="approximated" if lost else "exact",
                kinds=(*kinds, *dict.fromkeys(lost)),
                name=request.name,
                version=str(request.package.versions.exact or ""),
                evidence=file,
                number=request.number,
                group=request.group,
                place=request.place,
            )
        )

    def _foreign(self, request: Request) -> list[Notice]:
        """What a package carries that only another tool knows."""
        return list(foreign_settings(request.name, request.asked.extensions, request.place))

    # ---- entries which must be found

    def _name(self, request: Request) -> Named:
        if request.name in VIRTUALS and self.stack.names != "easybuild":
            return Named(how="catalog")
        return self.naming(request.name)

    def _choose(
        self,
        requests: Sequence[Request],
        candidates: Mapping[int, tuple[Candidate, ...]],
    ) -> None:
        """Choose for every request; then again, in the light of what else was chosen there."""
        for _ in range(2):
            chosen: dict[str, dict[str, set[str]]] = {}
            for request in requests:
                selector = self._selector(request)
                key = str(selector.generation)
                choice = selector.choose(
                    request, candidates[request.number], self.beside.get(key, {})
                )
                self.choices[request.number] = choice
                if choice is not None and choice.where in ("generation", "system"):
                    offer = choice.candidate.offer
                    files = chosen.setdefault(key, {}).setdefault(offer.name, set())
                    files.add(offer.file)
            self.beside = chosen

    def _deliver(
        self,
        request: Request,
        named: Named,
        candidates: Sequence[Candidate],
    ) -> None:
        selector = self._selector(request)
        account = self.account(selector.generation)
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
            beside = self.beside.get(str(selector.generation), {})
            said += BelowAccount(account).disagreements(request, choice, beside)
        said += self._foreign(request)
        row = Delivered(
            subject=subject_of(request),
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
            entry = self._add(offer.file, request, own_of(request), offer)
            self._gpus(entry, request, offer)
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

    def _gpus(self, entry: PlannedEntry, request: Request, offer: Offer) -> None:
        """The architectures that an entry with CUDA is built for."""
        if offer.suffix.feature("cuda") or any(
            below.name == "CUDA" for below in self.release.requires(offer)
        ):
            entry.gpus |= set(gpu_wanted(request.package.features, request.package.gpus))
            entry.gpus |= set(self.stack.gpus)

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

    def _selector(self, request: Request) -> Selector:
        """For the request's generation."""
        generation = self.generations[request.number]
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
