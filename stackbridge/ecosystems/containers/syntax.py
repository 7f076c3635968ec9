"""Stages and instructions of an image, and their two spellings: Dockerfile and Apptainer.

The one place where text is quoted. Three rules keep hostile text harmless:
* control and other unprintable characters are refused everywhere (`clean`), so nothing can
  end a line;
* a word for the shell (`word`) is bare only if made of harmless characters, otherwise in
  single quotes; only `Shell`, which is never made of input, reaches the shell unquoted;
* names of variables, labels, stages and images must match a whitelist.

Rules of Apptainer as observed with release 1.4: a line whose first character is `%` starts
a section wherever it stands; `{{ NAME }}` is replaced everywhere, undefined names are fatal;
`%post` runs `sh -ex`; another `Bootstrap:` starts a stage.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from stackbridge.errors import InputError

__all__ = [
    "Arg",
    "Command",
    "Copy",
    "Env",
    "Image",
    "Instruction",
    "Label",
    "Note",
    "Run",
    "Shell",
    "Stage",
    "Step",
    "User",
    "Workdir",
    "clean",
    "reference",
    "to_definition",
    "to_dockerfile",
    "word",
]

BARE = re.compile(r"[A-Za-z0-9_@+=:,./-]+")
REFERENCE = re.compile(
    r"([a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9][a-z0-9._/-]*"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
STAGE = re.compile(r"[a-z][a-z0-9_.-]*")


# --- quoting -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shell:
    """Text which the shell is meant to interpret. Never made of input."""

    text: str


Word: TypeAlias = str | Shell


def clean(text: str, what: str) -> str:
    """The text itself; InputError if it has characters that can't be printed."""
    bad = next((c for c in text if not c.isprintable()), None)
    if bad is not None:
        raise InputError(
            f"{what} holds the character U+{ord(bad):04X}, which can't stand in a container file",
            hint="control characters are refused, not quoted",
        )
    return text


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise InputError(f"{clean(text, what)!r} can't be {what}")
    return text


def reference(text: str) -> str:
    """An image reference such as `debian:12`; InputError for anything else."""
    return _matching(REFERENCE, text, "an image reference")


def _unbraced(text: str, between: str) -> str:
    """The text without `{{`, which Apptainer would take for a variable of its own."""
    return re.sub(r"\{(?=\{)", "{" + between, text)


def word(token: Word) -> str:
    """One word for a POSIX shell."""
    if isinstance(token, Shell):
        return token.text
    clean(token, "a word of a command")
    if BARE.fullmatch(token):
        return token
    quoted = token.replace("'", "'\"'\"'")
    return "'" + _unbraced(quoted, "''") + "'"


def _value(value: Word) -> str:
    """A value of ENV, ARG or LABEL in double quotes; `$` is literal but in a `Shell`."""
    if isinstance(value, Shell):
        return f'"{value.text}"'
    text = clean(value, "a value").replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{text}"'


# --- the model ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `items` are further words, one a line."""

    words: tuple[Word, ...]
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Commands, each only if the one before succeeded."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Env:
    """Variables, for the build from here on and for who runs the image."""

    values: Mapping[str, Word]


@dataclass(frozen=True, slots=True)
class Label:
    """Labels of the image."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Arg:
    """A variable which whoever builds may set."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy `source` (relative to the build's directory, or absolute in `stage`).

    A file to a file, a directory to a directory.
    """

    source: str
    target: str
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Who runs the commands from here on, and in the end the image."""

    name: str


@dataclass(frozen=True, slots=True)
class Workdir:
    """The directory of the commands from here on."""

    path: str


@dataclass(frozen=True, slots=True)
class Command:
    """What runs when the image is started without arguments."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A comment of one line."""

    text: str


Instruction: TypeAlias = Run | Env | Label | Arg | Copy | User | Workdir | Command | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage on `base`: an image, or the name of an earlier stage."""

    base: str
    name: str | None = None
    instructions: tuple[Instruction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Stages in order; the last is the image. `head` is said at the top."""

    stages: tuple[Stage, ...]
    head: tuple[str, ...] = ()


# --- Dockerfile --------------------------------------------------------------------------


def to_dockerfile(image: Image) -> str:
    """The Dockerfile: no here-documents and no BuildKit-only options."""
    lines = [f"# {clean(line, 'a comment')}" for line in image.head]
    names = {stage.name for stage in image.stages}
    for stage in image.stages:
        base = stage.base if stage.base in names else reference(stage.base)
        named = f" AS {_matching(STAGE, stage.name, 'a stage name')}" if stage.name else ""
        lines += ["", f"FROM {base}{named}", ""]
        for instruction in stage.instructions:
            lines += _docker(instruction)
    return "\n".join(lines).lstrip("\n") + "\n"


def _docker(instruction: Instruction) -> Iterator[str]:
    match instruction:
        case Run(steps):
            yield from _chain(steps)
        case Env(values):
            pairs = [
                f"{_matching(VARIABLE, k, 'a variable')}={_value(v)}" for k, v in values.items()
            ]
            yield from _pairs("ENV", pairs)
        case Label(values):
            pairs = [f"{_matching(LABEL, k, 'a label')}={_value(v)}" for k, v in values.items()]
            yield from _pairs("LABEL", pairs)
        case Arg(name, default):
            yield f"ARG {_matching(VARIABLE, name, 'a variable')}={_value(default)}"
        case Copy(source, target, stage):
            options = f"--from={_matching(STAGE, stage, 'a stage name')} " if stage else ""
            yield f"COPY {options}{json.dumps([clean(source, 'a path'), clean(target, 'a path')])}"
        case User(name):
            yield f"USER {_matching(STAGE, name, 'a user')}"
        case Workdir(path):
            yield f"WORKDIR {_matching(BARE, path, 'a directory')}"
        case Command(words):
            yield f"CMD {json.dumps([clean(w, 'a word of a command') for w in words])}"
        case Note(text):
            yield f"# {clean(text, 'a comment')}"


def _pairs(keyword: str, pairs: list[str]) -> Iterator[str]:
    indent = " " * (len(keyword) + 1)
    for i, pair in enumerate(pairs):
        start = indent if i else f"{keyword} "
        yield start + pair + (" \\" if i < len(pairs) - 1 else "")


def _spelled(step: Step) -> list[str]:
    """The lines of one command, without the marks that continue a line."""
    return [" ".join(word(w) for w in step.words), *(f"    {word(item)}" for item in step.items)]


def _chain(steps: Iterable[Step]) -> Iterator[str]:
    lines: list[str] = []
    for step in steps:
        first, *rest = _spelled(step)
        lines.append(f" && {first}" if lines else f"RUN {first}")
        lines += [f"    {line}" for line in rest]
    for i, line in enumerate(lines):
        yield line + (" \\" if i < len(lines) - 1 else "")


# --- Apptainer definition ----------------------------------------------------------------


def to_definition(image: Image) -> str:
    """The definition. USER and WORKDIR of the running image don't exist there.

    A stage based on another stage repeats that stage's instructions.
    """
    lines = [f"# {_unbraced(clean(line, 'a comment'), ' ')}" for line in image.head]
    stages = {stage.name: stage for stage in image.stages if stage.name}
    used = {stage.base for stage in image.stages}
    for i, stage in enumerate(image.stages):
        last = i == len(image.stages) - 1
        if not last and stage.name in used and not _copied_from(image, stage.name):
            continue  # only a base, repeated in the stage above it
        base, instructions = _flattened(stage, stages)
        lines += ["", "Bootstrap: docker", f"From: {reference(base)}"]
        if stage.name:
            lines.append(f"Stage: {_matching(STAGE, stage.name, 'a stage name')}")
        lines += _sections(instructions, last=last)
    return "\n".join(lines).lstrip("\n") + "\n"


def _copied_from(image: Image, name: str | None) -> bool:
    found = (i for stage in image.stages for i in stage.instructions if isinstance(i, Copy))
    return any(copy.stage == name for copy in found)


def _flattened(stage: Stage, stages: Mapping[str, Stage]) -> tuple[str, tuple[Instruction, ...]]:
    if stage.base not in stages:
        return stage.base, stage.instructions
    base, before = _flattened(stages[stage.base], stages)
    return base, before + stage.instructions


def _sections(instructions: tuple[Instruction, ...], *, last: bool) -> Iterator[str]:
    arguments = [i for i in instructions if isinstance(i, Arg)]
    if arguments:
        yield from _section("arguments", [f"{_name(a)}={_plain(a.default)}" for a in arguments])
    copies = [i for i in instructions if isinstance(i, Copy)]
    for stage in dict.fromkeys(copy.stage for copy in copies):
        title = f"files from {_matching(STAGE, stage, 'a stage name')}" if stage else "files"
        pairs = [(c.source, c.target) for c in copies if c.stage == stage]
        yield from _section(title, [" ".join(_path(p) for p in pair) for pair in pairs])
    post = list(_post(instructions))
    if post:
        yield from _section("post", post)
    if last:
        yield from _running(instructions)


def _running(instructions: tuple[Instruction, ...]) -> Iterator[str]:
    """What the image is when it runs: environment, labels, command."""
    exports = [line for i in instructions if isinstance(i, Env) for line in _exports(i)]
    if exports:
        yield from _section("environment", exports)
    labels = {k: v for i in instructions if isinstance(i, Label) for k, v in i.values.items()}
    rows = [f"{_matching(LABEL, k, 'a label')} {_plain(v)}" for k, v in labels.items() if v]
    if rows:
        yield from _section("labels", rows)
    commands = [i for i in instructions if isinstance(i, Command)]
    if commands:
        default = " ".join(word(w) for w in commands[-1].words)
        script = ['if [ "$#" -gt 0 ]; then exec "$@"; fi', f"exec {default}"]
        yield from _section("runscript", script)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"%{title}"
    for line in lines:
        if line.lstrip().startswith("%"):
            raise InputError("a line that starts with `%` can't stand in an Apptainer definition")
        yield f"    {line}"


def _name(argument: Arg) -> str:
    return _matching(VARIABLE, argument.name, "a variable")


def _plain(text: str) -> str:
    return _unbraced(clean(text, "a value"), " ")


def _path(text: str) -> str:
    return _matching(BARE, text, "a path in an Apptainer definition")


def _exports(env: Env) -> Iterator[str]:
    for name, value in env.values.items():
        text = f'"{value.text}"' if isinstance(value, Shell) else word(value)
        yield f"export {_matching(VARIABLE, name, 'a variable')}={text}"


def _post(instructions: tuple[Instruction, ...]) -> Iterator[str]:
    """The lines of `%post`. It runs as root: another user's commands go through runuser."""
    user = "root"
    folder: str | None = None
    for instruction in instructions:
        match instruction:
            case Run(steps) if user == "root":
                for step in steps:
                    yield from _continued(_spelled(step))
            case Run(steps):
                text = " && ".join(
                    " ".join([*map(word, s.words), *map(word, s.items)]) for s in steps
                )
                inside = f"cd {folder} && {text}" if folder else text
                home = f"HOME=/home/{user}"
                yield f"runuser -u {user} -- env {home} /bin/bash -c {_script(inside)}"
            case Env():
                yield from _exports(instruction)
            case Arg():
                # The braces are Apptainer's; what is put in is the builder's own text.
                yield f"export {_name(instruction)}='{{{{ {_name(instruction)} }}}}'"
            case User(name):
                user = _matching(STAGE, name, "a user")
            case Workdir(path):
                folder = _matching(BARE, path, "a directory")
                yield f"mkdir -p {folder}"
            case Note(text):
                yield f"# {_plain(text)}"
            case _:
                pass


def _script(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _continued(lines: list[str]) -> Iterator[str]:
    for i, line in enumerate(lines):
        yield line + (" \\" if i < len(lines) - 1 else "")
