"""Which of Spack's versions an exact one becomes: itself, one that is added, or the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackbridge.catalog.spelling import dated
from stackbridge.ecosystems.spack.language.formatting import format_versions
from stackbridge.ecosystems.spack.translating.pins import pinned_versions
from stackbridge.ecosystems.spack.translating.version_choice import (
    closed,
    nearest,
    of_release,
    spelling,
)
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Name
    from stackbridge.ecosystems.spack.translating.supply import Supply
    from stackbridge.hub.pinning import Pin

__all__ = ["Versions"]

# Java 8 and before are 1.8 and before.
_OLD_JAVA = {old: VersionSet.prefix(f"1.{old}") for old in ("6", "7", "8")}


class Versions:
    """A translation's notices and versions.

    `made` are the names of packages that were added to Spack's, `deprecated` versions that
    were asked for and that Spack refuses by itself.
    """

    def __init__(self, supply: Supply | None, pin: Pin) -> None:
        self.supply = supply
        self.pin: Pin = pin
        self.notices: list[Notice] = []
        self.made: list[str] = []
        self.deprecated: dict[str, None] = {}

    def note(self, code: Code, package: Package, what: str, *, why: str, instead: str = "") -> None:
        """Say that something did not pass unchanged."""
        self.notices.append(
            Notice(
                code=code,
                subject=package.name or "(any package)",
                what=what,
                why=why,
                instead=instead,
                where=package.place,
            )
        )

    def lost(self, package: Package, code: Code, what: str, why: str) -> None:
        """A notice without anything instead."""
        self.note(code, package, what, why=why)

    def add(self, package: Package, name: str, what: str, why: str) -> None:
        """Say that something was added to Spack's packages."""
        assert self.supply is not None
        self.made.append(name)
        self.supply.mark(name)
        self.note(Code.PACKAGE_GENERATED, package, what, why=why, instead=f"`repo/`: {name}")

    def known(self, name: Name) -> tuple[str, ...]:
        """The versions that Spack has: those of its recipes, else those of the catalog."""
        found = self.supply.versions(name.name) if self.supply is not None else None
        return name.versions if found is None else found

    def satisfied(self, wanted: VersionSet, name: Name) -> bool:
        """Whether Spack has a version of those wanted, as far as they are pinned."""
        known = self.known(name)
        exact = wanted.exact
        if exact is None or spelling(exact, known) is not None:
            return True
        return any(version in pinned_versions(wanted, self.pin) for version in known)

    def versions(self, package: Package, name: Name, asked: Package | None = None) -> VersionSet:
        """The versions wanted, as Spack can say and deliver them.

        One that it lacks is added to its recipes where one is known for `asked`.
        """
        wanted = self.said(package)
        exact = wanted.exact
        known = self.known(name)
        if not known:
            return wanted
        if exact is None:
            if wanted.is_any or any(version in wanted for version in known):
                return wanted
            near = nearest(wanted, known)
        else:
            text = spelling(exact, known)
            if text is None and asked is not None:
                text = self.released(name, asked)
            if text is not None:
                return self.had(name, text, asked)
            near_enough = pinned_versions(wanted, self.pin)
            if self.supply is not None and asked is not None and self.supply.wraps(asked):
                old = _OLD_JAVA.get(str(exact)) if "jdk" in name.name else None
                near_enough = old or VersionSet.prefix(exact)
            if any(version in near_enough for version in known):
                return near_enough
            made = None
            if self.supply is not None and asked is not None:
                made = self.supply.version(asked, name.name)
            if made is not None and asked is not None:
                what = f"version {made} was added to Spack's `{name.name}`"
                self.add(asked, name.name, what, f"its recipe has {', '.join(known[:4])}...")
                return VersionSet.exactly(made)
            figures = dated(str(exact))
            near = nearest(VersionSet.exactly(figures) if figures else wanted, known)
        self.note(
            Code.VERSION_APPROXIMATED,
            package,
            f"version {wanted} is not among Spack's",
            why=f"its recipe has {', '.join(known[:4])}...",
            instead=f"@={near}",
        )
        return VersionSet.exactly(near)

    def released(self, name: Name, asked: Package) -> str | None:
        """A version of Spack's that counts by what the software is for."""
        text = of_release(asked, self.known(name))
        if text is not None:
            self.note(
                Code.VERSION_ASSUMED,
                asked,
                f"version {asked.versions.exact} is {text} of Spack's `{name.name}`",
                why="Spack counts it by the release of ROCm or CUDA that it is for",
            )
        return text

    def had(self, name: Name, version: str, asked: Package | None) -> VersionSet:
        """A version that Spack has, as far as it is pinned; what is to be known of it is said."""
        wanted = pinned_versions(VersionSet.exactly(version), self.pin)
        if self.supply is None:
            return wanted
        if wanted.exact is not None and self.supply.deprecated(name.name, version):
            self.deprecated[f"{name.name}@{version}"] = None
        if asked is not None and self.supply.differs(asked, name.name, version):
            self.note(
                Code.SOURCE_DIFFERS,
                asked,
                f"Spack's {name.name}@{version} is built from another archive",
                why="the checksums differ; often one is a release and one a snapshot of a tag",
                instead="Spack's archive",
            )
        return wanted

    def said(self, package: Package) -> VersionSet:
        """The set itself where Spack's ranges can say it; otherwise the nearest they can."""
        try:
            format_versions(package)
        except ValueError:
            near = closed(package.versions)
            self.note(
                Code.VERSION_APPROXIMATED,
                package,
                f"`{package.versions}` can't be said exactly",
                why="Spack's ranges include all that begins with their upper end",
                instead=f"@{near.ranges() or ':'}",
            )
            return near
        return package.versions
