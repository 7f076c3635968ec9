"""The evaluator: values as EasyBuild sees them, nothing executed, nothing unbounded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems.easybuild.language.constants import ALTERNATIVES, constants_for
from stackbridge.ecosystems.easybuild.language.evaluate import decode, evaluate, is_local
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code

BASE = "name = 'a'\nversion = '1'\n"


def value(text: str, **kwargs: Any) -> Any:
    return evaluate(f"x = {text}", **kwargs).values["x"]


# Each pair is Python whose value needs no explanation.
CONSTRUCTS = [
    ("'a' 'b'", "ab"),
    ("'%s-%s' % ('a', 1)", "a-1"),
    ("'%(name)s-%%s' % {'name': 'n'}", "n-%s"),
    ("f'{1 + 1:03d}{[1]!r}'", "002[1]"),
    ("'{}-{k}'.format('a', k=2)", "a-2"),
    ("[i for i in range(5) if i % 2]", [1, 3]),
    ("[(i, j) for i, j in zip('ab', [1, 2])]", [("a", 1), ("b", 2)]),
    ("{k: v for k, v in {'a': 1}.items()}", {"a": 1}),
    ("','.join(str(i) for i in (1, 2))", "1,2"),
    ("sorted({'b', 'a'}, reverse=True)", ["b", "a"]),
    ("1 if 'a' in 'abc' and not False else 2", 1),
    ("'a.b.c'.split('.')[:2]", ["a", "b"]),
    ("[*'ab', *[1]]", ["a", "b", 1]),
    ("{**{'a': 1}, 'b': 2}", {"a": 1, "b": 2}),
    ("chr(65) + 'x'.upper()", "AX"),
    ("1 < 2 < 3", True),
    ("('a',) * 2", ("a", "a")),
    ("[[j for j in range(i)] for i in range(3)]", [[], [0], [0, 1]]),
    ("-3 // 2", -2),
    ("SOURCE_TAR_GZ", "%(name)s-%(version)s.tar.gz"),
    ("GITHUB_URL_LOWER", constants_for()["GITHUB_LOWER_SOURCE"]),
    ("SYSTEM['name']", "system"),
    ("(y := 3) + 1", 4),
    ("max(['a', 'bbb'], key=len)", "bbb"),
]


@pytest.mark.parametrize(("text", "expected"), CONSTRUCTS)
def test_constructs(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_statements() -> None:
    text = """
local_a, (local_b, *local_c) = 1, (2, 3, 4)
deps = [('zlib', '1')]
if ARCH == 'x86_64':
    dependencies = deps
else:
    dependencies = []
for local_i in range(5):
    if local_i == 1:
        continue
    if local_i == 3:
        break
    dependencies += [('d%d' % local_i, '1')]
else:
    never = True
local_d = {}
local_d['k'] = local_e = [1]
local_e.append(2)
del local_i
"""
    found = evaluate(text)
    assert found.values["dependencies"] == [("zlib", "1"), ("d0", "1"), ("d2", "1")]
    assert found.values["local_c"] == [3, 4]
    assert found.values["local_d"] == {"k": [1, 2]}
    assert "never" not in found.values
    assert "local_i" not in found.values
    assert found.notices == ()
    assert "ARCH" in found.constants


def test_architecture_decides() -> None:
    text = "v = {'x86_64': 1, 'aarch64': 2}[ARCH]"
    assert evaluate(text, architecture="aarch64").values["v"] == 2
    with pytest.raises(InputError, match="does not know the architecture riscv64"):
        evaluate(text, "a.eb", architecture="riscv64")


def test_environment_is_declared() -> None:
    text = "import os\nfrom os import getenv\na = os.getenv('A')\nb = os.environ.get('B', 'd')\n"
    text += "c = os.environ['A'] if 'A' in os.environ else ''\nd = getenv('C')\n"
    found = evaluate(text, environment={"A": "1"})
    assert found.values == {"a": "1", "b": "d", "c": "1", "d": None}
    assert found.variables == {"A", "B", "C"}
    assert [(n.code, n.subject, n.where.line) for n in found.notices] == [
        (Code.HOST_VALUE_ASSUMED, "B", 4),
        (Code.HOST_VALUE_ASSUMED, "C", 6),
    ]


def test_host_constants_are_reported() -> None:
    found = evaluate("x = HOME", constants={"HOME": "/users/me"})
    assert found.values == {"x": "/users/me"}
    assert found.notices[0].subject == "HOME"


def test_unevaluable_is_a_notice_and_spreads() -> None:
    text = (
        "import subprocess\nlocal_v = subprocess.run('id')\nversion = '1-' + local_v\nname = 'n'\n"
    )
    found = evaluate(text, "x.eb")
    assert found.values == {"name": "n"}
    assert found.unknown == ("subprocess", "local_v", "version")
    assert [(n.code, n.where.line) for n in found.notices] == [
        (Code.EVALUATION_INCOMPLETE, line) for line in (1, 2, 3)
    ]


def test_unknown_condition_makes_both_branches_unknown() -> None:
    text = "import os\nif os.path.exists('/x'):\n    a = 1\nelse:\n    b = 2\nc = 3\n"
    assert evaluate(text).values == {"c": 3}


FAILURES = [
    ("version = foo", 1, "`foo` is not defined"),
    ("\nx = 'a' + 1", 2, "TypeError"),
    ("x = {}['a']", 1, "no entry 'a'"),
    ("x = 'a'.nope()", 1, "no attribute 'nope'"),
    ("x = (1,\n", 1, "never closed"),
    ("toolchain = 3", 1, "`toolchain` has a wrong type"),
    ("checksums = [object]", 1, "`object` is not defined"),
    ("checksums = [3]", 1, "a checksum can't be int"),
    ("a, b = 1, 2, 3", 1, "too many values"),
]


@pytest.mark.parametrize(("text", "line", "message"), FAILURES)
def test_failures_have_a_place(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError) as caught:
        evaluate(text, "f.eb")
    assert caught.value.line == line
    assert caught.value.file == "f.eb"
    assert message in caught.value.message


HOSTILE = [
    "a = [1]\nfor i in range(60):\n    a = [a, a]\n",
    "a = 'x' * 10**9",
    "a = [0] * 10**9",
    "a = 9**9**9",
    "a = 1 << 10**9",
    "a = []\na.append(a)",
    "while True:\n    pass",
    "a = [i for i in range(10**12)]",
    "a = list(range(10**12))",
    "a = 'x'\nfor i in range(100):\n    a += a",
    "a = 'aaaa'\nfor i in range(100):\n    a = a.replace('a', 'aaaa')",
    "a = 'x'.ljust(10**9)",
    "a = 'x' * 10**6\nb = ('%(a)s' * 100) % {'a': a}",
    "a = '%9999d' * 5000 % tuple(range(5000))",
    "a = '-' * 10**6\nb = a.join(['x'] * 1000)",
    "a = " + "-" * 50_000 + "1",
    "a = " + "[" * 150 + "]" * 150 + "\nb = " + "(" * 300,
    "a = " + "+".join(["1"] * 50_000),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30].replace("\n", " "))
def test_hostile_programs_are_stopped(text: str) -> None:
    with pytest.raises(InputError):
        evaluate(text, "f.eb")


LONG = [
    "x = '%(" + "%(" * 100_000 + "' % {}",
    "x = '" + "%" * 500_000 + "' % ()",
    "x = '" + ")99999 " * 50_000 + "' % ()",
    "x = '" + ":" * 500_000 + "'.format()",
    "x = '" + "{:1}" * 100_000 + "'.format(1)",
    "[" * 200_000,
    "\n[ " * 200_000,
    "\n" * 1_000_000 + "x = 1",
    "import nothing\n" + "".join(f"a{n + 1} = a{n}\n" for n in range(20_000)),
    "".join(f"b{n} = {n}\n" for n in range(50_000)) + "x = c1",
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12].replace("\n", " "))
def test_long_texts_end(text: str) -> None:
    """Each took minutes when a pattern looked twice at the same characters."""
    try:
        found = evaluate(text, "f.eb")
    except InputError as error:
        assert error.file == "f.eb"  # noqa: PT017
    else:
        assert len(found.notices) <= 100


def test_a_width_behind_a_key_is_refused() -> None:
    for key in ("k", "k" * 600):
        found = evaluate(f"x = '%({key})99999999d' % {{'{key}': 1}}", "f.eb")
        assert "x" not in found.values
    assert value("'f(x)123456 %s' % 'a'") == "f(x)123456 a"


ESCAPES = [
    "().__class__.__base__",
    "'{0.__class__}'.format(1)",
    "'%99999999d' % 1",
    "f'{1:>99999999}'",
    "(lambda: 1)()",
    "(i for i in 'ab')",
    "str.maketrans",
    "'a'.encode()",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_else_is_reachable(text: str) -> None:
    found = evaluate(f"x = {text}", "f.eb")
    assert "x" not in found.values
    assert found.notices[0].code is Code.EVALUATION_INCOMPLETE


@pytest.mark.parametrize(
    "text", ["__import__('os')", "open('/etc/passwd')", "exec('1')", "eval('1')"]
)
def test_builtins_outside_the_list_do_not_exist(text: str) -> None:
    with pytest.raises(InputError, match="not defined"):
        evaluate(f"x = {text}", "f.eb")


def test_constants_can_not_be_changed_for_others() -> None:
    evaluate("SYSTEM['name'] = 'evil'\nOS_PKG_IBVERBS_DEV = 1")
    assert value("SYSTEM") == {"name": "system", "version": "system"}
    assert evaluate("SYSTEM = 1").values == {}


def test_alternative_names_and_types() -> None:
    found = evaluate(
        "deps = {('b', '1'), ('a', '2')}\nversion = 1.3\ndoc_urls = 'u'\nversion_suffix = '-x'\n"
        "sanity_check_paths = {'files': [['a', 'b']], 'dirs': ()}\n"
        "toolchain = 'foss, 2024a'\n"
    )
    assert found.values == {
        "dependencies": [("b", "1"), ("a", "2")],  # in the order of the text
        "version": "1.3",
        "docurls": ["u"],
        "versionsuffix": "-x",
        "sanity_check_paths": {"files": [("a", "b")], "dirs": []},
        "toolchain": {"name": "foss", "version": "2024a"},
    }
    assert found.written == {
        "dependencies": "deps",
        "docurls": "doc_urls",
        "versionsuffix": "version_suffix",
    }
    assert found.line("docurls") == 3


def test_sections_cut_the_file() -> None:
    found = evaluate(BASE + "[section]\nbroken = = 1\n", "f.eb")
    assert found.values == {"name": "a", "version": "1"}
    assert found.cut == 3
    assert found.notices[0].code is Code.SETTING_IGNORED
    with pytest.raises(InputError) as caught:
        evaluate("x = '''\n[ini]\na=1\n'''\n", "f.eb")
    assert "line 2" in str(caught.value.hint)


def test_format_two_is_refused() -> None:
    with pytest.raises(InputError, match=r"format 2\.0"):
        evaluate("# EASYCONFIGFORMAT 2.0\n" + BASE)
    assert evaluate("# EASYCONFIGFORMAT 1.0\n" + BASE).values["name"] == "a"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"name = '\x00'", "binary"),
        (b"a = 1\nb = '\xff'", "not UTF-8"),
        (b"#" * 5_000_001, "5,000,001 bytes"),
    ],
)
def test_files_that_are_no_text(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode(data, "f.eb")


def test_line_ends_and_marks() -> None:
    assert decode(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n") == "a = 1\nb = 2\n"


@pytest.mark.parametrize(
    ("name", "local"), [("local_x", True), ("_x", True), ("x", True), ("name", False)]
)
def test_local_names(name: str, local: bool) -> None:
    assert is_local(name) is local


_literal = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(_literal)
def test_literals_come_back(literal: object) -> None:
    assert value(repr(literal)) == literal


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="[]{}()'\"\\%sabc =+,:.0*\n#ifor", max_size=60))
def test_any_text_gives_values_or_an_input_error(text: str) -> None:
    try:
        found = evaluate(text, "f.eb")
    except InputError as error:
        assert error.file == "f.eb"  # noqa: PT017
    else:
        assert isinstance(found.values, dict)


_LIVE = """
import contextlib, io, json, sys
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from easybuild.tools.options import set_up_configuration
    set_up_configuration(args=["--ignore-osdeps"], silent=True)
from easybuild.framework.easyconfig.constants import EASYCONFIG_CONSTANTS
from easybuild.framework.easyconfig.parser import ALTERNATIVE_EASYCONFIG_PARAMETERS as names
from easybuild.framework.easyconfig.parser import EasyConfigParser
from easybuild.framework.easyconfig.templates import (
    ALTERNATIVE_EASYCONFIG_TEMPLATE_CONSTANTS as alternatives, TEMPLATE_CONSTANTS)
values = {}
for path in json.load(sys.stdin):
    parsed = EasyConfigParser(path).get_config_dict()
    values[path] = repr({names.get(k, k): sorted(v, key=repr) if k.endswith("dependencies") else v
                         for k, v in parsed.items()})
constants = {k: v[0] for k, v in (*TEMPLATE_CONSTANTS.items(), *EASYCONFIG_CONSTANTS.items())}
json.dump([values, constants, alternatives, names], sys.stdout)
"""


def test_equal_to_easybuild_on_a_sample(
    easyconfigs: Path, eb_environment: dict[str, str], sample: list[Path]
) -> None:
    """Every 80th released file; `tools/compare_easybuild.py` does all of them."""
    done = subprocess.run(
        [sys.executable, "-c", _LIVE],
        input=json.dumps([str(path) for path in sample]),
        capture_output=True,
        text=True,
        env=eb_environment,
        check=True,
    )
    values, constants, alternatives, names = json.loads(done.stdout)
    ours = constants_for(constants["ARCH"])
    host = {
        name: constants[name]
        for name in ("HOME", "OS_TYPE", "OS_NAME", "OS_VERSION", "SYS_PYTHON_VERSION")
    }
    assert alternatives == dict(ALTERNATIVES)
    for name, expected in {**constants, **host}.items():
        found = host.get(name, ours[name])
        assert (list(found) if isinstance(found, tuple) else found) == expected, name
    from stackbridge.ecosystems.easybuild.language.constants import PARAMETER_ALTERNATIVES

    assert names == dict(PARAMETER_ALTERNATIVES)
    for path in sample:
        found = evaluate(
            decode(path.read_bytes()), str(path), architecture=constants["ARCH"], constants=host
        )
        assert found.unknown == ()
        mine = {
            name: sorted(value, key=repr) if name.endswith("dependencies") else value
            for name, value in found.values.items()
        }
        assert repr(mine) == values[str(path)], path.name
