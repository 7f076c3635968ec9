"""Lock files of every version, specfiles and databases that real Spack wrote."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.spack.installed.lock_reader import read
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.reader import read as read_environment
from stackbridge.ecosystems.spack.writer import write
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code
from stackbridge.hub.resolution import Resolution

LOCKS = Path(__file__).parents[2] / "golden" / "spack" / "locks"


def text_of(name: str) -> str:
    return (LOCKS / name).read_text(encoding="utf-8")


def resolution(text: str) -> Resolution:
    found = read(Input(text=text, file="spack.lock"), Context()).resolution
    assert found is not None
    keys = {node.key for node in found.nodes}
    assert all(edge.parent in keys and edge.child in keys for edge in found.edges)
    assert all(root.key in keys for root in found.roots)
    return found


@pytest.mark.parametrize(
    ("name", "nodes", "edges", "roots"),
    [
        ("v1.lock", 12, 12, 2),
        ("v2.lock", 14, 18, 2),
        ("v3.lock", 14, 18, 2),
        ("v7.lock", 24, 122, 3),
        ("index.json", 8, 17, 1),
        ("cache-index.json", 7, 9, 0),
        ("spec.json", 7, 16, 2),
        ("libelf.spec.json.sig", 1, 0, 1),
    ],
)
def test_everything_is_there(name: str, nodes: int, edges: int, roots: int) -> None:
    found = resolution(text_of(name))
    assert (len(found.nodes), len(found.edges), len(found.roots)) == (nodes, edges, roots)


def test_kinds_virtuals_externals_targets_and_groups() -> None:
    found = resolution(text_of("v7.lock"))
    by_key = found.by_key()
    zlib = next(n for n in found.nodes if n.name == "zlib-ng" and n.version == "2.2.5")
    assert zlib.target == "x86_64_v3"
    assert zlib.namespace == "builtin"
    assert zlib.extensions["spack"]["package_hash"]
    edges = {by_key[e.child].name: e for e in found.children(zlib.key)}
    assert edges["gcc"].kinds == ("build",)
    assert edges["gcc"].provides == ("c", "cxx")
    assert edges["glibc"].provides == ("libc",)
    gcc = by_key[edges["gcc"].child]
    assert gcc.installed is not None
    assert gcc.installed.prefix == "/usr"
    assert gcc.installed.extensions["spack"]["extra_attributes"]["compilers"]["c"] == "/usr/bin/gcc"
    languages = next(f for f in gcc.features if f.name == "languages")
    assert languages.value == ("c", "c++")
    assert languages.exactly
    groups = {by_key[r.key].name: r.group for r in found.roots}
    assert groups == {"zlib-ng": None, "libpng": None, "pigz": "tools"}
    request = next(r.request for r in found.roots if by_key[r.key].name == "libpng")
    assert request is not None
    assert canonical(request) == "libpng libs=shared"


@pytest.mark.parametrize("name", ["v1.lock", "v2.lock", "v3.lock"])
def test_compilers_of_old_locks(name: str) -> None:
    node = resolution(text_of(name)).nodes[0]
    assert node.toolchain is not None
    assert node.toolchain.parts["compiler"].versions.exact is not None


def test_what_is_installed() -> None:
    node = next(n for n in resolution(text_of("index.json")).nodes if n.name == "gcc-runtime")
    assert node.installed is not None
    assert node.installed.prefix is not None
    assert node.installed.prefix.startswith("/")


def test_a_stream_of_documents_and_a_list_of_nodes() -> None:
    nodes = json.loads(text_of("spec.json").splitlines()[0])["spec"]["nodes"]
    assert len(resolution(json.dumps(nodes)).nodes) == 6
    partial = read(Input(text=json.dumps(nodes[:1])), Context())
    assert [notice.code for notice in partial.notices] == [Code.DEPENDENCY_LOST]


@pytest.mark.parametrize("share", [0.2, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("name", ["v7.lock", "spec.json", "index.json"])
def test_a_file_cut_short(name: str, share: float) -> None:
    text = text_of(name).rstrip()
    with pytest.raises(InputError) as caught:
        resolution(text[: int(len(text) * share)])
    assert caught.value.file == "spack.lock"
    assert caught.value.hint is not None
    assert "cut short" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "{}",
        '{"_meta": {}}',
        '{"_meta": {"lockfile-version": 6}, "roots": []}',
        '{"_meta": {"lockfile-version": 6}, "roots": [{"hash": "a"}], "concrete_specs": {}}',
        '{"_meta": {"lockfile-version": 6}, "roots": 3, "concrete_specs": {}}',
        '{"_meta": {"lockfile-version": 6}, "roots": [], "concrete_specs": {"a": {}}}',
        '{"_meta": {"lockfile-version": 6}, "roots": [], "concrete_specs": {"a": {"name": "x"}}}',
        '{"spec": {"nodes": []}}',
        '{"database": []}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '"text"',
    ],
)
def test_what_is_no_lock_file(text: str) -> None:
    with pytest.raises(InputError):
        resolution(text)


@pytest.mark.parametrize("pin", ["exact", "compatible", "loose"])
def test_a_lock_becomes_a_pinned_environment(pin: str) -> None:
    reading = read(Input(text=text_of("v7.lock")), Context())
    text = write(reading, Context(pin=pin)).files["spack.yaml"]  # type: ignore[arg-type]
    stack = read_environment(Input(text=text), Context()).stack
    assert stack is not None
    entries = [*stack.entries, *stack.groups[0].entries]
    specs = {e.name: str(e.versions) for e in entries}  # type: ignore[union-attr]
    wanted = {
        "exact": {"zlib-ng": "=2.2.5", "libpng": "=1.6.58", "pigz": "=2.8"},
        "compatible": {"zlib-ng": "2.2", "libpng": "1.6", "pigz": "2.8"},
        "loose": {"zlib-ng": "2.2.5:", "libpng": "1.6.58:", "pigz": "2.8:"},
    }
    assert specs == wanted[pin]
    assert [group.name for group in stack.groups] == ["tools"]
    rules = {rule.subject: rule for rule in stack.rules}
    assert ("cmake" in rules) == (pin != "loose")
    assert "compiler-wrapper" not in rules
    if pin == "exact":
        assert str(rules["cmake"].choices[0].versions) == "=3.31.11"
        assert rules["zlib-ng"].policy == "any"  # two of them in the lock
        assert rules["c"].choices[0].name == "gcc"
        assert stack.extensions["spack"]["packages"]["gcc"]["buildable"] is False


def leaves(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    items: list[tuple[object, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = [path] if path else []
    for key, inner in items:
        found += leaves(inner, (*path, key))
    return found


VALUES = st.sampled_from([None, True, 3, "", "x", [], {}, [1], {"a": 1}, "@@", ["c", 2]])
SMALL = json.loads(text_of("v3.lock"))
PATHS = leaves(SMALL)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PATHS), VALUES)
def test_damaged_locks_raise_only_our_errors(path: tuple[object, ...], value: object) -> None:
    damaged = copy.deepcopy(SMALL)
    target = damaged
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    try:
        reading = read(Input(text=json.dumps(damaged)), Context())
        write(reading, Context(pin="exact"))
    except InputError:
        pass
