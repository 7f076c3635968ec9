"""Names and values that would be read as something else are refused or quoted."""

from __future__ import annotations

import pytest

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.language.formatting import format_spec
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.errors import InputError
from stackbridge.hub.package import Feature, Flag, Package
from stackbridge.hub.resolution import Installed, Node, Resolution
from stackbridge.hub.stack import Stack
from stackbridge.yamltext import load, plain

HOSTILE = [
    "a b",
    "a\nb",
    "a: b",
    "$(x)",
    "a;b",
    "../a",
    "a\x00b",
    "'",
    '"',
    "a%b",
    "a^b",
    "{a}",
    "é",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_names(text: str) -> None:
    with pytest.raises(ValueError, match="can't have"):
        format_spec(Package(name=text))
    with pytest.raises(InputError):
        write(
            Reading(stack=Stack(name="x", names="spack", entries=(Package(name=text),))), Context()
        )


@pytest.mark.parametrize("text", HOSTILE)
def test_variants_targets_and_hashes(text: str) -> None:
    for package in (
        Package(features=(Feature(name=text, value=True),)),
        Package(target=text),
        Package(os=text),
        Package(hash=text),
        Package(flags=(Flag(name=text, value="-O2"),)),
    ):
        with pytest.raises(ValueError, match="can't have"):
            format_spec(package)


@pytest.mark.parametrize("text", HOSTILE)
def test_values_are_quoted_or_refused(text: str) -> None:
    package = Package(name="x", features=(Feature(name="v", value=(text,)),))
    try:
        written = format_spec(package)
    except ValueError:
        return
    assert parse(written) == package


@pytest.mark.parametrize("text", HOSTILE)
def test_other_texts_stay_texts(text: str) -> None:
    own = {"spack": {"config": {"build_stage": [text], text: text}, "view": text}}
    stack = Stack(name=text, description=text, names="spack", extensions=own)
    out = write(Reading(stack=stack), Context()).files["spack.yaml"]
    assert plain(load(out))["spack"] == {"specs": [], **own["spack"]} or text.endswith(":")
    again = read(Input(text=out), Context()).stack
    assert again is not None
    assert again.entries == ()


@pytest.mark.parametrize("text", HOSTILE)
def test_prefixes_and_modules(text: str) -> None:
    from stackbridge.ecosystems.spack.installed import externals_reader, externals_writer

    node = Node(
        key="k", name="zlib", version="1.3", installed=Installed(prefix=text, modules=(text,))
    )
    resolution = Resolution(names="spack", nodes=(node,))
    out = externals_writer.write(Reading(resolution=resolution), Context()).files["packages.yaml"]
    again = externals_reader.read(Input(text=out), Context()).resolution
    assert again is not None
    assert again.nodes[0].installed is not None
    assert again.nodes[0].installed.prefix == text
    assert again.nodes[0].installed.modules == (text,)


@pytest.mark.parametrize("text", HOSTILE)
def test_externals_with_impossible_names(text: str) -> None:
    from stackbridge.ecosystems.spack.installed import externals_writer

    for node in (
        Node(key="k", name=text, version="1", installed=Installed(prefix="/x")),
        Node(key="k", name="zlib", version="1", os=text, installed=Installed(prefix="/x")),
    ):
        resolution = Resolution(names="spack", nodes=(node,))
        with pytest.raises(InputError):
            externals_writer.write(Reading(resolution=resolution), Context())
