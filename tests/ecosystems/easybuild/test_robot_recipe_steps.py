"""What easyconfigs say in shell lines, and by which build system they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.ecosystems.easybuild.index import Index
from stackbridge.ecosystems.easybuild.robot_recipes import Found, RobotRecipes, option_words
from stackbridge.hub.package import Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.versions import VersionSet

HEAD = (
    "name = 'Thing'\nversion = '1.0'\nhomepage = 'https://thing.org'\ndescription = 'Thing.'\n"
    "toolchain = SYSTEM\nsource_urls = ['https://thing.org/']\nsources = [SOURCE_TAR_GZ]\n"
)


def read(folder: Path, text: str) -> Found:
    (folder / "Thing-1.0.eb").write_text(HEAD + text)
    found = RobotRecipes(Index.open([str(folder)]))(
        Package(name="Thing", versions=VersionSet.exactly("1.0"))
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("FLAGS='-O2 -g' && make install", ("FLAGS=-O2 -g",)),
        ("&& cp -r a b", ()),
        ("A=1; true", ("A=1",)),
        ("'-DTARGETS=a;b' -DX=1", ("-DTARGETS=a;b", "-DX=1")),
        ("--with-x=$(which x y) --z", ("--with-x=$(command)", "--z")),
        ("-DURL=a#b", ("-DURL=a#b",)),
        ("it's", ("it's",)),
    ],
)
def test_arguments_end_where_another_command_begins(line: str, words: tuple[str, ...]) -> None:
    assert option_words((line,), Recipe(name="thing", version="1.0")) == words


def test_commands_after_the_arguments_are_said(tmp_path: Path) -> None:
    recipe, _, said = read(
        tmp_path, "easyblock = 'ConfigureMake'\nbuildopts = 'all && make install'\n"
    )
    assert recipe.steps["build"] == ("all",)
    assert said[-1].what == "the commands after buildopts are left out"


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("easyblock = 'ConfigureMake'\n", "autotools"),
        ("easyblock = 'ConfigureMake'\nskipsteps = ['configure']\n", "make"),
        ("easyblock = 'ConfigureMake'\nskipsteps = ['install']\n", "autotools"),
        ("easyblock = 'ConfigureMake'\nconfigure_cmd = 'sed -i s/a/b/ Makefile #'\n", "make"),
        ("easyblock = 'ConfigureMake'\nconfigure_cmd = './Configure'\n", "autotools"),
        ("easyblock = 'CMakeMake'\nskipsteps = ['configure']\n", "cmake"),
        ("easyblock = 'CmdCp'\ncmds_map = [('.*', './compile')]\n", "generic"),
        ("easyblock = 'CmdCp'\ncmds_map = [('.*', 'make all')]\n", "make"),
    ],
)
def test_what_is_not_configured_is_only_made(tmp_path: Path, text: str, system: str) -> None:
    recipe, _, said = read(tmp_path, text)
    assert recipe.build_system == system
    commands = [notice.what for notice in said if "cmds_map" in notice.what]
    assert bool(commands) is ("cmds_map" in text)


def test_programs_of_an_archive_are_put_among_the_programs(tmp_path: Path) -> None:
    recipe, _, _ = read(tmp_path, "easyblock = 'BinariesTarball'\n")
    assert recipe.build_system == "binary"
    assert recipe.steps["copy"] == ("bin:*",)
