"""The catalog's file: an SQLite database, written once, then only read.

Several processes may read it at once: it is opened `mode=ro&immutable=1`, so no lock and no
journal is ever made. Identities are compressed JSON, read one at a time.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stackbridge.catalog.identity import Identity, from_plain, to_plain
from stackbridge.catalog.spelling import bare, fold
from stackbridge.errors import InputError

__all__ = ["SCHEMA", "Store", "write"]

SCHEMA = 1
"""Raised when an older reader would misunderstand the file."""

_TABLES = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA encoding = 'UTF-8';
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE identity (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE name (
  folded TEXT NOT NULL, ecosystem TEXT NOT NULL, rank INTEGER NOT NULL, name TEXT NOT NULL,
  kind TEXT NOT NULL, identity INTEGER NOT NULL,
  PRIMARY KEY (folded, ecosystem, rank, name, identity)
) WITHOUT ROWID;
CREATE TABLE bundle (
  ecosystem TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (ecosystem, name)
) WITHOUT ROWID;
"""

_RANKS = {
    "software": 0,
    "toolchain": 1,
    "virtual": 1,
    "extension": 2,
    "component": 3,
    "registry": 4,
    "binary": 5,
}


def _pack(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 9)


def _unpack(body: bytes) -> Any:
    return json.loads(zlib.decompress(body))


def _name_rows(number: int, identity: Identity) -> Iterator[tuple[str, str, int, str, str, int]]:
    for ecosystem, names in identity.names.items():
        for position, name in enumerate(names):
            rank = 10 * _RANKS.get(name.kind, 9) + min(position, 9)
            if name.part is not None:
                rank += 5
            yield fold(name.name), ecosystem, rank, name.name, name.kind, number
            for binary in name.binaries:
                yield fold(binary.name), ecosystem, 50, binary.name, "binary", number


def write(
    path: Path,
    identities: Iterable[Identity],
    meta: Mapping[str, Any],
    bundles: Mapping[tuple[str, str], Any] | None = None,
) -> None:
    """Write the whole file beside `path`, then put it in place; equal input gives equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch_name = tempfile.mkstemp(dir=path.parent, prefix=".catalog-")
    os.close(handle)
    scratch = Path(scratch_name)
    try:
        with closing(sqlite3.connect(scratch, isolation_level=None)) as connection, connection:
            connection.executescript(_TABLES)
            connection.execute("BEGIN")
            rows = sorted(identities, key=lambda identity: identity.key)
            connection.executemany(
                "INSERT INTO identity VALUES (?, ?, ?)",
                (
                    (number, identity.key, _pack(to_plain(identity)))
                    for number, identity in enumerate(rows, 1)
                ),
            )
            names = sorted(
                {row for number, row_of in enumerate(rows, 1) for row in _name_rows(number, row_of)}
            )
            connection.executemany("INSERT INTO name VALUES (?, ?, ?, ?, ?, ?)", names)
            connection.executemany(
                "INSERT INTO bundle VALUES (?, ?, ?)",
                (
                    (ecosystem, name, _pack(body))
                    for (ecosystem, name), body in sorted((bundles or {}).items())
                ),
            )
            stored = {"schema": SCHEMA, "identities": len(rows), "names": len(names), **meta}
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                sorted(
                    (key, json.dumps(value, sort_keys=True, ensure_ascii=False))
                    for key, value in stored.items()
                ),
            )
            connection.execute("COMMIT")
            connection.execute("VACUUM")
        connection.close()
        # The change counter and the library's version stand in the header and vary.
        with scratch.open("r+b") as file:
            file.seek(24)
            file.write((1).to_bytes(4, "big"))
            file.seek(92)
            file.write((1).to_bytes(4, "big"))
            file.write(bytes(4))
        scratch.chmod(0o644)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


class Store:
    """A catalog's file, open for reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise InputError(
                "there is no catalog file here",
                file=str(path),
                hint="`stackbridge catalog build` makes one",
            )
        location = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(location, uri=True, check_same_thread=False)
            self.meta: dict[str, Any] = {
                key: json.loads(value)
                for key, value in self._connection.execute("SELECT key, value FROM meta")
            }
            schema = self.meta.get("schema")
        except (sqlite3.Error, ValueError) as error:
            raise InputError(
                f"this is not a catalog, or it is damaged: {error}",
                file=str(path),
                hint="build it again with `stackbridge catalog build`",
            ) from error
        if schema != SCHEMA:
            self.close()
            raise InputError(
                f"the catalog has format {schema}; this release reads format {SCHEMA}",
                file=str(path),
                hint="build it again with `stackbridge catalog build`",
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __del__(self) -> None:
        # A catalog lives as long as somebody asks it; nobody has to close it.
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise InputError(f"the catalog is damaged: {error}", file=str(self.path)) from error

    def _identity(self, body: bytes) -> Identity:
        try:
            return from_plain(_unpack(body))
        except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"the catalog is damaged: {error}", file=str(self.path)) from error

    def by_key(self, key: str) -> Identity | None:
        """The identity with exactly this key."""
        rows = self._rows("SELECT body FROM identity WHERE key = ?", key)
        return self._identity(rows[0][0]) if rows else None

    def by_name(
        self, name: str, ecosystem: str | None = None
    ) -> list[tuple[str, str, str, str, int]]:
        """(ecosystem, name, kind, key, rank) of every name that folds like this one."""
        query = (
            "SELECT name.ecosystem, name.name, name.kind, identity.key, name.rank FROM name"
            " JOIN identity ON identity.id = name.identity WHERE name.folded = ?"
        )
        values: list[str] = [fold(name)]
        if ecosystem is not None:
            query += " AND name.ecosystem = ?"
            values.append(ecosystem)
        rows = self._rows(query + " ORDER BY name.rank, identity.key, name.name", *values)
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def near(self, name: str, ecosystem: str | None = None) -> list[str]:
        """Names that begin alike or are contained: candidates for suggestions."""
        folded = fold(name)
        if not folded:
            return []
        first = folded[0]
        rows = self._rows(
            "SELECT DISTINCT name FROM name WHERE folded >= ? AND folded < ?"
            " AND length(folded) BETWEEN ? AND ? AND kind <> 'binary'"
            " AND (? IS NULL OR ecosystem = ?)",
            first,
            chr(ord(first) + 1),
            max(1, len(folded) - 3),
            len(folded) + 6,
            ecosystem,
            ecosystem,
        )
        prefixes = ("py-", "r-", "perl-", "lib", "python-")
        related = [p + folded for p in prefixes if not folded.startswith(p)]
        related += [folded[len(p) :] for p in prefixes if folded.startswith(p)]
        for candidate in related:
            rows += self._rows(
                "SELECT DISTINCT name FROM name WHERE folded = ? AND (? IS NULL OR ecosystem = ?)",
                candidate,
                ecosystem,
                ecosystem,
            )
        return sorted({row[0] for row in rows})

    def keys(self) -> list[str]:
        """All keys in order."""
        return [row[0] for row in self._rows("SELECT key FROM identity ORDER BY key")]

    def identities(self) -> Iterator[Identity]:
        """All identities in the order of their keys."""
        for (body,) in self._rows("SELECT body FROM identity ORDER BY key"):
            yield self._identity(body)

    def bundle(self, ecosystem: str, name: str) -> Any:
        """What the bundle of that exact name carries, as `build` wrote it; None if no bundle."""
        rows = self._rows(
            "SELECT body FROM bundle WHERE ecosystem = ? AND name = ?", ecosystem, name
        )
        if not rows:
            return None
        try:
            return _unpack(rows[0][0])
        except (zlib.error, ValueError) as error:
            raise InputError(f"the catalog is damaged: {error}", file=str(self.path)) from error


def nearest(name: str, candidates: Iterable[str], limit: int = 5) -> tuple[str, ...]:
    """Those candidates which look most like the name, best first."""
    import difflib

    folded = fold(name)
    scored = []
    for candidate in candidates:
        other = fold(candidate)
        ratio = difflib.SequenceMatcher(None, folded, other)
        if ratio.real_quick_ratio() < 0.6 or ratio.quick_ratio() < 0.6:
            continue
        score = ratio.ratio()
        if bare("", folded) == bare("", other) or other.endswith(folded) or folded.endswith(other):
            score = max(score, 0.9)
        if score >= 0.7:
            scored.append((-score, len(candidate), candidate))
    return tuple(candidate for _, _, candidate in sorted(scored)[:limit])
