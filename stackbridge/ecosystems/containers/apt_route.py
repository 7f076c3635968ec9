"""The route by Debian packages: one stage on a pinned base, installed by apt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stackbridge.ecosystems.containers.index import PACKAGE_NAME, Offer, packages_for, suggest
from stackbridge.ecosystems.containers.plan import (
    WRITTEN,
    Plan,
    base_of,
    closing,
    names_of,
    title_of,
    wanted,
)
from stackbridge.ecosystems.containers.syntax import (
    Env,
    Image,
    Instruction,
    Run,
    Shell,
    Stage,
    Step,
    clean,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Reading
    from stackbridge.hub.notices import Place
    from stackbridge.hub.package import Dependency, Extensions, Package, Toolchain
    from stackbridge.hub.stack import Stack

__all__ = ["install_packages", "plan_apt"]

OUTCOMES = {
    "approximated": Code.FEATURE_APPROXIMATED,
    "assumed": Code.FEATURE_ASSUMED,
    "lost": Code.FEATURE_LOST,
}
ARCHITECTURE_FEATURES = ("cuda_arch", "amdgpu_target")
COMPILERS = {"gcc": "gcc", "llvm": "llvm", "clang": "llvm"}


def plan_apt(reading: Reading, context: Context) -> Plan:
    """Debian packages for every package that Debian 12 has, and notices for the rest."""
    base, lost = base_of(reading.stack)
    notices = list(lost)
    names = names_of(reading)
    offers: dict[str, Offer] = {}
    packages: dict[str, None] = {}
    for package in wanted(reading):
        name = clean(package.name or "", "a package name")
        features = [f for f in package.features if f.name not in ARCHITECTURE_FEATURES]
        offer = packages_for(name, features, names=names, catalog=context.catalog)
        if offer is None:
            notices.append(_absent(package))
            continue
        if offer.name in offers:
            notices.append(_merged(package))
        offers[offer.name] = offer
        packages |= dict.fromkeys(offer.packages)
        notices += _notices(package, offer, names)
    if reading.stack is not None:
        notices += _of_stack(reading.stack, offers)
    for name in packages:
        if not PACKAGE_NAME.fullmatch(name):
            raise InputError(f"{name!r} is not a name of a Debian package")
    return Plan(
        image=_image(reading, base, offers, tuple(sorted(packages))),
        notices=tuple(dict.fromkeys(notices)),
        packages=tuple(sorted(packages)),
    )


# --- the image ---------------------------------------------------------------------------


def install_packages(packages: tuple[str, ...]) -> Run:
    """Install packages without what they merely recommend, and leave no package lists."""
    return Run(
        (
            Step(("apt-get", "update")),
            Step(
                (
                    Shell("DEBIAN_FRONTEND=noninteractive"),
                    *("apt-get", "install", "-y", "--no-install-recommends"),
                ),
                packages,
            ),
            Step(("rm", "-rf", Shell("/var/lib/apt/lists/*"))),
        )
    )


def _image(
    reading: Reading, base: str, offers: dict[str, Offer], packages: tuple[str, ...]
) -> Image:
    environment = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    for offer in offers.values():
        environment |= offer.environment
    contents = " ".join(
        f"{offer.name}={offer.version}" if offer.version else offer.name
        for offer in offers.values()
    )
    instructions: list[Instruction] = []
    if packages:
        instructions.append(install_packages(packages))
    instructions += [
        Run((Step(("useradd", "--create-home", "--shell", "/bin/bash", "user")),)),
        Env(dict(sorted(environment.items()))),
        *closing(reading, "apt", contents, ("/bin/bash",)),
    ]
    return Image(
        head=(
            WRITTEN,
            f"{title_of(reading)}: Debian's packages on {base}.",
        ),
        stages=(Stage(base=base, instructions=tuple(instructions)),),
    )


# --- notices -----------------------------------------------------------------------------


def _shown(package: Package) -> str:
    return package.name or "(unnamed)"


def _absent(package: Package) -> Notice:
    near = suggest(_shown(package))
    return Notice(
        code=Code.PACKAGE_LOST,
        subject=_shown(package),
        what="is not in the image",
        why="no package of Debian 12 is known for it"
        + (f"; known are {', '.join(near)}" if near else ""),
        instead="`--via easybuild` may have it",
        where=package.place,
    )


def _merged(package: Package) -> Notice:
    return Notice(
        code=Code.PACKAGE_MERGED,
        subject=_shown(package),
        what="is asked for more than once",
        why="Debian installs one build of each package",
        where=package.place,
    )


def _notices(package: Package, offer: Offer, names: str | None) -> Iterator[Notice]:
    """What Debian's packages do not say or do of one request."""
    yield from _of_version(package, offer)
    for answer in offer.features:
        if answer.outcome in OUTCOMES:
            yield Notice(
                code=OUTCOMES[answer.outcome],
                subject=_shown(package),
                what=f"the feature `{answer.feature}` is not as asked for"
                if answer.outcome != "assumed"
                else f"the feature `{answer.feature}` is left as it is",
                why=answer.why,
                where=package.place,
            )
    architectures = [
        value
        for feature in package.features
        if feature.name in ARCHITECTURE_FEATURES and not isinstance(feature.value, bool)
        for value in feature.value
        if value != "none"
    ]
    for name in dict.fromkeys((*package.gpus, *architectures)):
        yield _plain(Code.GPU_LOST, package, f"`{name}` is not built for", "Debian builds for CPUs")
    if package.target is not None:
        yield _plain(
            Code.TARGET_LOST,
            package,
            f"is not built for `{package.target}`",
            "Debian builds for the architecture's baseline",
        )
    for name, value in (("system", package.os), ("platform", package.platform)):
        if value not in (None, "linux"):
            what = f"is not built for the {name} `{value}`"
            yield _plain(Code.TARGET_LOST, package, what, "the image is of Debian for Linux")
    for name, value in (("namespace", package.namespace), ("hash", package.hash)):
        if value is not None:
            why = "it names something of another tool"
            yield _plain(Code.SETTING_LOST, package, f"the {name} `{value}` is left out", why)
    yield from _foreign(package.extensions, _shown(package), package.place)
    for flag in package.flags:
        yield _plain(
            Code.FLAGS_LOST,
            package,
            f"`{flag.name}` is not applied",
            "Debian's packages are built already",
        )
    if package.toolchain is not None:
        yield _of_toolchain(package.toolchain, _shown(package), package)
    for dependency in package.dependencies:
        yield from _of_dependency(package, dependency, names)


def _foreign(extensions: Extensions, subject: str, place: Place) -> Iterator[Notice]:
    """Settings that only one ecosystem knows; how a text was laid out is none."""
    for ecosystem, settings in extensions.items():
        names = settings if isinstance(settings, Mapping) else (ecosystem,)
        for name in names:
            if name in ("layout", "versionsuffix", "file", "path"):
                continue
            comment = name in ("comments", "header", "footer")
            yield Notice(
                code=Code.COMMENT_LOST if comment else Code.SETTING_LOST,
                subject=subject,
                what=f"{ecosystem}'s `{name}` is left out",
                why="an image has comments of its own"
                if comment
                else f"what {ecosystem} alone knows is not understood here",
                where=place,
            )


def _plain(code: Code, package: Package, what: str, why: str) -> Notice:
    return Notice(code=code, subject=_shown(package), what=what, why=why, where=package.place)


def _of_version(package: Package, offer: Offer) -> Iterator[Notice]:
    if package.versions.is_any:
        return
    if offer.version is None:
        yield _plain(
            Code.VERSION_APPROXIMATED,
            package,
            "has no version of its own in Debian",
            "it stands for several packages",
        )
    elif offer.version not in package.versions:
        yield Notice(
            code=Code.VERSION_APPROXIMATED,
            subject=_shown(package),
            what=f"has the version {offer.version}, not {spelled(package)}",
            why="Debian 12 has this one only",
            instead=f"{offer.name} {offer.version}",
            where=package.place,
        )


def spelled(package: Package) -> str:
    """The versions asked for, in whichever syntax can spell them."""
    return package.versions.comparators() or package.versions.ranges() or "the one asked for"


def _of_dependency(package: Package, dependency: Dependency, names: str | None) -> Iterator[Notice]:
    """A constraint on something below: met when Debian's only version of it meets it."""
    child = dependency.package
    offer = packages_for(child.name, child.features, names=names) if child.name else None
    shown = child.name or "a dependency"
    if dependency.when is not None:
        yield _plain(
            Code.CONDITION_LOST,
            package,
            f"what it wants of `{shown}` under a condition is not said",
            "conditions are not evaluated",
        )
        return
    if offer is None:
        yield _plain(
            Code.DEPENDENCY_LOST,
            package,
            f"what it wants of `{shown}` is not said",
            "Debian decides what its packages depend on",
        )
        return
    said = list(_of_child(package, child, offer))
    yield from said
    if not said:
        roles = f" as {', '.join(dependency.provides)}" if dependency.provides else ""
        direct = " directly" if dependency.direct else ""
        kinds = f" ({', '.join(dependency.kinds)})" if dependency.kinds else ""
        yield _plain(
            Code.DEPENDENCY_IMPLIED,
            package,
            f"that it needs `{shown}`{roles}{kinds}{direct} is not said",
            f"Debian decides; it has {offer.name} {offer.version or ''}".strip(),
        )


def _of_child(package: Package, child: Package, offer: Offer) -> Iterator[Notice]:
    """What is said of a dependency that Debian has."""
    shown = child.name
    if offer.version is not None and offer.version not in child.versions:
        yield _plain(
            Code.DEPENDENCY_APPROXIMATED,
            package,
            f"`{shown}` has the version {offer.version}, not {spelled(child)}",
            "Debian 12 has this one only",
        )
    lost = [a.feature for a in offer.features if a.outcome in {"lost", "approximated"}]
    if lost:
        yield _plain(
            Code.DEPENDENCY_LOST,
            package,
            f"`{', '.join(lost)}` of `{shown}` is not as asked for",
            "Debian builds each package once",
        )
    assumed = [a.feature for a in offer.features if a.outcome == "assumed"]
    if assumed:
        yield _plain(
            Code.FEATURE_ASSUMED,
            package,
            f"`{', '.join(assumed)}` of `{shown}` is left as it is",
            "Debian builds each package once",
        )
    if child.target is not None:
        yield _plain(
            Code.TARGET_LOST,
            package,
            f"`{shown}` is not built for `{child.target}`",
            "Debian builds for the architecture's baseline",
        )
    for flag in child.flags:
        yield _plain(
            Code.FLAGS_LOST,
            package,
            f"`{flag.name}` of `{shown}` is not applied",
            "Debian's packages are built already",
        )


def _of_toolchain(toolchain: Toolchain, subject: str, package: Package | None) -> Notice:
    instead = "GCC 12.2, Open MPI 4.1.4, OpenBLAS 0.3.21 as Debian 12 has them"
    return Notice(
        code=Code.TOOLCHAIN_APPROXIMATED,
        subject=subject,
        what=f"is not built with `{toolchain}`",
        why="Debian's packages are built already",
        instead=instead,
        **({"where": package.place} if package is not None else {}),
    )


def _of_stack(stack: Stack, offers: dict[str, Offer]) -> Iterator[Notice]:
    """What the stack as a whole wants and Debian's packages can't say."""

    def lost(code: Code, subject: str, what: str, why: str) -> Notice:
        return Notice(code=code, subject=subject, what=what, why=why, where=stack.place)

    if stack.toolchain is not None:
        yield _of_toolchain(stack.toolchain, stack.name, None)
    for target in stack.targets:
        why = "Debian builds for the architecture's baseline"
        yield lost(Code.TARGET_LOST, target, "is not built for", why)
    for gpu in stack.gpus:
        yield lost(Code.GPU_LOST, gpu, "is not built for", "Debian builds for CPUs")
    if stack.os is not None and stack.os not in {"debian12", "linux"}:
        yield lost(
            Code.SETTING_LOST, stack.os, "is not the image's system", "the base is Debian 12"
        )
    yield from _foreign(stack.extensions, stack.name, stack.place)
    for definition in stack.definitions:
        if definition.when is not None:
            what = f"the condition `{definition.when}` on it is not evaluated"
            yield lost(Code.CONDITION_LOST, definition.name, what, "its entries are taken")
    for group in stack.groups:
        yield from _foreign(group.extensions, f"group `{group.name}`", group.place)
        if group.needs or not group.explicit:
            why = "Debian installs all of an image's packages at once"
            yield lost(Code.STRUCTURE_LOST, group.name, "the group's order is not kept", why)
    if stack.unify is not None:
        why = "Debian has one build of each package"
        yield lost(Code.SETTING_IGNORED, "unify", f"`{stack.unify}` is not said", why)
    for rule in (*stack.rules, *(rule for group in stack.groups for rule in group.rules)):
        yield Notice(
            code=Code.RULE_LOST,
            subject=rule.subject,
            what=f"the rule ({rule.strength}) is not enforced",
            why="apt has one build of each package to choose from",
            where=rule.place,
        )
    if "mpich" in offers and any("mpi" in (a.feature for a in o.features) for o in offers.values()):
        yield lost(
            Code.PROVIDER_APPROXIMATED,
            "mpich",
            "is installed, but not what other packages are built with",
            "Debian 12 builds its packages with Open MPI",
        )
