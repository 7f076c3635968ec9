from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackbridge.catalog.identity import (
    Binary,
    Evidence,
    Identity,
    Inside,
    Name,
    Relation,
    Tier,
    from_plain,
    to_plain,
)
from stackbridge.catalog.lookup import Catalog, shipped_path
from stackbridge.catalog.store import Store, write
from stackbridge.errors import InputError

WORDS = st.text("abcde-.+ü\u2019 0129", min_size=1, max_size=8)
EVIDENCE = st.builds(
    lambda tier, against, count: Evidence(tier=tier, against=against, count=count),
    st.sampled_from(list(Tier)), WORDS, st.integers(1, 9),
)  # fmt: skip
NAMES = st.builds(
    lambda name, versions, evidence, features, part, inside: Name(
        ecosystem="spack", name=name, versions=tuple(versions), evidence=tuple(evidence),
        features=tuple(features), part=part, inside=tuple(inside),
        binaries=(Binary(name="lib" + name, role="dev", suites=("trixie",)),),
        releases=MappingProxyType({"trixie": "1"}),
    ),
    WORDS, st.lists(WORDS, max_size=3), st.lists(EVIDENCE, max_size=2), st.lists(WORDS, max_size=2),
    st.none() | WORDS,
    st.lists(st.builds(lambda b, v: Inside(bundle=b, bundle_version=v), WORDS, WORDS), max_size=2),
)  # fmt: skip
IDENTITIES = st.builds(
    lambda key, names, virtual: Identity(
        key=key, names=MappingProxyType({"spack": tuple(names)}), virtual=virtual,
        relations=(Relation(kind="not-same", other="x", reason="y"),),
        absent=MappingProxyType({"guix": "why"}),
    ),
    WORDS, st.lists(NAMES, min_size=1, max_size=3), st.booleans(),
)  # fmt: skip


@given(IDENTITIES)
@settings(max_examples=150, deadline=None)
def test_plain_and_back(identity: Identity) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(identity)))) == identity


@given(st.lists(IDENTITIES, max_size=5, unique_by=lambda identity: identity.key))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_written_and_read(tmp_path: Path, identities: list[Identity]) -> None:
    path = tmp_path / "catalog.sqlite"
    write(path, identities, {"counts": {}})
    first = path.read_bytes()
    with Store(path) as store:
        assert list(store.identities()) == sorted(identities, key=lambda i: i.key)
        for identity in identities:
            assert store.by_key(identity.key) == identity
            for name in identity.names["spack"]:
                assert identity.key in {row[3] for row in store.by_name(name.name)}
    write(path, list(reversed(identities)), {"counts": {}})
    assert path.read_bytes() == first


def test_reading_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    write(path, [Identity(key="a", names={"spack": (Name(ecosystem="spack", name="a"),)})], {})
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        with Catalog.open(path) as catalog:
            assert catalog.find("A") is not None
        assert [p.name for p in tmp_path.iterdir()] == ["c.sqlite"]
    finally:
        tmp_path.chmod(0o755)


def damaged(kind: str, path: Path) -> None:
    good = path.read_bytes()
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not a catalog\n" * 100)
    elif kind == "cut":
        path.write_bytes(good[: len(good) // 3])
    elif kind == "other":
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE t (x)")
        other.close()
    elif kind == "newer":
        with sqlite3.connect(path) as newer:
            newer.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
        newer.close()


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "other", "newer"])
def test_a_damaged_file_is_said_to_be_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "c.sqlite"
    rows = [
        Identity(key=f"k{n}", names={"spack": (Name(ecosystem="spack", name=f"k{n}"),)})
        for n in range(300)
    ]
    write(path, rows, {})
    damaged(kind, path)

    def read_all() -> None:
        with Catalog.open(path) as catalog:
            for n in range(300):
                catalog.find(f"k{n}")

    with pytest.raises(InputError) as caught:
        read_all()
    assert caught.value.file == str(path)
    assert caught.value.exit_code == 2


def test_a_body_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    write(path, [Identity(key="a", names={"spack": (Name(ecosystem="spack", name="a"),)})], {})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE identity SET body = x'00'")
    connection.close()
    with Catalog.open(path) as catalog, pytest.raises(InputError):
        catalog.find("a")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Catalog.open(tmp_path / "none.sqlite")


def test_several_processes_at_once() -> None:
    code = (
        "from stackbridge.catalog.lookup import Catalog\n"
        "with Catalog.open() as c:\n"
        "    keys = [c.find(n).key for n in ('GROMACS', 'FFTW.MPI', 'HDF5') for _ in range(20)]\n"
        "print(len(set(keys)))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in running] == ["3"] * 4


def test_the_shipped_file_is_small_and_not_writable_by_us() -> None:
    path = shipped_path()
    assert path.stat().st_size <= 15_000_000
    before = path.stat().st_mtime_ns
    with Catalog.open() as catalog:
        catalog.search("hdf5")
        catalog.suggest("hdf55")
    assert path.stat().st_mtime_ns == before
    assert not [p for p in os.listdir(path.parent) if p.startswith("catalog.sqlite-")]
