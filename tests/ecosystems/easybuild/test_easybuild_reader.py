"""Easyconfig -> recipe, stack and resolution."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.easybuild.easyconfig_reader import read
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code

SHA = [f"{number:064x}" for number in range(9)]
TEXT = f"""
easyblock = 'PythonBundle'
name = 'tool'
version = '1.2.3'
versionsuffix = '-Python-%(pyver)s'
homepage = 'https://example.org/%(name)s'
description = "A tool"
toolchain = {{'name': 'foss', 'version': '2024a'}}
source_urls = ['https://a.org/%(version_major_minor)s/', ('https://b.org', '/download')]
sources = [SOURCE_TAR_GZ, {{'filename': 'data.zip', 'download_filename': 'v1.zip'}}, {{
    'filename': 'x.tar.xz',
    'git_config': {{'url': 'https://g.org/u', 'repo_name': 'x', 'tag': 'v1'}},
}}]
patches = ['one.patch', ('two.patch', 2)]
checksums = [
    {{'tool-1.2.3.tar.gz': '{SHA[1]}'}},
    ('{SHA[2]}', '{SHA[3]}'),
    None,
    '{SHA[4]}',
    {{'two.patch': '{SHA[5]}'}},
]
builddependencies = [('CMake', '3.29.3')]
dependencies = [
    ('Python', '3.12.3'), ('CUDA', '12.6', '', SYSTEM), ('lib', '2', '-x'),
    ('cray-fftw', EXTERNAL_MODULE),
]
configopts = '-DA=1'
exts_list = [
    ('dep', '0.1', {{'checksums': ['{SHA[6]}']}}),
    ('tool', '1.2.3', {{'source_tmpl': 'T-%(version)s.zip', 'source_urls': ['https://c.org']}}),
]
sanity_check_paths = {{'files': ['bin/tool'], 'dirs': ['lib']}}
moduleclass = 'tools'
"""


def test_recipe() -> None:
    reading = read(Input(text=TEXT, file="tool.eb"), Context())
    recipe = reading.recipe
    assert recipe is not None
    assert (recipe.name, recipe.version, recipe.names) == ("tool", "1.2.3", "easybuild")
    assert recipe.homepage == "https://example.org/tool"
    assert recipe.build_system == "python"
    assert str(recipe.toolchain) == "foss-2024a"
    assert recipe.category == "tools"
    assert recipe.options == ("-DA=1",)
    assert recipe.installs == {"files": ("bin/tool",), "dirs": ("lib",)}
    first, second, third = recipe.sources
    assert first.urls == (
        "https://a.org/1.2/tool-1.2.3.tar.gz",
        "https://b.org/tool-1.2.3.tar.gz/download",
    )
    assert first.sha256 == SHA[1]
    assert second.urls[0] == "https://a.org/1.2/v1.zip"
    assert (second.filename, second.sha256) == ("data.zip", SHA[2])
    assert (third.git, third.ref) == ("https://g.org/u/x.git", "v1")
    assert [(p.filename, p.level, p.sha256) for p in recipe.patches] == [
        ("one.patch", None, SHA[4]),
        ("two.patch", 2, SHA[5]),
    ]


def test_dependencies_by_kind() -> None:
    recipe = read(Input(text=TEXT, file="tool.eb"), Context()).recipe
    assert recipe is not None
    found = {
        item.package.name: (item.kinds, str(item.package.toolchain or ""))
        for item in recipe.dependencies
    }
    assert found == {
        "CMake": (("build",), ""),
        "Python": (("link", "run"), ""),
        "CUDA": (("link", "run"), "system"),
        "lib": (("link", "run"), ""),
        "cray-fftw": (("link", "run"), ""),
    }
    by_name = {item.package.name: item.package for item in recipe.dependencies}
    assert by_name["lib"].extensions == {"easybuild": {"versionsuffix": "-x"}}
    assert by_name["cray-fftw"].extensions == {"easybuild": {"external_module": True}}
    assert str(by_name["Python"].versions.exact) == "3.12.3"


def test_extensions_have_their_own_sources() -> None:
    recipe = read(Input(text=TEXT, file="tool.eb"), Context()).recipe
    assert recipe is not None
    dep, tool = recipe.components
    assert (dep.name, dep.version) == ("dep", "0.1")
    assert dep.sources[0].urls == ("https://pypi.python.org/packages/source/d/dep/dep-0.1.tar.gz",)
    assert dep.sources[0].sha256 == SHA[6]
    assert tool.sources[0].urls == ("https://c.org/T-1.2.3.zip",)


def test_the_stack_asks_for_this_package() -> None:
    stack = read(Input(text=TEXT, file="dir/tool.eb"), Context()).stack
    assert stack is not None
    assert (stack.name, stack.names, str(stack.toolchain)) == ("tool", "easybuild", "foss-2024a")
    (package,) = stack.entries
    assert getattr(package, "name", None) == "tool"
    assert "easybuild" in getattr(package, "extensions", {})


def test_missing_parameters_are_named() -> None:
    with pytest.raises(InputError, match="`homepage` is missing"):
        read(Input(text=TEXT.replace("homepage", "local_homepage"), file="tool.eb"), Context())


def test_a_source_without_checksum_is_a_notice() -> None:
    text = TEXT.replace(f"{{'tool-1.2.3.tar.gz': '{SHA[1]}'}}", "None")
    notices = read(Input(text=text, file="tool.eb"), Context()).notices
    assert [n.where.line for n in notices if n.code is Code.CHECKSUM_MISSING] == [10]


def test_resolution_from_the_shipped_release() -> None:
    text = (
        "name = 'mine'\nversion = '1'\nhomepage = 'h'\ndescription = 'd'\n"
        "toolchain = {'name': 'foss', 'version': '2024a'}\n"
        "dependencies = [('HDF5', '1.14.5'), ('nowhere', '3')]\n"
    )
    context = Context(options={"resolve": True})
    reading = read(Input(text=text, file="mine-1-foss-2024a.eb"), context)
    resolution = reading.resolution
    assert resolution is not None
    assert [root.key for root in resolution.roots] == ["mine/1-foss-2024a"]
    nodes = resolution.by_key()
    assert "HDF5/1.14.5-gompi-2024a" in nodes
    assert nodes["zlib/1.3.1-GCCcore-13.3.0"].version == "1.3.1"
    kinds = {edge.child: edge.kinds for edge in resolution.children("mine/1-foss-2024a")}
    assert kinds["HDF5/1.14.5-gompi-2024a"] == ("link", "run")
    assert kinds["foss/2024a"] == ("build",)
    assert [n.subject for n in reading.notices if n.code is Code.PACKAGE_LOST] == ["nowhere"]


def test_resolution_from_a_robot_path(tmp_path: Path) -> None:
    base = "homepage = 'h'\ndescription = 'd'\ntoolchain = SYSTEM\n"
    (tmp_path / "lib-1.eb").write_text("name = 'lib'\nversion = '1'\n" + base)
    text = "name = 'app'\nversion = '2'\n" + base + "dependencies = [('lib', '1')]\n"
    context = Context(options={"resolve": True}, easyconfigs=(str(tmp_path),))
    resolution = read(Input(text=text, file="app-2.eb"), context).resolution
    assert resolution is not None
    assert [node.key for node in resolution.nodes] == ["lib/1", "app/2"]


def test_every_sampled_file_can_be_read(sample: list[Path]) -> None:
    for path in sample:
        reading = read(Input(text=path.read_text(), file=str(path)), Context())
        assert reading.recipe is not None
        assert all(source.sha256 or source.git for source in reading.recipe.sources) or any(
            notice.code is Code.CHECKSUM_MISSING for notice in reading.notices
        )
