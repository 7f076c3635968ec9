"""Every file of a format below a directory, converted in parallel."""

from __future__ import annotations

import fnmatch
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path, PurePath

from stackbridge.cli.progress import progress
from stackbridge.cli.results import Part
from stackbridge.errors import InputError, StackBridgeError

__all__ = ["convert_all", "sources_below"]


def sources_below(root: str, source_format: str | None) -> list[str]:
    """Every file below a directory that is of the format, or looks like any.

    Raises InputError where there is none.
    """
    from stackbridge.ecosystems import FORMATS, format_named

    rows = [format_named(source_format)] if source_format else [r for r in FORMATS if r.reader]
    patterns = [name for row in rows for name in row.names]
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                found.append(str(Path(folder) / name))
    if not found:
        raise InputError("no file of a known format below this directory", file=root)
    return found


def convert_all(
    root: str, names: Sequence[str], convert: Callable[[str], Part]
) -> tuple[Part, ...]:
    """A part for each of the files below `root`; one that fails does not stop the others.

    `convert` must be picklable. Each part's files lie in a folder named as its source is.
    """
    folders = _folders(root, names)
    found: dict[str, Part] = {}
    workers = min(os.cpu_count() or 1, len(names))
    pool = ProcessPoolExecutor(max_workers=workers, initializer=_leave_signals)
    try:
        futures: dict[Future[Part], str] = {
            pool.submit(_attempt, convert, name): name for name in names
        }
        # Its thread starts after the processes: a copy of a thread's locks would stay locked.
        with progress(f"converting {len(names)} files") as say:
            for future in as_completed(futures):
                name = futures[future]
                found[name] = future.result()
                say(f"{len(found)} of {len(names)} files: {name}")
    except BrokenProcessPool as error:
        raise StackBridgeError(
            "a process that converts was ended from outside", hint="is there enough memory?"
        ) from error
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return tuple(found[name].below(folders[name]) for name in names)


def _attempt(convert: Callable[[str], Part], name: str) -> Part:
    try:
        return convert(name)
    except StackBridgeError as error:
        return Part(source=name, error=error, files={})


def _leave_signals() -> None:
    """Ctrl-C reaches every process of a terminal; only the first one answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _folders(root: str, names: Sequence[str]) -> dict[str, PurePath]:
    """`x/spack.yaml` gets `x/spack`; where two would get the same, both keep their endings."""
    relative = {name: PurePath(os.path.relpath(name, root)) for name in names}
    count = Counter(path.with_suffix("") for path in relative.values())
    return {
        name: path.with_suffix("") if count[path.with_suffix("")] == 1 else path
        for name, path in relative.items()
    }
