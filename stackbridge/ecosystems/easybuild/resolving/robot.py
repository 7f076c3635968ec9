"""The robot path read file by file, for questions about few easyconfigs.

`RobotPath` finds and evaluates an easyconfig when it is asked for, so that the dry run of
one program reads a hundred files and not twelve thousand. `Index` answers the same
questions from all of them.

    python -m stackbridge.ecosystems.easybuild.resolving.robot --robot DIR[:DIR...] X.eb...

prints the dry run, as `eb -D --robot` does, and the exit code says whether it would go on.
EasyBuild's options --filter-deps, --external-modules-metadata and --minimal-toolchains are
understood as well.
"""

from __future__ import annotations

# Plain paths: this is the quick way.
# ruff: noqa: PTH100, PTH113, PTH119, PTH120, PTH123
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from stackbridge.ecosystems.easybuild.language.evaluate import decode, evaluate
from stackbridge.ecosystems.easybuild.resolving.closure import Closure
from stackbridge.ecosystems.easybuild.resolving.entries import Entry, entry_of
from stackbridge.ecosystems.easybuild.resolving.externals import read_metadata
from stackbridge.ecosystems.easybuild.resolving.paths import candidates
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.errors import InputError, UsageError

__all__ = ["RobotPath", "dry_run"]


class RobotPath:
    """Directories of easyconfigs, the first one first; a library for `Resolver`.

    Raises InputError where a file that is needed can't be read: nothing could be built then.
    """

    def __init__(self, roots: Sequence[str], *, architecture: str = "x86_64") -> None:
        self.roots = tuple(root.rstrip("/") or "/" for root in roots)
        self._architecture = architecture
        self._read: dict[str, Entry] = {}
        self._extra: list[str] = []

    def locate(self, name: str, version: str) -> Entry | None:
        """The easyconfig of that name and full version."""
        for number, root in enumerate(self.roots):
            for file in candidates(name, version):
                path = f"{root}/{file}"
                if path in self._read:
                    return self._read[path]
                if os.path.isfile(path):
                    return self._entry(path, file, number)
        return None

    def find(self, name: str) -> tuple[Entry, ...]:
        """A file by path, or by its name below the robot path (`X.eb`); () when not found."""
        if os.path.isfile(name):
            return (self.open(name),)
        base = os.path.basename(name)
        for number, root in enumerate(self.roots):
            first = base[:1].lower()
            places = [root, *_directories(root, base, first if "a" <= first <= "z" else "0")]
            for place in places:
                path = f"{place}/{base}"
                if os.path.isfile(path):
                    return (self._entry(path, os.path.relpath(path, root), number),)
        return ()

    def open(self, path: str) -> Entry:
        """The easyconfig of a path, wherever it lies."""
        self._extra.append(os.path.dirname(os.path.abspath(path)))
        return self._entry(path, os.path.basename(path), len(self.roots) + len(self._extra) - 1)

    def path(self, entry: Entry) -> str:
        """The file's path."""
        if entry.source < len(self.roots):
            return f"{self.roots[entry.source]}/{entry.file}"
        return f"{self._extra[entry.source - len(self.roots)]}/{entry.file}"

    def _entry(self, path: str, file: str, number: int) -> Entry:
        found = self._read.get(path)
        if found is None:
            with open(path, "rb") as stream:
                data = stream.read()
            evaluated = evaluate(decode(data, path), path, architecture=self._architecture)
            found = entry_of(evaluated, file, self._architecture)._replace(source=number)
            self._read[path] = found
        return found


def _directories(root: str, base: str, letter: str) -> list[str]:
    """Where below a directory a file of that name may lie: names are the beginnings of it."""
    parts = base.removesuffix(".eb").split("-")
    names = ["-".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]
    return [f"{root}/{letter}/{name}" for name in names] + [f"{root}/{name}" for name in names]


def dry_run(closure: Closure, library: RobotPath) -> str:
    """The text of `eb -D --robot` for nothing installed."""
    paths = [library.path(step.entry) for step in closure.steps]
    prefix = os.path.commonpath(paths) if paths else ""
    if paths and os.path.isfile(prefix):
        prefix = os.path.dirname(prefix)
    short = len(prefix) > 8
    lines = ["Dry run: printing build status of easyconfigs and dependencies"]
    if short:
        lines.append(f"CFGS={prefix}")
    for step, path in zip(closure.steps, paths, strict=True):
        shown = f"$CFGS/{path[len(prefix) + 1 :]}" if short else path
        lines.append(f" * [ ] {shown} (module: {step.module})")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """0 when everything is found, 1 when something is missing, 2 for a wrong file."""
    robot: list[str] = []
    names: list[str] = []
    filters: list[str] = []
    metadata: dict[str, dict[str, Any]] | None = None
    minimal = False
    waiting = list(arguments)
    # Nothing here makes cycles of objects, and the process ends soon.
    gc.disable()
    try:
        while waiting:
            argument, _, value = waiting.pop(0).partition("=")
            if argument == "--minimal-toolchains":
                minimal = True
                continue
            if argument not in _OPTIONS:
                names.append(argument)
                continue
            value = value or (waiting.pop(0) if waiting else "")
            if argument == "--robot":
                robot = [path for path in value.split(":") if path]
            elif argument == "--filter-deps":
                filters = [item for item in value.split(",") if item]
            else:
                with open(value, encoding="utf-8") as stream:
                    metadata = {**(metadata or {}), **read_metadata(stream.read(), value)}
        return _run(robot, names, filters, metadata, minimal=minimal)
    except (InputError, UsageError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    finally:
        gc.enable()


_OPTIONS = ("--robot", "--filter-deps", "--external-modules-metadata")


def _run(
    robot: Sequence[str],
    names: Sequence[str],
    filters: Sequence[str],
    metadata: dict[str, dict[str, Any]] | None,
    *,
    minimal: bool,
) -> int:
    library = RobotPath(robot)
    entries: list[Entry] = []
    for name in names:
        found = library.find(name)
        if not found:
            raise InputError("there is no such easyconfig in the robot path", file=name)
        entries += found
    resolver = Resolver(library, filters=filters, externals=metadata, minimal=minimal)
    closure = resolver.closure(entries)
    sys.stdout.write(dry_run(closure, library) + "\n")
    failure = closure.error()
    if failure is not None:
        sys.stderr.write(f"error: {failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
