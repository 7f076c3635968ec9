"""The questions one may ask of the catalog.

`Catalog.open()` opens the shipped file, or another one, with a site's overlay on top. All
answers are plain values; nothing here writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from stackbridge.catalog.identity import Identity, Name
from stackbridge.catalog.overlay import Overlay, load_overlay
from stackbridge.catalog.spelling import fold, version_key
from stackbridge.catalog.store import Store, nearest

__all__ = ["Catalog", "Match", "Member", "shipped_path"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One name that was found: in which ecosystem, as what, and the identity it belongs to."""

    ecosystem: str
    name: str
    kind: str
    identity: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a bundle carries: the name as the bundle has it, its version, its identity's key."""

    name: str
    version: str | None
    key: str | None
    kind: str = "extension"


def shipped_path() -> Path:
    """Where the catalog of this release lies."""
    return Path(__file__).resolve().parent.parent / "data" / "catalog.sqlite"


class Catalog:
    """A catalog that is open for questions. Lookups ignore case and `-`, `_`, `.` alike."""

    def __init__(self, store: Store, overlay: Overlay | None = None) -> None:
        self._store = store
        self._overlay = overlay
        self._by_key = lru_cache(maxsize=4096)(self._read)

    @classmethod
    def open(
        cls, path: str | Path | None = None, overlay: str | Path | Overlay | None = None
    ) -> Catalog:
        """Open `path`, or the shipped catalog; `overlay` is a site's YAML file.

        Raises InputError when a file is missing, damaged or not a catalog.
        """
        store = Store(Path(path) if path is not None else shipped_path())
        if overlay is not None and not isinstance(overlay, Overlay):
            overlay = load_overlay(Path(overlay))
        return cls(store, overlay)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def info(self) -> dict[str, Any]:
        """Provenance and counts, as `build` wrote them."""
        return dict(self._store.meta)

    def _read(self, key: str) -> Identity | None:
        found = self._store.by_key(key)
        return self._overlay.apply(key, found) if self._overlay is not None else found

    def get(self, key: str) -> Identity | None:
        """The identity with this key."""
        return self._by_key(key)

    def search(self, name: str, ecosystem: str | None = None) -> tuple[Match, ...]:
        """Every meaning of the name, the likeliest first.

        Order: software before extensions before registry names; Spack's and EasyBuild's
        spelling before others; exact spelling before another case.
        """
        if name.startswith("pkg:"):
            return self._search_purl(name)
        order = {"spack": 0, "easybuild": 1, "guix": 2, "debian": 3}
        rows = self._store.by_name(name, ecosystem)
        if self._overlay is not None:
            rows += self._overlay.by_name(name, ecosystem)
        folded = fold(name)
        rows.sort(
            key=lambda row: (
                row[4] // 10,
                row[3] != folded if ecosystem is None else False,
                row[1] != name,
                order.get(row[0], 9),
                row[4],
                row[3],
            )
        )
        matches: list[Match] = []
        seen: set[tuple[str, str]] = set()
        for where, spelling, kind, key, _ in rows:
            identity = self.get(key)
            if identity is None or (where, key) in seen:
                continue
            if not any(
                fold(item.name) == folded or any(fold(b.name) == folded for b in item.binaries)
                for item in identity.names.get(where, ())
            ):
                continue  # an overlay took this name away
            seen.add((where, key))
            matches.append(Match(ecosystem=where, name=spelling, kind=kind, identity=identity))
        if not matches and ecosystem is None:
            identity = self.get(name) or self.get(folded)
            if identity is not None:
                matches.append(Match(ecosystem="", name=identity.key, kind="", identity=identity))
        return tuple(matches)

    def _search_purl(self, text: str) -> tuple[Match, ...]:
        found = re.match(r"pkg:(?P<type>[a-z.+-]+)/(?P<path>[^@?#]+)", text)
        if not found:
            return ()
        types = {"pypi": "pypi", "cran": "cran", "cpan": "cpan", "deb": "debian"}
        types |= {"bioconductor": "bioconductor", "spack": "spack", "easybuild": "easybuild"}
        types["guix"] = "guix"
        ecosystem = types.get(found["type"])
        return self.search(found["path"].rsplit("/", 1)[-1], ecosystem) if ecosystem else ()

    def find(
        self, name: str, ecosystem: str | None = None, version: str | None = None
    ) -> Identity | None:
        """The software which that ecosystem (or, without one, anybody) calls by this name.

        `version` chooses where forks share a name (`OpenFOAM` 11 and v2312).
        """
        matches = self.search(name, ecosystem)
        if version is not None:
            for match in matches:
                for item in match.identity.names.get(match.ecosystem, ()):
                    if fold(item.name) == fold(name) and item.only is not None:
                        if re.fullmatch(item.only, version):
                            return match.identity
                        break
                else:
                    return match.identity
        return matches[0].identity if matches else None

    def suggest(self, name: str, ecosystem: str | None = None) -> tuple[str, ...]:
        """Names which were perhaps meant, best first, at most five."""
        candidates = self._store.near(name, ecosystem)
        if self._overlay is not None:
            candidates += self._overlay.spellings(ecosystem)
        return nearest(name, candidates)

    def names(self, identity: Identity | str, ecosystem: str) -> tuple[Name, ...]:
        """What that ecosystem calls the software, the main name first."""
        if isinstance(identity, str):
            found = self.get(identity)
            return self.names(found, ecosystem) if found else ()
        return identity.names.get(ecosystem, ())

    def translate(
        self, name: str, source: str, target: str, version: str | None = None
    ) -> tuple[Name, ...]:
        """The names in `target` for what `source` calls `name`; empty when there is none."""
        identity = self.find(name, source, version)
        return self.names(identity, target) if identity else ()

    def spelled(self, identity: Identity | str, version: str, ecosystem: str) -> str | None:
        """How that ecosystem spells this version (`v2312` for `2312`), or None if it has none."""
        wanted = version_key(version)
        for name in self.names(identity, ecosystem):
            if version in name.versions:
                return version
            for candidate in name.versions:
                if version_key(candidate) == wanted:
                    return candidate
        return None

    def members(
        self, name: str, ecosystem: str = "easybuild", version: str | None = None
    ) -> dict[str, tuple[Member, ...]]:
        """What a bundle carries, by the bundle's full version (`2024.05-gfbf-2024a`)."""
        body = self._store.bundle(ecosystem, name)
        if body is None:
            return {}
        table = body["members"]
        return {
            full: tuple(
                Member(name=table[i][0], key=table[i][1], kind=table[i][2], version=member_version)
                for i, member_version in rows
            )
            for full, rows in sorted(body["versions"].items())
            if version is None or full == version
        }

    def identities(self) -> tuple[Identity, ...]:
        """All of them, in the order of their keys; for exports, not for lookups."""
        keys = set(self._store.keys())
        if self._overlay is not None:
            keys |= self._overlay.keys()
        return tuple(found for key in sorted(keys) if (found := self.get(key)) is not None)
