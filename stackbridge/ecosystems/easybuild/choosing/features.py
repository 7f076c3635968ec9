"""What becomes of each wanted feature in an easyconfig that was selected.

EasyBuild has no variants. Whether a feature holds is told, in this order, by

    1  the versionsuffix          (`-CUDA-12.6.0`, `-serial`: `versionsuffix.py`)
    2  the toolchain              (an MPI library in it: `mpi`)
    3  another easyconfig beside  (`fftw +mpi` is FFTW and FFTW.MPI: `catalog_names.Companion`)
    4  its own options, where its text is at hand (`stated_options.py`)
    5  what is known of this software, or of EasyBuild altogether (`feature_facts.py`)
    6  the dependencies           (`+hdf5`, and HDF5 is one)
    7  nothing: an unwanted feature is assumed to be off, a wanted one is lost

An outcome is "kept", "assumed", "approximated" or "lost".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from stackbridge.ecosystems.easybuild.choosing.candidates import ALIASES
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named
from stackbridge.ecosystems.easybuild.choosing.feature_facts import ALWAYS, BY_SOFTWARE, Outcome
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Offer, Release
from stackbridge.ecosystems.easybuild.choosing.stated_options import words_of
from stackbridge.hub.package import Feature

__all__ = ["Judge", "Verdict", "rocm_there"]

_BY_SUFFIX = "the versionsuffix"
_BY_OPTION = "said by an option of the entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One feature, what became of it, and why. `said`: the entry itself says that it is kept."""

    feature: Feature
    outcome: Outcome
    why: str
    said: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges features in one generation; `software(name)` says what EasyBuild calls a package."""

    release: Release
    generation: Generation
    software: Callable[[str], Named]

    def __call__(self, feature: Feature, offer: Offer, companions: Collection[str] = ()) -> Verdict:
        """What becomes of one feature in that easyconfig.

        `companions` are the features which further easyconfigs deliver.
        """
        outcome, why = self._judge(feature, offer, companions)
        said = outcome == "kept" and why.startswith((_BY_SUFFIX, _BY_OPTION))
        return Verdict(feature=feature, outcome=outcome, why=why, said=said)

    def _judge(
        self, feature: Feature, offer: Offer, companions: Collection[str]
    ) -> tuple[Outcome, str]:
        name = ALIASES.get(feature.name, feature.name)
        if isinstance(feature.value, bool):
            said = offer.suffix.feature(name)
            if said is not None:
                tag = next(tag.text for tag in offer.suffix.tags if tag.feature == name)
                if said == feature.value:
                    return "kept", f"{_BY_SUFFIX} `{tag}`"
                return "lost", f"{_BY_SUFFIX} `{tag}` says otherwise"
            if name in companions and feature.value:
                return "kept", "another easyconfig beside it delivers that"
            if name in ("cuda", "rocm"):
                return _accelerator(name, offer, self.release, wanted=feature.value)
            if name == "mpi":
                return _mpi(offer, self.release, self.generation, wanted=feature.value)
        elif name in ("cuda_arch", "amdgpu_target"):
            # the writer says it by an option of the entry, or in a notice of its own
            return "kept", _BY_OPTION
        value = feature.value if isinstance(feature.value, bool) else ",".join(feature.value)
        said_so = self._stated(feature, value, offer)
        if said_so is not None:
            return said_so
        for rules in (BY_SOFTWARE.get(offer.name, {}).get(name), ALWAYS.get(name)):
            found = (rules or {}).get(value) or (rules or {}).get("*")
            if found is not None:
                return found
        by_dependency = _dependency(feature, offer, self.release, self.generation, self.software)
        if by_dependency is not None:
            return by_dependency
        if feature.value is False or value == "none":
            alike = _spelled_alike(name, offer, self.release) if value is False else None
            if alike is not None:
                return "approximated", f"`{alike}` is among its dependencies all the same"
            return "assumed", "nothing in the easyconfig speaks of it"
        return "lost", "an easyconfig has no such choice, and nothing shows that it is on"

    def _stated(
        self, feature: Feature, value: bool | str, offer: Offer
    ) -> tuple[Outcome, str] | None:
        """What the easyconfig's own options say of it."""
        found = self.release.options(offer).get(words_of(feature.name, offer.name))
        if found is None:
            return None
        has, option = found
        if has == value or (isinstance(has, str) and str(value).lower() == has.lower()):
            return "kept", f"`{option}` in the easyconfig"
        if isinstance(value, bool) != isinstance(has, bool):
            return None  # a switch says nothing of which one, nor the other way round
        if not isinstance(value, bool):
            return "lost", f"`{option}` in the easyconfig"
        return "lost" if value else "approximated", f"`{option}` in the easyconfig"


def _accelerator(name: str, offer: Offer, release: Release, *, wanted: bool) -> tuple[Outcome, str]:
    parts = {"cuda": ("CUDA", "CUDAcore"), "rocm": ("ROCm", "rocm-compilers", "HIP")}[name]
    title = {"cuda": "CUDA", "rocm": "ROCm"}[name]
    used = [below for below in release.requires(offer) if below.name in parts]
    if offer.name in parts or used or _gpu_toolchain(offer, name):
        if wanted:
            return "kept", f"`{(used[0] if used else offer).file}` is among its dependencies"
        return "lost", f"there it is only with {title}"
    if wanted and name == "rocm":
        return "lost", f"{offer.name} has no easyconfig with ROCm; {rocm_there(release)}"
    if wanted:
        return "lost", f"{offer.name} has no easyconfig with {title} that could stand here"
    return "kept", f"built without {title}"


def rocm_there(release: Release) -> str:
    """What the easyconfigs have of ROCm's toolchains, for messages."""
    found = [
        f"`{offer.file.removesuffix('.eb')}`"
        for name in ("rocm-compilers", "rompi", "rfbf", "rfoss")
        for offer in release.offers(name)
    ]
    if not found:
        return f"{release.title} has no toolchain with ROCm"
    listed = " and ".join(found)
    if release.offers("rfoss"):
        return f"{release.title} has {listed}"
    return f"{release.title} has {listed}, but no full toolchain (rfoss) with ROCm"


def _gpu_toolchain(offer: Offer, name: str) -> bool:
    toolchain = offer.toolchain[0]
    if name == "rocm":
        return toolchain.startswith(("rocm", "rompi", "rfbf", "rfoss"))
    return toolchain.startswith("nvofbf")


def _mpi(
    offer: Offer, release: Release, generation: Generation, *, wanted: bool
) -> tuple[Outcome, str]:
    library = generation.mpi[0] if generation.mpi else "MPI"
    with_mpi = offer.toolchain in release.mpi_levels
    if not with_mpi:
        with_mpi = any(below.name in _MPI_LIBRARIES for below in release.requires(offer))
    if with_mpi and wanted:
        return "kept", f"the toolchain {'-'.join(offer.toolchain)} has {library}"
    if with_mpi:
        return "approximated", f"built with {library}, since EasyBuild has it only so"
    if wanted:
        return "lost", f"its toolchain ({'-'.join(offer.toolchain)}) has no MPI"
    return "kept", f"its toolchain ({'-'.join(offer.toolchain)}) has no MPI"


_MPI_LIBRARIES = frozenset({"OpenMPI", "MPICH", "impi", "MVAPICH2", "psmpi"})


def _named(
    name: str, values: tuple[str, ...], offer: Offer, release: Release
) -> tuple[Outcome, str] | None:
    """`hepmc=3` where HepMC3 is among the dependencies."""
    wanted = "".join((name, *values)).lower() if len(values) == 1 else ""
    for below in release.requires(offer):
        if wanted and below.name.lower() == wanted:
            return "kept", f"`{below.file}` is among its dependencies"
    return None


def _spelled_alike(name: str, offer: Offer, release: Release) -> str | None:
    """A dependency by whose name a feature may be called: attr for `xattr`."""
    for below in release.requires(offer):
        one, other = sorted((below.name.lower(), name.lower()), key=len)
        if len(one) >= _TELLING and one in other:
            return below.file
    return None


_TELLING = 4  # letters of a name that do not occur in others by chance


def _dependency(
    feature: Feature,
    offer: Offer,
    release: Release,
    generation: Generation,
    software: Callable[[str], Named],
) -> tuple[Outcome, str] | None:
    """Whether the software that gives the feature its name is among the dependencies."""
    if not isinstance(feature.value, bool):
        return _named(feature.name, feature.value, offer, release)
    if len(feature.name) < 2:
        return None
    named = software(feature.name)
    if named.how in ("unknown", "absent"):
        return None
    wanted = {*named.software, *named.members}
    direct = {below.name: below.file for below in release.requires(offer)}
    found = next((direct[name] for name in sorted(wanted) if name in direct), None)
    if found is None and offer.toolchain in generation.levels[:2]:
        part = next((name for name in sorted(wanted) if name in generation.parts), None)
        found = f"{part}-{generation.parts[part]}" if part else None
    if found is not None:
        if feature.value:
            return "kept", f"`{found}` is among its dependencies"
        return "approximated", f"`{found}` is among its dependencies all the same"
    if feature.value:
        return "lost", f"{min(wanted)} is not among its dependencies"
    return "kept", f"{min(wanted)} is not among its dependencies"
