"""A package.py can do nothing but describe itself, and what can't be read is flagged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems.spack.repository.layout import open_repository
from stackbridge.ecosystems.spack.repository.loader import Loader
from stackbridge.ecosystems.spack.repository.source import parse

HEAD = "from spack.package import *\nimport os, sys, subprocess, re\n\n"


def read(tmp_path: Path, body: str, head: str = "") -> dict[str, Any]:
    """The record of a package `evil` whose class body is given."""
    (tmp_path / "repo.yaml").write_text("repo:\n  namespace: evil\n  api: v2.0\n")
    place = tmp_path / "packages" / "evil"
    place.mkdir(parents=True)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (place / "package.py").write_text(f"{HEAD}{head}\nclass Evil(Package):\n{lines}")
    repository = open_repository(tmp_path)
    return Loader([repository], "linux", "x86_64").package(repository, "evil")


def reasons(record: dict[str, Any]) -> str:
    """All that was flagged, as one text."""
    return "\n".join(f"{line}: {why}" for _file, line, why in record["incomplete"])


@pytest.mark.parametrize(
    "body",
    [
        "os.system('touch {0}')",
        "subprocess.run(['touch', '{0}'])",
        "open('{0}', 'w').write('x')",
        "__import__('os').system('touch {0}')",
        "exec('import os; os.system(\"touch {0}\")')",
        'eval(\'__import__("os").mkdir("{0}")\')',
        "x = [c for c in ().__class__.__base__.__subclasses__()]",
        "getattr(os, 'sys' + 'tem')('touch {0}')",
        "os.path.join.__globals__['os'].system('touch {0}')",
        "version('1').__class__.__init__.__globals__",
        "sys.modules['os'].system('touch {0}')",
        "(lambda: os.makedirs('{0}'))()",
        "from os import system\nsystem('touch {0}')",
        "import builtins\nbuiltins.open('{0}', 'w')",
        "Version('1')._version.__globals__",
        "re.compile('x').__class__",
        "print.__self__.open('{0}', 'w')",
        "type('X', (object,), dict())",
        "type(1)(2).__class__",
        "getattr('', '__cl' + 'ass__')",
        "next(iter([1])).__class__.__mro__",
    ],
)
def test_nothing_happens(tmp_path: Path, body: str) -> None:
    trace = tmp_path / "trace"
    read(tmp_path, body.replace("{0}", str(trace)) + "\nversion('1.0')")
    assert not trace.exists()


TABLE = "_d = {'a': 'b'}\n\ndef _deep(n):\n    return _deep(n + 1)\n"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("while True:\n    pass", "steps"),
        ("for i in range(10**12):\n    x = i", "steps"),
        ("x = list(range(10**12))\nversion(x)", "too big"),
        ("version('a' * 10**10)", "too big"),
        ("version('9' * 10**5 * 10**5)", "too big"),
        ("x = 'ab'\nfor i in range(60):\n    x = x + x", "too big"),
        ("x = 'a'\nfor i in range(60):\n    x = x.replace('a', 'aa')", "too big"),
        ("depends_on(str(9**9**9))", "too big"),
        ("depends_on(str(1 << 10**9))", "too big"),
        ("depends_on('{:>1000000000}'.format('x'))", "format"),
        ("depends_on('%1000000000d' % 3)", "too big"),
        ("depends_on(f'{1:>{10**9}}')", "format"),
        ("depends_on('x'.ljust(10**10))", "too big"),
        ("depends_on(_deep(0))", "inside each other"),
        ("depends_on('{0.__class__.__mro__}'.format('x'))", "__class__"),
        ("depends_on('{0.__init__.__globals__}'.format(Version('1')))", "__init__"),
        ("x = [0]\nx[0] = x\ndepends_on(str(x))", ""),
        ("x = {}\nx['x'] = x\nversion('1.0', fetch_options=x)", ""),
        ("depends_on(re.sub('(a+)+$', '', 'a' * 40 + 'b'))", "regular expression"),
        ("x = re.match('(a|a)*b', 'a' * 60)\nif x:\n    version('1')", "regular expression"),
        ("depends_on(os.environ['HOME'])", "os.environ"),
        ("if os.path.exists('/etc/passwd'):\n    version('1.0')", "os.path.exists"),
        ("version('1.0', sha256=open('/etc/passwd').read())", "open"),
        ("depends_on('x', when=which('ls') is None)", "which"),
        ("depends_on(not_defined)", "not_defined"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("depends_on('x', colour='red')", "colour"),
        ("depends_on('x', type='never')", "never"),
        ("with when('+x'):\n    version('1.0')", "when"),
        ("depends_on(*[1, 2, 3, 4])", "unnamed"),
        ("depends_on(_d.get(os.getenv('X'), 'guess'))", "getenv"),
        ("if 'x' in [os.getenv('X')]:\n    version('1')", "getenv"),
        ("async def f():\n    pass\ndepends_on(f())", "asynchronous"),
        ("x = {i: i for i in range(10**9)}\ndepends_on(x)", "steps"),
        ("x = [0]\nfor i in range(60):\n    x = [x, x]\nversion('1', url=x)", "too big"),
        ("x = [0]\nfor i in range(60):\n    x = [x, x]\ndepends_on(str(x))", "too big"),
        ("x = (0,)\nfor i in range(60):\n    x = (x, x)\ny = {x}\nversion(y)", "too big"),
        ("x = (0,)\nfor i in range(60):\n    x = (x, x)\nif {}.get(x):\n    pass", "too big"),
        ("for i in range(10**5):\n    x = list(range(10**5))", "work"),
        ("x = 'a' * 10**5\nfor i in range(10**5):\n    y = x.upper()", "work"),
        ("x = 'a' * 10**5\nfor i in range(10**5):\n    y = x[1:]", "work"),
        ("x = [0] * 10**5\nfor i in range(10**5):\n    y = x + [1]", "work"),
    ],
)
def test_what_can_not_be_known_is_flagged(tmp_path: Path, body: str, why: str) -> None:
    record = read(tmp_path, body + "\ndepends_on('after')", head=TABLE)
    assert record["incomplete"]
    assert why in reasons(record)
    if "steps" not in why:
        assert ["depends_on", "after"] in [[d[0], d[2].get("spec")] for d in parts(record)]


def parts(record: dict[str, Any]) -> list[Any]:
    """Own directives, runs taken apart."""
    from stackbridge.ecosystems.spack.repository.facts import expand

    return list(expand(record["own"]))


def test_unused_unknowns_are_harmless(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        "home = os.environ['HOME']\nname = f'{home}/x'\ntool = which('ls')\nversion('1.0')",
    )
    assert record["incomplete"] == []
    assert [d[2] for d in parts(record)] == [{"ver": "1.0"}]


def test_a_half_filled_table_is_not_used(tmp_path: Path) -> None:
    head = "table = {}\nfor key in ['a', os.getenv('X') or 'b', 'c']:\n    table[key] = key\n"
    record = read(tmp_path, "for key in table:\n    depends_on(key)", head=head)
    assert record["incomplete"]
    assert parts(record) == []


@pytest.mark.parametrize(
    "text",
    [
        "class Evil(Package):\n    version(",
        "\x00",
        "class Evil(Package):\n    x = " + "(" * 5000 + ")" * 5000 + "\n",
        "class Evil(Package):\n    x = " + "-" * 100_000 + "1\n",
        "class Evil(Package):\n    x = a" + ".a" * 100_000 + "\n",
        "class Evil(Package):\n    x = " + "+".join(["1"] * 50_000) + "\n",
        "class Other(Package):\n    pass\n",
        "Evil = 3\n",
        "class Evil(Unheard):\n    version('1.0')\n",
        "class Evil:\n    pass\n",
        "from spack_repo.nowhere.build_systems.x import X\nclass Evil(X):\n    pass\n",
        "class A: pass\nclass B(A): pass\nclass Evil(A, B): pass\n",
    ],
)
def test_files_that_are_no_package(tmp_path: Path, text: str) -> None:
    read(tmp_path, "pass")
    file = tmp_path / "packages" / "evil" / "package.py"
    file.write_text(f"from spack.package import *\n{text}")
    repository = open_repository(tmp_path)
    record = Loader([repository], "linux", "x86_64").package(repository, "evil")
    assert record["incomplete"]
    assert all(line >= 1 and file_name for file_name, line, _why in record["incomplete"])


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    read(
        tmp_path, "version('1.0')", head="from spack_repo.evil.packages.evil.package import Evil\n"
    )
    repository = open_repository(tmp_path)
    record = Loader([repository], "linux", "x86_64").package(repository, "evil")
    assert [d[2] for d in parts(record)] == [{"ver": "1.0"}]


CUTS = {
    "def in a docstring": 'class A(B):\n    """x\n\n    def f(self):\n        y\n\n    """\n    z = 1\n',
    "directive in a text": "class A(B):\n    x = '''\n    version(\"1\")\n'''\n",
    "text ends the method": 'class A(B):\n\n    def f(self):\n        """\n    version("9")\n"""\n',
    "continued line": 'class A(B):\n\n    def f(self):\n        x = 1 + \\\n    version("9")\n',
    "open bracket": 'class A(B):\n\n    def f(self):\n        x = [\n    version("9"),\n        ]\n',
    "argument list": "class A(B):\n\n    def f(self, x=[\n        1,\n    ]):\n        pass\n",
    "function of the module": 'def f():\n    version("1")\n    return 2\n',
    "in brackets": 'class A(B):\n    x = (\n    version("1")\n    )\n',
    "decorated after a gap": "class A(B):\n    @property\n\n    def f(self):\n        pass\n",
    "one line": "class A(B):\n    def f(self): return 1\n    g = 2\n",
    "nested class": "class A(B):\n    class C:\n        def f(self):\n            pass\n    x = 1\n",
    "other quotes": "class A(B):\n    def f(self):\n        '''\"\"\"'''\n        x = '\"\"\"'\n    y = 3\n",
}


@pytest.mark.parametrize("name", CUTS)
def test_cutting_never_changes_the_meaning(name: str) -> None:
    """What is cut comes back; whatever else stands in the class stays as Python reads it."""
    import ast

    text = CUTS[name]
    found = parse(text)
    whole = ast.parse(text)
    holders = [n for n in whole.body if isinstance(n, ast.ClassDef)]
    mine = [n for n in found.body if isinstance(n, ast.ClassDef)]
    if not holders:
        assert ast.dump(ast.Module(found.body, [])) == ast.dump(whole)
        return
    for theirs, own in zip(holders[0].body, mine[0].body, strict=True):
        if isinstance(theirs, ast.FunctionDef) and own.lineno in found.methods:
            method = found.method(own.lineno)
            assert method is not None
            assert ast.dump(method) == ast.dump(
                ast.FunctionDef(**{**vars(theirs), "decorator_list": method.decorator_list})
            )
        elif own.lineno not in found.runs:
            if isinstance(theirs, ast.Expr) and "def f" in ast.dump(theirs):
                continue  # a docstring's text may be shortened
            assert ast.dump(own) == ast.dump(theirs)
