"""What holds for every row of the table of formats."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackbridge.ecosystems import FORMATS, Context, Format, Input, Reader, Reading, Writer, Writing
from stackbridge.errors import NotAvailableError, UsageError
from stackbridge.hub.notices import Notice, Place

ROOT = Path(__file__).parent.parent
READERS = [row for row in FORMATS if row.reader]
# An easyconfig is written from what an easyconfig said, packages.yaml from what is installed;
# a stack alone does not say it.
NOT_FROM_STACKS = ("easyconfig", "spack-externals")
WRITERS = [row for row in FORMATS if row.writer and row.name not in NOT_FROM_STACKS]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))


def name(row: Format) -> str:
    return row.name


def test_the_table_has_every_format_of_the_contract() -> None:
    assert {row.name for row in FORMATS} >= {
        "manifest", "spack", "spack-lock", "easyconfig", "easystack",
        "dockerfile", "apptainer", "guix", "modules", "python",
    }  # fmt: skip


@pytest.mark.parametrize("row", FORMATS, ids=name)
def test_a_row_is_sound(row: Format) -> None:
    assert re.fullmatch(r"[a-z-]+", row.name)
    assert row.title
    if row.looks_like:
        re.compile(row.looks_like)
    if row.reader is None:
        with pytest.raises(NotAvailableError):
            row.load_reader()
    if row.writer is None:
        with pytest.raises(NotAvailableError):
            row.load_writer()


# The table imports by name; here the type checker sees what the modules are.
def conforms(reader: Reader, writer: Writer) -> None:
    assert callable(reader.read)
    assert callable(writer.write)


def test_modules_fit_their_protocols() -> None:
    from stackbridge.ecosystems.containers import apptainer, dockerfile
    from stackbridge.ecosystems.easybuild import easyconfig_reader, easyconfig_writer
    from stackbridge.ecosystems.easybuild import reader as easystack_reader
    from stackbridge.ecosystems.easybuild import writer as easystack_writer
    from stackbridge.ecosystems.manifest import reader as manifest_reader
    from stackbridge.ecosystems.manifest import writer as manifest_writer
    from stackbridge.ecosystems.spack import reader as spack_reader
    from stackbridge.ecosystems.spack import writer as spack_writer
    from stackbridge.ecosystems.spack.installed import lock_reader

    conforms(manifest_reader, manifest_writer)
    conforms(spack_reader, spack_writer)
    conforms(lock_reader, dockerfile)
    conforms(easystack_reader, easystack_writer)
    conforms(easyconfig_reader, easyconfig_writer)
    conforms(easyconfig_reader, apptainer)


@pytest.mark.parametrize("row", READERS, ids=name)
def test_a_reader_reads_and_a_writer_writes_are_functions(row: Format) -> None:
    assert callable(row.load_reader().read)


def manifest(path: Path) -> Reading:
    from stackbridge.ecosystems.manifest import reader

    return reader.read(Input(text=path.read_text(encoding="utf-8"), file=path.name), Context())


def test_there_are_ten_recipes_and_more() -> None:
    assert len(RECIPES) >= 10


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
@pytest.mark.parametrize("row", WRITERS, ids=name)
def test_every_recipe_goes_to_every_format(row: Format, path: Path) -> None:
    route = "apt" if row.ecosystem == "containers" else None
    writing = row.load_writer().write(manifest(path), Context(route=route))
    assert isinstance(writing, Writing)
    assert writing.main in writing.files
    assert all(text.endswith("\n") for text in writing.files.values())
    for notice in writing.notices:
        assert isinstance(notice, Notice)
        assert isinstance(notice.where, Place)
        assert notice.subject
        assert notice.what
        assert notice.why


@pytest.mark.parametrize("row", [row for row in WRITERS if row.reader], ids=name)
@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_what_is_written_can_be_read_again(row: Format, path: Path) -> None:
    writing = row.load_writer().write(manifest(path), Context())
    again = row.load_reader().read(
        Input(text=writing.files[writing.main], file=writing.main), Context()
    )
    assert again.stack is not None
    twice = row.load_writer().write(again, Context())
    assert twice.files[twice.main] == writing.files[writing.main]


def test_an_unknown_format_names_the_near_one() -> None:
    from stackbridge.ecosystems import format_named

    with pytest.raises(UsageError, match="did you mean `easystack`"):
        format_named("easystak")
