"""Manifests by example: what each spelling means, how a stack is written, the recipes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.manifest import reader, validation, writer
from stackbridge.hub.document import read, write
from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.resolution import Node, Resolution
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Container, Matrix, Rule, Stack, Use
from stackbridge.hub.versions import VersionSet
from stackbridge.yamltext import load, plain

ROOT = Path(__file__).parents[3]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
SCHEMA = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text(encoding="utf-8"))

WHOLE = """\
stackbridge: 1
name: everything
description: |
  Two lines
  of text.
names: spack
toolchain: foss-2024a
targets: [zen3, x86_64_v3]
gpus: [sm_80]
os: rhel9
container:
  base: debian:12
  command: [gmx, --version]
  labels:
    who: us
unify: when-possible
definitions:
  compilers: ['%gcc@12', '%gcc@13']
packages:
  - gromacs@2024.4 +mpi ~cuda precision=single ^fftw@3.3
  - name: BLAST+
    version: '1.10'
  - package: cmake
    explicit: false
    extensions:
      spack:
        note: '12:30'
  - matrix:
      - [hdf5, fftw]
      - - use: compilers
          as: compiler
    exclude:
      - fftw %gcc@12
groups:
  - name: gpu
    needs: [base]
    explicit: false
    packages:
      - py-torch +cuda
rules:
  - for: mpi
    require: [openmpi@5, mpich@4]
    policy: one
    when: +mpi
    message: one MPI
extensions:
  spack:
    view: false
"""


def test_every_part_is_read_and_written_as_it_was() -> None:
    stack = read(WHOLE)
    assert write(stack) == WHOLE
    assert stack.container == Container(
        base="debian:12", command=("gmx", "--version"), labels={"who": "us"}
    )
    assert stack.entries[1] == Package(name="BLAST+", versions=VersionSet.prefix("1.10"))
    matrix = stack.entries[3]
    assert isinstance(matrix, Matrix)
    assert matrix.rows[1] == (Use(name="compilers", role="compiler"),)
    assert stack.rules == (
        Rule(
            subject="mpi",
            strength="require",
            choices=(parse("openmpi@5"), parse("mpich@4")),
            policy="one",
            when=parse("+mpi"),
            message="one MPI",
        ),
    )
    assert stack.extensions == {"spack": {"view": False}}
    jsonschema.Draft202012Validator(SCHEMA).validate(plain(load(WHOLE)))


def test_places_name_line_column_and_path() -> None:
    stack = read(WHOLE, "f.yaml")
    place = stack.groups[0].entries[0].place
    assert (place.file, place.line, place.column, place.path) == (
        "f.yaml",
        39,
        9,
        "groups[0].packages[0]",
    )


@pytest.mark.parametrize(
    ("entry", "package"),
    [
        ("{name: x, version: 1.10}", Package(name="x", versions=VersionSet.prefix("1.10"))),
        ("{name: x, version: '>=1,<2'}", Package(name="x", versions=VersionSet.parse(">=1,<2"))),
        ("{name: on}", Package(name="on")),
        ("{name: x, features: {a: true, b: off, c: [u, v]}}", parse("x +a b=off c=u,v")),
        ("{name: x, features: {a: {value: [u], exactly: true}}}", parse("x a:=u")),
        ("{name: x, flags: {cflags: -O3 -g}}", parse('x cflags="-O3 -g"')),
        ("{name: x, gpus: sm_80}", parse("x gpu=sm_80")),
        ("{name: x, dependencies: [fftw, '%gcc', ^mpi=mpich]}", parse("x ^fftw %gcc ^mpi=mpich")),
        (
            "{name: x, dependencies: [{package: y, kinds: build}]}",
            Package(name="x", dependencies=(Dependency(package=Package(name="y"), kinds=("build",)),)),
        ),
        ("{name: x, features: ~, dependencies: ~, extensions: ~}", Package(name="x")),
    ],
)  # fmt: skip
def test_long_forms(entry: str, package: Package) -> None:
    assert read(f"stackbridge: 1\nname: s\npackages: [{entry}]\n").entries == (package,)


def test_comments_and_anchors_do_no_harm() -> None:
    text = "# c\nstackbridge: 1 # d\nname: s\npackages: &p # e\n  - a # f\ngroups:\n  - {name: g, packages: *p}\n"
    assert read(text).groups[0].entries == (parse("a"),)


def test_a_resolution_is_pinned_and_a_recipe_says_what_is_lost() -> None:
    resolution = Resolution(nodes=(Node(key="1", name="zlib", version="1.3.1"),))
    writing = writer.write(Reading(resolution=resolution), Context())
    assert "- zlib@=1.3.1\n" in writing.files[writing.main]
    loose = writer.write(Reading(resolution=resolution), Context(pin="loose"))
    assert "- zlib@>=1.3.1\n" in loose.files[loose.main]
    recipe = writer.write(Reading(recipe=Recipe(name="zlib", version="1.3.1")), Context())
    assert "- zlib@=1.3.1\n" in recipe.files[recipe.main]
    assert [notice.code for notice in recipe.notices] == [Code.SOURCE_LOST]


def test_the_empty_stack() -> None:
    assert write(Stack(name="s")) == "stackbridge: 1\nname: s\n"


def test_there_are_enough_recipes() -> None:
    assert len(RECIPES) >= 14


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipe(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    reading = reader.read(Input(text=text, file=path.name), Context())
    stack = reading.stack
    assert stack is not None
    assert stack.name == path.stem
    assert stack.description
    assert text.startswith("# ")
    assert validation.check("manifest", None, reading, Context()) == ((), ())
    assert expand(stack)
    assert read(write(stack)) == stack
    jsonschema.Draft202012Validator(SCHEMA).validate(plain(load(text)))
