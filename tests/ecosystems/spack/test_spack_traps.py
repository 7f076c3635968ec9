"""Traps of Spack's environments, each of which has caught somebody."""

from __future__ import annotations

import pytest

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.installed.externals_reader import read as read_externals
from stackbridge.ecosystems.spack.language.formatting import canonical, format_spec
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code
from stackbridge.hub.stack import Stack


def reading(body: str) -> Reading:
    lines = "".join(f"  {line}\n" for line in body.splitlines())
    return read(Input(text=f"spack:\n{lines}", file="spack.yaml"), Context())


def stack(body: str) -> Stack:
    found = reading(body).stack
    assert found is not None
    return found


def expanded(body: str) -> list[str]:
    return [canonical(p) for group in roots(stack(body)).values() for p in group]


def again(body: str) -> str:
    return write(reading(body), Context()).files["spack.yaml"]


def test_a_matrix_is_not_joined_text() -> None:
    body = "specs:\n- matrix: [[boost], ['%gcc@14.2.0'], [^python@3.11.6], [target=zen3]]"
    assert expanded(body) == ["boost target=zen3 %gcc@14.2.0 ^python@3.11.6"]


def test_a_matrix_within_a_matrix_is() -> None:
    body = (
        "definitions:\n- inner: [{matrix: [[hpx], [^boost]]}]\n"
        "specs:\n- matrix: [[$inner], ['%gcc@14']]\n- matrix: [[hpx], [^boost], ['%gcc@14']]"
    )
    # Spack joins only the inner one; the outer row is merged.
    assert expanded(body) == ["hpx %gcc@14 ^boost", "hpx %gcc@14 ^boost"]


def test_a_sigil_before_a_sigil_propagates() -> None:
    body = "definitions:\n- cc: ['%gcc']\nspecs:\n- matrix: [[zlib], [$%cc]]"
    assert expanded(body) == ["zlib %%gcc"]


def test_a_compiler_after_a_dependency_belongs_to_it() -> None:
    package = parse("tau +mpi ^binutils%gcc@11.1.0")
    assert package.dependencies[0].package.dependencies[0].package.name == "gcc"


def test_old_compiler_names_are_aliases_only_after_a_percent_sign() -> None:
    assert parse("x %intel").dependencies[0].package.name == "intel-oneapi-compilers-classic"
    assert parse("x ^intel").dependencies[0].package.name == "intel"
    assert parse("clang").name == "clang"


def test_a_prefix_is_no_version() -> None:
    assert parse("x@1.2").versions.exact is None
    assert str(parse("x@=1.2").versions.exact) == "1.2"
    assert "1.2.9" in parse("x@1.2").versions
    assert "1.4.9" in parse("x@1.2:1.4").versions


def test_at_least_and_exactly_these_values() -> None:
    least, exactly = parse("x a=b,c").features[0], parse("x a:=b,c").features[0]
    assert (least.exactly, exactly.exactly) == (False, True)
    assert format_spec(parse("x a:='c,c++'")) == "x a:='c,c++'"


def test_yaml_1_2_not_1_1() -> None:
    own = stack("specs: []\nconfig: {a: yes, b: 12:30, c: 0o7, d: off}").extensions["spack"]
    assert own["config"] == {"a": "yes", "b": "12:30", "c": 7, "d": "off"}
    assert "a: 'yes'" in again("specs: []\nconfig: {a: yes}")


def test_a_comma_in_a_list_in_brackets_separates() -> None:
    assert expanded("specs: [hdf5 a=b, c]") == ["hdf5 a=b", "c"]
    assert "['hdf5 a=b,c']" in again("definitions:\n- x: ['hdf5 a=b,c']\nspecs: []")


def test_requirements_of_a_package_replace_those_of_all_and_both_are_kept() -> None:
    rules = stack("packages:\n  all: {require: target=zen3}\n  x: {require: +a}\nspecs: []").rules
    assert [(rule.subject, canonical(rule.choices[0])) for rule in rules] == [
        ("*", "target=zen3"),
        ("x", "+a"),
    ]


def test_soft_settings_are_no_requirements() -> None:
    rules = stack(
        "packages:\n  x: {version: ['1.2'], variants: +a, require: '@1'}\nspecs: []"
    ).rules
    assert [rule.strength for rule in rules] == ["default", "default", "require"]


def test_the_same_spec_in_several_groups_stays() -> None:
    body = (
        "definitions:\n- gpu: [kokkos+cuda]\nspecs:\n- group: a\n  specs: [$gpu]\n"
        "- group: b\n  specs: [$gpu, $gpu]"
    )
    found = roots(stack(body))
    assert {name: len(group) for name, group in found.items()} == {"a": 1, "b": 2}


def test_what_is_not_said_of_unify_is_not_made_up() -> None:
    assert stack("specs: [zlib]").unify is None
    assert "unify" not in again("specs: [zlib]")
    assert "view: false" in again("specs: [zlib]\nview: false")


def test_namespaces_stay_in_files() -> None:
    assert "- site.hdf5@1.14" in again("specs: [site.hdf5@1.14]")


def test_a_spec_over_several_lines_is_one() -> None:
    body = "specs:\n- trilinos ^adios2@2.9.2 build_type=Release\n  ^hdf5@1.14.3 build_type=Release"
    assert expanded(body) == [
        "trilinos ^adios2@2.9.2 build_type=Release ^hdf5@1.14.3 build_type=Release"
    ]


def test_empty_entries_and_an_empty_environment() -> None:
    assert expanded("specs:\n-\n- zlib\n- null") == ["zlib"]
    assert expanded("specs:") == []
    assert read(Input(text="spack:\n"), Context()).stack is not None


def test_a_recipe_of_stackinator_only_looks_alike() -> None:
    text = "gcc-env:\n  compiler: [gcc]\n  specs: [hdf5]\n"
    with pytest.raises(InputError, match="no Spack environment"):
        read(Input(text=text), Context())


def test_externals_with_modules_only_and_without_versions() -> None:
    text = (
        "packages:\n  x:\n    externals:\n    - {spec: x@1, modules: [x/1]}\n"
        "    - {spec: x, prefix: /usr}\n"
    )
    found = read_externals(Input(text=text), Context())
    assert found.resolution is not None
    assert [node.version for node in found.resolution.nodes] == ["1"]
    node = found.resolution.nodes[0]
    assert node.installed is not None
    assert (node.installed.prefix, node.installed.modules) == (None, ("x/1",))
    assert node.os is None  # not the host's
    assert [notice.code for notice in found.notices] == [Code.EXTERNAL_SUSPECT]


def test_an_exclude_needs_no_recipes() -> None:
    body = "specs:\n- matrix: [[ours, theirs], [+a, ~a]]\n  exclude: [ours +a]"
    assert expanded(body) == ["ours~a", "theirs+a", "theirs~a"]


def test_values_with_colons_and_signs() -> None:
    text = "rocblas amdgpu_target='gfx90a:xnack-'"
    assert parse(format_spec(parse(text))) == parse(text)
    assert parse(text).features[0].value == ("gfx90a:xnack-",)
