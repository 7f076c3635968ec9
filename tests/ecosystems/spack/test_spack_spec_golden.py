"""Spec strings of the package repository and of real environments, against real Spack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackbridge.ecosystems.spack.language.formatting import canonical, format_spec
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.errors import InputError

GOLDEN = Path(__file__).parents[2] / "golden" / "spack" / "canonical.json"
SPECS: dict[str, str | None] = json.loads(GOLDEN.read_text(encoding="utf-8"))["specs"]


def ours(text: str) -> str | None:
    try:
        return canonical(parse(text))
    except InputError:
        return None


def test_canonical_text_is_spacks() -> None:
    assert len(SPECS) > 3000
    wrong = {text: ours(text) for text, want in SPECS.items() if ours(text) != want}
    assert wrong == {}


def test_what_we_write_is_read_back_to_the_same_package() -> None:
    wrong = []
    for text, want in SPECS.items():
        if want is None:
            continue
        package = parse(text)
        if parse(format_spec(package)) != package:
            wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("hdf5@", 5, "unexpected `@`"),
        ("hdf5 @1.2 @1.3", 11, "second version"),
        ("hdf5 +mpi ~mpi", 11, "given twice"),
        ("hdf5 zlib", 6, "a second spec"),
        ("matlab key=$MATLAB_KEY", 11, None),
        ("hdf5 %[wen=+mpi] gcc", 8, "no property of an edge"),
        ("hdf5 ^[deptypes=built] zlib", 8, "no kind of dependency"),
        ("hdf5 ^[virtuals=mpi openmpi", 21, "not closed"),
        ("hdf5 os=a os=b", 11, "given twice"),
        ("hdf5 target==zen3", 6, "can't be propagated"),
        ("./x.json", 1, "names a file"),
        ("hdf5 foo=a,*", 6, "stands alone"),
        ("hdf5@4:2", 5, "no version"),
    ],
)
def test_errors_say_where(text: str, column: int, message: str | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.column == column
    if message:
        assert message in caught.value.message


def test_older_releases_give_what_follows_a_compiler_to_the_package() -> None:
    text = "hdf5@1.12.1.1%intel+shared target=zen2"
    today, before = parse(text), parse(text, legacy=True)
    assert canonical(today) == "hdf5@1.12.1.1 %intel+shared target=zen2"
    assert canonical(before) == "hdf5@1.12.1.1+shared target=zen2 %intel"
    dependency = parse("tau ^hdf5%gcc@12 +mpi", legacy=True).dependencies[0].package
    assert canonical(dependency) == "hdf5+mpi %gcc@12"


def test_a_namespace_is_kept_in_files_and_dropped_in_spacks_own_text() -> None:
    package = parse("builtin.hdf5 %builtin.gcc@12")
    assert canonical(package) == "hdf5 %gcc@12"
    assert parse(format_spec(package)) == package
