"""Hostile names, versions, labels and commands: refused, or quoted so that they stay text.

Nothing here runs what it makes: what a shell would see is told by `shlex`, what Docker would
see by BuildKit's parser. `test_container_builds` lets a container answer for the same.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dockerfile as buildkit_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.containers import apptainer, dockerfile
from stackbridge.ecosystems.containers.syntax import (
    Command,
    Copy,
    Env,
    Image,
    Label,
    Run,
    Stage,
    Step,
    reference,
    to_definition,
    to_dockerfile,
    word,
)
from stackbridge.errors import InputError, UsageError
from stackbridge.hub.package import Feature, Package
from stackbridge.hub.stack import Container, Stack
from stackbridge.hub.versions import VersionSet

CANARY = "stackbridge-canary"
HOSTILE = (
    f"$(touch /tmp/{CANARY})",
    f"`touch /tmp/{CANARY}`",
    f"zlib; touch /tmp/{CANARY}",
    f"zlib && touch /tmp/{CANARY} #",
    f"zlib | tee /tmp/{CANARY}",
    f"zlib\nRUN touch /tmp/{CANARY}",
    f"zlib\r\nRUN touch /tmp/{CANARY}",
    f"zlib\\\nRUN touch /tmp/{CANARY}",
    f"zlib\u2028RUN touch /tmp/{CANARY}",
    f"zlib\x85%post\x85touch /tmp/{CANARY}",
    "zlib\n%post\n    id",
    "%post",
    "{{ HOME }}",
    "{{{ HOME }}}",
    "${HOME}",
    "$HOME",
    "'; id; '",
    '"; id; "',
    "it's \"quoted\" \\ and 'more'",
    "../../etc/passwd",
    "--allow-unauthenticated",
    "-o=APT::Update::Pre-Invoke::=id",
    "zlib=1.0 --force-yes",
    "zlib <<EOF",
    "<<EOF",
    "zlib\0",
    "zlib\x1b[31m",
    "zlib\x7f",
    "\ud800",
    "\u202ezlib",
    "*",
    "~root",
    "!!",
    " ",
    "",
    "x" * 5000,
    "syntax=evil/frontend",
    "check=skip=all",
    "escape=`",
)
WRITERS = (dockerfile, apptainer)
SECTIONS = ["%post", "%environment", "%labels", "%runscript"]


def benign() -> Stack:
    return Stack(name="plain", description="words", entries=(Package(name="zlib"),))


def shapes(writing: Writing) -> list[str]:
    """Which instructions or sections a file has, in order."""
    text = writing.files[writing.main]
    if writing.main == "Dockerfile":
        return [row.cmd.upper() for row in buildkit_parser.parse_string(text)]
    return [line for line in text.splitlines() if line.lstrip().startswith(("%", "Bootstrap"))]


def places(text: str) -> Iterator[tuple[str, Stack]]:
    """A stack for every place in which a text from outside can stand."""
    plain = benign()
    zlib = Package(name="zlib")

    def stack(**more: Any) -> Stack:
        values: dict[str, Any] = {
            "name": plain.name,
            "description": plain.description,
            "entries": plain.entries,
        }
        return Stack(**(values | more))

    yield "name", stack(name=text)
    yield "description", stack(description=text)
    yield "package", stack(entries=(zlib, Package(name=text)))
    feature = Feature(name=text, value=True)
    yield "feature", stack(entries=(Package(name="zlib", features=(feature,)),))
    value = Feature(name="kind", value=(text,))
    yield "value", stack(entries=(Package(name="zlib", features=(value,)),))
    yield "target", stack(targets=(text,))
    yield "gpu", stack(gpus=(text,))
    yield "os", stack(os=text)
    try:
        versions = VersionSet.exactly(text)
    except ValueError:
        pass
    else:
        yield "version", stack(entries=(Package(name="zlib", versions=versions),))
    yield "base", stack(container=Container(base=text))
    yield "command", stack(container=Container(command=("echo", text)))
    yield "label", stack(container=Container(labels={"note": text}))
    yield "label name", stack(container=Container(labels={text: "note"}))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t)[:40])
@pytest.mark.parametrize("writer", WRITERS, ids=["dockerfile", "apptainer"])
def test_hostile_text_changes_no_structure(text: str, writer: Any) -> None:
    usual = shapes(writer.write(Reading(stack=benign()), Context()))
    tried = 0
    for place, stack in places(text):
        tried += 1
        try:
            writing = writer.write(Reading(stack=stack), Context())
        except (InputError, UsageError):
            continue
        assert shapes(writing) == usual, place
        assert set(writing.files) == {writing.main}, place
        # Docker obeys directives (`# syntax=...`) up to the first line that is none.
        first = writing.files[writing.main].splitlines()[0]
        assert first == "# Written by stackbridge; change its source rather than this file."
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", writing.files[writing.main]
        )
    assert tried >= 12
    assert not Path("/tmp", CANARY).exists()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t)[:40])
def test_what_apt_is_told_to_install_does_not_depend_on_hostile_text(text: str) -> None:
    """A name that is no known software never reaches the command line of apt."""
    for place, stack in places(text):
        if place not in {"package", "feature", "value", "version"}:
            continue
        try:
            writing = dockerfile.write(Reading(stack=stack), Context())
        except InputError:
            continue
        runs = [
            row.value[0]
            for row in buildkit_parser.parse_string(writing.files["Dockerfile"])
            if row.cmd.upper() == "RUN"
        ]
        install = next(run for run in runs if "install" in run)
        assert shlex.split(install)[-6:-3] == ["--no-install-recommends", "zlib1g-dev", "&&"]


@pytest.mark.parametrize(
    "name", ["../x.eb", "easyconfigs/$(id).eb", "a b.eb", "a\nb", "/etc/x", ""]
)
@pytest.mark.parametrize("writer", WRITERS, ids=["dockerfile", "apptainer"])
def test_easyconfigs_with_hostile_names_are_refused(name: str, writer: Any) -> None:
    easystack = Writing(main="easystack.yaml", files={"easystack.yaml": "easyconfigs:\n", name: ""})
    context = Context(route="easybuild", options={"easystack": easystack})
    with pytest.raises(InputError, match="can't be the name of a file"):
        writer.write(Reading(stack=benign()), context)


def test_an_easystack_is_data_only() -> None:
    """Its text is copied beside the recipe and never becomes part of it."""
    text = f"easyconfigs:\n  - $(touch /tmp/{CANARY}).eb\n"
    easystack = Writing(main="x.yaml", files={"x.yaml": text})
    context = Context(route="easybuild", options={"easystack": easystack})
    for writer in WRITERS:
        writing = writer.write(Reading(stack=benign()), context)
        assert CANARY not in writing.files[writing.main]
        assert writing.files["easystack.yaml"] == text


# --- laws of quoting ---------------------------------------------------------------------

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")))
ANYTHING = st.text(max_size=30)
settings.register_profile("quoting", max_examples=200, deadline=None)
QUOTING = settings.get_profile("quoting")


def printable(text: str) -> bool:
    return all(c.isprintable() for c in text)


@QUOTING
@given(ANYTHING)
def test_a_word_is_one_word_for_the_shell_or_refused(text: str) -> None:
    if not printable(text):
        with pytest.raises(InputError):
            word(text)
        return
    quoted = word(text)
    assert shlex.split(quoted, comments=True) == [text]
    assert "{{" not in quoted
    assert not quoted.startswith(("%", "#"))


@QUOTING
@given(st.lists(st.tuples(ANYTHING, ANYTHING), min_size=1, max_size=3))
def test_values_never_end_their_line(pairs: list[tuple[str, str]]) -> None:
    values = {f"V{i}": a for i, (a, _) in enumerate(pairs)}
    labels = {f"l{i}": b for i, (_, b) in enumerate(pairs)}
    instructions = (
        Env(values),
        Label(labels),
        Run((Step(("printf", "%s", *values.values()), tuple(labels.values())),)),
        Command(tuple(values.values())),
    )
    image = Image(stages=(Stage(base="debian:12", instructions=instructions),))
    if not all(map(printable, [*values.values(), *labels.values()])):
        with pytest.raises(InputError):
            to_dockerfile(image)
        return
    rows = buildkit_parser.parse_string(to_dockerfile(image))
    assert [row.cmd.upper() for row in rows] == ["FROM", "ENV", "LABEL", "RUN", "CMD"]
    assert shlex.split(rows[3].value[0]) == ["printf", "%s", *values.values(), *labels.values()]
    assert rows[4].value == tuple(values.values())
    for row, wanted in ((rows[1], values), (rows[2], labels)):
        names, quoted = row.value[0::2], row.value[1::2]
        assert names == tuple(wanted)
        # Within double quotes Docker takes a backslash away before `$`, `"` and `\`.
        assert [re.sub(r'\\([$"\\])', r"\1", v[1:-1]) for v in quoted] == list(wanted.values())
    definition = to_definition(image)
    starts = [line for line in definition.splitlines() if line.lstrip().startswith("%")]
    expected = [s for s in SECTIONS if s != "%labels" or any(labels.values())]
    assert starts == expected
    assert "{{" not in definition


@QUOTING
@given(st.one_of(ANYTHING, st.from_regex(r"[a-z0-9./:@-]{1,20}", fullmatch=True)))
def test_image_references_are_whitelisted(text: str) -> None:
    try:
        reference(text)
    except InputError:
        return
    assert re.fullmatch(r"[A-Za-z0-9._/:@-]+", text)
    assert not text.startswith(("-", ".", "/"))


def test_paths_in_a_definition_are_words_without_blanks() -> None:
    stage = Stage(base="debian:12", instructions=(Copy("a b", "/x"),))
    with pytest.raises(InputError, match="path in an Apptainer definition"):
        to_definition(Image(stages=(stage,)))


def test_unknown_routes_are_usage_errors() -> None:
    with pytest.raises(UsageError):
        dockerfile.write(Reading(stack=benign()), Context(route="; id"))
