"""Build an index: decide what to evaluate, evaluate it, write it down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from stackbridge.ecosystems.spack.repository.layout import Repository, package_name
from stackbridge.ecosystems.spack.repository.loader import Loader
from stackbridge.ecosystems.spack.repository.rows import Batch, Job, evaluate
from stackbridge.ecosystems.spack.repository.store import DamagedError, Row, Store, digest

__all__ = ["build"]

_CHUNK = 120
_ALONE = 400  # below this many packages, starting processes takes longer than it saves
_MAX_WORKERS = 8


def build(
    repositories: Sequence[Repository],
    *,
    platform: str,
    machine: str,
    file: Path | None,
    state: Mapping[str, tuple[int, int]],
    old: Store | None,
    progress: Callable[[int, int], None] | None,
    workers: int | None = None,
) -> Store:
    """A new index in `file`, taking from the old one what did not change.

    `state` gives time of change and size of all files; `workers` how many processes to use
    (None: as many as there are cores, and none for few packages).
    """
    kept, units, digests = _reusable(old, state)
    have = {(row[0], row[1]) for row in kept}
    jobs: list[Job] = []
    for rank, repository in enumerate(repositories):
        head = f"{repository.packages}{os.sep}"
        names = [
            name
            for name in repository.directories()
            if f"{head}{name}{os.sep}package.py" in state
            and (rank, package_name(name, repository.api)) not in have
        ]
        jobs += [(rank, tuple(names[i : i + _CHUNK])) for i in range(0, len(names), _CHUNK)]
    total = sum(len(names) for _rank, names in jobs)
    rows = list(kept)
    for batch in _evaluated(repositories, platform, machine, jobs, workers):
        rows += batch.rows
        units.update(batch.units)
        digests.update(batch.digests)
        if progress is not None:
            progress(len(rows) - len(kept), total)
    return Store.write(
        file,
        meta={"platform": platform, "machine": machine},
        files={
            path: (*found, digests[path] if path in digests else digest(path))
            for path, found in state.items()
        },
        units=units,
        packages=rows,
    )


def _reusable(
    old: Store | None, state: Mapping[str, tuple[int, int]]
) -> tuple[list[Row], dict[str, str], dict[str, str]]:
    """Rows that still hold, base classes, and digests of files that did not change."""
    if old is None:
        return [], {}, {}
    try:
        known = old.files()
        digests: dict[str, str] = {}
        changed = set(known.keys() - state.keys())
        for path, found in state.items():
            before = known.get(path)
            if before is not None and before[:2] == found:
                digests[path] = before[2]
                continue
            digests[path] = digest(path)
            if before is None or before[2] != digests[path]:
                changed.add(path)
        rows = [row for row in old.rows() if not row[3] and changed.isdisjoint(row[5].split("\n"))]
        return rows, old.units(), digests
    except DamagedError:
        return [], {}, {}


def _evaluated(
    repositories: Sequence[Repository],
    platform: str,
    machine: str,
    jobs: list[Job],
    workers: int | None,
) -> Iterator[Batch]:
    """Batches of all jobs: from workers, and here whatever these did not do."""
    done: set[Job] = set()
    if workers is None:
        many = sum(len(names) for _rank, names in jobs) >= _ALONE
        workers = _cores() if many else 0
    if workers > 1:
        from stackbridge.ecosystems.spack.repository.worker import run

        for batch in run(repositories, platform, machine, jobs, workers):
            done.add(batch.job)
            yield batch
    loader = Loader(repositories, platform, machine)
    sent: set[str] = set()
    for job in jobs:
        if job not in done:
            yield evaluate(loader, job, sent)


def _cores() -> int:
    from stackbridge.ecosystems.spack.repository.worker import usable_cores

    return min(usable_cores(), _MAX_WORKERS)
