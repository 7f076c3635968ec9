"""Images really built by a Docker engine, and asked. One at a time: builds are heavy.

What is generated runs in containers only. `tests/judges/docker-up.sh` and `docker-base.sh`
bring the engine and the base; without them these tests are skipped.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems import Context, Reading
from stackbridge.ecosystems.containers import apptainer, dockerfile, judge
from stackbridge.ecosystems.containers.easybuild_route import EASYBUILD
from stackbridge.ecosystems.containers.index import indexed, known, packages_for
from stackbridge.ecosystems.containers.syntax import (
    Command,
    Env,
    Image,
    Label,
    Run,
    Shell,
    Stage,
    Step,
    to_dockerfile,
)
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Stack

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.xdist_group("docker")]

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "tests" / "judges"


@pytest.fixture
def tag(docker_client: Any) -> Iterator[str]:
    """A name for an image, which is gone afterwards."""
    from docker.errors import ImageNotFound

    name = f"stackbridge-test-{uuid.uuid4().hex[:12]}"
    yield name
    with contextlib.suppress(ImageNotFound):
        docker_client.images.remove(name, force=True)


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`stackbridge` as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "stackbridge", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=ROOT,
        env=dict(os.environ, **environment),
    )


# --- the route by Debian packages --------------------------------------------------------

ANSWERS = {
    "md-cpu": {
        "gmx --version": r"GROMACS version:\s+2022\.5",
        "mpirun -n 2 --oversubscribe hostname": r"\S",
        "id --user --name": r"^user$",
    },
    "climate-io": {
        "nc-config --version": r"netCDF 4\.9\.0",
        "nf-config --version": r"netCDF-Fortran 4\.5\.4",
        "h5dump --version": r"1\.10\.8",
        "cdo --version": r"Climate Data Operators version 2\.1\.1",
        "codes_info -v": r"2\.28\.0",
        "id --user --name": r"^user$",
    },
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_recipe_becomes_an_image_whose_programs_answer(
    name: str, docker_client: Any, tag: str
) -> None:
    done = command("build", f"recipes/{name}.yaml", "--tag", tag, "--format", "json")
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["built"] is True
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", told["id"])
    assert told["tag"] == tag
    assert all(row["version"] for row in told["packages"])
    assert "Step 1/" in done.stderr  # progress, as it happens
    for words, pattern in ANSWERS[name].items():
        code, text = judge.answer(docker_client, tag, words.split())
        assert code == 0, (words, text)
        assert re.search(pattern, text, re.MULTILINE), (words, text)
    image = docker_client.images.get(tag)
    assert image.labels["org.opencontainers.image.title"] == name
    assert image.attrs["Config"]["User"] == "user"
    leftovers = judge.answer(docker_client, tag, ["ls", "-A", "/var/lib/apt/lists"])
    assert leftovers == (0, "")


def test_the_table_of_debian_packages_is_true(docker_client: Any) -> None:
    """Every binary package exists in Debian 12, and the first has the version we say.

    Security updates go on, and now and then one brings a new version: a few may differ.
    """
    offers = [offer for key in (*known(), *indexed()) if (offer := packages_for(key))]
    names = sorted({name for offer in offers for name in offer.packages})
    words = 'apt-get update -qq >/dev/null 2>&1; apt-cache show --no-all-versions -- "$@"'
    output = docker_client.containers.run(
        "debian:12", ["sh", "-c", words, "sh", *names], network_mode="host", remove=True
    )
    versions: dict[str, str] = {}
    for block in output.decode().split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version): (\S+)", block, re.MULTILINE))
        if len(fields) == 2:
            versions.setdefault(fields["Package"], fields["Version"])
    missing = sorted(set(names) - set(versions))
    assert len(missing) <= len(names) // 200, missing
    wrong = {
        offer.name: (str(offer.version), versions[offer.packages[0]])
        for offer in offers
        if offer.version is not None
        and ".".join(re.split(r"[.-]", str(offer.version))[:2])
        not in re.sub(r"-(?=\d)", ".", versions[offer.packages[0]])
    }
    assert len(wrong) <= len(offers) // 100, wrong


# --- the route by EasyBuild --------------------------------------------------------------


def test_easybuild_in_the_image_understands_the_easystack(docker_client: Any, tag: str) -> None:
    """Its first stage is built; what `eb` would do is asked of it. Building takes hours."""
    from stackbridge.cli.common import read_source
    from stackbridge.cli.compose import options_for

    context = Context(route="easybuild", toolchain="foss-2023b")
    row, reading = read_source(str(ROOT / "recipes" / "climate-io.yaml"), context)
    options = options_for("dockerfile", row, reading, context)
    files = dockerfile.write(reading, replace(context, options=options)).files
    result = judge.build(docker_client, files, tag=tag, target="easybuild")
    assert isinstance(result, judge.Built), result
    version = judge.answer(docker_client, tag, ["eb", "--version"])
    assert f"EasyBuild {EASYBUILD}" in version[1]
    build = re.search(r"^RUN (eb .*)$", files["Dockerfile"], re.MULTILINE)
    assert build is not None
    code, text = judge.answer(docker_client, tag, ["sh", "-c", f"{build[1]} --dry-run"])
    assert code == 0, text[-3000:]
    for name in re.findall(r"([A-Za-z][^ /]*)\.eb", files["easystack.yaml"]):
        assert f"/{name}.eb" in text
    assert re.search(r"module: OpenMPI/4\.1\.6-GCC-13\.2\.0", text)  # found by --robot
    assert judge.answer(docker_client, tag, ["id", "--user", "--name"]) == (0, "builder\n")


# --- quoting, as Docker itself sees it ---------------------------------------------------

HOSTILE = (
    "$(touch /tmp/canary)",
    "`touch /tmp/canary`",
    "a; touch /tmp/canary",
    "it's \"quoted\" \\ and $HOME ${HOME} 'more'",
    "{{ HOME }} %post # no comment",
    "<<EOF",
    "ends with \\",
    "*",
    "~",
    "!!",
    "",
)


def test_hostile_text_arrives_in_the_container_as_it_was(docker_client: Any, tag: str) -> None:
    values = {f"V{i}": text for i, text in enumerate(HOSTILE)}
    labels = {f"l{i}": text for i, text in enumerate(HOSTILE)}
    instructions = (
        Run((Step(("printf", "%s\\n", *HOSTILE, Shell("> /words"))), Step(("true",), HOSTILE))),
        Env(values),
        Label(labels),
        Command(("printf", "%s\\n", *HOSTILE)),
    )
    text = to_dockerfile(Image(stages=(Stage(base="debian:12", instructions=instructions),)))
    result = judge.build(docker_client, {"Dockerfile": text}, tag=tag)
    assert isinstance(result, judge.Built), result
    code, words = judge.answer(docker_client, tag, ["cat", "/words"])
    assert (code, words) == (0, "".join(f"{w}\n" for w in HOSTILE))
    assert judge.answer(docker_client, tag, ["ls", "-A", "/tmp"]) == (0, "")
    image = docker_client.images.get(tag)
    assert {k: v for k, v in image.labels.items() if k in labels} == labels
    found = dict(pair.split("=", 1) for pair in image.attrs["Config"]["Env"])
    assert {k: found[k] for k in values} == values
    assert image.attrs["Config"]["Cmd"] == ["printf", "%s\\n", *HOSTILE]
    assert judge.answer(docker_client, tag, []) == (0, words)


# --- what fails ---------------------------------------------------------------------------


def test_a_build_that_fails_is_an_answer(docker_client: Any, tag: str) -> None:
    lines: list[str] = []
    files = {"Dockerfile": "FROM debian:12\nRUN echo before && exit 3\n"}
    result = judge.build(docker_client, files, tag=tag, progress=lines.append)
    assert isinstance(result, judge.NotBuilt)
    assert "returned a non-zero code: 3" in result.message
    assert result.step == "Step 2/2 : RUN echo before && exit 3"
    assert "before" in result.log
    assert tuple(lines)[-len(result.log) :] == result.log
    wrong = judge.build(docker_client, {"Dockerfile": "FORM debian:12\n"}, tag=tag)
    assert isinstance(wrong, judge.NotBuilt)
    assert wrong.step is None
    assert "FORM" in wrong.message


def test_a_command_that_does_not_exist_is_127(docker_client: Any) -> None:
    assert judge.answer(docker_client, "debian:12", ["no-such-program"])[0] == 127
    assert judge.answer(docker_client, "debian:12", ["sh", "-c", "echo x; exit 3"])[0] == 3


# --- Apptainer ---------------------------------------------------------------------------


def test_apptainer_builds_what_docker_builds(
    docker_client: Any, parse_definition: Callable[[str], str], tmp_path_factory: Any
) -> None:
    stack = Stack(name="make", entries=(Package(name="gmake"),))
    text = apptainer.write(Reading(stack=stack), Context()).files["apptainer.def"]
    base = Path("/tmp", f"stackbridge-base-{uuid.uuid4().hex[:12]}.tar")
    try:
        with base.open("wb") as stream:
            for chunk in docker_client.images.get("debian:12").save(named="debian:12"):
                stream.write(chunk)
        text = text.replace("Bootstrap: docker\n", "Bootstrap: docker-archive\n")
        text = text.replace("From: debian:12", f"From: {base}")
        # What runs last in %post runs in what was made.
        said = parse_definition(text.replace("%environment", "    make --version\n\n%environment"))
    finally:
        base.unlink(missing_ok=True)
    assert "GNU Make 4.3" in said
    assert "Build complete" in said


# --- without an engine --------------------------------------------------------------------


def test_without_an_engine_the_exit_code_is_4(tmp_path: Path) -> None:
    manifest = tmp_path / "stackbridge.yaml"
    manifest.write_text("stackbridge: 1\nname: make\npackages: [gmake]\n", encoding="utf-8")
    nowhere = f"unix://{tmp_path}/no.sock"
    done = command("build", str(manifest), "--tag", "x", DOCKER_HOST=nowhere)
    assert done.returncode == 4
    assert "no Docker engine answers" in done.stderr
    assert "hint" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    wrong = command("build", str(manifest), "--tag", "Not A Tag", DOCKER_HOST=nowhere)
    assert wrong.returncode == 2
