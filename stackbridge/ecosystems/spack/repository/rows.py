"""Packages of a job -> rows for the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from stackbridge.ecosystems.spack.repository.facts import provided
from stackbridge.ecosystems.spack.repository.loader import Loader
from stackbridge.ecosystems.spack.repository.store import Row

__all__ = ["Batch", "Job", "evaluate"]

Job = tuple[int, tuple[str, ...]]
"""Rank of a repository, and directories of packages in it."""

_SEPARATORS = (",", ":")


@dataclass(slots=True)
class Batch:
    """What came of a job: rows, directives of base classes, digests of the files read."""

    job: Job
    rows: list[Row] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def evaluate(loader: Loader, job: Job, sent: set[str]) -> Batch:
    """Evaluate a job's packages. `sent` holds the base classes that went out before."""
    rank, directories = job
    batch = Batch(job)
    for stored in loader.packages(loader.repositories[rank], directories):
        for key in stored["units"]:
            if key not in sent:
                sent.add(key)
                batch.units[key] = json.dumps(loader.units[key], separators=_SEPARATORS)
        batch.rows.append(
            (
                rank,
                stored["name"],
                bool(stored.get("virtual", False)),
                bool(stored["incomplete"]),
                " ".join(provided(stored, loader.units)),
                "\n".join(stored.pop("uses")),
                json.dumps(stored, separators=_SEPARATORS),
            )
        )
    batch.digests = loader.digests
    loader.digests = {}
    return batch
