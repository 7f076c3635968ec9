"""Nothing unaccounted for: every request ends in one row, and `exact` is exact."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input, Reading, Writing, format_named
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.choosing.requests import requests_of
from stackbridge.ecosystems.easybuild.easystack import parse
from stackbridge.ecosystems.easybuild.resolving.conflicts import conflicts
from stackbridge.hub.notices import Code, Severity

ROOT = Path(__file__).parents[3]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
STACKS = sorted((ROOT.parent / "shared" / "corpus" / "spack-stacks").glob("*/spack.yaml"))
GOLDEN = ROOT / "tests" / "golden" / "easystacks"
IDS = [path.stem if path.stem != "spack" else path.parent.name for path in RECIPES + STACKS]
EB = Path(sys.executable).with_name("eb")


def read(path: Path) -> Reading:
    name = "spack" if path.name == "spack.yaml" else "manifest"
    source = Input(text=path.read_text(encoding="utf-8"), file=path.name)
    return format_named(name).load_reader().read(source, Context())


def write(path: Path, toolchain: str | None = None) -> Writing:
    return format_named("easystack").load_writer().write(read(path), Context(toolchain=toolchain))


def entries(writing: Writing) -> list[str]:
    return [entry.easyconfig for entry in parse(writing.files[writing.main])[0].entries]


@pytest.mark.parametrize("path", RECIPES + STACKS, ids=IDS)
def test_every_request_ends_in_one_row(path: Path) -> None:
    reading = read(path)
    assert reading.stack is not None
    wanted = requests_of(reading.stack).requests
    writing = write(path)
    written = entries(writing)
    assert len(written) == len(set(written))
    assert [row.number for row in writing.delivered] == list(range(len(wanted)))
    release = open_release(Context())
    served = set()
    for row, request in zip(writing.delivered, wanted, strict=True):
        about = [n for n in writing.notices if n.subject == request.name]
        bad = [n for n in about if n.severity in (Severity.LOST, Severity.APPROXIMATED)]
        if row.how == "lost":
            assert not row.evidence
            assert {n.code for n in bad} & {Code.PACKAGE_LOST, Code.PACKAGE_ABSENT}
            continue
        assert row.evidence in written
        served.add(row.evidence)
        assert release.file(row.evidence) is not None
        if row.how in ("exact", "bundle"):
            assert row.kinds == ()
            mine = [n for n in bad if n.where == request.place]
            same = [r for r in writing.delivered if r.place == row.place]
            assert not mine or len(same) > 1
        else:
            assert row.kinds
            assert set(row.kinds) <= {n.code.value for n in writing.notices}
    # what serves no request is a companion, and said
    assert len(set(written) - served) <= sum(
        n.code is Code.STRUCTURE_EXPANDED for n in writing.notices
    )


@pytest.mark.parametrize("path", RECIPES + STACKS, ids=IDS)
def test_every_word_of_a_request_is_kept_or_named(path: Path) -> None:
    """A feature that is lost or assumed occurs in a notice; so does a lost dependency."""
    reading = read(path)
    assert reading.stack is not None
    writing = write(path)
    told = "\n".join(f"{n.subject} {n.what}" for n in writing.notices)
    for request, row in zip(requests_of(reading.stack).requests, writing.delivered, strict=True):
        if row.how == "lost":
            assert request.name in told
            continue
        for kind in set(row.kinds) - {Code.SETTING_LOST.value}:  # said once for its group
            assert any(n.code.value == kind and n.subject == request.name for n in writing.notices)
        for flag in request.package.flags:
            assert flag.name in told


def test_own_resolution_finds_everything_that_the_recipes_need() -> None:
    release = open_release(Context())
    for path in RECIPES:
        found = [release.index.entry(name) for name in entries(write(path))]
        closure = release.resolver.closure([entry for entry in found if entry is not None])
        assert closure.ok, (path, closure.error())


def test_one_generation_means_no_conflicts() -> None:
    """What `eb --check-conflicts` would find is announced, or was asked for."""
    release = open_release(Context())
    announced = {Code.TOOLCHAIN_APPROXIMATED, Code.DEPENDENCY_APPROXIMATED}
    clean = 0
    for path in RECIPES:
        writing = write(path)
        found = [release.index.entry(name) for name in entries(writing)]
        names = [entry.name for entry in found if entry is not None]
        between = [
            one
            for one in conflicts([e for e in found if e is not None], release.resolver)
            if one.parent is None
        ]
        if not between:
            clean += 1
            continue
        twice = {name for name in names if names.count(name) > 1}
        said = announced & {notice.code for notice in writing.notices}
        assert said or {one.first[0] for one in between} <= twice, (path, between)
    assert clean >= len(RECIPES) - 4


@pytest.mark.parametrize("name", ["md-nvidia", "climate-io", "solvers", "teaching", "io-libraries"])
def test_golden(name: str) -> None:
    text = write(ROOT / "recipes" / f"{name}.yaml").files["easystack.yaml"]
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def eb(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    lmod = "/usr/share/lmod/lmod/libexec/lmod"
    tool = {"EASYBUILD_MODULES_TOOL": "Lmod", "LMOD_CMD": lmod}
    if not Path(lmod).exists():
        pytest.skip("no modules tool for `eb`")
    environment = {
        **os.environ,
        **tool,
        "EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES": "1",
        "EASYBUILD_PREFIX": str(tmp_path / "prefix"),
    }
    return subprocess.run(
        [str(EB), *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not EB.exists(), reason="EasyBuild is not installed here")
def test_eb_accepts_an_easystack_with_options(tmp_path: Path) -> None:
    """`md-nvidia`: CUDA versionsuffixes and compute capabilities."""
    writing = write(ROOT / "recipes" / "md-nvidia.yaml")
    file = tmp_path / "easystack.yaml"
    file.write_text(writing.files["easystack.yaml"], encoding="utf-8")
    done = eb(tmp_path, "--easystack", str(file), "-D", "--robot")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in entries(writing):
        assert name in done.stdout


@pytest.mark.skipif(not EB.exists(), reason="EasyBuild is not installed here")
def test_eb_resolves_a_recipe_in_one_run(tmp_path: Path) -> None:
    """As arguments, which `eb` resolves together; each easystack entry is a run of its own."""
    names = entries(write(ROOT / "recipes" / "climate-io.yaml"))
    done = eb(tmp_path, *names, "-D", "--robot")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert all(f"/{name}" in done.stdout for name in names)
