"""A profile from anywhere: wrong ones are refused with line and hint, hostile ones safely."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.errors import InputError
from stackbridge.sites.document import read_site
from stackbridge.sites.profile import Site
from stackbridge.sites.shipped import text_of
from stackbridge.yamltext import dump

GOOD = """\
stackbridge_site: 1
id: ours
name: Our cluster
sources:
  - {id: s1, kind: config, ref: "github:us/config@abc", date: 2026-11-01}
partitions:
  - id: cpu
    cpu: {archspec: zen3, cores: 128}
    gpu: none
    source: s1
"""


def test_a_small_profile_is_enough() -> None:
    site = read_site(GOOD, "ours.yaml")
    assert site.partitions[0].cpu == "zen3"
    assert site.partitions[0].gpu is False
    assert site.sources[0].date == "2026-11-01"


@pytest.mark.parametrize(
    ("old", "new", "line", "words", "hint"),
    [
        ("name: Our", "nmae: Our", 3, "unknown key `nmae`", "did you mean `name`?"),
        ("archspec: zen3", "archspec: zen33", 8, "archspec knows no `zen33`", "archspec cpu"),
        ("archspec:", "archspce:", 8, "unknown key `archspce`", "did you mean `archspec`?"),
        ("source: s1", "source: s2", 10, "there is no source `s2`", "`sources`"),
        ("kind: config", "kind: confg", 5, "confg", "did you mean `config`?"),
        ("gpu: none", "gpu: {arch: sm80}", 9, "partitions[0].gpu", None),
        ("id: cpu", "id: ../cpu", 7, "partitions[0].id", None),
        ("stackbridge_site: 1", "stackbridge_site: 2", 1, "1 was expected", None),
        ("    source: s1\n", "    source: s1\n  - {id: cpu, source: s1}\n", 11, "twice", None),
        ("  - id: cpu", "  - &a id: cpu\n    x: *a", None, "", None),
        ("name: Our cluster", "name: !!python/name:os.system ''", 3, "", None),
        ("id: ours", "id: ours\nid: ours", 3, "ours", None),
        ("id: ours", "id: [", None, "", None),
    ],
)
def test_a_wrong_profile_is_refused_with_place(
    old: str, new: str, line: int | None, words: str, hint: str | None
) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(InputError) as caught:
        read_site(GOOD.replace(old, new, 1), "ours.yaml")
    error = caught.value
    assert error.file == "ours.yaml"
    if line is not None:
        assert error.line == line
    assert words in error.message or words == "ours"
    if hint is not None:
        assert hint in (error.hint or "")


def test_something_else_is_no_profile() -> None:
    with pytest.raises(InputError, match="not a site profile"):
        read_site("spack:\n  specs: []\n", "spack.yaml")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InputError):
        read_site("stackbridge_site: 1\nid: " + "[" * 5000, "deep.yaml")


def outcome(text: str) -> Site | str:
    """The site, or what is wrong; any other exception fails the test."""
    try:
        return read_site(text, "x.yaml")
    except InputError as error:
        return error.message


LINES = text_of("lumi").splitlines()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_profile_raises_only_our_errors(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        action = data.draw(st.sampled_from(["drop", "repeat", "insert", "cut", "change"]))
        if action == "drop":
            del lines[index]
        elif action == "repeat":
            lines.insert(index, lines[index])
        elif action == "insert":
            lines.insert(index, data.draw(st.text(max_size=30)))
        elif action == "cut":
            lines[index] = lines[index][: data.draw(st.integers(0, 40))]
        else:
            old = data.draw(st.sampled_from([":", "s1", "{", "]", "1", "id"]))
            lines[index] = lines[index].replace(old, data.draw(st.text(max_size=4)))
    assert outcome("\n".join(lines))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
BLOCKS = [
    "os", "libc", "mpi", "modules", "delivery", "installed", "toolchains", "containers",
    "policy", "filesystems", "vetoed_software", "partitions", "sources", "interconnect",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BLOCKS), VALUES)
def test_any_value_in_any_block_raises_only_our_errors(block: str, value: object) -> None:
    data = {
        "stackbridge_site": 1,
        "id": "ours",
        "name": "Ours",
        "sources": [{"id": "s1", "kind": "config", "ref": "here"}],
        "partitions": [{"id": "cpu", "source": "s1"}],
    }
    data[block] = value
    assert outcome(dump(data))
