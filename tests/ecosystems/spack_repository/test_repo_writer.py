"""Written package repositories say what the recipes say, and nothing gets out of its quotes.

The texts in `written/` were judged by Spack 1.3.0.dev0 of June 2026 (`spack audit packages`,
`spack info`): no errors. Where SPACK_ROOT is set, Spack judges again, and concretizes.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems.spack.index import Index, open_index
from stackbridge.ecosystems.spack.recipes.repository_text import (
    docstring,
    literal,
    package_spelling,
)
from stackbridge.ecosystems.spack.recipes.repository_writer import write_repository
from stackbridge.ecosystems.spack.repository.directives import NAMES as DIRECTIVES
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Dependency, Feature, Package, Toolchain
from stackbridge.hub.recipe import Component, Patch, Recipe, Source
from stackbridge.hub.versions import VersionSet

GOLDEN = Path(__file__).parents[2] / "golden" / "spack-repository"
SPACK_ROOT = os.environ.get("SPACK_ROOT")


@pytest.fixture(scope="module")
def known() -> Index:
    return open_index([GOLDEN / "fixture"], None)


def archive(url: str, digest: str = "ab") -> Source:
    return Source(urls=(url,), filename=url.rpartition("/")[2], sha256=digest * 32)


def need(name: str, versions: str = "*", *kinds: str, **features: bool) -> Dependency:
    package = Package(
        name=name,
        versions=VersionSet.any() if versions == "*" else VersionSet.parse(versions),
        features=tuple(Feature(name=n, value=v) for n, v in features.items()),
    )
    return Dependency(package=package, kinds=kinds)


BIG = Recipe(
    name="new-solver",
    version="1.2.3",
    homepage="https://solver.org",
    description='Solves "everything" with\n a \\ and """ in its text.',
    license="BSD-3-Clause",
    toolchain=Toolchain(name="foss", version="2024a"),
    build_system="cmake",
    sources=(
        archive("https://solver.org/new-solver-1.2.3.tar.gz"),
        archive("https://solver.org/data-1.tar.gz", "cd"),
        Source(filename="manual.pdf"),
    ),
    patches=(
        Patch(filename="local.patch"),
        Patch(filename="x", url="https://solver.org/x.patch", sha256="ef" * 32, level=0),
    ),
    dependencies=(
        need("plain", "=2.0", "link", "run", shared=True, nonsense=True),
        need("contexts", "=0.5", "build"),
        need("loops", "=77"),
        need("blas"),
        need("thing"),
        need("never-heard-of"),
    ),
    features=(
        Feature(name="gpu", value=False),
        Feature(name="precision", value=("single", "double")),
        Feature(name="layout", value=("aos",)),
        Feature(name="two words", value=True),
        Feature(name="target", value=("zen",)),
    ),
    options=("-DFAST=ON", '-DNAME="a b"'),
)
RECIPES = (
    BIG,
    Recipe(
        name="new-solver",
        version="1.0",
        build_system="cmake",
        sources=(archive("https://solver.org/new-solver-1.0.tar.gz"),),
        dependencies=(need("blas"),),
    ),
    Recipe(name="plain", version="3.5", sources=(archive("https://elsewhere.org/p-3.5.tar.gz"),)),
    Recipe(name="plain", version="1.5", sources=(archive("https://elsewhere.org/p-1.5.tar.gz"),)),
    Recipe(
        name="contexts",
        version="2.0",
        sources=(Source(git="https://contexts.org/c.git", ref="v2.0"),),
    ),
    Recipe(
        name="newthing",
        version="2.0",
        names="easybuild",
        build_system="python",
        sources=(
            archive("https://pypi.python.org/packages/source/n/newthing/newthing-2.0.tar.gz"),
        ),
        dependencies=(need("thing", "*", "build", "run"),),
    ),
    Recipe(
        name="newstats",
        version="0.3",
        build_system="r",
        sources=(archive("https://cran.r-project.org/src/contrib/newstats_0.3.tar.gz"),),
    ),
    Recipe(
        name="MyBundle",
        version="2023a",
        names="easybuild",
        build_system="bundle",
        components=(
            Component(name="thing", version="1"),
            Component(name="plain", version="0.0.1"),
            Component(name="absent"),
        ),
    ),
    Recipe(
        name="import",
        version="1.0",
        build_system="autotools",
        sources=(archive("https://x.org/import-1.0.tar.gz"),),
        options=("--enable-x",),
    ),
    Recipe(
        name="package",
        version="1",
        build_system="binary",
        sources=(archive("https://x.org/package-1.tar.gz"),),
    ),
    Recipe(
        name="3d",
        version="1",
        build_system="bazel",
        sources=(Source(urls=("https://x.org/3d-1.tar.gz",)),),
        options=("--prefix=%(installdir)s",),
    ),
    Recipe(name="nosource", version="1", build_system="make"),
    Recipe(
        name="licensed",
        version="5.4",
        build_system="autotools",
        sources=(Source(filename="licensed-5.4.tgz", sha256="12" * 32),),
        dependencies=(need("plain"),),
        options=(
            "--with-plain=${prefix:plain}/{lib}",
            "--prefix=${prefix}",
            'CC="${compiler:c}"',
            "--with-other=${prefix:other}",
            "--home=$HOME",
        ),
        patches=(Patch(filename="here.patch", text="--- a\n+++ b\n", level=0),),
    ),
    Recipe(
        name="copied",
        version="1.1",
        build_system="make",
        sources=(archive("https://x.org/copied-1.1.tar.gz"),),
        dependencies=(need("plain"),),
        steps={
            "build": ("CC=${compiler:c}", "PLAIN=${prefix:plain}", "all"),
            "copy": ("bin:src/*", ":LICENSE", "bin:../../etc/passwd"),
        },
    ),
    Recipe(
        name="ferris",
        version="1",
        build_system="cargo",
        sources=(archive("https://x.org/ferris-1.tar.gz"),),
    ),
    Recipe(
        name="thing-gem",
        version="0.7",
        build_system="ruby",
        sources=(archive("https://gems.org/thing-gem-0.7.gem"),),
    ),
)


def test_texts(known: Index) -> None:
    files, _notices = write_repository(RECIPES, "added", known)
    place = GOLDEN / "written"
    recorded = {
        str(path.relative_to(place)): path.read_text()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
    assert files == recorded


def test_notices(known: Index) -> None:
    _files, notices = write_repository(RECIPES, "added", known)
    said = {(n.code, n.subject, n.what) for n in notices}
    assert {
        (Code.PACKAGE_MERGED, "plain", "version 1.5 was not written"),
        (Code.DEPENDENCY_LOST, "new-solver", "the dependency `never-heard-of` was left out"),
        (Code.DEPENDENCY_APPROXIMATED, "new-solver", "`contexts` is wanted as =0.5"),
        (Code.DEPENDENCY_APPROXIMATED, "new-solver", "`loops` is wanted as =77"),
        (Code.FEATURE_LOST, "new-solver", "`plain` without its feature `nonsense`"),
        (Code.FEATURE_LOST, "new-solver", "the feature `two words` was not written"),
        (Code.FEATURE_LOST, "new-solver", "the feature `target` was not written"),
        (Code.SOURCE_LOST, "new-solver", "the patch `local.patch` was left out"),
        (Code.SOURCE_LOST, "new-solver", "the source `manual.pdf` was left out"),
        (Code.PACKAGE_LOST, "MyBundle", "its component `absent` was left out"),
        (Code.CHECKSUM_MISSING, "3d", "version 1 has no checksum"),
        (Code.STEP_SKIPPED, "3d", "how it is installed was not written"),
        (Code.SOURCE_LOST, "nosource", "the package has no source"),
        (
            Code.STEP_SKIPPED,
            "licensed",
            "2 of its build options were left out: --with-other=${prefix:other}, --home=$HOME",
        ),
        (
            Code.SOURCE_LOST,
            "licensed",
            "`licensed-5.4.tgz` has to be put into a mirror or the working directory",
        ),
        (Code.NAME_APPROXIMATED, "MyBundle", "written as `mybundle`"),
    } <= said


def test_names_from_outside_come_first(known: Index) -> None:
    def names(name: str, whose: str | None) -> str | None:
        return {("Solver", "easybuild"): "plain", ("Bad", "easybuild"): "../x"}.get(
            (name, whose or "")
        )

    recipe = Recipe(
        name="Solver",
        version="8",
        names="easybuild",
        sources=(archive("https://x.org/8.tar.gz"),),
    )
    bad = Recipe(name="Bad", version="1", names="easybuild")
    files, _ = write_repository([recipe, bad], "added", known, names)
    assert (
        "from spack_repo.fixture.packages.plain.package import Plain as BuiltinPlain"
        in (files["spack_repo/added/packages/plain/package.py"])
    )
    assert "spack_repo/added/packages/bad/package.py" in files


@pytest.mark.parametrize("namespace", ["", "A", "a b", "../x", "a/b", "1a", "a\n"])
def test_bad_namespace(known: Index, namespace: str) -> None:
    with pytest.raises(UsageError):
        write_repository([], namespace, known)


def test_static_reader_reads_it_back(known: Index, tmp_path: Path) -> None:
    files, _ = write_repository(RECIPES, "added", known)
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    systems = tmp_path / "builtin" / "build_systems"
    systems.mkdir(parents=True)
    (tmp_path / "builtin" / "packages").mkdir()
    (tmp_path / "builtin" / "repo.yaml").write_text("repo:\n  namespace: builtin\n  api: v2.0\n")
    (systems / "cmake.py").write_text(
        "from spack.package import *\nclass CMakePackage(PackageBase):\n    build_system('cmake')\n"
    )
    index = open_index(
        [tmp_path / "spack_repo" / "added", GOLDEN / "fixture", tmp_path / "builtin"], None
    )
    plain = index.package("plain")
    assert plain is not None
    assert plain.incomplete == ()
    assert plain.namespace == "added"
    newest = plain.version("3.5")
    assert newest is not None
    assert newest.sha256 == "ab" * 32
    assert plain.version("1.5") is not None
    assert plain.variant("shared")
    solver = index.package("new-solver")
    assert solver is not None
    assert solver.incomplete == ()
    assert solver.build_systems == ("cmake",)
    assert solver.licenses[0].identifier == "BSD-3-Clause"
    assert solver.variant("precision")[0].multi
    assert [d.name for d in solver.dependencies] == [
        "c", "cxx", "fortran", "plain", "contexts", "loops", "blas", "thing"
    ]  # fmt: skip
    assert {d.name: d.when for d in solver.dependencies}["blas"] == ()
    assert {d.name: d.when for d in solver.dependencies}["plain"] == ("@=1.2.3",)


TEXT = st.text(max_size=40) | st.sampled_from(
    ['"', "'", '"""', "\\", "\n", '")\nimport os\n', "{}", "%s", "\x00", "\u2028", "\ud800", "#"]
)
NAMES = TEXT | st.sampled_from(["plain", "a", "class", "Package", "..", "py-thing"])
HOSTILE = st.builds(
    Recipe,
    name=NAMES,
    version=TEXT | st.just("1.0"),
    homepage=TEXT,
    description=TEXT,
    license=TEXT | st.none(),
    build_system=st.sampled_from(
        ["cmake", "make", "cargo", "python", "r", "bundle", "generic", "binary"]
    )
    | TEXT,
    sources=st.lists(
        st.builds(
            Source,
            urls=st.tuples(TEXT.map(lambda t: f"https://x/{t}") | TEXT),
            filename=TEXT,
            sha256=TEXT | st.none(),
            git=st.none() | TEXT,
            ref=st.none() | TEXT,
        ),
        max_size=2,
    ).map(tuple),
    patches=st.lists(
        st.builds(
            Patch,
            filename=TEXT | st.just("fix.patch"),
            url=TEXT.map(lambda t: f"https://{t}"),
            sha256=TEXT,
            text=st.none() | TEXT,
        ),
        max_size=1,
    ).map(tuple),
    features=st.lists(
        st.builds(Feature, name=TEXT, value=st.booleans() | st.lists(TEXT, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    dependencies=st.lists(
        st.builds(Dependency, package=st.builds(Package, name=NAMES), kinds=st.just(("build",))),
        max_size=2,
    ).map(tuple),
    options=st.lists(
        TEXT
        | TEXT.map(lambda t: f"{t}${{prefix}}{t}")
        | TEXT.map(lambda t: f"-D${{prefix:plain}}/{t}${{prefix:{t}}}"),
        max_size=2,
    ).map(tuple),
    components=st.lists(st.builds(Component, name=NAMES, version=TEXT), max_size=2).map(tuple),
    steps=st.fixed_dictionaries(
        {},
        optional={
            "build": st.lists(TEXT, max_size=2).map(tuple),
            "install": st.lists(TEXT, max_size=2).map(tuple),
            "copy": st.lists(
                st.builds("{}:{}".format, TEXT, TEXT | st.just("../../x")), max_size=2
            ).map(tuple),
        },
    ),
)
METHODS = {
    "install", "cmake_args", "configure_args", "meson_args", "build_targets", "install_targets"
}  # fmt: skip
ATTRIBUTES = {
    "homepage", "url", "git", "pypi", "cran", "has_code", "manual_download", "default_buildsystem"
}  # fmt: skip


def check(text: str) -> None:
    """Only imports, one class, literal attributes and directives, and methods we know."""
    tree = ast.parse(text)
    while isinstance(tree.body[0], ast.Import):
        assert ast.unparse(tree.body.pop(0)) in ("import os", "import glob")
    first, second, cls = tree.body
    assert isinstance(first, ast.ImportFrom)
    assert isinstance(second, ast.ImportFrom)
    assert second.module == "spack.package"
    assert isinstance(cls, ast.ClassDef)
    assert ast.get_docstring(cls)
    for node in cls.body[1:]:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            assert isinstance(target, ast.Name)
            assert target.id in ATTRIBUTES
            if isinstance(node.value, ast.JoinedStr):
                assert (target.id, asked_of(node.value)) == ("url", ["os.getcwd()"])
            else:
                ast.literal_eval(node.value)
        elif isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Call)
            assert isinstance(node.value.func, ast.Name)
            assert node.value.func.id in DIRECTIVES
            for value in (*node.value.args, *(k.value for k in node.value.keywords)):
                ast.literal_eval(value)
        else:
            assert isinstance(node, ast.FunctionDef)
            if node.name == "url_for_version":
                files, last = node.body
                assert isinstance(files, ast.Assign)
                ast.literal_eval(files.value)
                assert isinstance(last, ast.Return)
                assert isinstance(last.value, ast.JoinedStr)
                assert asked_of(last.value) == ["os.getcwd()", "files[str(version)]"]
                continue
            assert node.name in METHODS
            *conditions, last = node.body
            for condition in conditions:
                assert isinstance(condition, ast.If)
                assert isinstance(condition.test, ast.Call)
                assert ast.unparse(condition.test.func) == "self.spec.satisfies"
                assert ast.literal_eval(condition.test.args[0]).startswith("@=")
                returned(condition.body[0])
            if isinstance(last, ast.Return):
                returned(last)
            elif isinstance(last, ast.For):
                for pattern, folder in ast.literal_eval(last.iter):
                    assert ".." not in (*pattern.split("/"), *folder.split("/"))


def asked_of(text: ast.JoinedStr) -> list[str]:
    """What an f-string evaluates."""
    return [ast.unparse(v.value) for v in text.values if isinstance(v, ast.FormattedValue)]


def returned(step: ast.stmt) -> None:
    assert isinstance(step, ast.Return)
    assert isinstance(step.value, ast.List)
    for item in step.value.elts:
        plain(item)


def plain(item: ast.expr) -> None:
    """A literal, or a text with nothing in it but what is asked of the spec."""
    if not isinstance(item, ast.JoinedStr):
        ast.literal_eval(item)
        return
    for part in item.values:
        if isinstance(part, ast.FormattedValue):
            assert re.fullmatch(
                r"self\.(prefix|stage\.source_path|compiler\.\w+|spec\['mpi'\]\.mpi\w+|spec\['[a-z0-9-]+'\]\.prefix)",
                ast.unparse(part.value),
            )


@settings(max_examples=150, deadline=None)
@given(recipes=st.lists(HOSTILE, max_size=3))
def test_hostile_text_stays_text(recipes: list[Recipe]) -> None:
    known = open_index([GOLDEN / "fixture"], None) if not _KNOWN else _KNOWN[0]
    _KNOWN[:] = [known]
    files, _ = write_repository(recipes, "added", known)
    for path, text in files.items():
        assert all(part not in ("", ".", "..") for part in path.split("/"))
        text.encode("utf-8")
        if path.endswith(".py"):
            check(text)


_KNOWN: list[Index] = []


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_literals_mean_what_they_were_made_of(text: str) -> None:
    clean = text.encode("utf-8", "replace").decode("utf-8")
    assert ast.literal_eval(literal(text)) == clean
    assert ast.literal_eval(literal((text, True, 3))) == (clean, True, 3)
    tree = ast.parse(f"class A:\n{docstring(text)}\n")
    assert isinstance(tree.body[0], ast.ClassDef)
    words = " ".join(clean.split())[:4000] or "No description."
    assert " ".join((ast.get_docstring(tree.body[0]) or "").split()) == " ".join(words.split())


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_spelling_is_stable(text: str) -> None:
    name = package_spelling(text)
    assert package_spelling(name) == name
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in name)


@pytest.mark.slow
@pytest.mark.skipif(SPACK_ROOT is None, reason="needs Spack (SPACK_ROOT)")
def test_spack_takes_it(tmp_path: Path) -> None:
    """Spack lists, audits and concretizes what was written beside its own repository."""
    spack = str(Path(SPACK_ROOT or "") / "bin" / "spack")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [spack, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    builtin = run("location", "--repo", "builtin").strip()
    known = open_index([builtin], tmp_path / "cache")
    zlib = Recipe(name="zlib", version="7.7.7", sources=(archive("https://x.org/z-7.7.7.tar.gz"),))
    solver = Recipe(
        name="new-solver",
        version="1.2.3",
        homepage=BIG.homepage,
        description=BIG.description,
        license=BIG.license,
        build_system="cmake",
        toolchain=BIG.toolchain,
        sources=BIG.sources,
        patches=BIG.patches,
        features=BIG.features,
        options=BIG.options,
        dependencies=(need("zlib", "=7.7.7"), need("CMake", "=3.27.6", "build")),
    )
    others = [r for r in RECIPES if r.name not in ("new-solver", "plain", "contexts")]
    files, _ = write_repository([zlib, solver, *others], "added", known)
    names = []
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if path.endswith(".py"):
            names.append(path.split("/")[-2].lstrip("_").replace("_", "-"))
    scope = tmp_path / "scope"
    scope.mkdir()
    (scope / "repos.yaml").write_text(f"repos:\n  added: {tmp_path}/spack_repo/added\n")
    listed = run("-C", str(scope), "list", "--format", "name_only").split()
    assert set(names) <= set(listed)
    run("-C", str(scope), "audit", "packages", *names)
    answer = run(
        "-C", str(scope), "-c", "concretizer:reuse:false", "spec", "new-solver layout=aos ^zlib"
    )
    assert "zlib@7.7.7" in answer
    assert "added" in run("-C", str(scope), "location", "--repo", "added")
