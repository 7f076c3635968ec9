"""Reports to render: a small one of every verdict, and one with hostile names."""

from __future__ import annotations

from typing import Any

import pytest

from stackbridge.hub.notices import Place
from stackbridge.reports.view import check_view
from stackbridge.resolver.model import Answer, How, Level, Reason, Report, Result, Verdict

HOSTILE = "<script>alert(1)</script>\"'&]]>\x1b[31m\x00\n$(id);`id` ../x ﷽"


def reason(rule: str, level: Level, subject: str, **more: Any) -> Reason:
    return Reason(rule=rule, level=level, subject=subject, message=f"about {subject}", **more)


def result(site: str, verdict: Verdict, *reasons: Reason, name: str | None = None) -> Result:
    answers = (
        Answer(
            name="gromacs",
            wanted="gromacs@2024.4",
            version="2024.4",
            how=How.EESSI,
            where="GROMACS/2024.4-foss-2023b",
        ),
        Answer(name="hdf5", wanted="hdf5", version=None, how=How.NONE),
    )
    return Result(
        site=site,
        site_name=name or site.title(),
        partition="cpu",
        verdict=verdict,
        reasons=reasons,
        answers=answers,
        unknown=tuple(r.message for r in reasons if r.level is Level.UNKNOWN),
    )


@pytest.fixture
def report() -> Report:
    place = Place(file="stack.yaml", line=7)
    return Report(
        stack="md",
        source="stack.yaml",
        format="manifest",
        results=(
            result("alpha", Verdict.READY, reason("package-installed", Level.NOTE, "hdf5")),
            result("beta", Verdict.BUILDABLE, reason("package-built", Level.BUILDABLE, "hdf5")),
            result(
                "gamma",
                Verdict.CHANGES_NEEDED,
                reason(
                    "mpi-abi",
                    Level.CHANGES_NEEDED,
                    "openmpi",
                    evidence="cray-mpich",
                    source="github:us/config (2026)",
                    change="use cray-mpich",
                    place=place,
                ),
                reason("internet", Level.WARNING, "policy"),
            ),
            result("delta", Verdict.UNKNOWN, reason("delivery", Level.UNKNOWN, "hdf5")),
            result("omega", Verdict.BLOCKED, reason("gpu", Level.BLOCKED, "gpus")),
        ),
    )


@pytest.fixture
def view(report: Report) -> dict[str, Any]:
    return check_view(report)


@pytest.fixture
def hostile_view() -> dict[str, Any]:
    bad = Reason(
        rule="gpu",
        level=Level.BLOCKED,
        subject=HOSTILE,
        message=HOSTILE,
        evidence=HOSTILE,
        source=HOSTILE,
        change=HOSTILE,
    )
    answer = Answer(name=HOSTILE, wanted=HOSTILE, version=HOSTILE, how=How.MODULE, where=HOSTILE)
    row = Result(
        site=HOSTILE,
        site_name=HOSTILE,
        partition=HOSTILE,
        verdict=Verdict.BLOCKED,
        reasons=(bad,),
        answers=(answer,),
        unknown=(HOSTILE,),
    )
    return check_view(Report(stack=HOSTILE, source=HOSTILE, format="manifest", results=(row,)))
