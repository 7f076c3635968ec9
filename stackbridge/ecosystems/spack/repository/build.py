"""Build an index: decide what to evaluate, evaluate it, write it down."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.spack.repository.facts import provided
from stackbridge.ecosystems.spack.repository.layout import Repository
from stackbridge.ecosystems.spack.repository.loader import Loader, items_record
from stackbridge.ecosystems.spack.repository.store import Store, digest

__all__ = ["Row", "build", "evaluate"]

Row = tuple[int, str, bool, bool, str, str]
"""Rank of the repository, name, virtual, incomplete, what is provided, record as JSON."""

_SEPARATORS = (",", ":")


def evaluate(
    loader: Loader, rank: int, directories: Sequence[str], sent: set[str]
) -> Iterator[tuple[Row, dict[str, str]]]:
    """Rows of packages, and those base classes' directives that were not in `sent` yet."""
    repository = loader.repositories[rank]
    own: dict[str, Any] = {}
    for stored, units in loader.packages(repository, directories):
        fresh: dict[str, str] = {}
        for unit in units:
            if unit.key not in own:
                own[unit.key] = items_record(unit)[0]
            if unit.key not in sent:
                sent.add(unit.key)
                fresh[unit.key] = json.dumps(own[unit.key], separators=_SEPARATORS)
        row = (
            rank,
            stored["name"],
            bool(stored.get("virtual", False)),
            bool(stored["incomplete"]),
            " ".join(provided(stored, own)),
            json.dumps(stored, separators=_SEPARATORS),
        )
        yield row, fresh


def build(
    repositories: Sequence[Repository],
    *,
    platform: str,
    machine: str,
    file: Path | None,
    state: Mapping[str, tuple[int, int]],
    old: Store | None,
    progress: Callable[[int, int], None] | None,
) -> Store:
    """A new index in `file`, taking from the old one what did not change."""
    files = {path: (*found, digest(path)) for path, found in state.items()}
    todo = [
        (
            rank,
            [d for d in r.directories() if f"{r.packages}{os.sep}{d}{os.sep}package.py" in state],
        )
        for rank, r in enumerate(repositories)
    ]
    total = sum(len(names) for _rank, names in todo)
    rows: list[Row] = []
    units: dict[str, str] = {}
    loader = Loader(repositories, platform, machine)
    sent: set[str] = set()
    for rank, names in todo:
        for row, fresh in evaluate(loader, rank, names, sent):
            rows.append(row)
            units.update(fresh)
            if progress is not None and len(rows) % 100 == 0:
                progress(len(rows), total)
    return Store.write(
        file,
        meta={"platform": platform, "machine": machine},
        files=files,
        units=units,
        packages=rows,
    )
