"""What must hold for a stack to run on a partition: one function for each rule.

A rule looks at one `Case` and yields reasons. It yields nothing when it does not apply, and
an `unknown` reason when the profile lacks the fact it needs: never a guess. `RULES` is the
list, in the order in which reasons are shown; `docs/check.md` has a row for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stackbridge.catalog.spelling import fold
from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.resolver.model import How, Level, Reason
from stackbridge.resolver.mpi import family_of
from stackbridge.resolver.offers import Offers
from stackbridge.resolver.placing import Choice, builders
from stackbridge.resolver.wanted import Wanted
from stackbridge.sites import targets
from stackbridge.sites.profile import Mpi, Partition, Runtime, Site

__all__ = ["REASONS", "RULES", "Case", "Rule"]

FEW_INODES = 100_000
"""At most this many inodes: a Python environment or a source tree of a stack can exceed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stack at a partition of a site, with how each of its packages comes there."""

    wanted: Wanted
    site: Site
    partition: Partition
    choices: tuple[Choice, ...]
    offers: Offers

    @property
    def builds(self) -> bool:
        """Whether anything has to be built there."""
        return any(
            choice.candidate and choice.candidate.how in (How.EASYBUILD, How.SPACK)
            for choice in self.choices
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `name` is part of the interface, `says` one sentence for the documentation."""

    name: str
    says: str
    judge: Callable[[Case], Iterator[Reason]] = field(repr=False)


# --- machine -----------------------------------------------------------------------------


def cpu_target(case: Case) -> Iterator[Reason]:
    """Code built for the targets wanted runs on the partition's CPU."""
    machine = case.partition.cpu
    source = case.site.reference(case.partition.source)
    demands: list[tuple[str, tuple[str, ...], Place]] = []
    if case.wanted.targets:
        demands.append(("targets", case.wanted.targets, NOWHERE))
    seen: set[str] = set()
    for package in case.wanted.packages:
        if package.target and package.target not in seen:
            seen.add(package.target)
            demands.append((package.name, (package.target,), package.place))
    for subject, wanted, place in demands:
        text = ", ".join(wanted)
        if machine is None:
            yield Reason(
                rule="cpu-target",
                level=Level.UNKNOWN,
                subject=subject,
                message=f"target {text} wanted, and the CPU of this partition is not known",
                source=source,
                place=place,
            )
            continue
        answers = [targets.in_range(target, machine) for target in wanted]
        if any(answers):
            continue
        if None in answers:
            yield Reason(
                rule="cpu-target",
                level=Level.UNKNOWN,
                subject=subject,
                message=f"archspec does not know the target {text}",
                evidence=f"the CPU is {machine}",
                source=source,
                place=place,
            )
            continue
        ours = {targets.family(part) for t in wanted for part in t.split(":") if part}
        same = targets.family(machine) in ours
        yield Reason(
            rule="cpu-target",
            level=Level.CHANGES_NEEDED if same else Level.BLOCKED,
            subject=subject,
            message=f"code for {text} does not run on {machine}"
            + ("" if same else f" ({targets.family(machine)} instructions)"),
            evidence=f"the CPU is {case.partition.cpu_model or machine}, {machine}",
            source=source,
            change=f"add the target {machine}" + ("" if same else " and build everything for it"),
            place=place,
        )


def gpu(case: Case) -> Iterator[Reason]:
    """GPUs of the vendor and architecture wanted are there."""
    demands: list[tuple[str, str | None, tuple[str, ...], Place]] = []
    if case.wanted.gpus:
        demands.append(("gpus", None, case.wanted.gpus, NOWHERE))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for package in case.wanted.packages:
        if package.gpu is None or (package.gpu, package.gpus) in seen:
            continue
        seen.add((package.gpu, package.gpus))
        if not package.gpus or package.gpus != case.wanted.gpus:
            demands.append((package.name, package.gpu, package.gpus, package.place))
    for subject, vendor, wanted, place in demands:
        yield from _gpu(case, subject, vendor, wanted, place)


def _gpu(
    case: Case, subject: str, vendor: str | None, wanted: tuple[str, ...], place: Place
) -> Iterator[Reason]:
    source = case.site.reference(case.partition.source)
    vendors = {targets.gpu_vendor(arch) for arch in wanted} or {vendor}
    text = ", ".join(wanted) or f"a GPU by {vendor}"
    device = case.partition.gpu
    if device is None or (device and device.arch is None):
        yield Reason(
            rule="gpu",
            level=Level.UNKNOWN,
            subject=subject,
            message=f"{text} wanted, and the GPUs of this partition are not known",
            source=source,
            place=place,
        )
        return
    if not device:
        yield Reason(
            rule="gpu",
            level=Level.BLOCKED,
            subject=subject,
            message=f"{text} wanted, and this partition has no GPU",
            evidence="the hardware description lists none",
            source=source,
            change=_partition_with_gpu(case, vendors),
            place=place,
        )
        return
    arch = device.arch or ""
    evidence = f"the GPU is {device.model or arch}, {arch}"
    if targets.gpu_vendor(arch) not in vendors:
        yield Reason(
            rule="gpu",
            level=Level.UNKNOWN if None in vendors else Level.BLOCKED,
            subject=subject,
            message=f"{text} wanted, and the GPUs here are by {targets.gpu_vendor(arch)}",
            evidence=evidence,
            source=source,
            change=_partition_with_gpu(case, vendors),
            place=place,
        )
        return
    if wanted and not any(targets.gpu_runs_on(code, arch) for code in wanted):
        yield Reason(
            rule="gpu",
            level=Level.CHANGES_NEEDED,
            subject=subject,
            message=f"code for {text} does not run on {arch}",
            evidence=evidence,
            source=source,
            change=f"add {arch} to `gpus`",
            place=place,
        )


def _partition_with_gpu(case: Case, vendors: set[str | None]) -> str:
    others = [
        partition.id
        for partition in case.site.partitions
        if partition.gpu and targets.gpu_vendor(partition.gpu.arch or "") in vendors
    ]
    return f"use the partition {others[0]}" if others else ""


def operating_system(case: Case) -> Iterator[Reason]:
    """The operating system is the one asked for."""
    wanted = case.wanted.os
    if wanted is None or case.wanted.container:
        return
    os = case.site.os
    if os is None or not os.holds_for(case.partition.id):
        yield Reason(
            rule="os",
            level=Level.UNKNOWN,
            subject="os",
            message=f"{wanted} wanted, and the operating system here is not known",
        )
        return
    here = f"{os.id}{os.version or ''}"
    if _os_key(wanted) == _os_key(here) or (os.base and _os_key(wanted) == _os_key(os.base)):
        return
    yield Reason(
        rule="os",
        level=Level.CHANGES_NEEDED,
        subject="os",
        message=f"{wanted} wanted, and {here} runs here",
        evidence=f"operating system {os.id} {os.version or ''}".rstrip(),
        source=case.site.reference(os.source),
        change=f"leave `os` out or ask for {here}; or run the stack from a container",
    )


# Rebuilds of Red Hat Enterprise Linux are the same system for binaries.
_LIKE = {"rhel": "el", "rocky": "el", "almalinux": "el", "centos": "el", "ol": "el"}


def _os_key(text: str) -> tuple[str, str]:
    name = text.rstrip("0123456789.-")
    version = text[len(name) :].strip(".-")
    return _LIKE.get(name, name.rstrip("_-")), version.partition(".")[0]


def libc(case: Case) -> Iterator[Reason]:
    """The C library is one of those asked for."""
    if case.wanted.libc.is_any or case.wanted.container:
        return
    here = case.site.libc
    text = case.wanted.libc.ranges() or str(case.wanted.libc)
    if here is None or here.family != "glibc" or not here.holds_for(case.partition.id):
        yield Reason(
            rule="libc",
            level=Level.UNKNOWN,
            subject="glibc",
            message=f"glibc {text} wanted, and the version here is not known",
        )
    elif here.version not in case.wanted.libc:
        yield Reason(
            rule="libc",
            level=Level.CHANGES_NEEDED,
            subject="glibc",
            message=f"glibc {text} wanted, and {here.version} is here",
            evidence=f"glibc {here.version}"
            + (", derived from the distribution" if here.derived else ""),
            source=case.site.reference(here.source),
            change="run the stack from a container",
        )


# --- MPI ---------------------------------------------------------------------------------


def mpi_abi(case: Case) -> Iterator[Reason]:
    """An MPI is offered, of the binary family that is asked for."""
    demands = case.wanted.mpi_families()
    here = [mpi for mpi in case.site.mpi if mpi.holds_for(case.partition.id)]
    through_eessi = any(
        d.kind == "eessi" and d.holds_for(case.partition.id) for d in case.site.delivery
    )
    for family, asking in demands.items():
        if through_eessi and not case.wanted.container and family in ("openmpi", "any"):
            if not any(family in ("any", mpi.abi) for mpi in here):
                yield Reason(
                    rule="mpi-abi",
                    level=Level.NOTE,
                    subject=asking,
                    message="EESSI brings its own Open MPI",
                    evidence="the profile names no other MPI of this family",
                )
            continue
        yield from _mpi(case, family, asking, here)


def _mpi(case: Case, family: str, asking: str, here: list[Mpi]) -> Iterator[Reason]:
    if not here:
        yield Reason(
            rule="mpi-abi",
            level=Level.UNKNOWN,
            subject=asking,
            message="an MPI is wanted, and which one the site offers is not known",
        )
        return
    names = ", ".join(f"{mpi.name} ({mpi.abi or 'family not known'})" for mpi in here)
    source = case.site.reference([item for mpi in here for item in mpi.source])
    if family == "any" or any(mpi.abi == family for mpi in here):
        return
    same_name = [mpi for mpi in here if fold(mpi.name) == fold(asking)]
    if same_name:
        return
    if family == "other" or any(mpi.abi is None for mpi in here):
        yield Reason(
            rule="mpi-abi",
            level=Level.UNKNOWN,
            subject=asking,
            message=f"whether {asking} fits the MPI of the site is not known",
            evidence=names,
            source=source,
        )
        return
    other = next((mpi for mpi in here if mpi.details.get("default")), here[0])
    yield Reason(
        rule="mpi-abi",
        level=Level.CHANGES_NEEDED,
        subject=asking,
        message=f"{asking} wanted ({family} ABI), and the site offers {names}",
        evidence=names,
        source=source,
        change=f"use {other.name}, or any MPI of the {other.abi} family",
    )


def mpi_name(case: Case) -> Iterator[Reason]:
    """Where another MPI of the same family stands in, say so."""
    here = [mpi for mpi in case.site.mpi if mpi.holds_for(case.partition.id)]
    for family, asking in case.wanted.mpi_families().items():
        if family in ("any", "other") or family_of(asking) is None:
            continue
        same = [mpi for mpi in here if mpi.abi == family]
        if same and not any(fold(mpi.name) == fold(asking) for mpi in same):
            yield Reason(
                rule="mpi-name",
                level=Level.NOTE,
                subject=asking,
                message=f"the site's own MPI is {same[0].name}, of the same ABI family",
                evidence=f"{same[0].name}: {family} ABI",
                source=case.site.reference(same[0].source),
            )


# --- containers --------------------------------------------------------------------------


def container_runtime(case: Case) -> Iterator[Reason]:
    """A container runtime is there when a container is asked for."""
    if not case.wanted.container:
        return
    here = _runtimes(case)
    if not here:
        yield Reason(
            rule="container-runtime",
            level=Level.UNKNOWN,
            subject="container",
            message="a container is asked for, and which runtime the site has is not known",
        )
        return
    if not any(runtime.available for runtime in here):
        refused = ", ".join(runtime.runtime for runtime in here)
        only_some = len(here) == 1
        yield Reason(
            rule="container-runtime",
            level=Level.UNKNOWN if only_some else Level.BLOCKED,
            subject="container",
            message=f"not offered: {refused}"
            + ("; whether there is another runtime is not known" if only_some else ""),
            evidence=f"not available: {refused}",
            source=case.site.reference([i for runtime in here for i in runtime.source]),
        )


def container_build(case: Case) -> Iterator[Reason]:
    """Whether the image can be built on site; otherwise it is built elsewhere."""
    if not case.wanted.container:
        return
    here = [runtime for runtime in _runtimes(case) if runtime.available]
    if not here:
        return
    able = [runtime for runtime in here if runtime.build == "yes"]
    if able:
        return
    limited = next((runtime for runtime in here if runtime.build == "limited"), None)
    known = limited or next((runtime for runtime in here if runtime.build == "no"), None)
    first = known or here[0]
    message = (
        f"images can be built on site with limits: {limited.build_how or limited.runtime}"
        if limited
        else "images can't be built on site"
        if known
        else "whether images can be built on site is not known"
    )
    yield Reason(
        rule="container-build",
        level=Level.WARNING,
        subject="container",
        message=message,
        evidence=f"{first.runtime} {first.version or ''}".rstrip(),
        source=case.site.reference(first.source),
        change="build the image elsewhere, for this CPU, and copy it here",
    )


def _runtimes(case: Case) -> list[Runtime]:
    return [runtime for runtime in case.site.runtimes if runtime.holds_for(case.partition.id)]


# --- packages ----------------------------------------------------------------------------


def vetoed(case: Case) -> Iterator[Reason]:
    """The site does not refuse a package."""
    for veto in case.site.vetoes:
        if not veto.holds_for(case.partition.id):
            continue
        refused = {fold(name) for name in veto.names}
        for package in case.wanted.packages:
            names = case.offers.offered(package.name, case.wanted.names, "easybuild") or ()
            if not refused & {fold(package.name), *(fold(name.name) for name in names)}:
                continue
            yield Reason(
                rule="vetoed",
                level=Level.BLOCKED,
                subject=package.name,
                message=f"{case.site.name} refuses {package.name} on {case.partition.id}",
                evidence=f"refused: {', '.join(veto.names)}",
                source=case.site.reference(veto.source),
                change="leave it out or take another",
                place=package.place,
            )


def package_found(case: Case) -> Iterator[Reason]:
    """Each package is installed, can be built with what the site uses, or is in the image."""
    for choice in case.choices:
        candidate, package = choice.candidate, choice.package
        if candidate is None:
            yield from _missing(case, choice)
            continue
        built = candidate.how in (How.EASYBUILD, How.SPACK)
        message = f"{candidate.where} is installed"
        if candidate.how is How.CONTAINER:
            message = "comes in the image"
        elif built:
            message = (
                f"can be built with {'EasyBuild' if candidate.how is How.EASYBUILD else 'Spack'}"
            )
        yield Reason(
            rule="package-built" if built else "package-installed",
            level=Level.BUILDABLE if built else Level.NOTE,
            subject=package.text,
            message=message,
            evidence=candidate.evidence,
            source=candidate.source,
            place=package.place,
        )
        if choice.alone:
            yield Reason(
                rule="one-generation",
                level=Level.WARNING,
                subject=package.text,
                message=f"{candidate.where} is for another toolchain generation than the rest",
                evidence=candidate.evidence,
                source=candidate.source,
                change="build it with `--try-toolchain`, or use it in a job of its own",
                place=package.place,
            )


def _missing(case: Case, choice: Choice) -> Iterator[Reason]:
    package = choice.package
    if choice.apart is not None:
        yield Reason(
            rule="one-generation",
            level=Level.CHANGES_NEEDED,
            subject=package.text,
            message=f"{choice.apart.where} is installed, but can't be loaded beside the others",
            evidence=choice.apart.evidence,
            source=choice.apart.source,
            change="use it in a job of its own (`unify: separately`), or ask for other versions",
            place=package.place,
        )
        return
    if not choice.recipes:
        yield Reason(
            rule="delivery",
            level=Level.UNKNOWN,
            subject=package.text,
            message="not in the lists held for this site, and how it could be built is not known",
            evidence=_deliveries(case),
            source=case.site.reference([i for d in case.site.delivery for i in d.source]),
            place=package.place,
        )
        return
    if not choice.known:
        near = case.offers.suggest(package.name, case.wanted.names)
        yield Reason(
            rule="package-name",
            level=Level.UNKNOWN,
            subject=package.text,
            message=f"the catalog does not know `{package.name}`",
            change=f"did you mean {' or '.join(f'`{name}`' for name in near[:2])}?" if near else "",
            place=package.place,
        )
        return
    kinds = ", ".join(choice.recipes)
    if choice.other_versions:
        versions = _nearest(choice)
        yield Reason(
            rule="package-version",
            level=Level.CHANGES_NEEDED,
            subject=package.text,
            message=f"no recipe for this version ({kinds})",
            evidence=f"there are {', '.join(versions)}",
            source="catalog",
            change=f"ask for {versions[0]}",
            place=package.place,
        )
        return
    yield Reason(
        rule="package-recipe",
        level=Level.CHANGES_NEEDED,
        subject=package.text,
        message=f"no recipe that fits ({kinds})" + (f", for {package.gpu}" if package.gpu else ""),
        evidence="the catalog holds none",
        source="catalog",
        change="write a recipe, or bring it in a container"
        if case.site.runtimes
        else "write a recipe",
        place=package.place,
    )


def _nearest(choice: Choice) -> list[str]:
    """Up to three versions that exist, the newest first."""
    from stackbridge.hub.versions import Version

    ordered = sorted(
        (version for version in choice.other_versions if version),
        key=lambda text: (not Version(text).is_branch, Version(text)),
        reverse=True,
    )
    return ordered[:3] or list(choice.other_versions[:3])


def _deliveries(case: Case) -> str:
    here = [d for d in case.site.delivery if d.holds_for(case.partition.id) and not d.retired]
    if not here:
        return "the profile names no way of delivery"
    names = ", ".join(f"{d.kind} ({d.scope})" if d.scope else d.kind for d in here)
    return f"delivered by {names}"


def one_generation(case: Case) -> Iterator[Reason]:
    """Installed packages can be loaded together; what is of another generation is built."""
    for choice in case.choices:
        if choice.candidate is None or choice.apart is None:
            continue
        yield Reason(
            rule="one-generation",
            level=Level.NOTE,
            subject=choice.package.text,
            message=f"{choice.apart.where} is installed too, but not beside the others' toolchain",
            evidence=choice.apart.evidence,
            source=choice.apart.source,
            place=choice.package.place,
        )


def features(case: Case) -> Iterator[Reason]:
    """Features which no list of modules and no recipe's name can confirm are named."""
    for choice in case.choices:
        candidate, package = choice.candidate, choice.package
        if candidate is None or not package.other:
            continue
        if candidate.how in (How.SPACK, How.CONTAINER):
            continue
        yield Reason(
            rule="features",
            level=Level.NOTE,
            subject=package.text,
            message=f"{candidate.where} does not say whether it has {' '.join(package.other)}",
            evidence="module and recipe names don't tell",
            place=package.place,
        )


# --- policies ----------------------------------------------------------------------------


def internet(case: Case) -> Iterator[Reason]:
    """Where something is built or fetched: can compute nodes reach the internet?"""
    if not case.builds and not case.wanted.container:
        return
    policy = case.site.policy("internet_on_compute", case.partition.id)
    if policy is None or policy.value is True:
        return
    proxy = policy.value == "proxy-only"
    access = "reach the internet only by proxy" if proxy else "have no internet"
    yield Reason(
        rule="internet",
        level=Level.WARNING,
        subject="policy",
        message=f"compute nodes {access}",
        evidence=f"internet_on_compute: {str(policy.value).lower()}",
        source=case.site.reference(policy.source),
        change="set the proxy in the job"
        if policy.value == "proxy-only"
        else "fetch sources on a login node",
    )


def login_build(case: Case) -> Iterator[Reason]:
    """Where something is built: is building allowed on login nodes?"""
    policy = case.site.policy("compile_on_login", case.partition.id)
    if not case.builds or policy is None or policy.value is not False:
        return
    yield Reason(
        rule="login-build",
        level=Level.WARNING,
        subject="policy",
        message="nothing is compiled on login nodes",
        evidence=policy.note or "compile_on_login: false",
        source=case.site.reference(policy.source),
        change="build in a job",
    )


def inodes(case: Case) -> Iterator[Reason]:
    """Where something is built: are there inodes enough?"""
    if not case.builds:
        return
    for filesystem in case.site.filesystems:
        if filesystem.inodes is None or filesystem.inodes > FEW_INODES:
            continue
        yield Reason(
            rule="inodes",
            level=Level.WARNING,
            subject="policy",
            message=f"{filesystem.path} holds at most {filesystem.inodes:,} files",
            evidence=f"inode quota {filesystem.inodes:,}",
            source=case.site.reference(filesystem.source),
            change="build and install elsewhere, or in a container image",
        )


def eessi_gpu(case: Case) -> Iterator[Reason]:
    """Where EESSI serves CPUs only, say so to who wants GPUs."""
    if not any(package.gpu for package in case.wanted.packages):
        return
    for delivery in case.site.delivery:
        if delivery.kind == "eessi" and delivery.cpu_only and delivery.holds_for(case.partition.id):
            yield Reason(
                rule="eessi-gpu",
                level=Level.NOTE,
                subject="eessi",
                message=f"EESSI on {case.site.name} serves CPUs only",
                evidence=str(delivery.details.get("how", "cpu_only")),
                source=case.site.reference(delivery.source),
            )


def foreign_recipes(case: Case) -> Iterator[Reason]:
    """Where the site builds from recipes of its own, which the catalog does not hold, say so."""
    lacking = any(choice.candidate is None for choice in case.choices)
    if not lacking or builders(case.site, case.partition):
        return
    for delivery in case.site.delivery:
        if delivery.kind == "easybuild" and not delivery.upstream_recipes and not delivery.retired:
            yield Reason(
                rule="foreign-recipes",
                level=Level.NOTE,
                subject="easybuild",
                message=f"{case.site.name} builds from easyconfigs of its own",
                evidence="upstream easyconfigs don't build there",
                source=case.site.reference(delivery.source),
            )


REASONS: dict[str, str] = {
    "cpu-target": "Code for a target that is asked for must run on the partition's CPU.",
    "gpu": "GPUs of the vendor and architecture asked for must be there.",
    "os": "The operating system must be the one asked for.",
    "libc": "The C library must be one of those asked for.",
    "mpi-abi": "An MPI of the binary family asked for must be offered.",
    "mpi-name": "Another MPI of the same binary family stands in.",
    "container-runtime": "A container runtime must be there when a container is asked for.",
    "container-build": "Images can be built on site, or are built elsewhere.",
    "variant": "Of several builds of a package, those for other machines are left out.",
    "vetoed": "The site must not refuse a package.",
    "package-installed": "A package is installed, or comes in the image.",
    "package-built": "A package can be built with what the site uses.",
    "package-version": "Recipes exist, but none for a version asked for.",
    "package-recipe": "No recipe exists for what the site builds with.",
    "package-name": "The catalog must know a package's name.",
    "delivery": "How the site gets software must be known.",
    "one-generation": "Installed packages must be such as can be loaded together.",
    "features": "Features which module and recipe names don't tell are named.",
    "eessi-gpu": "EESSI serves CPUs only at some sites.",
    "foreign-recipes": "Some sites build from recipes of their own only.",
    "internet": "Compute nodes may lack internet, which builds may want.",
    "login-build": "Nothing may be compiled on login nodes.",
    "inodes": "The number of files is limited.",
}
"""Every `Reason.rule`, a closed list, and what it means."""

RULES: tuple[Rule, ...] = tuple(
    Rule(name=name, says=(judge.__doc__ or "").partition("\n")[0], judge=judge)
    for name, judge in (
        ("cpu-target", cpu_target),
        ("gpu", gpu),
        ("os", operating_system),
        ("libc", libc),
        ("mpi-abi", mpi_abi),
        ("mpi-name", mpi_name),
        ("container-runtime", container_runtime),
        ("container-build", container_build),
        ("vetoed", vetoed),
        ("package", package_found),
        ("one-generation", one_generation),
        ("features", features),
        ("eessi-gpu", eessi_gpu),
        ("foreign-recipes", foreign_recipes),
        ("internet", internet),
        ("login-build", login_build),
        ("inodes", inodes),
    )
)
