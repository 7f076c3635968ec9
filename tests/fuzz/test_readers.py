"""No input makes a reader raise anything but our own errors, or run anything."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import FORMATS, Context, Format, Input
from stackbridge.errors import StackBridgeError

READERS = [row for row in FORMATS if row.reader]
SEEDS = {
    "manifest": "stackbridge: 1\nname: s\ntoolchain: foss-2024a\npackages:\n  - hdf5@1.14: +mpi\n",
    "spack": "spack:\n  specs:\n  - matrix: [[hdf5+mpi], ['%gcc@13']]\n  - $x\n"
    "  definitions:\n  - x: [zlib]\n  packages:\n    all: {require: target=zen3}\n",
    "spack-lock": '{"_meta": {"file-type": "spack-lockfile", "lockfile-version": 6,'
    ' "specfile-version": 5}, "roots": [{"hash": "abc", "spec": "zlib"}], "concrete_specs":'
    ' {"abc": {"name": "zlib", "version": "1.3.1", "hash": "abc"}}}',
    "spack-externals": "packages:\n  cmake:\n    externals:\n    - spec: cmake@3.31.8\n"
    "      prefix: /opt/cmake/3.27.6\n  all:\n    providers: {mpi: [openmpi]}\n",
    "easyconfig": "easyblock = 'ConfigureMake'\nname = 'zlib'\nversion = '1.3.1'\n"
    "homepage = 'x'\ndescription = 'y'\ntoolchain = SYSTEM\nsources = [SOURCE_TAR_GZ]\n",
    "easystack": "easyconfigs:\n  - zlib-1.3.1.eb\n  - GCC-13.3.0.eb:\n      options: {}\n",
}
NASTY = (
    "\x00", "\x1b[31m", "%(", "%(name)s", "$(", "`", "'", '"', "\n", "\t", "&a *a", "!!python/object:os.system",
    "<<: *x", "{", "[", "..", "::", "@", "@=", "%", "^", "\u202e", "\ud7ff", "\U0001f600", "-" * 50, "9" * 400,
    "__import__('os').system('touch pwned')", "lambda: 0", "'a' * 10**9", "[0] * 10**9", "'{0.__class__}'.format(1)",
)  # fmt: skip


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """A bomb that is not defused fails here, instead of taking the machine down."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (6 * 1024**3, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def attempt(row: Format, text: str) -> None:
    """Read; our own errors are answers."""
    reader = row.load_reader()
    with contextlib.suppress(StackBridgeError):
        reader.read(Input(text=text, file="input"), Context())


@pytest.mark.parametrize("row", READERS, ids=lambda r: r.name)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_input(row: Format, data: st.DataObject) -> None:
    seed = SEEDS[row.name]
    text = seed
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        piece = data.draw(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)))
        text = text[:start] + piece + text[end:]
    attempt(row, text)


@pytest.mark.parametrize("row", READERS, ids=lambda r: r.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=200))
def test_any_text(row: Format, text: str) -> None:
    attempt(row, text)


@pytest.mark.parametrize("row", READERS, ids=lambda r: r.name)
def test_an_empty_and_a_cut_file(row: Format) -> None:
    seed = SEEDS[row.name]
    for length in range(0, len(seed), 3):
        attempt(row, seed[:length])


DEEP = {
    "yaml list": "a: " + "[" * 5000 + "]" * 5000,
    "yaml map": "a: " + "{b: " * 3000 + "1" + "}" * 3000,
    "indented": "".join(" " * n + "a:\n" for n in range(1500)),
    "json": '{"_meta": ' + "[" * 20000 + "]" * 20000 + "}",
    "python": "x = " + "(" * 150 + "1" + ")" * 150,
    "python lists": "x = " + "[" * 3000 + "]" * 3000,
    "sum": "x = " + "+".join("1" for _ in range(20000)),
    "billion laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
    ),
    "tag": "a: !!python/object/apply:os.system ['touch pwned']",
    "power": "version = 9**9**9**9",
    "shift": "version = 1 << 10**10",
    "repeat": "version = 'a' * 10**12",
    "format": "version = '%1000000000d' % 1",
    "loop": "for local_i in range(10**12):\n    version = local_i\n",
    "calls": "name = open('pwned', 'w')\nversion = exec('1')\n",
}


@pytest.mark.parametrize("row", READERS, ids=lambda r: r.name)
@pytest.mark.parametrize("kind", DEEP)
def test_bombs(row: Format, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in (DEEP[kind], SEEDS[row.name] + "\n" + DEEP[kind] + "\n"):
        attempt(row, text)
    assert not os.listdir(tmp_path)
