"""What resolver tests share: a catalog of a few names, stacks out of short forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from stackbridge.hub.notices import NOWHERE
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Stack
from stackbridge.resolver.check import Where, check
from stackbridge.resolver.model import Reason, Result
from stackbridge.resolver.offers import Offered
from stackbridge.resolver.wanted import Wanted, from_stack
from stackbridge.sites.profile import Site, from_data

NAMES: Mapping[str, Mapping[str, tuple[Offered, ...]]] = {
    "gromacs": {
        "easybuild": (Offered(name="GROMACS", versions=("2024.4", "2025.2"), evidence="test"),),
        "spack": (Offered(name="gromacs", versions=("2024.4", "2025.2", "main")),),
    },
    "py-numpy": {
        "easybuild": (
            Offered(
                name="numpy",
                extension=True,
                versions=("1.26.4",),
                bundles=(("SciPy-bundle", "2024.05-gfbf-2024a", "1.26.4"),),
                evidence="test",
            ),
        ),
        "spack": (Offered(name="py-numpy", versions=("1.26.4", "2.1.0")),),
    },
    "hdf5": {
        "easybuild": (Offered(name="HDF5", versions=("1.14.5",), evidence="test"),),
        "spack": (Offered(name="hdf5", versions=("1.14.5",)),),
    },
    "onlyspack": {"spack": (Offered(name="onlyspack", versions=("1.0", "1.2")),)},
    "lammps": {
        "easybuild": (Offered(name="LAMMPS", versions=("29Aug2024",), evidence="test"),),
        "spack": (Offered(name="lammps", versions=("20240829",)),),
    },
    "intel-oneapi-mpi": {"easybuild": (Offered(name="impi", versions=("2021.13.0",)),)},
}


class FewOffers:
    """A catalog of six names."""

    def offered(
        self, name: str, vocabulary: str | None, ecosystem: str, version: str | None = None
    ) -> tuple[Offered, ...] | None:
        found = NAMES.get(name)
        return None if found is None else found.get(ecosystem, ())

    def suggest(self, name: str, vocabulary: str | None) -> tuple[str, ...]:
        return tuple(known for known in NAMES if known[0] == name[:1])


@pytest.fixture
def offers() -> FewOffers:
    return FewOffers()


Make = Callable[..., Wanted]


@pytest.fixture
def wanted() -> Make:
    def make(*packages: str, **more: Any) -> Wanted:
        entries = tuple(parse(text, NOWHERE) for text in packages)
        return from_stack(Stack(name="test", entries=entries, **more))

    return make


@pytest.fixture
def place() -> Callable[..., Site]:
    """A site with one partition `cpu`; each keyword is a block of the profile."""

    def make(**blocks: Any) -> Site:
        data: dict[str, Any] = {
            "id": "ours",
            "name": "Ours",
            "sources": [{"id": "s1", "kind": "config", "ref": "github:us/config", "date": "2026"}],
            "partitions": [
                {
                    "id": "cpu",
                    "cpu": {"archspec": "zen3", "model": "AMD EPYC"},
                    "gpu": "none",
                    "source": "s1",
                }
            ],
        }
        return from_data({**data, **blocks})

    return make


Judge = Callable[..., Result]


@pytest.fixture
def judge(offers: FewOffers) -> Judge:
    def run(wanted: Wanted, site: Site, *, installed_only: bool = False) -> Result:
        report = check(wanted, [Where(site=site)], offers, installed_only=installed_only)
        return report.results[0]

    return run


@pytest.fixture
def said() -> Callable[[Result, str], list[Reason]]:
    """The reasons of one rule, without their places."""

    def pick(result: Result, rule: str) -> list[Reason]:
        return [replace(r, place=NOWHERE) for r in result.reasons if r.rule == rule]

    return pick
