"""A package of a repository becomes a recipe: version, variants, conditions, addresses."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems.spack.index import Index, open_index
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.ecosystems.spack.recipes.methods import UNKNOWN, Answers, method_of, returned
from stackbridge.ecosystems.spack.recipes.recipe_reader import recipe_of
from stackbridge.ecosystems.spack.recipes.recipe_sources import substituted
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.recipe import Recipe

DEMO = '''
from spack.package import *


class Demo(Package):
    """A library
    for demonstrations."""

    homepage = "https://demo.example"
    url = "https://demo.example/v1.2/demo-1.2.3.tar.gz"
    git = "https://github.com/demo/demo.git"
    sanity_check_is_file = ["bin/demo"]
    sanity_check_is_dir = ["include"]

    license("MIT", when="@1:")
    license("GPL-2.0-only", when="@:0")

    version("main", branch="main")
    version("2.0.0", sha256="b" * 64, deprecated=True)
    version("1.3.0", sha256="a" * 64)
    version("1.2.3", sha256="c" * 64)
    version("0.9", commit="0123456789abcdef0123456789abcdef01234567")
    version("0.8", sha256="d" * 64, url="https://old.example/demo_0.8.zip")

    build_system("cmake", default="cmake")
    variant("mpi", default=True)
    variant("fast", default=False, when="@1.3:")
    variant("precision", default="double", values=("single", "double"))

    depends_on("c", type="build")
    depends_on("cmake@3.20:", type="build")
    depends_on("mpi", when="+mpi")
    depends_on("zlib-api")
    depends_on("hwloc@2:", when="+fast")
    depends_on("hwloc@:2.9", when="@1.3:+fast")
    depends_on("old-thing", when="^libold@:2")
    depends_on("for-clang", when="%clang")
    depends_on("pytest-like", type="test")

    patch("fix.patch", when="@1.2.3")
    patch("https://demo.example/pull/1.patch?full_index=1", sha256="e" * 64, when="@1.3.0")

    def cmake_args(self):
        args = [
            self.define_from_variant("DEMO_MPI", "mpi"),
            self.define("DEMO_PRECISION", self.spec.variants["precision"].value),
            "-DZLIB_ROOT=" + self.spec["zlib-api"].prefix,
            "-DDEMO_PATH=" + os.environ["PATH"],
        ]
        if self.spec.satisfies("@1.3:"):
            args.append("-DDEMO_NEW=1")
        return args

    def setup_build_environment(self, env):
        env.set("DEMO_HOME", self.prefix)
        if "+mpi" in self.spec:
            env.set("DEMO_MPI", self.spec["mpi"].prefix)

    def test_info(self):
        """It answers."""
        info = which(self.prefix.bin.join("demo-info"))
        info()

    def test_only_sometimes(self):
        if self.spec.satisfies("+fast"):
            which(self.prefix.bin.fast)()

    @property
    def libs(self):
        shared = "+shared" in self.spec
        return find_libraries("libdemo", root=self.prefix, shared=shared, recursive=True)

    def patch(self):
        filter_file("a", "b", "CMakeLists.txt")

    @run_after("install")
    def copy_more(self):
        install_tree("more", self.prefix.more)

    @run_after("install", when="+fast")
    def copy_fast(self):
        install_tree("fast", self.prefix.fast)
'''
HLIB = """
from spack.package import *


class Hwloc(Package):
    url = "https://hwloc.example/hwloc-2.9.1.tar.gz"
    version("2.9.1", sha256="1" * 64)
    executables = ["^lstopo$"]

    build_system("autotools", default="autotools")
    depends_on("autoconf", type="build")
    depends_on("automake", type="build")

    def autoreconf(self, spec, prefix):
        with working_dir(self.configure_directory):
            bash = which("bash")
            bash("./autogen.sh", "a b")
            autoreconf("--install")

    @property
    def configure_directory(self):
        return join_path(self.stage.source_path, "inner")

    @when("@:1")
    def url_for_version(self, version):
        return "https://old.example/hwloc.tgz"

    def url_for_version(self, version):
        return f"https://hwloc.example/{version.up_to(2)}/hwloc_{version.underscored}.tgz"

    @when("@:1")
    def patch(self):
        filter_file("old", "new", "Makefile")
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """A repository of two packages."""
    root = tmp_path_factory.mktemp("repository")
    (root / "repo.yaml").write_text("repo:\n  namespace: small\n  api: v2.0\n")
    for name, text in {"demo": DEMO, "hwloc": HLIB}.items():
        folder = root / "packages" / name
        folder.mkdir(parents=True)
        (folder / "package.py").write_text(text)
    return open_index([root], None)


def read(index: Index, text: str, **known: str) -> tuple[Recipe, tuple[Notice, ...]]:
    return recipe_of(index, parse(text), known=known.get if known else None)


def names(recipe: Recipe) -> dict[str, str]:
    return {d.package.name or "": str(d.package.versions) for d in recipe.dependencies}


def test_the_newest_version_that_stays_what_it_is(index: Index) -> None:
    recipe, notices = read(index, "demo", gcc="13.3.0")
    assert (recipe.name, recipe.version, recipe.names) == ("demo", "1.3.0", "spack")
    assert recipe.build_system == "cmake"
    assert recipe.license == "MIT"
    assert recipe.description == "A library for demonstrations."
    assert recipe.installs == {
        "files": ("bin/demo", "bin/demo-info"),
        "dirs": ("include",),
        "libraries": ("libdemo",),
    }
    (source,) = recipe.sources
    assert source.urls == ("https://demo.example/v1.3/demo-1.3.0.tar.gz",)
    assert source.sha256 == "a" * 64
    assert [p.url for p in recipe.patches] == ["https://demo.example/pull/1.patch?full_index=1"]
    assert recipe.patches[0].filename == "1.patch"
    assert list(names(recipe)) == ["c", "cmake", "mpi", "zlib"]
    assert {n.code for n in notices} == {
        Code.CONDITION_LOST,
        Code.STEP_ASSUMED,
        Code.STEP_SKIPPED,
    }
    assert recipe.steps == {
        "environment": ("DEMO_HOME=${prefix}", "DEMO_MPI=${prefix:mpi}"),
    }
    assert [n.what for n in notices if n.code is Code.STEP_SKIPPED] == [
        "`patch`, `copy_more` of its package.py are left out"
    ]


@pytest.mark.parametrize(
    ("text", "version", "source"),
    [
        ("demo@1.2", "1.2.3", "https://demo.example/v1.2/demo-1.2.3.tar.gz"),
        ("demo@2", "2.0.0", "https://demo.example/v2.0/demo-2.0.0.tar.gz"),
        ("demo@0.8", "0.8", "https://old.example/demo_0.8.zip"),
        ("hwloc", "2.9.1", "https://hwloc.example/2.9/hwloc_2_9_1.tgz"),
    ],
)
def test_where_a_version_lies(index: Index, text: str, version: str, source: str) -> None:
    recipe, _ = read(index, text)
    assert recipe.version == version
    assert recipe.sources[0].urls == (source,)


def test_a_build_below_the_top_of_the_source(index: Index) -> None:
    recipe, notices = read(index, "hwloc")
    assert recipe.start_dir == "inner"
    assert recipe.steps == {"prepare": ("bash ./autogen.sh 'a b'", "autoreconf --install")}
    assert not [n for n in notices if n.code is Code.STEP_SKIPPED]


def test_the_one_executable_that_spack_looks_for(index: Index) -> None:
    assert read(index, "hwloc")[0].installs == {
        "files": ("bin/lstopo",),
        "dirs": (),
        "libraries": (),
    }


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("import_modules = ['demo', 'demo.inner']", ("demo", "demo.inner")),
        ("import_modules: List[str] = []", ()),
        ("skip_modules = ['demo.tests', 'demo.more']", ("demo",)),
        ("import_modules = computed()", None),
        ("skip_modules = []", None),
    ],
)
def test_what_is_imported(tmp_path: Path, line: str, modules: tuple[str, ...] | None) -> None:
    folder = tmp_path / "packages" / "py_demo"
    folder.mkdir(parents=True)
    (tmp_path / "repo.yaml").write_text("repo: {namespace: small, api: v2.0}\n")
    (folder / "package.py").write_text(
        "from spack.package import *\n\n\n"
        "class PyDemo(Package):\n"
        f"    {line}\n"
        '    pypi = "demo/demo-1.0.tar.gz"\n'
        '    version("1.0", sha256="' + "a" * 64 + '")\n'
    )
    recipe, _ = read(open_index([tmp_path], None), "py-demo")
    assert recipe.installs.get("modules") == modules


def test_a_checkout(index: Index) -> None:
    recipe, _ = read(index, "demo@0.9")
    (source,) = recipe.sources
    assert source.git == "https://github.com/demo/demo.git"
    assert source.ref == "0123456789abcdef0123456789abcdef01234567"
    assert recipe.license == "GPL-2.0-only"


def test_variants_decide(index: Index) -> None:
    recipe, _ = read(index, "demo ~mpi +fast precision=single", gcc="13.3.0")
    assert "mpi" not in names(recipe)
    assert names(recipe)["hwloc"] == "2:2.9"
    assert recipe.options == (
        "-DDEMO_MPI=OFF",
        "-DDEMO_PRECISION=single",
        "-DZLIB_ROOT=${prefix:zlib-api}",
        "-DDEMO_NEW=1",
    )
    older, notices = read(index, "demo@1.2.3 +fast", gcc="13.3.0")
    assert "hwloc" not in names(older)
    assert [n.what for n in notices if n.code is Code.FEATURE_LOST] == ["`fast` is left out"]
    assert older.options == (
        "-DDEMO_MPI=ON",
        "-DDEMO_PRECISION=double",
        "-DZLIB_ROOT=${prefix:zlib-api}",
    )
    assert [p.filename for p in older.patches] == ["fix.patch"]


def test_what_other_packages_decide(index: Index) -> None:
    _, notices = read(index, "demo")
    assert [n.what for n in notices if n.code is Code.CONDITION_LOST] == [
        "the dependency on old-thing is left out",
        "the dependency on for-clang is left out",
    ]
    old, notices = read(index, "demo", gcc="13.3.0", libold="1.9")
    assert "old-thing" in names(old)
    new, more = read(index, "demo", gcc="13.3.0", libold="3.1")
    assert "old-thing" not in names(new)
    assert not [n for n in (*notices, *more) if n.code is Code.CONDITION_LOST]
    assert "for-clang" not in names(new)


@pytest.mark.parametrize(
    ("text", "message"),
    [("dmeo", "no package repository has `dmeo`"), ("demo@7:8", "has no version 7")],
)
def test_what_there_is_not(index: Index, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(index, text)
    assert caught.value.hint


def test_a_version_that_spack_does_not_know(index: Index) -> None:
    recipe, notices = read(index, "demo@=1.4.0")
    assert recipe.sources[0].urls == ("https://demo.example/v1.4/demo-1.4.0.tar.gz",)
    assert recipe.sources[0].sha256 is None
    assert Code.CHECKSUM_MISSING in {n.code for n in notices}


def test_a_version_whose_source_nobody_can_tell(tmp_path: Path) -> None:
    """Checkouts only: the next version stands in, or the last where there is none."""
    folder = tmp_path / "packages" / "demo"
    folder.mkdir(parents=True)
    (tmp_path / "repo.yaml").write_text("repo: {namespace: small, api: v2.0}\n")
    (folder / "package.py").write_text(
        "from spack.package import *\n\n\n"
        "class Demo(Package):\n"
        '    git = "https://github.com/demo/demo.git"\n'
        '    version("main", branch="main")\n'
        '    version("2.0", commit="' + "1" * 40 + '")\n'
        '    version("3.0", commit="' + "2" * 40 + '")\n'
    )
    small = open_index([tmp_path], None)
    for asked, best in (("1.0", "2.0"), ("2.5", "3.0"), ("9", "3.0")):
        recipe, notices = read(small, f"demo@={asked}")
        assert recipe.version == best
        said = [n.what for n in notices if n.code is Code.VERSION_APPROXIMATED]
        assert said == [f"{best} stands in for {asked}"]
    assert read(small, "demo@=2.0")[1] == ()


def test_a_version_older_than_all_that_are_known(tmp_path: Path) -> None:
    """What a recipe said of it is gone; the oldest known version needs the same, likely."""
    folder = tmp_path / "packages" / "demo"
    folder.mkdir(parents=True)
    (tmp_path / "repo.yaml").write_text("repo: {namespace: small, api: v2.0}\n")
    (folder / "package.py").write_text(
        "from spack.package import *\n\n\n"
        "class Demo(Package):\n"
        '    url = "https://demo.example/demo-3.6.tar.gz"\n'
        '    version("3.7", sha256="' + "a" * 64 + '")\n'
        '    version("3.5", sha256="' + "b" * 64 + '")\n'
        '    depends_on("go@1.24:", when="@3.7:")\n'
        '    depends_on("go@1.23:", when="@3.5:")\n'
        '    depends_on("perl", when="@3.6")\n'
    )
    small = open_index([tmp_path], None)
    recipe, _ = read(small, "demo@=3.3")
    assert recipe.version == "3.3"
    assert recipe.sources[0].urls == ("https://demo.example/demo-3.3.tar.gz",)
    assert names(recipe) == {"go": "1.23:"}
    # one between those that are known decides for itself
    assert names(read(small, "demo@=3.6")[0]) == {"go": "1.23:", "perl": ":"}


@pytest.mark.parametrize(
    ("url", "version", "expected"),
    [
        ("https://x.example/foo-1.2.tar.gz", "1.10", "https://x.example/foo-1.10.tar.gz"),
        ("https://x.example/1.2/foo-1.2.3.tgz", "2.0.1", "https://x.example/2.0/foo-2.0.1.tgz"),
        ("https://x.example/foo_1_2_3.zip", "1.4.0", "https://x.example/foo_1_4_0.zip"),
        (
            "https://github.com/a/b/archive/v7.tar.gz",
            "8",
            "https://github.com/a/b/archive/v8.tar.gz",
        ),
        ("https://x.example/foo.tar.gz", "1.0", None),
    ],
)
def test_addresses_for_another_version(url: str, version: str, expected: str | None) -> None:
    assert substituted(url, version) == expected


@given(
    st.lists(st.integers(0, 99), min_size=2, max_size=4),
    st.lists(st.integers(0, 99), min_size=2, max_size=4),
)
@settings(max_examples=100, deadline=None)
def test_there_and_back(old: list[int], new: list[int]) -> None:
    """A version put into an address and taken out again is the same address."""
    before, after = ".".join(map(str, old)), ".".join(map(str, new))
    url = f"https://x.example/files/pkg-{before}.tar.gz"
    moved = substituted(url, after, [before])
    assert moved == f"https://x.example/files/pkg-{after}.tar.gz"
    assert substituted(moved, before, [after]) == url


# --- methods -------------------------------------------------------------------------------


def run(body: str, *, version: str = "1.2.3") -> tuple[Any, list[int]]:
    indented = "\n".join("        " + line for line in body.splitlines())
    tree = ast.parse(f"class P:\n    def args(self, version=None):\n{indented}\n")
    method = method_of(tree, ["P"], "args")
    assert method is not None
    variants: dict[str, bool | tuple[str, ...]] = {"a": True, "b": False, "kind": ("x", "y")}
    answers = Answers(
        version=version,
        satisfies={"+a": True, "+b": False}.get,
        variant=variants.get,
        name="p",
    )
    found = returned(method, answers)
    return found.value, found.skipped


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return ['--x=%s' % 1, f'{self.name}-{self.version}']", ["--x=1", "p-1.2.3"]),
        ("return ['yes'] if '+a' in self.spec else ['no']", ["yes"]),
        ("args = []\nif not self.spec.satisfies('+b'):\n    args += ['n']\nreturn args", ["n"]),
        ("return self.enable_or_disable('a') + self.with_or_without('b')",
         ["--enable-a", "--without-b"]),
        ("return [self.define('L', ['p', 'q']), self.define_from_variant('K', 'kind')]",
         ["-DL=p;q", "-DK=x;y"]),
        ("o = []\nfor n in ('u', 'v'):\n    o.append('--' + n)\nreturn o", ["--u", "--v"]),
        ("d = self.define_from_variant\nreturn [d('A', 'a')]", ["-DA=ON"]),
        ("return 'x/{0}/{1}'.format(version.up_to(2), version.joined)", "x/1.2/123"),
        ("return ['new'] if self.version >= Version('1.2') else ['old']", ["new"]),
        ("return [self.define('R', self.spec['zlib'].prefix.lib64), prefix.bin]",
         ["-DR=${prefix:zlib}/lib64", "${prefix}/bin"]),
        ("return ['CC={0}'.format(self.spec['mpi'].mpicc), '-DL:X={}'.format(spack_fc)]",
         ["CC=${mpi:c}", "-DL:X=${compiler:fortran}"]),
        ("return [self.define('B', self.spec['blas'].libs.joined(';')), self.run_tests]",
         ["-DB=${libs:blas}", False]),
        ("return [self.define('B', self.spec['lapack'].libs + self.spec['blas'].libs)]",
         ["-DB=${libs:lapack} ${libs:blas}"]),
        ("return self.with_or_without('a', activation_value='prefix')", ["--with-a=${prefix:a}"]),
        ("def on(v, yes='1'):\n    return '--' + v + yes\nreturn [on('x'), on('y', yes='2')]",
         ["--x1", "--y2"]),
        ("f = lambda x: 'ON' if x else 'OFF'\nreturn [f('+b' in self.spec)]", ["OFF"]),
        ("return [cmake_cache_option('A', True), cmake_cache_path('B', self.prefix)]",
         ["-DA=ON", "-DB:PATH=${prefix}"]),
        ("return [x + '!' for x in self.spec.variants['kind'].value if x != 'y']", ["x!"]),
        ("return ['yes'] if self.spec['zlib'].prefix == '/usr' else ['no']", UNKNOWN),
    ],
)  # fmt: skip
def test_methods_that_can_be_followed(body: str, value: Any) -> None:
    assert run(body) == (value, [])


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return ['-a', self.spec['zlib'].format('{prefix}')]", ["-a"]),
        ("return ['-a', 'x'.join(['y', self.spec['zlib'].libs.names])]", ["-a"]),
        ("return ['-a', '{0.__class__}'.format('x')]", ["-a"]),
        ("x, y = os.environ['A'], 'b'\nreturn ['-a', y]", ["-a"]),
        ("args = ['-a']\nif '^mpi' in self.spec:\n    args.append('-b')\nreturn args", ["-a"]),
        ("args = ['-a']\nwith open('/etc/passwd') as f:\n    args.append(f.read())\nreturn args",
         ["-a"]),
        ("args = ['-a']\nargs.append(__import__('os').system('true'))\nreturn args", ["-a"]),
    ],
)  # fmt: skip
def test_what_can_not_be_followed_is_counted(body: str, value: Any) -> None:
    found, skipped = run(body)
    assert found == value
    assert skipped


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass\nreturn []",
        "s = 'x' * 10**9\nreturn s",
        "s = '%999999999d' % 1\nreturn s",
        "s = '{:>999999999}'.format(1)\nreturn s",
        "a = ['x']\n" + "a.extend(a)\n" * 60 + "return a",
        "s = 'xxxxxxxx'\n" + "s += s\n" * 60 + "return s",
        "s = 'xxxxxxxx'\n" + "s = s + s\n" * 60 + "return s",
        "for a in 'a b'.split(' '):\n" + "".join(
            "    " * (n + 1) + f"for a{n} in ['1', '2', '3', '4', '5', '6', '7', '8']:\n"
            for n in range(12)
        ) + "    " * 14 + "pass\nreturn 'end'",
        "return " + "(" * 80 + "self" + ").x" * 80,
    ],
)  # fmt: skip
def test_bombs_come_to_an_end(body: str) -> None:
    value, _ = run(body)
    assert value is UNKNOWN or len(value) < 10_000
