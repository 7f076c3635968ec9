"""The table of formats, and what a reader and a writer look like.

Each ecosystem is a folder. A reader is a module with `read(source, context)`, a writer a
module with `write(stack, context)`; neither touches files, the environment or the
terminal: what they may know of the outside stands in `Input` and `Context`. A module is
imported when its format is used, not before.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from stackbridge.errors import NotAvailableError, UsageError

if TYPE_CHECKING:
    from stackbridge.hub.notices import Notice, Place
    from stackbridge.hub.recipe import Recipe
    from stackbridge.hub.resolution import Resolution
    from stackbridge.hub.stack import Stack

__all__ = [
    "FORMATS",
    "Context",
    "Delivered",
    "Format",
    "Input",
    "Reader",
    "Reading",
    "Writer",
    "Writing",
    "format_named",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file's text. `file` is its name as given (for messages), None for standard input.

    `sibling(path)` gives the text of a file named relative to this one, or None where it
    does not exist or lies where it must not be read.
    """

    text: str
    file: str | None = None
    sibling: Callable[[str], str | None] = lambda _path: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a conversion may know besides its input.

    `pin` says how much is pinned, `route` how a container gets its software (`apt`,
    `easybuild`), `toolchain` which generation was asked for (`foss-2024a`), `easyconfigs`
    and `repositories` which directories of recipes to use instead of the shipped indexes,
    `catalog` a catalog file instead of the shipped one, `environment` answers for the
    variables which an input may ask for, `cache` a directory for indexes (None: keep none),
    `options` further ones, named by the writer that takes them.
    """

    pin: Literal["exact", "compatible", "loose"] | None = None
    route: str | None = None
    toolchain: str | None = None
    release: str | None = None
    architecture: str = "x86_64"
    easyconfigs: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    catalog: str | None = None
    cache: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader found: at least one of the three, and the notices."""

    stack: Stack | None = None
    recipe: Recipe | None = None
    resolution: Resolution | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one package that was asked for.

    `subject` is the request as it was read; `how` "exact", "approximated", "bundle" (exact, but
    as a part of something), "generated" or "lost"; `kinds` the codes of the notices that say
    in which ways it is not exact. `name`, `version` and `evidence` (a file name) say what the
    output has for it; `number` counts requests from 0.
    """

    subject: str
    how: Literal["exact", "approximated", "bundle", "generated", "lost"]
    kinds: tuple[str, ...] = ()
    name: str = ""
    version: str = ""
    evidence: str = ""
    number: int = 0
    group: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a writer made: file name -> text. `main` names the file that stands alone.

    `delivered` has one row for each package that was asked for, where the writer counts them.
    """

    main: str
    files: Mapping[str, str]
    notices: tuple[Notice, ...] = ()
    delivered: tuple[Delivered, ...] = ()


class Reader(Protocol):
    """A module that reads a format. Raises `InputError` for what can't be understood."""

    def read(self, source: Input, context: Context) -> Reading: ...


class Writer(Protocol):
    """A module that writes a format from whatever a reader found."""

    def write(self, reading: Reading, context: Context) -> Writing: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One row of the table.

    `reader` and `writer` are modules below `stackbridge.ecosystems`, or None; `planned`
    marks what a later release brings. `names` are usual file names (shell patterns);
    `looks_like` tells from a text's beginning, when the name does not.
    """

    name: str
    title: str
    ecosystem: str
    names: tuple[str, ...]
    reader: str | None = None
    writer: str | None = None
    planned: Literal["", "reading", "writing", "both"] = ""
    looks_like: str | None = None

    def load_reader(self) -> Reader:
        """Import the reader; NotAvailableError where there is none."""
        if self.reader is None:
            raise NotAvailableError(
                f"reading `{self.name}` is not available yet",
                hint="`stackbridge formats` lists what can be read and written",
            )
        return cast(Reader, import_module(f"stackbridge.ecosystems.{self.reader}"))

    def load_writer(self) -> Writer:
        """Import the writer; NotAvailableError where there is none."""
        if self.writer is None:
            raise NotAvailableError(
                f"writing `{self.name}` is not available yet",
                hint="`stackbridge formats` lists what can be read and written",
            )
        return cast(Writer, import_module(f"stackbridge.ecosystems.{self.writer}"))


# `looks_like` is a regular expression searched in the text's first 64 KiB (multi-line).
FORMATS: tuple[Format, ...] = (
    Format(
        name="manifest",
        title="StackBridge manifest",
        ecosystem="manifest",
        names=("stackbridge.yaml", "*.stackbridge.yaml"),
        reader="manifest.reader",
        writer="manifest.writer",
        looks_like=r"^\s*stackbridge\s*:",
    ),
    Format(
        name="spack",
        title="Spack environment",
        ecosystem="spack",
        names=("spack.yaml",),
        reader="spack.reader",
        writer="spack.writer",
        looks_like=r"^spack:{1,2}(\s|$)",
    ),
    Format(
        name="spack-lock",
        title="Spack lock file, `spack spec --json`, database",
        ecosystem="spack",
        names=("spack.lock",),
        reader="spack.installed.lock_reader",
        looks_like=r'"(_meta|lockfile-version|spack-lockfile|specfile-version)"',
    ),
    Format(
        name="spack-externals",
        title="Spack's packages.yaml: what a site has",
        ecosystem="spack",
        names=("packages.yaml",),
        reader="spack.installed.externals_reader",
        writer="spack.installed.externals_writer",
        looks_like=r"^packages:{1,2}(\s|$)",
    ),
    Format(
        name="easyconfig",
        title="EasyBuild easyconfig",
        ecosystem="easybuild",
        names=("*.eb",),
        reader="easybuild.easyconfig_reader",
        writer="easybuild.easyconfig_writer",
        looks_like=r"^(easyblock|toolchain|versionsuffix|moduleclass)\s*=",
    ),
    Format(
        name="easystack",
        title="EasyBuild easystack",
        ecosystem="easybuild",
        names=("easystack*.y*ml", "*easystack*.y*ml", "eessi-*.yml"),
        reader="easybuild.reader",
        writer="easybuild.writer",
        looks_like=r"^easyconfigs\s*:",
    ),
    Format(
        name="dockerfile",
        title="Dockerfile",
        ecosystem="containers",
        names=("Dockerfile", "*.Dockerfile", "Dockerfile.*"),
        writer="containers.dockerfile",
        planned="reading",
        looks_like=r"^(FROM|ARG)\s",
    ),
    Format(
        name="apptainer",
        title="Apptainer definition",
        ecosystem="containers",
        names=("*.def", "Apptainer", "Singularity"),
        writer="containers.apptainer",
        planned="reading",
        looks_like=r"(?i)^bootstrap\s*:",
    ),
    Format(
        name="guix",
        title="Guix manifest",
        ecosystem="guix",
        names=("manifest.scm", "*.scm"),
        planned="both",
        looks_like=r"\((specifications->manifest|packages->manifest|use-modules)",
    ),
    Format(
        name="modules",
        title="environment modules",
        ecosystem="modules",
        names=("*.lua", "modules.txt"),
        planned="both",
    ),
    Format(
        name="python",
        title="Python environment",
        ecosystem="python",
        names=("environment.yml", "requirements*.txt", "pyproject.toml"),
        planned="both",
    ),
)


def format_named(name: str) -> Format:
    """The row of that name; UsageError with near misses otherwise."""
    for row in FORMATS:
        if row.name == name:
            return row
    near = difflib.get_close_matches(name, [row.name for row in FORMATS], n=1)
    raise UsageError(
        f"there is no format `{name}`",
        hint=f"did you mean `{near[0]}`?" if near else "`stackbridge formats` lists them",
    )
