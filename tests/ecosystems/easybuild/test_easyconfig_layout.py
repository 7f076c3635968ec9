"""Easyconfigs taken apart and written again: equal for EasyBuild, comments in place."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, Parameter, read_layout, same
from stackbridge.ecosystems.easybuild.easyconfigs.rendering import cut, quoted, render
from stackbridge.ecosystems.easybuild.easyconfigs.terms import literal, value_of
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code

ROOT = Path(__file__).parents[3]
RELEASE = Path(sys.prefix) / "easybuild" / "easyconfigs"
HEAD = "name = 'x'\nversion = '1'\nhomepage = 'h'\ndescription = 'd'\ntoolchain = SYSTEM\n"


def again(text: str) -> str:
    """Through the plain data of a manifest, and back."""
    layout, _, _ = read_layout(text)
    return render(Layout.from_data(json.loads(json.dumps(layout.data()))))


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT]


def parameters(text: str, architecture: str = "x86_64") -> dict[str, object]:
    return evaluate(text, architecture=architecture).parameters


@pytest.fixture(scope="module")
def sample() -> list[Path]:
    files = sorted(RELEASE.rglob("*.eb"))
    if not files:
        pytest.skip("EasyBuild's easyconfigs are not installed")
    return files[7::60]


def test_the_release_comes_back(sample: list[Path], tmp_path: Path) -> None:
    """A sample of the release; benchmarks/easyconfig_roundtrip.py does it with every file."""
    originals, written = tmp_path / "a", tmp_path / "b"
    originals.mkdir()
    written.mkdir()
    for path in sample:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        result = again(text)
        expected = parameters(text)
        assert set(parameters(result)) == set(expected)
        for name, value in expected.items():
            assert same(value, parameters(result)[name]), (path.name, name)
        kept = " ".join(comments(result))
        assert all(comment in kept for comment in comments(text)), path.name
        assert again(result) == result, path.name
        (originals / path.name).write_text(text, encoding="utf-8")
        (written / path.name).write_text(result, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests/judges/easyconfigs_equal.py"),
            str(originals),
            str(written),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ, EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES="1"),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["files"] == len(sample)
    assert answer["different"] == {}
    assert answer["style"] <= len(sample) // 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sources = [SOURCE_TAR_GZ]", "sources = [SOURCE_TAR_GZ]"),
        ("x1 = 'lib/libz.%s' % SHLIB_EXT", "x1 = 'lib/libz.%s' % SHLIB_EXT"),
        ("x1 = f'lib/libz.{SHLIB_EXT}'", "x1 = 'lib/libz.%s' % SHLIB_EXT"),
        ("_v = '2.0'\nx1 = 'a-' + _v", "x1 = 'a-2.0'"),
        ("x1 = ['a%s' % i for i in 'bc']", "x1 = ['ab', 'ac']"),
        (
            "dependencies = [('zlib', '1', '', SYSTEM)]",
            "dependencies = [('zlib', '1', '', SYSTEM)]",
        ),
        ("dependencies = [['zlib', '1']]", "dependencies = [['zlib', '1']]"),
        (
            "patches = ['a.patch', ('b.patch', 1)]",
            "patches = [\n    'a.patch',\n    ('b.patch', 1),\n]",
        ),
        ("x1 = {SYSTEM['name']: 1}", "x1 = {'system': 1}"),
        ("x1 = ()", "x1 = ()"),
        ("x1 = ('a',)", "x1 = ('a',)"),
        ("configopts = 'a '\nconfigopts += 'b'", "configopts = 'a b'"),
    ],
)
def test_constructs(text: str, expected: str) -> None:
    result = again(HEAD + text + "\n")
    assert expected in result
    assert all(same(parameters(HEAD + text)[k], v) for k, v in parameters(result).items())


def test_what_depends_on_the_architecture_still_does() -> None:
    text = HEAD + (
        "x1 = ['a']\nif ARCH == 'aarch64':\n    x1 += ['b']\n"
        "x2 = {'x86_64': 'i', 'aarch64': 'a', 'riscv64': 'r', 'ppc64le': 'p'}[ARCH]\n"
        "if ARCH == 'aarch64':\n    x3 = ['only']\nif ARCH != 'riscv64':\n    x4 = 'most'\n"
    )
    result = again(text)
    assert "if ARCH == 'aarch64':\n    x1 += ['b']" in result
    for architecture in ("x86_64", "aarch64", "riscv64"):
        assert parameters(result, architecture) == parameters(text, architecture)


def test_comments_come_back_where_they_stood() -> None:
    text = (
        "# header\n\n" + HEAD + "\n# why these\ndependencies = [  # opened\n    # first\n"
        "    ('a', '1'),  # beside\n    ('b', '2'),\n    # last\n]  # closed\n\n# the end\n"
    )
    assert again(text) == text


def test_a_comment_that_has_to_move_is_named() -> None:
    text = HEAD + "_v = '1'  # of the day\nx1 = _v\n"
    layout, _, notices = read_layout(text, "f.eb")
    moved = [notice for notice in notices if notice.code is Code.COMMENT_MOVED]
    assert [notice.where.line for notice in moved] == [6]
    assert "# of the day\nx1 = '1'" in render(layout)


def test_blank_lines_group_parameters() -> None:
    text = "name = 'x'\nversion = '1'\n\nhomepage = 'h'\ndescription = 'd'\n\ntoolchain = SYSTEM\n"
    assert again(text) == text


HOSTILE = [
    "'; import os; os.system('touch pwned'); '",
    '"""\nimport os\n"""',
    "a\n[section]\nb",
    "a\neasyblock = 'Evil'\nname = 'evil'",
    "\\", "'", '"', "'\"", "%(name)s %s %%", "\x00\x1b", "\u2028", "\r\n", "{}", "${x}", "\\N{DASH}",
    '""""', 'a\n""""', "x" * 500, "word " * 200, "trailing \nblank",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["description", "configopts", "x1"])
def test_hostile_texts_are_only_texts(name: str, text: str) -> None:
    base, _, _ = read_layout(HEAD)
    groups = (*base.groups, (Parameter(name=name, term=text), Parameter(name="x2", term=[text])))
    found = evaluate(render(Layout(groups=groups)))
    assert found.cut is None
    assert found.values[name] == text
    assert found.values["x2"] == [text]
    assert set(found.values) == {
        "name",
        "version",
        "homepage",
        "description",
        "toolchain",
        name,
        "x2",
    }


@pytest.mark.parametrize(
    "data",
    [
        {"parameters": [{"x = 1; y": 1}]},
        {"parameters": [{"x1": {"constant": "os.system('x')"}}]},
        {"parameters": [{"x1": {"format": 1, "with": 5}}]},
        {"parameters": [{"x1": {"sum": [1, {}]}}]},
        {"parameters": 5},
        {"parameters": [{"x1": {"architecture": {}}}]},
        {"parameters": [{"x1": 1}], "comments": [{"besides": "x"}]},
        {},
    ],
)
def test_data_that_makes_no_sense_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InputError):
        render(Layout.from_data(data))


def test_a_comment_can_never_become_code() -> None:
    data = {
        "parameters": [{"x1": 1}],
        "comments": [{"before": "x1", "text": ["import os", "# a\nimport os", "#b\rimport os"]}],
    }
    assert list(evaluate(render(Layout.from_data(data))).values) == ["x1"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(value=VALUES, name=st.sampled_from(["x1", "exts_list", "sanity_check_paths", "description"]))
def test_any_value_comes_back(value: object, name: str) -> None:
    rows = name == "exts_list"
    term = json.loads(json.dumps(literal(value, rows=rows)))
    assert same(value_of(term, {}, rows=rows), value)
    text = render(Layout(groups=((Parameter(name=name, term=term),),)))
    if name == "x1":  # EasyBuild converts the types of the others
        assert same(evaluate(text).values["x1"], value)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(12, 120))
def test_pieces_make_the_text(text: str, width: int) -> None:
    assert "".join(cut(text, width)) == text
    assert "\n" not in quoted(text)
