"""Where files are written, and nowhere else: all files of a command, or none of them.

Everything is drafted first, in a hidden folder beside its place (so a full disk or a read-only
file system is met there), then renamed. A new directory appears in one rename. What was
drafted or made is removed when anything fails or the process is asked to stop.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import click

from stackbridge.errors import UsageError
from stackbridge.reports.terminal import printable

__all__ = ["Outputs", "left_over", "write_directory", "write_text"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class _File:
    """One file to come: where, what, and the directory in which its draft may lie."""

    target: Path
    text: str
    beside: Path
    shown: str


class Outputs:
    """The files of one command: name them with `text` and `directory`, then `commit`.

    Both raise UsageError for a place that can't be taken, before anything is written.
    """

    def __init__(self) -> None:
        self._files: list[_File] = []
        self._new: dict[Path, tuple[str, dict[str, str]]] = {}
        self._streams: list[tuple[str, str]] = []
        self._stages: list[Path] = []
        self._made: list[Path] = []
        self._undo: list[tuple[Path, Path | None]] = []

    # --- what is to be written ------------------------------------------------------------

    def text(self, path: str, text: str, *, force: bool) -> None:
        """One file; `-` is standard output, a pipe or a terminal is written to as it stands.

        A file that is there needs `force`; a link's target is written, the link stays.
        """
        target = _real(path)
        if path == "-" or _is_stream(target, path):
            self._streams.append((path, text))
            return
        if target.is_dir():
            raise UsageError(
                f"{path}: is a directory, not a file", hint="name a file in it, or `DIR/` for all"
            )
        if _exists(target, path):
            if not target.is_file():
                raise UsageError(f"{path}: is not a regular file")
            if not force:
                raise UsageError(f"{path}: exists already", hint="`--force` overwrites it")
        for root, (_, files) in self._new.items():
            if target.is_relative_to(root):  # beside the others in a directory to come
                name = target.relative_to(root).as_posix()
                if name in files:
                    raise UsageError(f"{printable(path)}: is named twice")
                files[name] = text
                return
        if any(file.target == target for file in self._files):
            raise UsageError(f"{printable(path)}: is named twice")
        if not _exists(target.parent, path):
            raise UsageError(f"{printable(path)}: can't be written: there is no such directory")
        self._files.append(_File(target, text, target.parent, path))

    def directory(self, path: str, files: Mapping[str, str], *, force: bool) -> None:
        """Files below a directory, by their relative names.

        Of a directory that is there only files of the same names are replaced, with `force`.
        """
        root = _real(path)
        for name in files:
            _refuse_outside(name)
        for name in files:
            parents = {parent.as_posix() for parent in PurePath(name).parents}
            if clash := next((other for other in files if other in parents), None):
                raise UsageError(f"{path}: `{printable(clash)}` would be a file and a directory")
        if not _exists(root, path):
            self._new[root] = (path, dict(files))
            return
        if not root.is_dir():
            raise UsageError(f"{path}: is not a directory", hint="name another place with `-o`")
        for name, text in files.items():
            target = root / name
            shown = printable(str(PurePath(path) / name))
            if not target.parent.resolve().is_relative_to(root):
                raise UsageError(f"{shown}: a link leads outside the output directory")
            if target.is_dir():
                raise UsageError(f"{shown}: is a directory, where a file must be written")
            if (target.exists() or target.is_symlink()) and not force:
                raise UsageError(f"{shown}: exists already", hint="`--force` overwrites it")
            self._files.append(_File(target, text, root, path))

    # --- writing --------------------------------------------------------------------------

    def commit(self) -> None:
        """Write it all, or nothing. Raises UsageError with the place that can't be written."""
        at = ""
        moves: list[tuple[Path, Path, str]] = []
        gone: BrokenPipeError | None = None
        try:
            for root, (shown, files) in self._new.items():
                at = shown
                fresh = self._stage(root.parent) / "new"
                for name, text in files.items():
                    place = fresh / name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    _write(place, text)
                fresh.mkdir(parents=True, exist_ok=True)
                moves.append((fresh, root, shown))
            stages: dict[Path, Path] = {}
            for number, file in enumerate(self._files):
                at = file.shown
                if file.beside not in stages:
                    stages[file.beside] = self._stage(file.beside)
                draft = stages[file.beside] / str(number)
                _write(draft, file.text)
                moves.append((draft, file.target, file.shown))
            for shown, text in self._streams:
                at = shown
                try:
                    _stream(shown, text)
                except BrokenPipeError as error:  # the reader left; the other files still count
                    gone = error
            with _undisturbed():
                for draft, target, shown in moves:
                    at = shown
                    self._move(draft, target)
        except OSError as error:
            self._discard(undo=True)
            named = "standard output" if at == "-" else printable(at)
            raise UsageError(f"{named}: can't be written: {error.strerror or error}") from error
        except UnicodeEncodeError as error:
            self._discard(undo=True)
            raise UsageError(f"{printable(at)}: holds what UTF-8 can't say") from error
        except BaseException:
            self._discard(undo=True)
            raise
        self._discard(undo=False)
        if gone is not None:
            raise gone

    def _stage(self, parent: Path) -> Path:
        """A hidden folder of our own in that directory, which is made when it is missing."""
        for missing in reversed([p for p in (parent, *parent.parents) if not p.exists()]):
            self._made.append(missing)
            missing.mkdir()
        stage = parent / f".stackbridge-{os.getpid()}-{os.urandom(4).hex()}.part"
        self._stages.append(stage)  # noted first, so that an interruption finds it
        stage.mkdir(mode=0o700)
        return stage

    def _move(self, draft: Path, target: Path) -> None:
        """Rename into place; what stood there is kept until all is done."""
        for missing in reversed([p for p in target.parents if not p.exists()]):
            self._made.append(missing)
            missing.mkdir()
        kept: Path | None = None
        if target.is_file() or target.is_symlink():
            kept = draft.with_name(f"{draft.name}.old")
            try:
                os.link(target, kept, follow_symlinks=False)
            except OSError:  # a file system without links
                shutil.copy2(target, kept, follow_symlinks=False)
        if target.is_file():
            shutil.copymode(target, draft)
        self._undo.append((target, kept))
        draft.replace(target)

    def _discard(self, *, undo: bool) -> None:
        """Remove drafts and, after a failure, bring back what stood there."""
        with _undisturbed():
            for target, kept in reversed(self._undo) if undo else ():
                with contextlib.suppress(OSError):
                    if kept is not None:
                        kept.replace(target)
                    elif target.is_dir():
                        shutil.rmtree(target)
                    else:
                        target.unlink(missing_ok=True)
            for stage in self._stages:
                shutil.rmtree(stage, ignore_errors=True)
            for parent in reversed(self._made) if undo else ():
                with contextlib.suppress(OSError):
                    parent.rmdir()
            self._stages.clear()


def _real(path: str) -> Path:
    """The place itself, where links lead."""
    if not path or "\0" in path:
        raise UsageError(f"`{printable(path)}` is not a file name")
    return Path(os.path.realpath(path))


def _exists(place: Path, shown: str) -> bool:
    try:
        return place.exists()
    except OSError as error:
        raise UsageError(f"{printable(shown)}: can't be written: {error.strerror}") from error


def _is_stream(place: Path, path: str) -> bool:
    """A pipe, a terminal, /dev/null: what is written to, never replaced."""
    if path.startswith(("/dev/fd/", "/dev/stdout", "/dev/stderr", "/proc/self/fd/")):
        return True
    try:
        mode = place.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _refuse_outside(name: str) -> None:
    """Names come from input: none may lead out of the directory or steer a terminal."""
    pure = PurePath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\\" in name:
        raise UsageError(f"{printable(name)}: lies outside the output directory")
    if not name.isprintable():
        raise UsageError(f"{printable(name)}: is no name for a file")


def _write(place: Path, text: str) -> None:
    with place.open("x", encoding="utf-8", newline="") as stream:
        stream.write(text)


def _stream(path: str, text: str) -> None:
    if path == "-":
        click.echo(text, nl=False)
        return
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that would end the process wait until the end of this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _frame: waiting.append(got))
        for number in _SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for late in waiting:
            signal.raise_signal(late)


def write_text(path: str, text: str, *, force: bool) -> None:
    """Write one file whole or not at all: see `Outputs.text`."""
    outputs = Outputs()
    outputs.text(path, text, force=force)
    outputs.commit()


def left_over(path: str, files: Collection[str]) -> tuple[str, ...]:
    """What lies in the folders that these files went to and is none of them, by relative name."""
    root = Path(path)
    folders = sorted({PurePath(name).parts[0] for name in files if len(PurePath(name).parts) > 1})
    found = (
        (Path(above) / name).relative_to(root).as_posix()
        for folder in folders
        for above, _, names in os.walk(root / folder)
        for name in names
    )
    return tuple(sorted(set(found) - set(files)))


def write_directory(path: str, files: Mapping[str, str], *, force: bool) -> None:
    """Write several files below a directory, all or none: see `Outputs.directory`."""
    outputs = Outputs()
    outputs.directory(path, files, force=force)
    outputs.commit()
