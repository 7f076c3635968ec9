"""What a reader makes of environments: includes, outdated settings, mistakes, hostile input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code

SECTIONS = Path(__file__).parents[2] / "corpus" / "spack" / "sections" / "spack.yaml"


def reading(
    text: str, files: Mapping[str, str] | None = None, release: str | None = None
) -> Reading:
    found = files or {}
    source = Input(text=text, file="env/spack.yaml", sibling=found.get)
    return read(source, Context(options={"source_release": release}))


def codes(found: Reading) -> list[Code]:
    return [notice.code for notice in found.notices]


def expanded(found: Reading) -> list[str]:
    assert found.stack is not None
    return [canonical(p) for group in roots(found.stack).values() for p in group]


# ------------------------------------------------------------------------------ includes
def test_definitions_toolchains_and_unify_come_from_files_beside() -> None:
    files = {
        "shared/defs.yaml": "definitions:\n- apps: [hdf5, zlib]\n",
        "dir/toolchains.yaml": "toolchains:\n  site: '%c=gcc@12'\n",
        "dir/concretizer.yaml": "concretizer:\n  unify: false\n",
        "dir/include.yaml": "include:\n- deep.yaml\n",
        "dir/deep.yaml": "packages:\n  all:\n    target: [zen3]\n",
    }
    text = "spack:\n  include: [shared/defs.yaml, dir]\n  specs: [$apps, fftw %site]\n"
    found = reading(text, files)
    assert expanded(found) == ["hdf5", "zlib", "fftw %c=gcc@12"]
    assert found.stack is not None
    assert found.stack.unify == "separately"
    included = found.stack.extensions["spack"]["included"]
    assert included["files"]["dir/deep.yaml"] == {"packages": {"all": {"target": ["zen3"]}}}
    out = write(found, Context()).files["spack.yaml"]
    assert "include: [shared/defs.yaml, dir]" in out
    assert "definitions" not in out
    assert "unify" not in out


@pytest.mark.parametrize(
    "item",
    [
        "/etc/site/packages.yaml",
        "https://example.org/x.yaml",
        "$HOME/x.yaml",
        "~/x.yaml",
        "absent.yaml",
        "{path: x.yaml, when: 'os.remove(1)'}",
        "{git: 'https://example.org/x', branch: main, paths: [a]}",
    ],
)
def test_includes_that_are_not_read_are_named(item: str) -> None:
    found = reading(f"spack:\n  include: [{item}]\n  specs: [zlib]\n", {"x.yaml": "packages: {}"})
    assert Code.INCLUDE_UNREAD in codes(found)
    assert expanded(found) == ["zlib"]


def test_a_cycle_of_includes() -> None:
    files = {"a.yaml": "include: [b.yaml]\n", "b.yaml": "include: [a.yaml]\n"}
    with pytest.raises(InputError, match=r"a.yaml -> b.yaml -> a.yaml"):
        reading("spack:\n  include: [a.yaml]\n  specs: []\n", files)


# ------------------------------------------------------------------------------ upgrades
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("concretization: separately", "unify: false"),
        ("concretization: together", "unify: true"),
        ("config: {concretization: separately, debug: true}", "unify: false"),
        ("config: {install_tree: /opt/x}", "root: /opt/x"),
        (
            "config: {install_tree: /opt/x, install_path_scheme: '${PACKAGE}/${VERSION}'}",
            "all: '{name}/{version}'",
        ),
        ("config: {module_roots: {tcl: /m}}", "roots:\n        tcl: /m"),
        ("modules: {enable: [tcl]}", "default:\n      enable: [tcl]"),
        ("modules: {default: {tcl: {blacklist: [x]}}}", "exclude: [x]"),
        ("modules: {default: {tcl: {whitelist: [x]}}}", "include: [x]"),
        ("modules: {default: {tcl: {blacklist_implicits: true}}}", "exclude_implicits: true"),
        (
            "modules: {default: {tcl: {all: {filter: {environment_blacklist: [X]}}}}}",
            "exclude_env_vars: [X]",
        ),
        (
            "packages: {cmake: {paths: {cmake@3.20: /usr}}}",
            "- spec: cmake@3.20\n        prefix: /usr",
        ),
        ("packages: {cmake: {modules: {cmake@3.20: cm}}}", "modules: [cm]"),
        ("packages: {cmake: {target: [zen3]}}", "prefer: [target=zen3]"),
        ("packages: {cmake: {compiler: [gcc@9, intel]}}", "prefer: ['%gcc@9']"),
        ("gitlab-ci: {mappings: [{match: [a], runner-attributes: {tags: [x]}}]}", "pipeline-gen:"),
    ],
)
def test_outdated_settings_are_rewritten_with_a_notice(old: str, new: str) -> None:
    found = reading(f"spack:\n  {old}\n  specs: [zlib]\n")
    assert Code.SETTING_UPGRADED in codes(found)
    assert new in write(found, Context()).files["spack.yaml"]


@pytest.mark.parametrize(
    "old", ["packages: {all: {version: [1]}}", "packages: {cmake: {providers: {mpi: [mpich]}}}"]
)
def test_settings_without_a_meaning_are_dropped_with_a_notice(old: str) -> None:
    found = reading(f"spack:\n  {old}\n  specs: [zlib]\n")
    assert Code.SETTING_UPGRADED in codes(found)
    assert "mpich" not in write(found, Context()).files["spack.yaml"]


def test_what_spack_ignores_is_named() -> None:
    found = reading("spack:\n  packages: {all: {compiler: [gcc]}}\n  specs: []\n")
    assert Code.SETTING_IGNORED in codes(found)


def test_the_older_meaning_of_a_compiler() -> None:
    text = "spack:\n  specs: [hdf5%gcc@9+mpi target=zen2]\n"
    assert expanded(reading(text)) == ["hdf5 %gcc@9+mpi target=zen2"]
    assert expanded(reading(text, release="v0.21")) == ["hdf5+mpi target=zen2 %gcc@9"]


def test_a_number_that_yaml_shortens() -> None:
    found = reading("spack:\n  packages: {x: {version: [1.10, '1.20']}}\n  specs: []\n")
    assert codes(found) == [Code.VERSION_APPROXIMATED]
    assert found.stack is not None
    assert [str(c.versions) for c in found.stack.rules[0].choices] == ["1.1", "1.20"]


def test_conditions_are_kept_and_never_run() -> None:
    text = (
        "spack:\n  definitions:\n  - a: [zlib]\n    when: __import__('os').abort()\n  specs: [$a]\n"
    )
    found = reading(text)
    assert expanded(found) == ["zlib"]
    assert Code.HOST_VALUE_ASSUMED in codes(found)
    assert "when: \"__import__('os').abort()\"" in write(found, Context()).files["spack.yaml"]


# ------------------------------------------------------------------------------ mistakes
@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("spack:\n  specs: [a]\n  specs: [b]\n", 3, "`specs` occurs twice"),
        ("spack:\n  specs: [a]\n  specs:: [b]\n", 3, "`specs` occurs twice"),
        ("spack:\n  specs:\n  - hdf5@\n", 3, "unexpected `@`"),
        ("spack:\n  specs:\n  - hdf5\n  - 'zlib +a ~a'\n", 4, "given twice"),
        ("spack:\n  specs: zlib\n", 2, "must be a list"),
        ("spack:\n  specs:\n  - matrix: [[a], b]\n", 3, "each row"),
        ("spack:\n  specs:\n  - matrix: [[a]]\n    exlude: [b]\n", 4, "`exlude`"),
        ("spack:\n  specs:\n  - [a, b]\n", 3, "a list within"),
        (
            "spack:\n  specs:\n  - group: x\n    specs: []\n  - group: x\n    specs: []\n",
            5,
            "twice",
        ),
        ("spack:\n  specs:\n  - group: default\n    specs: []\n", 3, "can't be named"),
        ("spack:\n  definitions:\n  - a: []\n    b: []\n  specs: []\n", 3, "one name"),
        ("spack:\n  specs: []\nview: true\n", 3, "stands beside"),
        ("packages:\n  all: {}\n", 1, "no Spack environment"),
        ("spack: [a]\n", 1, "must hold a mapping"),
        (
            "spack:\n  packages:\n    x:\n      require:\n      - {one: [a]}\n",
            5,
            "no key of a requ",
        ),
        ("spack:\n  specs:\n  - hdf5 {x}\n", 3, "unexpected `{`"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError) as caught:
        reading(text)
    assert caught.value.file == "env/spack.yaml"
    assert caught.value.line == line
    assert message in caught.value.message


def test_the_column_of_a_mistake_in_a_spec() -> None:
    with pytest.raises(InputError) as caught:
        reading("spack:\n  specs:\n  - hdf5\n  - 'zlib @1 @2'\n")
    assert (caught.value.line, caught.value.column) == (4, 14)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spack:\n  specs:\n  - $nothing\n", r"`\$nothing` is not defined"),
        (
            "spack:\n  definitions:\n  - a: [$b]\n  - b: [$a]\n  specs: [$a]\n",
            "`.b` is not defined",
        ),
        ("spack:\n  specs:\n  - matrix: [['a@1', 'b'], ['@2']]\n", "contradict each other"),
    ],
)
def test_mistakes_of_the_expansion(text: str, message: str) -> None:
    found = reading(text)
    assert found.stack is not None
    with pytest.raises(InputError, match=message) as caught:
        roots(found.stack)
    assert caught.value.line is not None
    assert caught.value.hint


def test_a_matrix_too_large() -> None:
    rows = "[" + ", ".join(f"{'[' + ', '.join('abcdefghij') + ']'}" for _ in range(9)) + "]"
    found = reading(f"spack:\n  specs:\n  - matrix: {rows}\n")
    assert found.stack is not None
    with pytest.raises(InputError, match="matrix of 1000000000"):
        roots(found.stack)


# --------------------------------------------------------------------------------- fuzz
WORDS = st.sampled_from(
    ["spack:", "specs:", "- ", "matrix:", "[", "]", "{", "}", "%", "@", "'", '"', "$x", "\n", "  ",
     "zlib", "packages:", "all:", "require:", ":", "::", "&a", "*a", "!!python/x", "\x00", "é", "#"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=25))
def test_no_text_raises_anything_but_our_errors(words: list[str]) -> None:
    text = "".join(words)
    for candidate in (
        text,
        f"spack:\n  specs:\n  - {text}\n",
        f"spack:\n  packages:\n    {text}\n",
    ):
        try:
            found = reading(candidate)
            if found.stack is not None:
                write(found, Context())
                roots(found.stack)
        except InputError:
            pass


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_environments_raise_only_our_errors(data: st.DataObject) -> None:
    text = SECTIONS.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 30))
    insert = data.draw(st.sampled_from(["", ":", "- ", "[", "{", "'", "%", "  ", "\n", "null"]))
    try:
        found = reading(text[:at] + insert + text[at + cut :])
        write(found, Context())
    except InputError:
        pass
