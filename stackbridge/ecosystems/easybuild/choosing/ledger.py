"""What all parts of the accounting write with: the release, its names, notices on requests."""

from __future__ import annotations

from stackbridge.ecosystems.easybuild.choosing.catalog_names import Naming
from stackbridge.ecosystems.easybuild.choosing.features import Judge
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Release
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Package

__all__ = ["Ledger"]


class Ledger:
    """Notices about requests, in the names of one release."""

    def __init__(self, release: Release, naming: Naming) -> None:
        self.release = release
        self.naming = naming

    def judge(self, generation: Generation) -> Judge:
        """Who says what becomes of features in that generation."""
        return Judge(release=self.release, generation=generation, software=self.naming)

    def flags(self, request: Request, package: Package) -> Notice:
        """The notice that compiler flags of a package are lost."""
        flags = " ".join(f'{flag.name}="{flag.value}"' for flag in package.flags)
        return self.note(
            Code.FLAGS_LOST,
            request,
            f"`{flags}` of `{package.name}`",
            "an easystack has no compiler flags; they are the easyconfig's `toolchainopts`",
        )

    def note(
        self,
        code: Code,
        request: Request,
        what: str,
        why: str,
        instead: str = "",
        *,
        place: Place | None = None,
    ) -> Notice:
        """A notice whose subject and place are those of the request."""
        return Notice(
            code=code,
            subject=request.name,
            what=what,
            why=why,
            instead=instead,
            where=place or request.place,
        )
