"""Whose name is that? From the stack's names to EasyBuild's, through the catalog.

Order: EasyBuild's own names as they are; the catalog's answer; the same spelling but for
case and `-_.` (with a notice: nobody has proven it). Names are never made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from stackbridge.ecosystems.easybuild.choosing.release import Release

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Name
    from stackbridge.catalog.lookup import Catalog

__all__ = ["Companion", "Named", "Naming"]

# Languages whose packages Spack marks by a prefix -> the software that carries them, and
# the easyblocks of such packages that have easyconfigs of their own.
_LANGUAGES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "py-": (re.compile(r"^(?!R-bundle|R$|Perl)"), "Python"),
    "r-": (re.compile(r"^R$|^R-bundle"), "RPackage"),
    "perl-": (re.compile(r"^Perl"), "Perl"),
    "rb-": (re.compile(r"^Ruby$"), "Ruby"),
    "ruby-": (re.compile(r"^Ruby$"), "Ruby"),
    "julia-": (re.compile(r"Julia"), "Julia"),
    "lua-": (re.compile(r"Lua"), "Lua"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Software that is installed beside the main one to deliver a feature (`FFTW.MPI`)."""

    feature: str
    name: str
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What EasyBuild calls a package.

    `software` are names of easyconfigs, `members` names inside bundles, the likeliest first.
    `only` limits a name to versions that match a regular expression, `hosts` a member to
    the software that carries it (two languages may have packages of one name). `how`: "own"
    (it is EasyBuild's name), "catalog", "spelling", "absent" (known not to exist, `evidence`
    says why), "unknown".
    """

    how: Literal["own", "catalog", "spelling", "absent", "unknown"]
    software: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()
    only: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hosts: frozenset[str] = frozenset()
    evidence: str = ""


class Naming:
    """Answers for one stack; each name is looked up once."""

    def __init__(self, release: Release, catalog: Catalog | None, names: str | None) -> None:
        self._release = release
        self._catalog = catalog
        self._names = names
        self._known: dict[str, Named] = {}

    def __call__(self, name: str) -> Named:
        """What EasyBuild calls it."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Named:
        if self._names == "easybuild":
            if name in self._release.software:
                members = (name,) if self._release.members(name) else ()
                return Named(how="own", software=(name,), members=members)
            if self._release.members(name):
                return Named(how="own", members=(name,))
            return self._spelled(name)
        found = self._from_catalog(name)
        if found is not None:
            return found
        for prefix, (hosts, easyblock) in _LANGUAGES.items():
            if name.startswith(prefix):
                return self._language(name[len(prefix) :], hosts, easyblock)
        return self._spelled(name)

    # ---- the catalog

    def _from_catalog(self, name: str) -> Named | None:
        if self._catalog is None:
            return None
        identity = self._catalog.find(name, self._names)
        if identity is None and self._names is None:
            identity = self._catalog.get(name)
        if identity is None:
            return None
        software: list[str] = []
        members: list[str] = []
        companions: list[Companion] = []
        only: dict[str, str] = {}
        hosts: set[str] = set()
        evidence = ""
        for entry in identity.names.get("easybuild", ()):
            if entry.features or entry.part:
                companions += _companions(entry)
                continue
            evidence = evidence or _proof(entry)
            if entry.only:
                only[entry.name] = entry.only
            own = entry.name in self._release.software
            inside = entry.kind in ("extension", "component")
            if own and not inside:
                software.append(entry.name)
            elif entry.name not in members:
                members.append(entry.name)
                hosts |= {item.bundle for item in entry.inside if not item.private}
        if not software and not members and not companions:
            reason = identity.absent.get("easybuild")
            return Named(how="absent", evidence=reason) if reason else None
        return Named(
            how="catalog",
            software=tuple(software),
            members=tuple(members),
            companions=tuple(companions),
            only=MappingProxyType(only),
            hosts=frozenset(hosts),
            evidence=evidence,
        )

    # ---- spellings

    def _language(self, bare: str, hosts: re.Pattern[str], easyblock: str) -> Named:
        """A language package that the catalog does not know: only where that language is."""
        software = tuple(
            known
            for known in self._release.spelled(bare)
            if known in self._release.software
            and any(easyblock in block for block in self._release.easyblocks(known))
        )
        found = [member for member in self._release.members(bare) if hosts.search(member.host.name)]
        alike = (*software, *dict.fromkeys(member.name for member in found))
        if not alike:
            return Named(how="unknown")
        return Named(
            how="spelling",
            software=software,
            members=alike[len(software) :],
            hosts=frozenset(member.host.name for member in found),
            evidence=f"`{alike[0]}` is spelled alike",
        )

    def _spelled(self, name: str) -> Named:
        software = tuple(
            known
            for known in self._release.spelled(name)
            if known in self._release.software and not self._is_another(known, name)
        )
        if not software:
            return Named(how="unknown")
        here, there = self._homepage(name, self._names), self._homepage(software[0], "easybuild")
        places = f" ({there}; it is {here})" if here and there else ""
        return Named(
            how="spelling", software=software, evidence=f"`{software[0]}` is spelled alike{places}"
        )

    def _homepage(self, name: str, names: str | None) -> str:
        identity = self._catalog.find(name, names) if self._catalog is not None else None
        return identity.homepage if identity is not None else ""

    def _is_another(self, known: str, name: str) -> bool:
        """Whether the catalog knows that EasyBuild's name is another software's."""
        if self._catalog is None or self._names == "easybuild":
            return False
        identity = self._catalog.find(known, "easybuild")
        if identity is not None and identity.names.get(self._names or "spack"):
            return True
        owners = (
            _owner(self._homepage(name, self._names)),
            _owner(self._homepage(known, "easybuild")),
        )
        return all(owners) and owners[0] != owners[1]

    def near(self, name: str) -> tuple[str, ...]:
        """EasyBuild's names that may have been meant, at most three."""
        if self._catalog is None:
            return ()
        return tuple(n for n in self._catalog.suggest(name, "easybuild") if n != name)[:3]


_FORGE = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/([\w.-]+)/")


def _owner(homepage: str) -> str:
    """Whose project a homepage on a forge is; empty elsewhere."""
    match = _FORGE.match(homepage)
    return match[1].lower() if match else ""


def _proof(entry: Name) -> str:
    return "; ".join(f"{item.tier.value} {item.detail}".strip() for item in entry.evidence[:2])


def _companions(entry: Name) -> list[Companion]:
    features = entry.features or (entry.part or "",)
    return [
        Companion(feature=feature.lstrip("+"), name=entry.name, evidence=_proof(entry))
        for feature in features
    ]
