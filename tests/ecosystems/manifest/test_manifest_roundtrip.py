"""Any stack goes into a manifest and comes back equal; what is written fits the schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackbridge.hub.document import read, write
from stackbridge.hub.package import Dependency, Feature, Flag, Package, Toolchain
from stackbridge.hub.shortform import FLAGS
from stackbridge.hub.stack import Container, Definition, Group, Matrix, Rule, Stack, Use
from stackbridge.hub.versions import ANY, NONE, VersionSet
from stackbridge.yamltext import load, plain

ROOT = Path(__file__).parents[3]

TEXT = st.one_of(
    st.sampled_from(
        [
            "gromacs",
            "1.10",
            "on",
            "true",
            "12:30",
            "BLAST+",
            "a b",
            "%gcc",
            "$(rm)",
            "x\ny",
            "é",
            "",
            "-",
        ]
    ),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
NAMES = st.sampled_from(["gcc", "hdf5", "py-numpy", "BLAST+", "netCDF-C++4", "1.10", "x y", "null"])
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
EXTENSIONS = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
VERSIONS = st.sampled_from(
    [
        ANY,
        NONE,
        VersionSet.exactly("1.10"),
        VersionSet.prefix("2024a"),
        VersionSet.from_ranges("1.2:1.4,=1.6"),
        VersionSet.parse("!=1.3"),
        VersionSet.parse(">=1.2,<2.0 || >3"),
        VersionSet.exactly("git.feature/x=1.2"),
    ]
)
FEATURES = st.lists(
    st.builds(
        Feature,
        name=TEXT,
        value=st.booleans() | TEXTS,
        exactly=st.booleans(),
        propagated=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda feature: feature.name,
).map(tuple)
_FLAGS = st.lists(
    st.builds(Flag, name=st.sampled_from(FLAGS), value=TEXT, propagated=st.booleans()), max_size=2
).map(tuple)


def _packages(
    inner: st.SearchStrategy[Package], name: st.SearchStrategy[Any]
) -> st.SearchStrategy[Package]:
    toolchains = st.builds(
        Toolchain,
        name=st.none() | TEXT,
        version=st.none() | TEXT,
        parts=st.dictionaries(st.sampled_from(["c", "mpi"]), inner, max_size=1),
    )
    dependencies = st.builds(
        Dependency,
        package=inner,
        kinds=st.sampled_from([(), ("build",), ("link", "run")]),
        provides=st.sampled_from([(), ("mpi",), ("c", "cxx")]),
        direct=st.booleans(),
        propagated=st.booleans(),
        when=st.none() | inner,
    )
    return st.builds(
        Package,
        name=name,
        namespace=st.none() | TEXT,
        versions=VERSIONS,
        features=FEATURES,
        flags=_FLAGS,
        toolchain=st.none() | toolchains,
        dependencies=st.lists(dependencies, max_size=2).map(tuple),
        platform=st.none() | TEXT,
        os=st.none() | TEXT,
        target=st.none() | TEXT,
        gpus=TEXTS,
        hash=st.none() | TEXT,
        explicit=st.booleans(),
        extensions=EXTENSIONS,
    )


_LEAVES = st.builds(Package, name=st.none() | NAMES, versions=VERSIONS, target=st.none() | TEXT)
PARTS = _packages(_packages(_LEAVES, st.none() | NAMES), st.none() | NAMES)
PACKAGES = _packages(_LEAVES, NAMES)
USES = st.builds(Use, name=TEXT, role=st.sampled_from([None, "dependency", "compiler"]))
ROWS = st.lists(st.lists(PARTS | USES, max_size=2).map(tuple), max_size=2).map(tuple)
MATRICES = st.builds(Matrix, rows=ROWS, exclude=st.lists(PARTS, max_size=1).map(tuple))
ENTRIES = st.lists(PACKAGES | USES | MATRICES, max_size=2).map(tuple)
RULES = st.lists(
    st.builds(
        Rule,
        subject=TEXT,
        strength=st.sampled_from(["require", "prefer", "conflict", "default"]),
        choices=st.lists(PARTS, max_size=2).map(tuple),
        policy=st.sampled_from(["one", "any", "all"]),
        when=st.none() | PARTS,
        message=st.none() | TEXT,
    ),
    max_size=1,
).map(tuple)
STACKS = st.builds(
    Stack,
    name=TEXT,
    description=TEXT,
    names=st.none() | TEXT,
    toolchain=st.none() | st.builds(Toolchain, name=TEXT, version=TEXT),
    targets=TEXTS,
    gpus=TEXTS,
    os=st.none() | TEXT,
    container=st.none()
    | st.builds(
        Container,
        base=st.none() | TEXT,
        command=TEXTS,
        labels=st.dictionaries(TEXT, TEXT, max_size=1),
    ),
    unify=st.sampled_from([None, "together", "separately", "when-possible"]),
    definitions=st.lists(
        st.builds(Definition, name=TEXT, entries=ENTRIES, when=st.none() | TEXT), max_size=2
    ).map(tuple),
    entries=ENTRIES,
    groups=st.lists(
        st.builds(
            Group,
            name=TEXT,
            entries=ENTRIES,
            needs=TEXTS,
            explicit=st.booleans(),
            rules=RULES,
            extensions=EXTENSIONS,
        ),
        max_size=1,
    ).map(tuple),
    rules=RULES,
    extensions=EXTENSIONS,
)


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(STACKS)
def test_any_stack_comes_back(stack: Stack) -> None:
    text = write(stack)
    assert read(text) == stack
    _validator().validate(plain(load(text)))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(PACKAGES)
def test_any_package_comes_back(package: Package) -> None:
    stack = Stack(name="s", entries=(package,))
    assert read(write(stack)) == stack
