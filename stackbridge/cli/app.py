"""The command `stackbridge`: its subcommands, each imported only when it runs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NoReturn, cast

import click

from stackbridge import __version__
from stackbridge.errors import CollectedError, StackBridgeError

__all__ = ["cli", "main"]

# name -> (module:attribute below stackbridge.cli, what it is for)
COMMANDS: dict[str, tuple[str, str]] = {
    "convert": ("convert:convert", "Translate a stack from one format into another."),
    "check": ("check:check", "Say whether a stack fits a set of sites, and why not."),
    "validate": ("validate:validate", "Say whether files are right, with line and hint."),
    "diff": ("diff:diff", "Show what differs in meaning between two stacks."),
    "lookup": ("lookup:lookup", "Show what a package is called in each ecosystem."),
    "graph": ("graph:graph", "Show the dependency graph of a stack."),
    "build": ("build:build", "Build a container image of a stack with Docker."),
    "site": ("site:site", "List, show, validate or detect sites."),
    "toolchain": ("toolchain:toolchain", "List toolchain generations, or show one."),
    "catalog": ("catalog:catalog", "Show, build or export the catalog of names."),
    "formats": ("formats:formats", "List the formats that can be read and written."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
}


class _ReaderGoneError(Exception):
    """Nobody reads standard output or standard error any more."""


@contextlib.contextmanager
def _readers() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGoneError from error


class LazyGroup(click.Group):
    """A group which knows its commands' names and one line of help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        return cast(click.Command, getattr(import_module(f"stackbridge.cli.{module}"), attribute))

    # click itself would make a broken pipe exit code 1, which is an answer of ours.
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _readers():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _readers():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1) if args else []
            if not near:
                raise
            text = f"{error.message.rstrip('.')}; did you mean `{near[0]}`?"
            raise click.UsageError(text, ctx) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: stackbridge check recipes/md-cpu.yaml --site lumi --site juwels",
)
@click.version_option(__version__, "-V", "--version", prog_name="stackbridge")
def cli() -> None:
    """One manifest for an HPC software stack: to and from Spack, EasyBuild and containers.

    Exit codes: 0 yes or done, 1 the answer is no, 2 bad usage or input, 3 losses under
    --strict, 4 a needed external tool is missing or the function is not available yet; a
    signal gives 128 and its number. Files are written all or none.
    """


def show_error(error: StackBridgeError) -> None:
    """Print a failure to standard error: place, what is wrong, then the hint."""
    if isinstance(error, CollectedError):
        for mistake in error.errors:
            show_error(mistake)
        return
    text, _, hint = str(error).rpartition("\nhint: ") if error.hint else (str(error), "", "")
    click.echo(f"{click.style('error', fg='red', bold=True)}: {text}", err=True)
    if hint:
        click.echo(f"\n{click.style('hint', fg='cyan', bold=True)}: {hint}", err=True)


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; nothing ends in a traceback but a bug.

    Interrupted by a signal it is 128 and the signal's number, as with other programs; so it is
    when the reader of our output went away, e.g. `head`.
    """
    color = False if os.environ.get("NO_COLOR") else None
    code: object
    try:
        with contextlib.suppress(ValueError):  # not the main thread: a test, a program
            signal.signal(signal.SIGTERM, _terminated)
        code = cli.main(args, prog_name="stackbridge", standalone_mode=False, color=color)
        with _readers():
            sys.stdout.flush()
    except StackBridgeError as error:
        show_error(error)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("interrupted", err=True)
        code = 128 + signal.SIGINT
    except _ReaderGoneError:
        code = 128 + getattr(signal, "SIGPIPE", 13)
    except OSError as error:
        # Commands say which file they can't read or write; what is left is standard output.
        place = str(error.filename or "standard output")
        show_error(StackBridgeError(f"{place}: {error.strerror or error}"))
        code = StackBridgeError.exit_code
    _settle()
    sys.exit(code if isinstance(code, int) else 0)


def _terminated(number: int, _frame: object) -> NoReturn:
    """Leave by an exception, so that what was half written is removed."""
    sys.exit(128 + number)


def _settle() -> None:
    """Let Python's own flush at its end find nothing that can't be written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
