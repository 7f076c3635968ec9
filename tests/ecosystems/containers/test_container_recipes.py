"""Every shipped recipe as an image, read by BuildKit and by Apptainer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dockerfile as buildkit_parser
import pytest

from stackbridge.cli.common import read_source
from stackbridge.cli.compose import options_for
from stackbridge.ecosystems import Context, Writing
from stackbridge.ecosystems.containers import apptainer, dockerfile
from stackbridge.hub.notices import Code, Severity

ROOT = Path(__file__).parents[3]
RECIPES = sorted(path.stem for path in (ROOT / "recipes").glob("*.yaml"))
BY_EASYBUILD = ("climate-io", "md-nvidia", "teaching")
CASES = [(name, "apt") for name in RECIPES] + [(name, "easybuild") for name in BY_EASYBUILD]


def both(name: str, route: str) -> tuple[Writing, Writing]:
    context = Context(route=route)
    row, reading = read_source(str(ROOT / "recipes" / f"{name}.yaml"), context)
    options = options_for("dockerfile", row, reading, context)
    context = replace(context, options=options)
    return dockerfile.write(reading, context), apptainer.write(reading, context)


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def written(request: pytest.FixtureRequest) -> tuple[str, Writing, Writing]:
    name, route = request.param
    return (route, *both(name, route))


def test_an_image_can_be_written(written: tuple[str, Writing, Writing]) -> None:
    route, docker, definition = written
    text = docker.files["Dockerfile"]
    rows = [row.cmd.upper() for row in buildkit_parser.parse_string(text)]
    assert rows.count("FROM") == (1 if route == "apt" else 3)
    # Of the benchmarks, Debian has none.
    assert ("apt-get install" in text) == ('title="mpi-benchmarks"' not in text)
    assert docker.notices == definition.notices
    if route == "easybuild":
        assert re.search(r"^ENV EASYBUILD_OPTARCH=", text, re.MULTILINE)
        assert docker.files["easystack.yaml"] == definition.files["easystack.yaml"]


def test_buildkit_has_nothing_against_it(
    written: tuple[str, Writing, Writing], check_dockerfile: Callable[[str], list[str]]
) -> None:
    assert check_dockerfile(written[1].files["Dockerfile"]) == []


def test_apptainer_understands_it(
    written: tuple[str, Writing, Writing], parse_definition: Callable[[str], str]
) -> None:
    text = written[2].files["apptainer.def"]
    text = re.sub(r"^From: .*$", "From: /nowhere/at/all.tar", text, flags=re.MULTILINE)
    said = parse_definition(text.replace("Bootstrap: docker\n", "Bootstrap: docker-archive\n"))
    assert "/nowhere/at/all.tar" in said
    assert "while parsing" not in said


def test_most_of_the_recipes_is_in_debian() -> None:
    """Few packages of the recipes are lost on the route by apt, and each loss is said."""
    lost = wanted = 0
    for name in RECIPES:
        context = Context(route="apt")
        _, reading = read_source(str(ROOT / "recipes" / f"{name}.yaml"), context)
        writing = dockerfile.write(reading, context)
        gone = {n.subject for n in writing.notices if n.code is Code.PACKAGE_LOST}
        contents = re.search(r'org\.stackbridge\.contents="([^"]*)"', writing.files["Dockerfile"])
        lost += len(gone)
        wanted += len(gone) + (len(contents[1].split()) if contents else 0)
    assert wanted > 50
    assert lost / wanted < 0.25


def test_nothing_is_lost_of_climate_io_but_the_target() -> None:
    docker, _ = both("climate-io", "apt")
    lost = [n.code for n in docker.notices if n.severity is Severity.LOST]
    assert lost == [Code.TARGET_LOST]
    by_easybuild, _ = both("climate-io", "easybuild")
    assert "GCC:march=x86-64-v3" in by_easybuild.files["Dockerfile"]
    assert Code.TARGET_LOST not in [n.code for n in by_easybuild.notices]
