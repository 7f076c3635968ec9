"""What an easystack does not say of what was asked for: every notice of selection.

For one request: name, bundle, version, toolchain, compiler and MPI, features,
flags, GPUs. Its dependencies are in `accounting_below.py`, the stack in `accounting_stack.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from stackbridge.catalog.spelling import same_version
from stackbridge.ecosystems.easybuild.choosing import generation as generations
from stackbridge.ecosystems.easybuild.choosing.accounting_below import BelowAccount
from stackbridge.ecosystems.easybuild.choosing.candidates import Candidate, gpu_wanted, holds
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named, Naming
from stackbridge.ecosystems.easybuild.choosing.feature_facts import NOTHING_WITHOUT_CUDA
from stackbridge.ecosystems.easybuild.choosing.features import Verdict, rocm_there
from stackbridge.ecosystems.easybuild.choosing.ledger import Ledger
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Offer, Release
from stackbridge.ecosystems.easybuild.choosing.requests import COMPILERS, Request, Wish
from stackbridge.ecosystems.easybuild.choosing.selection import Choice, Selector
from stackbridge.ecosystems.easybuild.choosing.wording import shown
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Feature, Package
from stackbridge.hub.stack import Stack

__all__ = ["Account"]


class Account(Ledger):
    """Notices for the requests of one stack in one generation."""

    def __init__(
        self, stack: Stack, release: Release, naming: Naming, generation: Generation | None
    ) -> None:
        super().__init__(release, naming)
        self.stack = stack
        self.generation = generation
        self._unversioned = 0

    @property
    def unversioned(self) -> int:
        """How many requests so far left open which version it is."""
        return self._unversioned

    # ---- one request

    def lost(self, request: Request, named: Named, candidates: Sequence[Candidate]) -> list[Notice]:
        """There is nothing to install."""
        if named.how == "absent":
            return [
                self.note(
                    Code.PACKAGE_ABSENT,
                    request,
                    f"`{request.name}` is left out",
                    f"EasyBuild is known not to have it: {named.evidence}",
                )
            ]
        if candidates:
            only = ", ".join(f"`{candidate.offer.file}`" for candidate in candidates[:3])
            missed = sorted({name for candidate in candidates for name in candidate.missed})
            return [
                self.note(
                    Code.PACKAGE_LOST,
                    request,
                    f"`{request.name}` is left out",
                    f"EasyBuild has it only with {' and '.join(missed)}, "
                    f"which is not wanted: {only}",
                )
            ]
        if named.software or named.members:
            name = (*named.software, *named.members)[0]
            why = f"{self.release.title} has no easyconfig of {name} for this platform and version"
            if not named.software:
                why = f"{self.release.title} has {name} only inside others, for their own use"
        elif named.companions:
            why = f"EasyBuild has only parts of it: {named.companions[0].name}"
        else:
            why = f"{self.release.title} has nothing of that name"
            near = self.naming.near(request.name)
            if near:
                why += "; near are " + ", ".join(f"`{name}`" for name in near)
        return [self.note(Code.PACKAGE_LOST, request, f"`{request.name}` is left out", why)]

    def provider(self, request: Request, choice: Choice | None) -> list[Notice]:
        """A virtual package: the generation has its own provider."""
        if choice is None:
            return [
                self.note(
                    Code.PACKAGE_LOST,
                    request,
                    f"`{request.name}` is left out",
                    f"the generation {self.generation} has no provider of it",
                )
            ]
        return [
            self.note(
                Code.TOOLCHAIN_CHOSEN,
                request,
                f"`{request.name}` is a virtual package",
                f"the generation {self.generation} has one provider for it",
                f"`{choice.file}`",
            )
        ]

    def chosen(
        self, request: Request, named: Named, choice: Choice, generation: Generation
    ) -> list[Notice]:
        """Everything that the chosen easyconfig leaves unsaid or says differently."""
        candidate, offer = choice.candidate, choice.candidate.offer
        found: list[Notice] = []
        if named.how == "spelling":
            found.append(
                self.note(
                    Code.NAME_APPROXIMATED,
                    request,
                    f"`{request.name}` is taken for `{offer.name}`"
                    if candidate.member is None
                    else f"`{request.name}` is taken for `{candidate.member.name}`",
                    f"the catalog has no proof that they are one; {named.evidence}",
                    f"`{offer.file}`",
                )
            )
        if candidate.member is not None:
            version = f" {candidate.member.version}" if candidate.member.version else ""
            found.append(
                self.note(
                    Code.PACKAGE_IN_BUNDLE,
                    request,
                    f"`{request.name}` is `{candidate.member.name}`{version} in {offer.name}",
                    "EasyBuild installs it there, not by itself",
                    f"`{offer.file}`",
                )
            )
        found += self._version(request, choice)
        found += self._toolchain(request, choice, generation)
        found += self._features(request, named, choice, generation)
        found += BelowAccount(self).notices(request, offer, generation)
        found += self.gpus(request, offer)
        found += self.rest(request)
        return found

    def _version(self, request: Request, choice: Choice) -> Iterator[Notice]:
        candidate = choice.candidate
        wanted = request.package.versions
        if candidate.fits:
            self._unversioned += wanted.exact is None
            if wanted.exact is not None and not same_version(str(wanted.exact), candidate.version):
                yield self.note(
                    Code.VERSION_ASSUMED,
                    request,
                    f"version `{wanted.exact}` of `{request.name}` is taken to be "
                    f"{candidate.version}",
                    "what follows the version is a patch or a day",
                    f"`{choice.file}`",
                )
            return
        has = f"{candidate.version}" if candidate.version else "a version which it does not name"
        yield self.note(
            Code.VERSION_APPROXIMATED,
            request,
            f"version `{wanted}` of `{request.name}` is not there",
            "no easyconfig of it satisfies that"
            if choice.where in ("other", "related", "foreign")
            else f"of the generation {self.generation}, this is the nearest",
            f"{has} (`{choice.file}`)",
        )

    def _toolchain(
        self, request: Request, choice: Choice, generation: Generation
    ) -> Iterator[Notice]:
        offer = choice.candidate.offer
        level = "-".join(offer.toolchain)
        if choice.where in ("related", "other", "foreign"):
            why = (
                "it exists only with another compiler or MPI library on the same base"
                if choice.where == "related"
                else "it exists only in another generation; the two can't be loaded together"
            )
            yield self.note(
                Code.TOOLCHAIN_APPROXIMATED,
                request,
                f"`{request.name}` is not in {generation}",
                why,
                f"`{offer.file}`, with {level}",
            )
        for wish in request.wishes:
            yield from self.wish(request.name, wish, offer, generation)

    def wish(
        self, subject: str, wish: Wish, offer: Offer | None, generation: Generation
    ) -> Iterator[Notice]:
        """A compiler or provider that was asked for; nothing where the generation has it."""
        asked = " or ".join(
            one.name + ("" if one.versions.is_any else f"@{one.versions}")
            for one in wish.alternatives
        )
        if wish.role == "compiler":
            if generations.matches_compiler(generation, wish) is True:
                if offer is not None:
                    yield from self._bare(subject, wish, asked, offer, generation)
                return
            if offer is not None and offer.toolchain == SYSTEM:
                return
            families = {COMPILERS.get(one.name, one.name) for one in wish.alternatives}
            known = {generations.family(one) for one in self.release.generations()}
            yield Notice(
                code=Code.TOOLCHAIN_APPROXIMATED,
                subject=subject,
                what=f"the compiler `{asked}` was asked for",
                why=f"the generation {generation} is made of one compiler"
                if families & known
                else f"{self.release.title} has no full toolchain with that compiler",
                instead="-".join(generation.compiler),
                where=wish.place,
            )
            return
        if wish.role == "mpi":
            if generations.matches_mpi(generation, wish):
                return
            has = "-".join(generation.mpi) if generation.mpi else "no MPI library"
        else:
            for one in wish.alternatives:
                have = {*self.naming(one.name).software} & set(generation.parts)
                if have and all(holds(generation.parts[name], one.versions) for name in have):
                    return
            has = self._math(wish.role, generation)
        yield Notice(
            code=Code.PROVIDER_APPROXIMATED,
            subject=subject,
            what=f"`{asked}` was asked for as {wish.role}",
            why=f"the generation {generation} has one of its own",
            instead=has,
            where=wish.place,
        )

    def _bare(
        self, subject: str, wish: Wish, asked: str, offer: Offer, generation: Generation
    ) -> Iterator[Notice]:
        """Below every compiler lies GCCcore, which builds tools and base libraries."""
        if generations.family(generation) != "gcc" and offer.toolchain == generation.base:
            yield Notice(
                code=Code.TOOLCHAIN_APPROXIMATED,
                subject=subject,
                what=f"the compiler `{asked}` was asked for",
                why=f"EasyBuild builds what others of {generation} rest on with its base",
                instead="-".join(offer.toolchain),
                where=wish.place,
            )

    def _math(self, role: str, generation: Generation) -> str:
        order = {
            "scalapack": ("ScaLAPACK", "imkl"),
            "fftw-api": ("FFTW", "imkl"),
            "fft": ("FFTW", "imkl"),
        }.get(role, ("FlexiBLAS", "OpenBLAS", "imkl"))
        for name in order:
            if name in generation.parts:
                return f"{name}-{generation.parts[name]}"
        return "none"

    # ---- features

    def companions(
        self, request: Request, named: Named, choice: Choice, selector: Selector
    ) -> tuple[Offer, ...]:
        """Further easyconfigs that deliver features of the request."""
        wanted = _on(request.package)
        found = []
        for companion in named.companions:
            if companion.feature not in wanted or choice.candidate.offer.name == companion.name:
                continue
            offer = self._companion(companion.name, choice, selector.generation)
            if offer is not None:
                found.append(offer)
        return tuple(dict.fromkeys(found))

    def _companion(self, name: str, choice: Choice, generation: Generation) -> Offer | None:
        levels = frozenset(generation.levels)
        offers = [offer for offer in self.release.offers(name) if offer.toolchain in levels]
        same = [o for o in offers if o.version == choice.candidate.offer.version] or offers
        return max(same, key=lambda offer: (offer.ordered, offer.file), default=None)

    def _features(
        self, request: Request, named: Named, choice: Choice, generation: Generation
    ) -> Iterator[Notice]:
        offer = choice.candidate.offer
        wanted = _on(request.package)
        delivered = {
            companion.feature
            for companion in named.companions
            if companion.feature in wanted
            and (
                offer.name == companion.name
                or self._companion(companion.name, choice, generation) is not None
            )
        }
        if delivered:
            names = [c.name for c in named.companions if c.feature in delivered]
            yield self.note(
                Code.STRUCTURE_EXPANDED,
                request,
                f"`{request.name}` is {' and '.join([offer.name, *names])} in EasyBuild",
                "one easyconfig for each",
                ", ".join(f"`{name}`" for name in names) + " beside it",
            )
        verdicts = self._judge(request, offer, generation, delivered)
        if choice.candidate.member is not None:
            verdicts = [
                verdict
                for verdict in verdicts
                if verdict.feature.name not in request.wished or verdict.outcome != "lost"
            ]
        yield from self._verdicts(request, offer, verdicts)
        yield from self._unasked(request, choice)

    def _judge(
        self,
        request: Request,
        offer: Offer,
        generation: Generation,
        delivered: Collection[str] = (),
    ) -> list[Verdict]:
        judge = self.judge(generation)
        return [
            judge(feature, offer, delivered)
            for feature in request.package.features
            # a wish on everything holds where a package has such a choice
            if feature.name not in request.wished or feature.name in ("cuda", "rocm")
        ]

    def judged(self, request: Request, offer: Offer, generation: Generation) -> Iterator[Notice]:
        """What an easyconfig says of the features that the request itself names."""
        verdicts = self._judge(request, offer, generation)
        own = [verdict for verdict in verdicts if verdict.feature.name not in request.wished]
        yield from self._verdicts(request, offer, own)

    def lost_features(
        self, request: Request, offer: Offer, generation: Generation
    ) -> tuple[Feature, ...]:
        """What the request itself names and an easyconfig has not."""
        return tuple(
            verdict.feature
            for verdict in self._judge(request, offer, generation)
            if verdict.outcome == "lost"
        )

    def _verdicts(
        self, request: Request, offer: Offer, verdicts: Sequence[Verdict]
    ) -> Iterator[Notice]:
        codes = {
            "lost": (Code.FEATURE_LOST, "can't be had"),
            "approximated": (Code.FEATURE_APPROXIMATED, "is there in another way"),
            "assumed": (Code.FEATURE_ASSUMED, "is taken to hold"),
            "kept": (Code.FEATURE_IMPLIED, "holds there, and no entry says it"),
        }
        for outcome, (code, text) in codes.items():
            by_reason: dict[str, list[Feature]] = {}
            for verdict in verdicts:
                # what a versionsuffix or an option of the entry says is said
                if verdict.outcome == outcome and not verdict.said:
                    by_reason.setdefault(verdict.why, []).append(verdict.feature)
            for why, features in by_reason.items():
                listed = " ".join(shown(feature) for feature in features)
                yield self.note(
                    code,
                    request,
                    f"`{listed}` of `{request.name}` {text}",
                    why,
                    f"`{offer.file}`",
                )

    def _unasked(self, request: Request, choice: Choice) -> Iterator[Notice]:
        """What the chosen easyconfig has that nobody asked for."""
        said = _stated(request.package)
        offer = choice.candidate.offer
        more = [
            tag.text
            for tag in offer.suffix.tags
            if not (tag.feature == "cuda" and offer.name in NOTHING_WITHOUT_CUDA)
            if tag.kind in ("reduced", "unknown")
            or (tag.kind in ("feature", "with") and tag.feature not in said)
        ]
        if more:
            gpu = any(tag.feature in ("cuda", "rocm") for tag in offer.suffix.tags)
            yield self.note(
                Code.FEATURE_ASSUMED if not gpu else Code.FEATURE_APPROXIMATED,
                request,
                f"`{request.name}` comes with the versionsuffix `{''.join(more)}`",
                "EasyBuild has it only so"
                if choice.where not in ("other", "foreign")
                else "nothing nearer exists",
                f"`{offer.file}`",
            )

    # ---- the rest of a request

    def gpus(self, request: Request, offer: Offer) -> Iterator[Notice]:
        """Architectures for which an easyconfig can't be built."""
        package = request.package
        gpus = gpu_wanted(package.features, package.gpus)
        uses_gpu = offer.suffix.feature("cuda") or any(
            below.name in ("CUDA", "ROCm", "rocm-compilers")
            for below in self.release.requires(offer)
        )
        if gpus and not uses_gpu and offer.name not in ("CUDA", "ROCm"):
            yield self.note(
                Code.GPU_LOST,
                request,
                f"`{request.name}` is not built for {', '.join(gpus)}",
                f"`{offer.file}` does not use a GPU"
                + (f"; {rocm_there(self.release)}" if "gfx" in str(gpus) else ""),
                f"`{offer.file}`",
            )

    def rest(self, request: Request) -> Iterator[Notice]:
        """What no easyconfig can say."""
        package = request.package
        if package.flags:
            yield self.flags(request, package)
        if package.platform not in (None, "linux"):
            yield self.note(
                Code.TARGET_LOST,
                request,
                f"`platform={package.platform}` of `{request.name}`",
                "EasyBuild builds for the Linux machine it runs on",
            )
        if package.os is not None:
            yield self.note(
                Code.TARGET_LOST,
                request,
                f"`os={package.os}` of `{request.name}`",
                "EasyBuild builds for the system it runs on",
            )
        if package.hash is not None:
            yield self.note(
                Code.SETTING_LOST,
                request,
                f"the hash `/{package.hash}` of `{request.name}`",
                "it names an installation of another tool",
            )
        if package.namespace is not None:
            yield self.note(
                Code.SETTING_LOST,
                request,
                f"the namespace `{package.namespace}` of `{request.name}`",
                "it names a repository of another tool",
            )


def _stated(package: Package) -> Collection[str]:
    return {feature.name for feature in package.features}


def _on(package: Package) -> Collection[str]:
    return {feature.name for feature in package.features if feature.value is True}
