"""Stored indexes: the one shipped with the program, and the cache of directories.

A cache file belongs to one directory and architecture. It is written beside its place and
moved there in one step, so that two processes can build it at once, and begins with a
digest, so that a truncated one is noticed and rebuilt. The shipped index is JSON.
"""

# Plain paths: one object per file would double the time of a scan.
# ruff: noqa: PTH103, PTH105, PTH108, PTH120, PTH123

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from typing import Any

from stackbridge.ecosystems.easybuild.resolving.indexing import Row, Scan, now, scan
from stackbridge.ecosystems.easybuild.resolving.shipped import read_data

__all__ = ["RELEASE", "load_shipped", "scan_cached"]

RELEASE = "5.4.1"
_SCHEMA = 3
_MAGIC = b"stackbridge-easybuild-index\n"
_SHIPPED = "easybuild-index.json.gz"


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Half a million objects without cycles come to life at once: looking for some is waste."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _cache_file(directory: str, root: str, architecture: str) -> str:
    key = "\0".join((os.path.realpath(root), architecture, str(_SCHEMA), sys.version))
    return f"{directory}/easybuild-{blake2b(key.encode(), digest_size=12).hexdigest()}.index"


def _load(path: str) -> tuple[int, Scan] | None:
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError:
        return None
    head = len(_MAGIC)
    payload = data[head + 16 :]
    if data[:head] != _MAGIC or data[head : head + 16] != _check(payload):
        return None
    try:
        when, scanned = marshal.loads(payload)  # noqa: S302 - our own file, digest checked
    except (ValueError, EOFError, TypeError):
        return None
    return when, scanned


def _check(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=16).digest()


def _save(path: str, when: int, scanned: Scan) -> None:
    payload = marshal.dumps((when, scanned))
    import tempfile

    directory = os.path.dirname(path)
    try:
        os.makedirs(directory, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=".easybuild-")
    except OSError:
        return  # a cache that can't be written is no error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_MAGIC + _check(payload) + payload)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def scan_cached(root: str, cache_directory: str | None, architecture: str) -> Scan:
    """All easyconfigs below a directory; only what changed since the last time is read."""
    with _without_collection():
        return _scan_cached(root, cache_directory, architecture)


def _scan_cached(root: str, cache_directory: str | None, architecture: str) -> Scan:
    known: Scan | None = None
    since = 0
    path = ""
    if cache_directory is not None:
        path = _cache_file(cache_directory, root, architecture)
        loaded = _load(path)
        if loaded is not None:
            since, known = loaded
    when = now()
    scanned, changed = scan(root, known, architecture, since)
    if cache_directory is not None and changed:
        _save(path, when, scanned)
    return scanned


@cache
def load_shipped(architecture: str = "x86_64") -> dict[str, Row]:
    """The rows of the shipped release by file, empty when it is not part of the package.

    Files that can't be used on that architecture are left out.
    """
    import gzip
    import json

    try:
        data = read_data(_SHIPPED)
    except FileNotFoundError:
        return {}
    with _without_collection():
        stored: dict[str, Any] = json.loads(gzip.decompress(data))
        rows: dict[str, Row] = {row[0]: tuple(row) for row in stored["rows"]}
    for file, row in stored["architectures"].get(architecture, {}).items():
        if row is None:
            rows.pop(file, None)
        else:
            rows[file] = tuple(row)
    return rows
