"""Reading directories of easyconfigs into rows: the cold way, and what a cache can spare.

A row is plain data (tuples, texts, numbers), the form in which an index is stored; `Index`
turns rows into entries when they are asked for. A file that can't be read gives a problem
instead of a row; the others go on.
"""

# Plain paths: one object per file would double the time of a scan.
# ruff: noqa: PTH123

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

from stackbridge.ecosystems.easybuild.resolving.entries import Entry, Requirement, entry_of
from stackbridge.errors import InputError

__all__ = ["Row", "Scan", "contents_of", "entry_from", "files_below", "row_of", "scan"]

Row: TypeAlias = tuple[Any, ...]
"""Fields of an `Entry` up to `capabilities`, then contents: ((kind, name, version), ...),
positions of those it offers to others (None: all), and `fetching`."""

Scan: TypeAlias = dict[str, tuple[int, int, bytes, Row]]
"""File below the root -> size, modification time in ns, digest of the content, row. A row of
three fields is a problem: line, message, hint."""

_RACY = 2_000_000_000  # ns; a file changed this shortly before it was read may change again
_PROCESSES_FROM = 1500  # files, from which a second process pays


def files_below(root: str) -> Iterator[tuple[str, int, int]]:
    """(path below the root, size, modification time in ns) of each `.eb` file, links followed.

    Hidden directories and `__archive__` are left out, as EasyBuild does.
    """
    waiting = [("", root)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        below, directory = waiting.pop()
        try:
            found = sorted(os.scandir(directory), key=lambda item: item.name)
        except OSError:
            continue
        for item in found:
            name = item.name
            try:
                if name.endswith(".eb"):
                    status = item.stat()
                    if item.is_file():
                        yield below + name, status.st_size, status.st_mtime_ns
                elif name[0] != "." and name != "__archive__" and item.is_dir():
                    if item.is_symlink():
                        status = item.stat()
                        if (status.st_dev, status.st_ino) in seen:
                            continue
                        seen.add((status.st_dev, status.st_ino))
                    waiting.append((f"{below}{name}/", item.path))
            except OSError:
                continue


def _plain(name: str) -> str:
    """A software or extension name without what spellings differ in."""
    text = name.lower().replace("_", "-").replace(".", "-")
    for prefix in ("python-", "r-", "perl-", "py-"):
        text = text.removeprefix(prefix)
    for suffix in ("-python", "-py"):
        text = text.removesuffix(suffix)
    return text


_PYTHON_BUNDLES = ("PythonBundle", "CargoPythonBundle")
# Collections that are not called bundles.
_COLLECTIONS = frozenset({"QIIME2", "RAPIDS", "googleapis-python"})


def _offered(name: Any, names: Sequence[str], easyblock: Any) -> tuple[int, ...] | None:
    """Which members a package offers to others, by position; None: all of them.

    The member that is the software itself and what follows it is offered, what comes before
    is what it alone needs (notes on the EasyBuild corpus: in 1,951 of 2,367 Python bundles
    the last extension is the software). Where none is the software and the package is not
    called a bundle, a Python bundle offers its last member, and those named like itself.
    """
    if not isinstance(name, str) or "bundle" in name.lower() or name in _COLLECTIONS:
        return None
    own = _plain(name)
    plain = [_plain(item) for item in names]
    if own in plain:
        first = len(plain) - 1 - plain[::-1].index(own)
        return tuple(range(first, len(plain)))
    if easyblock not in _PYTHON_BUNDLES:
        return None
    return tuple(
        number
        for number, item in enumerate(plain)
        if number == len(plain) - 1
        or (len(own) > 2 and own in item)
        or (len(item) > 3 and item in own)
    )


def contents_of(
    values: Mapping[str, Any],
) -> tuple[tuple[tuple[str, str, str | None], ...], tuple[int, ...] | None]:
    """Extensions (`e`) and components (`c`) with name and version, and which are offered."""
    found: list[tuple[str, str, str | None]] = []
    for parameter, kind in (("components", "c"), ("exts_list", "e")):
        listed = values.get(parameter)
        if not isinstance(listed, (list, tuple)):
            continue
        for item in listed:
            if isinstance(item, str):
                found.append((kind, item, None))
            elif isinstance(item, (list, tuple)) and item and isinstance(item[0], str):
                version = item[1] if len(item) > 1 and isinstance(item[1], str) else None
                found.append((kind, item[0], version))
    names = [item[1] for item in found]
    offered = _offered(values.get("name"), names, values.get("easyblock")) if found else None
    return tuple(found), offered


def row_of(data: bytes, file: str, shown: str, architecture: str) -> Row:
    """The row of one file's bytes, or its problem."""
    # Not needed when nothing has changed, so imported when something has.
    from stackbridge.ecosystems.easybuild.language.evaluate import decode, evaluate

    try:
        evaluated = evaluate(decode(data, shown), shown, architecture=architecture)
        entry = entry_of(evaluated, file, architecture)
    except InputError as error:
        return (error.line or 0, error.message, error.hint or "")
    contents, offered = contents_of(evaluated.values)
    values = evaluated.values
    if contents and "%" in repr(contents):
        from stackbridge.ecosystems.easybuild.language.templates import resolve, template_values

        contents = resolve(contents, template_values(values, architecture=architecture))
    return (
        file,
        entry.name,
        entry.version,
        entry.prefix,
        entry.suffix,
        entry.toolchain,
        entry.easyblock,
        entry.moduleclass,
        tuple(tuple(item) for item in entry.dependencies),
        tuple(tuple(item) for item in entry.build),
        entry.iterated,
        entry.capabilities,
        contents,
        offered,
        tuple(tuple(item) for item in entry.fetching),
    )


def _requirement(item: Sequence[Any]) -> Requirement:
    toolchain = item[3] if len(item) > 3 else None
    return Requirement(
        item[0],
        item[1] if len(item) > 1 else None,
        item[2] if len(item) > 2 else "",
        None if toolchain is None else (toolchain[0], toolchain[1]),
    )


def entry_from(row: Row, source: int = 0) -> Entry:
    """The entry of a row."""
    return Entry(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        (row[5][0], row[5][1]),
        row[6],
        row[7],
        tuple(_requirement(item) for item in row[8]),
        tuple(_requirement(item) for item in row[9]),
        row[10],
        tuple(row[11]),
        tuple(_requirement(item) for item in row[14]),
        source,
    )


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _read(root: str, files: Sequence[str], architecture: str) -> list[tuple[bytes, Row]]:
    """Digest and row of each file. Garbage collection rests: syntax trees hold no cycles."""
    results: list[tuple[bytes, Row]] = []
    collecting = gc.isenabled()
    gc.disable()
    try:
        for file in files:
            path = f"{root}/{file}"
            try:
                with open(path, "rb") as stream:
                    data = stream.read()
            except OSError as error:
                results.append((b"", (0, f"the file can't be read: {error.strerror}", "")))
                continue
            results.append((_digest(data), row_of(data, file, path, architecture)))
    finally:
        if collecting:
            gc.enable()
    return results


def _read_all(root: str, files: list[str], architecture: str) -> Iterable[tuple[bytes, Row]]:
    """As `_read`, with a second process where there is much to do."""
    workers = min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    if len(files) < _PROCESSES_FROM or workers < 2:
        return _read(root, files, architecture)
    import multiprocessing
    import warnings

    if "fork" not in multiprocessing.get_all_start_methods():
        return _read(root, files, architecture)
    context = multiprocessing.get_context("fork")
    chunks = [files[start : start + 250] for start in range(0, len(files), 250)]
    with warnings.catch_warnings():
        # Newer Pythons warn of a fork beside threads; the children only read and compute.
        warnings.simplefilter("ignore", DeprecationWarning)
        pool = context.Pool(workers)
    with pool:
        parts = pool.starmap(_read, [(root, chunk, architecture) for chunk in chunks], 1)
    return [result for part in parts for result in part]


def scan(root: str, known: Scan | None, architecture: str, since: int = 0) -> tuple[Scan, bool]:
    """All easyconfigs below a directory, and whether anything differs from what was known.

    Files of the same size and time as in `known` are not read again, unless they were
    changed within two seconds before that scan (`since`, ns).
    """
    known = known or {}
    result: Scan = {}
    wanted: list[str] = []
    changed = False
    for file, size, modified in files_below(root):
        before = known.get(file)
        if (
            before is not None
            and before[0] == size
            and before[1] == modified
            and modified < since - _RACY
        ):
            result[file] = before
        else:
            result[file] = (size, modified, b"", ())
            wanted.append(file)
    if wanted:
        by_digest = {item[2]: item[3] for item in known.values()} if known else {}
        todo: list[str] = []
        for file in wanted:
            size, modified, _, _ = result[file]
            if by_digest and file in known:
                try:
                    with open(f"{root}/{file}", "rb") as stream:
                        digest = _digest(stream.read())
                except OSError:
                    digest = b""
                if digest and digest == known[file][2]:
                    result[file] = (size, modified, digest, known[file][3])
                    changed = changed or known[file][:2] != (size, modified)
                    continue
            todo.append(file)
        for file, (digest, row) in zip(todo, _read_all(root, todo, architecture), strict=True):
            size, modified, _, _ = result[file]
            result[file] = (size, modified, digest, row)
        changed = changed or bool(todo)
    return dict(sorted(result.items())), changed or len(result) != len(known)


def now() -> int:
    """Nanoseconds, on the clock of modification times."""
    return time.time_ns()
