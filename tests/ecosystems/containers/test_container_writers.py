"""Both writers on both routes: whole files, notices, and what independent parsers find."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dockerfile as buildkit_parser
import pytest

from stackbridge.ecosystems import Context, Reading
from stackbridge.ecosystems.containers import apptainer, dockerfile
from stackbridge.ecosystems.containers.easybuild_route import EASYBUILD, licenses_of
from stackbridge.ecosystems.containers.index import PACKAGE_NAME, indexed, known, packages_for
from stackbridge.ecosystems.containers.routes import plan
from stackbridge.errors import InputError, UsageError
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Feature, Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.resolution import Node, Resolution, Root
from stackbridge.hub.stack import Container, Stack

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "containers"
NAMES = ("md-cpu", "climate-io", "ai-gpu")
BOTH = ("apt", "easybuild")

Stacks = dict[str, Stack]
Routes = dict[str, Context]
Make = Callable[..., Package]


def codes(writing: Any) -> dict[str, list[Code]]:
    found: dict[str, list[Code]] = {}
    for notice in writing.notices:
        found.setdefault(notice.subject, []).append(notice.code)
    return found


# --- whole files -------------------------------------------------------------------------


@pytest.mark.parametrize("route", BOTH)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("writer", [dockerfile, apptainer], ids=["dockerfile", "apptainer"])
def test_the_file_is_the_golden_one(
    name: str, route: str, writer: Any, stacks: Stacks, routes: Routes
) -> None:
    writing = writer.write(Reading(stack=stacks[name]), routes[route])
    golden = GOLDEN / f"{name}-{route}.{writer.NAME.rpartition('.')[2]}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(writing.files[writing.main], encoding="utf-8")
    assert writing.files[writing.main] == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("route", BOTH)
@pytest.mark.parametrize("name", NAMES)
def test_buildkit_has_nothing_to_say(
    name: str,
    route: str,
    stacks: Stacks,
    routes: Routes,
    check_dockerfile: Callable[[str], list[str]],
) -> None:
    text = dockerfile.write(Reading(stack=stacks[name]), routes[route]).files["Dockerfile"]
    assert check_dockerfile(text) == []


def test_the_buildkit_check_can_fail(check_dockerfile: Callable[[str], list[str]]) -> None:
    found = check_dockerfile("FROM debian:12 AS Upper\nMAINTAINER x\n")
    assert {line.partition(":")[0] for line in found} >= {"StageNameCasing", "MaintainerDeprecated"}


@pytest.mark.parametrize("route", BOTH)
@pytest.mark.parametrize("name", NAMES)
def test_apptainer_parses_it(
    name: str,
    route: str,
    stacks: Stacks,
    routes: Routes,
    parse_definition: Callable[[str], str],
) -> None:
    text = apptainer.write(Reading(stack=stacks[name]), routes[route]).files["apptainer.def"]
    # A base that does not exist: everything up to it has then been understood.
    said = parse_definition(
        text.replace("From: debian:12", "From: /nowhere/at/all.tar").replace(
            "Bootstrap: docker", "Bootstrap: docker-archive"
        )
    )
    assert "/nowhere/at/all.tar" in said
    assert "while parsing" not in said


def test_apptainer_refuses_what_is_wrong(parse_definition: Callable[[str], str]) -> None:
    said = parse_definition("Bootstrap: docker-archive\nFrom: /nowhere/at/all.tar\n\n%pots\n  x\n")
    assert "while parsing" in said


# --- what an independent parser finds ----------------------------------------------------


def parsed(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.cmd.upper(), row.value) for row in buildkit_parser.parse_string(text)]


@pytest.mark.parametrize("name", NAMES)
def test_the_parser_of_buildkit_finds_what_was_planned(
    name: str, stacks: Stacks, routes: Routes
) -> None:
    reading = Reading(stack=stacks[name])
    made = plan(reading, routes["apt"])
    rows = parsed(dockerfile.write(reading, routes["apt"]).files["Dockerfile"])
    words = [word for word, _ in rows]
    assert words[0] == "FROM"
    assert rows[0][1] == ("debian:12",)
    assert words.index("USER") > words.index("RUN")
    install = next(value[0] for word, value in rows if word == "RUN" and "install" in value[0])
    assert "--no-install-recommends" in install
    assert install.endswith("rm -rf /var/lib/apt/lists/*")
    listed = re.search(r"recommends\s+(.*?)\s+&& rm", install, re.DOTALL)
    assert listed is not None
    assert tuple(listed[1].split()) == made.packages
    assert made.packages == tuple(sorted(set(made.packages)))


def test_the_easybuild_route_has_stages_and_a_builder_who_is_not_root(
    stacks: Stacks, routes: Routes
) -> None:
    writing = dockerfile.write(Reading(stack=stacks["md-cpu"]), routes["easybuild"])
    rows = parsed(writing.files["Dockerfile"])
    assert [value for word, value in rows if word == "FROM"] == [
        ("debian:12", "AS", "easybuild"),
        ("easybuild", "AS", "build"),
        ("debian:12",),
    ]
    build = next(i for i, (word, v) in enumerate(rows) if word == "RUN" and v[0].startswith("eb "))
    users = [value[0] for word, value in rows[:build] if word == "USER"]
    assert users == ["builder"]
    assert [value[0] for word, value in rows if word == "USER"][-1] == "user"
    pip = next(value[0] for word, value in rows if word == "RUN" and "pip" in value[0])
    assert f"easybuild=={EASYBUILD} " in pip
    copied = [value for word, value in rows if word == "COPY"]
    assert ("easystack.yaml", "/opt/stack/easystack.yaml") in copied
    assert ("easyconfigs", "/opt/stack/easyconfigs") in copied
    assert set(writing.files) == {"Dockerfile", "easystack.yaml", "easyconfigs/zlib-1.3.1.eb"}


def test_the_release_of_easybuild_can_be_chosen_but_not_abused(
    stacks: Stacks, routes: Routes
) -> None:
    reading = Reading(stack=stacks["md-cpu"])
    for release, line in (("5.3.0", "easybuild==5.3.0"), ("5; id", f"easybuild=={EASYBUILD}")):
        context = replace(routes["easybuild"], release=release)
        assert line in dockerfile.write(reading, context).files["Dockerfile"]


# --- notices -----------------------------------------------------------------------------


def test_what_apt_can_not_give_is_said(stacks: Stacks, routes: Routes) -> None:
    found = codes(plan(Reading(stack=stacks["md-cpu"]), routes["apt"]))
    assert Code.VERSION_APPROXIMATED in found["gromacs"]  # 2024.4 is not in Debian 12
    assert Code.FEATURE_LOST in found["gromacs"]  # +plumed
    assert Code.PACKAGE_LOST in found["plumed"]
    assert Code.TOOLCHAIN_APPROXIMATED in found["md-cpu"]
    assert Code.TARGET_LOST in found["zen3"]
    assert "openmpi" not in found
    assert "fftw" not in found
    gpu = codes(plan(Reading(stack=stacks["ai-gpu"]), routes["apt"]))
    assert Code.GPU_LOST in gpu["sm_80"]
    assert {Code.GPU_LOST, Code.FEATURE_LOST, Code.VERSION_APPROXIMATED} <= set(gpu["py-torch"])
    assert Code.RULE_LOST in gpu["mpi"]
    assert Code.PROVIDER_APPROXIMATED in gpu["mpich"]
    assert Code.SETTING_LOST in gpu["ubuntu:24.04"]


def test_what_apt_has_is_no_loss(stacks: Stacks, routes: Routes) -> None:
    found = codes(plan(Reading(stack=stacks["climate-io"]), routes["apt"]))
    assert found == {
        "netcdf-fortran": [Code.VERSION_APPROXIMATED],
        "nco": [Code.DEPENDENCY_IMPLIED],  # that it needs netcdf-c, which apt never says
    }


def test_features_bring_packages(make: Make) -> None:
    with_mpi = packages_for("hdf5", make("hdf5", None, "+mpi").features)
    without = packages_for("hdf5", make("hdf5", None, "~mpi").features)
    assert with_mpi is not None
    assert without is not None
    assert "libhdf5-openmpi-dev" in with_mpi.packages
    assert "libhdf5-openmpi-dev" not in without.packages
    assert [a.outcome for a in with_mpi.features + without.features] == ["kept", "kept"]
    threads = packages_for("openblas", make("openblas", None, "threads=openmp").features)
    assert threads is not None
    assert threads.packages == ("libopenblas-openmp-dev",)


@pytest.mark.parametrize(
    ("feature", "outcome"),
    [
        ("+openmp", "kept"),
        ("~cuda", "kept"),
        ("+cuda", "lost"),
        ("~mpi", "approximated"),
        ("+nobody_knows", "lost"),
        ("~nobody_knows", "assumed"),
        ("build_type=Release", "assumed"),
    ],
)
def test_every_feature_gets_an_answer(feature: str, outcome: str, make: Make) -> None:
    offer = packages_for("gromacs", make("gromacs", None, feature).features)
    assert offer is not None
    assert [answer.outcome for answer in offer.features] == [outcome]


def test_names_of_easybuild_are_known_too() -> None:
    for name, key in (
        ("GROMACS", "gromacs"),
        ("netCDF", "netcdf-c"),
        ("PnetCDF", "parallel-netcdf"),
        ("FFTW.MPI", "fftw"),
        ("Wannier90", "wannier90"),
    ):
        offer = packages_for(name, names="easybuild")
        assert offer is not None
        assert offer.name == key
    bundle = packages_for("SciPy-bundle", names="easybuild")
    assert bundle is not None
    assert bundle.version is None
    assert "python3-numpy" in bundle.packages


def test_every_entry_of_the_table_is_sound() -> None:
    assert not set(known()) & set(indexed())
    for key in (*known(), *indexed()):
        offer = packages_for(key)
        assert offer is not None, key
        assert offer.name == key
        assert offer.packages, key
        assert all(PACKAGE_NAME.fullmatch(name) for name in offer.packages), key


def test_licenses_are_named_and_off_by_default(stacks: Stacks, routes: Routes) -> None:
    writing = dockerfile.write(Reading(stack=stacks["md-cpu"]), routes["easybuild"])
    needed = [n for n in writing.notices if n.code is Code.LICENSE_NEEDED]
    assert [n.subject for n in needed] == ["CUDA"]
    assert 'ARG ACCEPT_EULA_FOR=""' in writing.files["Dockerfile"]


@pytest.mark.parametrize(
    ("name", "licenses"),
    [
        ("CUDA-12.4.0", ("CUDA",)),
        ("cuDNN-9.5.0.50-CUDA-12.6.0", ("CUDA", "cuDNN")),
        ("PyTorch-2.6.0-foss-2024a-CUDA-12.6.0", ("CUDA", "cuDNN")),
        ("HPL-2.3-intel-2023b", ("Intel-oneAPI",)),
        ("intel-compilers-2024.2.0", ("Intel-oneAPI",)),
        ("NVHPC-24.9-CUDA-12.6.0", ("CUDA", "NVHPC")),
        ("GROMACS-2024.4-foss-2023b", ()),
        ("PyCUDA-like-1.0-GCC-13.2.0", ()),
    ],
)
def test_licenses_are_told_by_file_names(name: str, licenses: tuple[str, ...]) -> None:
    assert licenses_of(f"easyconfigs:\n  - {name}.eb\n") == licenses


# --- other inputs ------------------------------------------------------------------------


def test_a_recipe_and_a_resolution_fill_an_image_too() -> None:
    recipe = Reading(recipe=Recipe(name="zlib", version="1.2.13"))
    assert plan(recipe, Context()).packages == ("zlib1g-dev",)
    assert plan(recipe, Context()).notices == ()
    node = Node(
        key="a", name="gromacs", version="2024.4", features=(Feature(name="mpi", value=True),)
    )
    resolution = Resolution(
        nodes=(node, Node(key="b", name="fftw", version="3.3.10")), roots=(Root(key="a"),)
    )
    made = plan(Reading(resolution=resolution), Context())
    assert made.packages == ("gromacs", "gromacs-data", "openmpi-bin")
    assert codes(made) == {"gromacs": [Code.VERSION_APPROXIMATED]}


def test_what_can_not_be_planned_is_refused(stacks: Stacks) -> None:
    reading = Reading(stack=stacks["md-cpu"])
    with pytest.raises(UsageError, match="no route `conda`"):
        plan(reading, Context(route="conda"))
    with pytest.raises(UsageError, match="needs an easystack"):
        plan(reading, Context(route="easybuild"))
    with pytest.raises(InputError, match="nothing was read"):
        plan(Reading(), Context())


def test_a_stack_twice_asked_for_is_installed_once(make: Make) -> None:
    stack = Stack(name="twice", entries=(make("hdf5", None, "+mpi"), make("hdf5", None, "~mpi")))
    made = plan(Reading(stack=stack), Context())
    assert "libhdf5-openmpi-dev" in made.packages
    assert codes(made) == {"hdf5": [Code.PACKAGE_MERGED]}


def test_an_empty_stack_is_an_image_all_the_same() -> None:
    text = dockerfile.write(Reading(stack=Stack(name="empty")), Context()).files["Dockerfile"]
    assert "apt-get" not in text
    assert parsed(text)[0] == ("FROM", ("debian:12",))


def test_a_pinned_base_is_kept() -> None:
    base = "debian:12@sha256:" + "0" * 64
    stack = Stack(name="pinned", container=Container(base=base))
    assert f"FROM {base}\n" in dockerfile.write(Reading(stack=stack), Context()).files["Dockerfile"]
