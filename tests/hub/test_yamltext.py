"""Reading and writing YAML: strict, safe, nothing changed on the way."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.errors import InputError
from stackbridge.yamltext import MAX_SIZE, Flow, dump, load, plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("true", True),
        ("~", None),
        ("", None),
        ("0o17", 15),
        ("017", 17),
        ("0x1f", 31),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        ("-.inf", -math.inf),
        ("'1.10'", "1.10"),
        ("=", "="),
        ("! 'x'", "x"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    found = plain(load(text))
    assert found == value
    assert type(found) is type(value)


def test_source_text_of_a_number_is_kept() -> None:
    node = load("version: 1.10").entries["version"]
    assert (node.text, node.value, node.quoted) == ("1.10", 1.1, False)
    assert node.is_text


def test_places_count_from_one() -> None:
    node = load("a:\n  - x\n  - {b: c}\n")
    inner = node.entries["a"].items[1]
    assert (inner.line, inner.column) == (3, 5)
    assert (inner.keys["b"].line, inner.keys["b"].column) == (3, 6)
    assert node.entries["a"].children[0].text == "x"


@pytest.mark.parametrize(
    ("text", "line", "column", "part", "hint"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "`a` occurs twice", "line 1"),
        ("a: !!python/object/apply:os.system [x]\n", 1, 4, "tag", "plain text"),
        ("a: !include x\n", 1, 4, "tag `!include`", "plain text"),
        ("a: *x\n", 1, 4, "anchored", None),
        ("--- a\n--- b\n", 2, 1, "second document", "one document"),
        ("a: %x\n", 1, 4, "not valid YAML", "quotes"),
        ("a: b: c\n", 1, 5, "not valid YAML", "quotes"),
        ("{[a]: b}", 1, 2, "key must be plain", None),
        ("<<: [a]\n", 1, 5, "`<<`", None),
        ("a: [b:]\n", 1, 6, "not valid YAML", "ends in a colon"),
        ("a: [\n", 2, 1, "not valid YAML", None),
    ],
)
def test_refused(text: str, line: int, column: int, part: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        load(text, "f.yaml")
    error = caught.value
    assert part in error.message
    assert (error.file, error.line, error.column) == ("f.yaml", line, column)
    assert error.hint is None if hint is None else hint in str(error.hint)


def test_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(InputError, match="aliases repeat"):
        load("\n".join(lines))


def test_aliases_and_merge_keys_work_in_measure() -> None:
    node = load("base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\nagain: *b\n")
    assert plain(node) == {
        "base": {"x": 1, "y": 2},
        "more": {"y": 3, "x": 1},
        "again": {"x": 1, "y": 2},
    }


def test_recursive_alias_is_refused() -> None:
    with pytest.raises(InputError, match="anchored"):
        load("a: &a [*a]\n")


@pytest.mark.parametrize("text", ["[" * 5000, "- " * 5000, "{a: " * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"nested deeper|not valid YAML"):
        load(text)


def test_large_text_is_refused() -> None:
    with pytest.raises(InputError, match="10 MB"):
        load("a" * (MAX_SIZE + 1))


@pytest.mark.parametrize("text", ["a: \x00", "\x07", "a: \ud800", "\ufffe"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        load(text)


@pytest.mark.parametrize(
    "text",
    ["on", "y", "1.10", "1e3", "0o7", "12:30", "1_0", "%gcc", "@1.2", "*", "a: b", "a #b", "null",
     "", " x", "x ", "x\ny", "x\n", "-", "- a", "[a", "{a", "a,b", "\t", "é", "\x85", "!x", "&x", "2024-01-01", "=", "<<"],
)  # fmt: skip
def test_text_stays_text_for_every_reader(text: str) -> None:
    written = dump({"k": [text], "flow": Flow([text]), text or "empty": 1})
    expected = {"k": [text], "flow": [text], text or "empty": 1}
    assert plain(load(written)) == expected
    assert yaml.safe_load(written) == expected


def test_layout() -> None:
    data = {"a": {"b": ["x", {"c": 1}], "d": Flow(["x", "z"])}, "t": "one\ntwo\n", "e": [], "m": {}}
    assert dump(data) == (
        "a:\n  b:\n    - x\n    - c: 1\n  d: [x, z]\nt: |\n  one\n  two\ne: []\nm: {}\n"
    )


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_DATA)
def test_dump_then_load_changes_nothing(data: Any) -> None:
    assert plain(load(dump(data))) == data


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text("[]{}&*!|>%@-:,#'\" \n\tab0.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert load(text, "f").kind in {"scalar", "sequence", "mapping"}
