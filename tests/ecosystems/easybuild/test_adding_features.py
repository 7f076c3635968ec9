"""A feature that a released easyconfig lacks is added to it, as its recipe says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Delivered, Input, Writing, format_named
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.hub.notices import Code

EASYCONFIG = """
easyblock = '{block}'

name = 'Flimsy'
version = '1.3'

homepage = 'https://flimsy.example'
description = "Things."

toolchain = {{'name': 'GCCcore', 'version': '13.3.0'}}

sources = [SOURCE_TAR_GZ]
checksums = ['{sum}']

builddependencies = [('binutils', '2.42')]
dependencies = [('zlib', '1.3.1')]

configopts = '-DFLIMSY_LEGS=ON '

moduleclass = 'lib'
"""
PACKAGE = '''
from spack.package import *


class Flimsy(Package):
    """Things."""

    homepage = "https://flimsy.example"
    url = "https://flimsy.example/v1.tar.gz"
    build_system("cmake", default="cmake")
    version("1.3", sha256="a" * 64)
    variant("wings", default=False)
    variant("legs", default=True)
    variant("mystery", default=False)
    variant("xz", default=False)
    depends_on("c", type="build")
    depends_on("zlib")
    depends_on("xz", when="+xz")

    def cmake_args(self):
        return [
            self.define_from_variant("FLIMSY_WINGS", "wings"),
            self.define_from_variant("FLIMSY_LEGS", "legs"),
        ]
'''


@pytest.fixture(scope="module")
def robot(easyconfigs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """foss-2024a and what it is made of, and XZ."""
    place = tmp_path_factory.mktemp("robot")
    release = open_release(Context())
    names = {"XZ-5.4.5-GCCcore-13.3.0.eb", "foss-2024a.eb"}
    entries = [entry for name in names if (entry := release.index.entry(name)) is not None]
    names |= {step.entry.basename for step in release.resolver.closure(entries).steps}
    for name in names:
        (found,) = easyconfigs.glob(f"*/*/{name}")
        shutil.copy(found, place)
    return place


def convert(robot: Path, place: Path, specs: str, block: str = "CMakeMake") -> Writing:
    from stackbridge.cli.compose import spack_recipes

    own = place / "own"
    own.mkdir()
    text = EASYCONFIG.format(block=block, sum="a" * 64)
    (own / "Flimsy-1.3-GCCcore-13.3.0.eb").write_text(text)
    folder = place / "repository" / "packages" / "flimsy"
    folder.mkdir(parents=True)
    (folder / "package.py").write_text(PACKAGE)
    (place / "repository" / "repo.yaml").write_text("repo:\n  namespace: small\n  api: v2.0\n")
    first = Context(repositories=(str(place / "repository"),))
    context = Context(
        toolchain="foss-2024a",
        easyconfigs=(str(own), str(robot)),
        options={"recipes": spack_recipes(first)},
    )
    source = Input(text=f"spack:\n  specs: [{specs}]\n", file="s.yaml")
    reading = format_named("spack").load_reader().read(source, context)
    return format_named("easystack").load_writer().write(reading, context)


def only(writing: Writing) -> Delivered:
    (row,) = writing.delivered
    return row


def test_an_option_is_added(robot: Path, tmp_path: Path) -> None:
    writing = convert(robot, tmp_path, "flimsy +wings")
    row = only(writing)
    assert row.how == "generated"
    assert row.evidence == "Flimsy-1.3-GCCcore-13.3.0-wings.eb"
    assert Code.FEATURE_LOST.value not in row.kinds
    (text,) = (t for name, t in writing.files.items() if name.endswith(row.evidence))
    values = evaluate(text).values
    assert values["configopts"] == "-DFLIMSY_LEGS=ON -DFLIMSY_WINGS=ON"
    assert values["versionsuffix"] == "-wings"
    assert values["dependencies"] == [("zlib", "1.3.1")]


def test_a_dependency_is_added(robot: Path, tmp_path: Path) -> None:
    writing = convert(robot, tmp_path, "flimsy +xz")
    row = only(writing)
    assert row.evidence == "Flimsy-1.3-GCCcore-13.3.0-xz.eb"
    (text,) = (t for name, t in writing.files.items() if name.endswith(row.evidence))
    assert evaluate(text).values["dependencies"] == [("zlib", "1.3.1"), ("XZ", "5.4.5")]


def test_what_is_there_already_is_kept(robot: Path, tmp_path: Path) -> None:
    row = only(convert(robot, tmp_path, "flimsy +legs"))
    assert row.evidence == "Flimsy-1.3-GCCcore-13.3.0.eb"
    assert Code.FEATURE_LOST.value not in row.kinds


@pytest.mark.parametrize("specs", ["flimsy +mystery", "flimsy +wings +mystery"])
def test_what_no_recipe_tells_stays_lost(robot: Path, tmp_path: Path, specs: str) -> None:
    row = only(convert(robot, tmp_path, specs))
    assert row.how == "approximated"
    assert Code.FEATURE_LOST.value in row.kinds


def test_an_easyblock_of_its_own_takes_no_options(robot: Path, tmp_path: Path) -> None:
    row = only(convert(robot, tmp_path, "flimsy +wings", block="EB_Flimsy"))
    assert row.how == "approximated"
    assert Code.FEATURE_LOST.value in row.kinds
