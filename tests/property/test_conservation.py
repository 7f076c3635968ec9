"""Nothing is dropped in silence: every field of the model, into every format that is written.

A field is put into a stack; then the output of each writer must change because of it, or a
notice about it must appear that was not there without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from stackbridge.ecosystems import FORMATS, Context, Input, Reading, format_named
from stackbridge.errors import StackBridgeError
from stackbridge.hub.notices import Notice
from stackbridge.hub.package import Dependency, Feature, Flag, Package, Toolchain
from stackbridge.hub.stack import (
    Container,
    Definition,
    Group,
    Matrix,
    Rule,
    Stack,
    Use,
)
from stackbridge.hub.versions import VersionSet

NAMES = {"spack": ("hdf5", "zlib"), "easybuild": ("HDF5", "zlib"), None: ("hdf5", "zlib")}
CONTEXTS = {
    "dockerfile by apt": Context(route="apt"),
    "dockerfile by easybuild": Context(route="easybuild"),
    "apptainer by apt": Context(route="apt"),
}
TARGETS = (
    *(
        row.name
        for row in FORMATS
        # these write installations and whole recipes, which a stack does not hold
        if row.writer
        and row.name not in ("spack-externals", "easyconfig", "dockerfile", "apptainer")
    ),
    *CONTEXTS,
)


def versions(text: str) -> VersionSet:
    return VersionSet.parse(text)


def base(names: str | None) -> Stack:
    first, second = NAMES[names]
    toolchain = Toolchain(name="gompi", version="2024a") if names == "easybuild" else None
    core = Toolchain(name="GCCcore", version="13.3.0") if names == "easybuild" else None
    return Stack(
        name="little",
        names=names,
        entries=(
            Package(name=first, versions=versions("==1.14.5"), toolchain=toolchain),
            Package(name=second, versions=versions("==1.3.1"), toolchain=core),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A field: how it is put into a stack, and words of which a notice of it has one.

    `ground` is what the stack has without the field; `free` names formats whose output
    says it anyhow, with the reason beside it.
    """

    put: Callable[[Stack], Stack]
    words: tuple[str, ...] = ()
    ground: Callable[[Stack], Stack] = lambda stack: stack
    free: tuple[str, ...] = ()


def package(*words: str, **values: Any) -> Case:
    """A field of the first package."""

    def put(stack: Stack) -> Stack:
        first, *rest = stack.entries
        assert isinstance(first, Package)
        return replace(stack, entries=(replace(first, **values), *rest))

    return Case(
        put=put, words=("hdf5", *(str(v) for v in values.values() if isinstance(v, str)), *words)
    )


def below(**values: Any) -> Case:
    """A dependency of the first package."""
    given = {"package": Package(name="zlib"), **values}

    def put(stack: Stack) -> Stack:
        first, *rest = stack.entries
        assert isinstance(first, Package)
        return replace(stack, entries=(replace(first, dependencies=(Dependency(**given),)), *rest))

    bare = below() if values else None
    ground = bare.put if bare is not None else lambda stack: stack
    return Case(put=put, words=("hdf5", "zlib", "no-such-thing"), ground=ground)


def whole(*words: str, **values: Any) -> Case:
    """A field of the stack."""
    return Case(put=lambda stack: replace(stack, **values), words=("little", *words))


def entry(*words: str, make: Callable[[Stack], Any]) -> Case:
    return Case(
        put=lambda stack: replace(stack, entries=(*stack.entries, make(stack))), words=words
    )


def rule(subject: int | str, strength: Any, *choices: Package, **more: Any) -> Case:
    """A rule on one of the packages or another subject."""

    def put(stack: Stack) -> Stack:
        name = subject if isinstance(subject, str) else NAMES[stack.names][subject]
        made = Rule(subject=name, strength=strength, choices=choices, **more)
        return replace(stack, rules=(*stack.rules, made))

    word = subject if isinstance(subject, str) else NAMES["spack"][subject]
    named = (c.name or c.target for c in choices)
    return Case(put=put, words=(word, *(text for text in named if text), "little"))


def group(*words: str, **values: Any) -> Case:
    """A group with a package of its own."""

    def put(stack: Stack) -> Stack:
        inside = Package(name="bzip2", versions=versions("==1.0.8"))
        if stack.names == "easybuild":
            inside = replace(inside, toolchain=Toolchain(name="GCCcore", version="13.3.0"))
        return replace(stack, groups=(Group(name="tools", **{"entries": (inside,), **values}),))

    bare = group() if values else None
    ground = bare.put if bare is not None else lambda stack: stack
    return Case(put=put, words=("tools", "bzip2", *words), ground=ground)


def defined(stack: Stack, when: str | None) -> Stack:
    """A definition, and its use."""
    made = Definition(name="more", entries=(Package(name="bzip2"),), when=when)
    return replace(stack, definitions=(made,), entries=(*stack.entries, Use(name="more")))


MPI = Feature(name="mpi", value=True)
ON = Package(features=(MPI,))
CASES: dict[str, Case] = {
    "package namespace": package(namespace="mine"),
    "package versions": package(versions=versions("==1.12.2")),
    "package versions that do not exist": package(versions=versions("==99.9")),
    "package feature on": package(features=(Feature(name="java", value=True),)),
    "package feature off": package(features=(Feature(name="hl", value=False),)),
    "package feature values": package(features=(Feature(name="api", value=("v110",)),)),
    "package feature unknown": package(features=(Feature(name="nonsense", value=True),)),
    "package flags": package(flags=(Flag(name="cflags", value="-O3"),)),
    "package toolchain": package(toolchain=Toolchain(name="foss", version="2023a")),
    "package toolchain parts": package(
        toolchain=Toolchain(parts={"compiler": Package(name="gcc", versions=versions("12"))})
    ),
    "package toolchain mpi": package(toolchain=Toolchain(parts={"mpi": Package(name="mpich")})),
    "package platform": package(platform="darwin"),
    "package os": package(os="rhel9"),
    "package target": package(target="zen3"),
    "package gpus": package(gpus=("sm_80",)),
    "package amd gpus": package(gpus=("gfx90a",)),
    "package hash": package(hash="abcdef"),
    "package extensions of a stranger": package(
        "channel", extensions={"conda": {"channel": "forge"}}
    ),
    "package extensions of easybuild": package(
        "from-pr", "options", extensions={"easybuild": {"options": {"from-pr": 1234}}}
    ),
    "package extensions of spack": package("note", extensions={"spack": {"note": "x"}}),
    "dependency": below(),
    "dependency versions": below(package=Package(name="zlib", versions=versions("==1.2.11"))),
    "dependency features": below(
        package=Package(name="zlib", features=(Feature(name="pic", value=False),))
    ),
    "dependency unknown": below(package=Package(name="no-such-thing")),
    "dependency kinds": below(kinds=("build",)),
    "dependency provides": below(package=Package(name="mpich"), provides=("mpi",)),
    "dependency direct": below(direct=True),
    "dependency condition": below(when=ON),
    "dependency flags": below(
        package=Package(name="zlib", flags=(Flag(name="cflags", value="-O3"),))
    ),
    "dependency target": below(package=Package(name="zlib", target="zen3")),
    "dependency compiler": below(
        package=Package(name="gcc", versions=versions("12")), direct=True, provides=("c",)
    ),
    "stack toolchain": whole("foss", toolchain=Toolchain(name="foss", version="2023a")),
    "stack toolchain unknown": whole("moss", toolchain=Toolchain(name="moss", version="2023a")),
    "stack toolchain parts": whole(
        "gcc",
        toolchain=Toolchain(parts={"compiler": Package(name="gcc", versions=versions("11"))}),
    ),
    "stack targets": whole("zen3", "targets", targets=("zen3",)),
    "stack several targets": whole("zen3", "zen4", "targets", targets=("zen3", "zen4")),
    "stack gpus": whole("sm_80", "gpu", gpus=("sm_80",)),
    "stack amd gpus": whole("gfx90a", "gpu", gpus=("gfx90a",)),
    "stack os": whole("rhel9", os="rhel9"),
    "stack container": whole(
        "container", container=Container(base="debian:12", command=("hello",))
    ),
    # what an environment does of which nothing is said, with one toolchain or with several
    "stack unify together": replace(whole("unify", unify="together"), free=("spack",)),
    "stack unify separately": whole("unify", unify="separately"),
    "stack unify when possible": replace(whole("unify", unify="when-possible"), free=("spack",)),
    "stack extensions of a stranger": whole(
        "conda", "channel", extensions={"conda": {"channel": "x"}}
    ),
    "stack extensions of spack": whole("spack", "view", extensions={"spack": {"view": False}}),
    "stack extensions of easybuild": whole(
        "easybuild",
        "settings",
        extensions={"easybuild": {"settings": {"easybuild_version": "5.0"}}},
    ),
    "definition": Case(put=lambda stack: defined(stack, None), words=("bzip2", "more", "little")),
    "definition condition": Case(
        put=lambda stack: defined(stack, "arch == 'x'"),
        words=("more",),
        ground=lambda stack: defined(stack, None),
    ),
    "matrix": entry(
        "bzip2",
        "little",
        make=lambda s: Matrix(
            rows=(
                (Package(name="bzip2"), Package(name="xz")),
                (Package(target="zen3"), Package(target="zen4")),
            ),
            exclude=(Package(name="xz", target="zen4"),),
        ),
    ),
    "group": group(),
    "group needs": group(needs=("first",)),
    "group that is not explicit": group(explicit=False),
    "group rules": group(
        "zen4",
        rules=(Rule(subject="bzip2", strength="require", choices=(Package(target="zen4"),)),),
    ),
    "group rules on all": group(
        "*",
        rules=(
            Rule(
                subject="*",
                strength="prefer",
                choices=(Package(features=(Feature(name="cuda", value=True),)),),
            ),
        ),
    ),
    "group rules on others": group(
        "openblas",
        rules=(
            Rule(
                subject="openblas",
                strength="require",
                choices=(Package(features=(Feature(name="ilp64", value=True),)),),
            ),
        ),
    ),
    "group extensions": group("override", extensions={"spack": {"override": {"view": False}}}),
    "group extensions of a stranger": group("channel", extensions={"conda": {"channel": "x"}}),
    "rule requires versions": rule(0, "require", Package(versions=versions("==1.12.2"))),
    "rule prefers versions": rule("bzip2", "prefer", Package(versions=versions("==1.0.6"))),
    "rule by default": rule(0, "default", Package(features=(Feature(name="java", value=True),))),
    "rule requires a feature": rule(
        0, "require", Package(features=(Feature(name="java", value=True),))
    ),
    "rule requires one of": rule(
        1,
        "require",
        Package(features=(Feature(name="pic", value=True),)),
        Package(features=(Feature(name="shared", value=True),)),
        policy="one",
    ),
    "rule requires any of": rule(
        1,
        "require",
        Package(features=(Feature(name="pic", value=True),)),
        Package(features=(Feature(name="shared", value=True),)),
        policy="any",
    ),
    "rule conflicts": rule(0, "conflict", Package(features=(Feature(name="java", value=True),))),
    "rule condition": rule(0, "require", Package(target="zen3"), when=ON),
    "rule message": rule(0, "require", Package(target="zen3"), when=ON, message="because"),
    "rule on a dependency": rule("openblas", "require", Package(versions=versions("==0.3.1"))),
    "rule preferring a dependency": rule(
        "openblas", "prefer", Package(versions=versions("==0.3.1"))
    ),
    "rule on all: target": rule("*", "require", Package(target="zen3")),
    "rule on all: os": rule("*", "require", Package(os="rhel9")),
    "rule on all: compiler": rule(
        "*",
        "require",
        Package(dependencies=(Dependency(package=Package(name="llvm"), direct=True),)),
    ),
    "rule on all: feature": rule(
        "*", "default", Package(features=(Feature(name="java", value=True),))
    ),
    "rule on all: flags": rule("*", "require", Package(flags=(Flag(name="cflags", value="-O3"),))),
    "rule on all: dependency": rule(
        "*",
        "require",
        Package(
            dependencies=(Dependency(package=Package(name="openblas", versions=versions("0.2"))),)
        ),
    ),
    "rule on all conflicts": rule("*", "conflict", Package(features=(MPI,))),
    "rule on mpi": rule("mpi", "require", Package(name="mpich", versions=versions("4"))),
    "rule on mpi's features": rule(
        "mpi",
        "require",
        Package(name="openmpi", features=(Feature(name="nonsense", value=True),)),
    ),
    "rule on blas": rule("blas", "prefer", Package(name="intel-oneapi-mkl")),
    "rule on c": rule("c", "require", Package(name="llvm", versions=versions("17"))),
    "rule on c with flags": rule(
        "c", "require", Package(name="gcc", flags=(Flag(name="cflags", value="-O3"),))
    ),
    "rule on another virtual package": rule(
        "tbb", "require", Package(name="intel-tbb", versions=versions("==1.0"))
    ),
}


def written(stack: Stack, target: str) -> tuple[Mapping[str, str], set[Notice]]:
    context = replace(CONTEXTS.get(target, Context()), options={"directory": True})
    writer = format_named(target.split(" ", maxsplit=1)[0]).load_writer()
    if context.route == "easybuild":
        easystack = format_named("easystack").load_writer()
        made = easystack.write(Reading(stack=stack), replace(context, route=None))
        context = replace(context, options={**context.options, "easystack": made})
    writing = writer.write(Reading(stack=stack), context)
    return writing.files, set(writing.notices)


def remembered(
    stack: Stack,
    target: str,
    known: dict[str, Any] = {},  # noqa: B006 (a cache)
) -> tuple[Mapping[str, str], set[Notice]]:
    """`written`, once for each ground."""
    key = f"{target} {stack!r}"
    if key not in known:
        known[key] = written(stack, target)
    found: tuple[Mapping[str, str], set[Notice]] = known[key]
    return found


@pytest.mark.parametrize("names", NAMES, ids=lambda n: f"names of {n or 'the catalog'}")
@pytest.mark.parametrize("target", TARGETS)
def test_every_field_is_in_the_output_or_in_a_notice(target: str, names: str | None) -> None:
    conserved(base(names), target)


EASYCONFIG = """\
easyblock = 'ConfigureMake'
name = 'HDF5'
version = '1.14.5'
homepage = 'https://hdf.example'
description = "A format."
toolchain = {'name': 'gompi', 'version': '2024a'}
sources = [SOURCE_TAR_GZ]
dependencies = [('zlib', '1.3.1')]
moduleclass = 'data'
"""


def test_what_is_added_to_an_easyconfig_is_said() -> None:
    source = Input(text=EASYCONFIG, file="HDF5-1.14.5-gompi-2024a.eb")
    reading = format_named("easyconfig").load_reader().read(source, Context())
    assert reading.stack is not None
    _, notices = written(reading.stack, "easyconfig")
    assert not notices
    conserved(reading.stack, "easyconfig")


def conserved(start: Stack, target: str) -> None:
    """No case may leave both the output and the notices as they are."""
    silent = []
    for name, case in CASES.items():
        if target in case.free:
            continue
        plain = start
        files, notices = remembered(case.ground(plain), target)
        try:
            more_files, more_notices = written(case.put(plain), target)
        except StackBridgeError:
            continue  # refused, which is no silence
        if more_files != files:
            continue
        new = more_notices - notices
        if not any(word in f"{n.subject} {n.what}".lower() for n in new for word in case.words):
            silent.append(f"{name}: {[n.what for n in new]}")
    assert not silent, "\n".join(silent)
