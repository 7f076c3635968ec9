"""A package repository written beside an environment, with what Spack lacks."""

from __future__ import annotations

from pathlib import Path

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.spack import writer
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Package
from stackbridge.hub.recipe import Recipe, Source
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

FIXTURE = Path(__file__).parents[2] / "golden" / "spack-repository" / "fixture"


def written(name: str, version: str, *, directory: bool = True) -> Writing:
    source = Source(urls=(f"https://example.org/{name}-{version}.tar.gz",), sha256="ab" * 32)
    recipe = Recipe(
        name=name, version=version, names="easybuild", build_system="cmake", sources=(source,)
    )
    package = Package(name=name, versions=VersionSet.exactly(version))
    stack = Stack(name="s", names="easybuild", entries=(package,))
    context = Context(repositories=(str(FIXTURE),), options={"directory": directory})
    return writer.write(Reading(stack=stack, recipe=recipe), context)


def test_what_spack_lacks_comes_beside_the_environment() -> None:
    writing = written("NovelThing", "9.8.7")
    assert set(writing.files) == {
        "spack.yaml",
        "repo/spack_repo/stackbridge/repo.yaml",
        "repo/spack_repo/stackbridge/packages/novelthing/package.py",
    }
    assert "- novelthing@=9.8.7" in writing.files["spack.yaml"]
    assert "stackbridge: ./repo/spack_repo/stackbridge" in writing.files["spack.yaml"]
    codes = [notice.code for notice in writing.notices]
    assert Code.PACKAGE_GENERATED in codes
    assert not {Code.PACKAGE_LOST, Code.PACKAGE_ABSENT} & set(codes)
    recipe = writing.files["repo/spack_repo/stackbridge/packages/novelthing/package.py"]
    assert "class Novelthing(CMakePackage)" in recipe
    assert '"9.8.7"' in recipe
    assert "ab" * 32 in recipe


def test_a_single_file_has_no_repository() -> None:
    assert set(written("NovelThing", "9.8.7", directory=False).files) == {"spack.yaml"}
