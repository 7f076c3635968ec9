"""The index on disk: one SQLite file per set of repositories, platform and machine.

A file is never changed: a new one is written beside it and takes its place, so that any
number of processes can read and renew it at once. What was read from which file, with size,
time and digest, stands in it; a package is evaluated again when one of its files changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["FORMAT", "DamagedError", "Row", "Store", "digest", "digest_of"]

FORMAT = 3
"""Raised whenever records or their meaning change."""

Row = tuple[int, str, bool, bool, str, str, str]
"""Rank of the repository, name, virtual, incomplete, what is provided, files used, record."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, time INTEGER, size INTEGER, digest TEXT) WITHOUT ROWID;
CREATE TABLE units (key TEXT PRIMARY KEY, own TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE packages (
    rank INTEGER, name TEXT, virtual INTEGER, incomplete INTEGER, provides TEXT, uses TEXT,
    record TEXT NOT NULL,
    PRIMARY KEY (rank, name)
);
"""


class DamagedError(Exception):
    """The file is not a whole index of this format."""


def digest(path: str) -> str:
    """A digest of a file's content; empty where it can't be read."""
    try:
        return digest_of(Path(path).read_bytes())
    except OSError:
        return ""


def digest_of(content: bytes) -> str:
    """A digest of some content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _whole(path: Path) -> bool:
    """Whether the file is as long as its own header says."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError:
        return False
    if len(head) < 100 or head[:16] != b"SQLite format 3\x00":
        return False
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    return int.from_bytes(head[28:32], "big") * page == size


class Store:
    """An index, in a file or in memory. All methods raise DamagedError for a broken file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Store:
        """The index in that file."""
        if not _whole(path):
            raise DamagedError(str(path))
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
            )
            store = cls(connection)
            if store.meta("format") != str(FORMAT):
                connection.close()
                raise DamagedError(str(path))
        except sqlite3.Error as error:
            raise DamagedError(str(path)) from error
        return store

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __del__(self) -> None:
        # an index lives as long as somebody asks it; nobody has to close it
        self._connection.close()

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise DamagedError(str(error)) from error

    def meta(self, key: str) -> str | None:
        """A value written with the index."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def files(self) -> dict[str, tuple[int, int, str]]:
        """Path -> time of change, size, digest of all files that were read."""
        return {row[0]: (row[1], row[2], row[3]) for row in self._rows("SELECT * FROM files")}

    def listing(self) -> list[tuple[int, str, bool, bool, list[str]]]:
        """Rank of the repository, name, virtual, incomplete, what is provided."""
        rows = self._rows("SELECT rank, name, virtual, incomplete, provides FROM packages")
        return [
            (rank, name, bool(virtual), bool(incomplete), provides.split() if provides else [])
            for rank, name, virtual, incomplete, provides in rows
        ]

    def record(self, rank: int, name: str) -> dict[str, Any] | None:
        """One package's record."""
        rows = self._rows("SELECT record FROM packages WHERE rank = ? AND name = ?", (rank, name))
        return _loads(rows[0][0]) if rows else None

    def rows(self) -> list[Row]:
        """All packages as they are stored."""
        return self._rows("SELECT * FROM packages")

    def records(self) -> Iterable[tuple[int, str, str]]:
        """All records as text: rank, name, JSON."""
        return self._rows("SELECT rank, name, record FROM packages ORDER BY rank, name")

    def unit(self, key: str) -> list[Any]:
        """The directives of a base class."""
        rows = self._rows("SELECT own FROM units WHERE key = ?", (key,))
        if not rows:
            raise DamagedError(f"no unit {key}")
        value: list[Any] = _loads(rows[0][0])
        return value

    def units(self) -> dict[str, str]:
        """All base classes' directives as text."""
        return dict(self._rows("SELECT key, own FROM units"))

    @classmethod
    def write(
        cls,
        path: Path | None,
        *,
        meta: Mapping[str, str],
        files: Mapping[str, tuple[int, int, str]],
        units: Mapping[str, str],
        packages: Iterable[Row],
    ) -> Store:
        """Write a new index and take it into use; in memory where there is no path.

        A directory that can't be written to is no failure: the index then lives in memory.
        """
        target: str | None = None
        if path is not None:
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                handle, target = tempfile.mkstemp(prefix=".spack-index-", dir=path.parent)
                os.close(handle)
        connection = sqlite3.connect(target or ":memory:", check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
            with connection:
                connection.execute("BEGIN")
                connection.executemany(
                    "INSERT INTO files VALUES (?, ?, ?, ?)", ((p, *f) for p, f in files.items())
                )
                connection.executemany("INSERT INTO units VALUES (?, ?)", units.items())
                connection.executemany(
                    "INSERT OR REPLACE INTO packages VALUES (?, ?, ?, ?, ?, ?, ?)", packages
                )
                connection.executemany(
                    "INSERT INTO meta VALUES (?, ?)", {**meta, "format": str(FORMAT)}.items()
                )
            if target is None or path is None:
                return cls(connection)
            connection.close()
            Path(target).replace(path)
            target = None
        except BaseException:
            connection.close()
            raise
        finally:
            if target is not None:
                with suppress(OSError):
                    Path(target).unlink()
        return cls.open(path)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedError(str(error)) from error
