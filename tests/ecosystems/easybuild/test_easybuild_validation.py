"""Bad input: file, line, reason, hint; and nothing said of what is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.easybuild.easyconfig_reader import read
from stackbridge.ecosystems.easybuild.language.parameters import easyblock_of, parameters
from stackbridge.ecosystems.easybuild.validation import check, problems
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code

ROOT = Path(__file__).parents[3]
GOOD = """easyblock = 'ConfigureMake'
name = 'tool'
version = '1.2'
homepage = 'https://example.org'
description = "A tool"
toolchain = {'name': 'GCC', 'version': '13.3.0'}
sources = [SOURCE_TAR_GZ]
checksums = ['0']
dependencies = [('zlib', '1.3.1')]
moduleclass = 'tools'
"""
NAME = "tool-1.2-GCC-13.3.0.eb"
CONTEXT = Context()


def said(text: str, file: str = NAME, context: Context = CONTEXT) -> list[tuple[int | None, str]]:
    _, errors = problems(text, file, context)
    return [(error.line, error.message) for error in errors]


def test_nothing_is_said_of_a_good_file() -> None:
    assert problems(GOOD, NAME, CONTEXT) == ((), ())
    assert problems(GOOD.replace("'GCC'", '"GCC"'), f"dir/{NAME}", CONTEXT) == ((), ())


# what is put in place of what; the line; a part of the message; a part of the hint
WRONG = [
    ("'1.2'\n", "'1.2\n", 3, "unterminated string", "a quote is missing"),
    ("[('zlib'", "([('zlib'", 9, "was never closed", "closing bracket"),
    ("dependencies", "dependancies", 9, "no parameter `dependancies`", "`dependencies`"),
    ("moduleclass", "module_class", 10, "no parameter `module_class`", "`moduleclass`"),
    ("description = ", "local_d = ", None, "`description` is missing", "homepage"),
    ("sources = ", "makeopts = 'x'\nsources = ", 7, "`makeopts` is no longer", "`buildopts`"),
    ("'ConfigureMake'", "'ConfigMake'", 1, "no easyblock `ConfigMake`", "`ConfigureMake`"),
    ("'tools'", "'tool'", 10, "no module class `tool`", "`tools`"),
    ("'GCC', 'v", "'GCCcor', 'v", 6, "no toolchain `GCCcor`", "`GCCcore`"),
    ("'zlib', '1.3.1'", "'zlib', 1.3", 9, "must be a text", ""),
    ("'zlib', '1.3.1'", "'zlib', '1.3.1', SYSTEM", 9, "SYSTEM is the fourth", ""),
    ("'zlib', '1.3.1'", "'zlib', '%(pyver)s'", 9, "`%(pyver)s` in `dep", "dependency on Python"),
    ('"A tool"', '"%(nam)s"', 5, "`%(nam)s` in `description`", "`%(name)s`"),
    ('"A tool"', '"%(asctime)s"', 5, "has no value", "`%%(asctime)s`"),
    ('"A tool"', '"%(version_patch)s"', 5, "has no value", "fewer parts"),
    ("'1.2'", "'1.3'", 3, "the file's name is `tool-1.3-GCC-13.3.0.eb`", "by their names"),
    ("[SOURCE_TAR_GZ]", "SOURCE_TAR_GZ", 7, "`sources` is a list", "sources = ["),
    ("'ConfigureMake'", "'MakeCp'", None, "needs the parameter `files_to_copy`", ""),
    ("= 'tool'", "= 't' + 'ool'", 2, "EasyBuild takes `t' + 'ool`", "plain text"),
]


@pytest.mark.parametrize(("old", "new", "line", "message", "hint"), WRONG)
def test_what_is_wrong(old: str, new: str, line: int | None, message: str, hint: str) -> None:
    text = GOOD.replace(old, new, 1)
    if "takes" in message:  # only where no easyblock is named does the name matter
        text = text.replace("easyblock = 'ConfigureMake'\n", "\n")
    _, errors = problems(text, NAME, CONTEXT)
    found = [(error.line, error.message, error.hint or "") for error in errors]
    assert any(
        line == where and message in what and hint in advice for where, what, advice in found
    ), found
    assert all(error.file == NAME for error in errors)


def test_several_mistakes_are_all_said() -> None:
    text = GOOD.replace("moduleclass", "modulclass").replace("sources", "sorces")
    assert [line for line, _ in said(text)] == [7, 10]


def test_easyblock_in_the_description() -> None:
    text = GOOD.replace("easyblock = 'ConfigureMake'\n", "").replace(
        '"A tool"', '"""x\neasyblock = bad\n"""'
    )
    assert (5, "EasyBuild takes `bad` for the easyblock, from the text of this line") in said(text)


def test_what_only_a_site_can_know_is_a_notice() -> None:
    text = GOOD.replace("'ConfigureMake'", "'SiteSpecial'").replace("'tools'", "'sidecompiler'")
    text = text.replace("'GCC', 'v", "'cpeGNU', 'v") + "site_option = 1\n"
    notices, errors = problems(text, "tool-1.2-cpeGNU-13.3.0.eb", CONTEXT)
    assert errors == ()
    assert [(n.code, n.subject) for n in notices] == [
        (Code.SETTING_IGNORED, "site_option"),
        (Code.NAME_UNKNOWN, "easyblock"),
        (Code.NAME_UNKNOWN, "moduleclass"),
        (Code.NAME_UNKNOWN, "toolchain"),
    ]


def test_a_parameter_of_another_easyblock_is_named() -> None:
    notices, errors = problems(GOOD + "files_to_copy = ['a']\n", NAME, CONTEXT)
    assert errors == ()
    assert "MakeCp" in notices[0].why


def test_deprecated_parameters() -> None:
    notices, _ = problems(GOOD + "parallel = 1\n", NAME, CONTEXT)
    assert [(n.code, n.why) for n in notices] == [(Code.SETTING_UPGRADED, "use `max_parallel`")]


def test_own_templates_and_escapes_are_fine() -> None:
    more = "installopts = '%(installdir)s %%(x)s 100% %(ext_name)s'\n"
    more += "versionsuffix = '-%(pyshortver)s'\nbuilddependencies = [('Python', '3.12.3')]\n"
    assert said(GOOD + more, "tool-1.2-GCC-13.3.0-3.12.eb") == []


def test_checksums_that_are_too_few() -> None:
    notices, _ = problems(GOOD + "patches = ['a.patch']\n", NAME, CONTEXT)
    assert [(n.code, n.what) for n in notices] == [
        (Code.CHECKSUM_MISSING, "1 checksums for 2 files")
    ]


# ---- within a robot path


@pytest.fixture
def site(tmp_path: Path) -> Context:
    for name, version, more in (
        ("GCC", "13.3.0", "toolchain = SYSTEM\n"),
        ("zlib", "1.3.1", "toolchain = {'name': 'GCC', 'version': '13.3.0'}\n"),
    ):
        stem = f"{name}-{version}" + ("" if "SYSTEM" in more else "-GCC-13.3.0")
        path = tmp_path / name[0].lower() / name / f"{stem}.eb"
        path.parent.mkdir(parents=True)
        extra = "dependencies = [('GCCcore', '13.3.0')]\n" if name == "GCC" else ""
        path.write_text(
            f"name = '{name}'\nversion = '{version}'\nhomepage = description = ''\n{more}{extra}"
        )
    core = tmp_path / "g" / "GCCcore" / "GCCcore-13.3.0.eb"
    core.parent.mkdir()
    core.write_text(
        "name = 'GCCcore'\nversion = '13.3.0'\nhomepage = description = ''\ntoolchain = SYSTEM\n"
    )
    return Context(easyconfigs=(str(tmp_path),))


def test_what_it_needs_is_there(site: Context) -> None:
    assert said(GOOD, context=site) == []


def test_missing_dependencies(site: Context) -> None:
    text = GOOD.replace("'1.3.1'", "'1.3.2'")
    _, errors = problems(text, NAME, site)
    assert [(e.line, e.message, e.hint) for e in errors] == [
        (9, "there is no easyconfig for zlib/1.3.2-GCC-13.3.0", "there is zlib 1.3.1")
    ]
    _, errors = problems(GOOD.replace("'zlib'", "'Zlib'"), NAME, site)
    assert errors[0].hint == "did you mean `zlib`?"


def test_cycles(site: Context) -> None:
    path = Path(site.easyconfigs[0]) / "z" / "zlib" / "zlib-1.3.1-GCC-13.3.0.eb"
    path.write_text(path.read_text() + "dependencies = [('tool', '1.2')]\n")
    own = Path(site.easyconfigs[0]) / "t" / "tool" / NAME
    own.parent.mkdir(parents=True)
    own.write_text(GOOD)
    tool = "tool/1.2-GCC-13.3.0"
    assert said(GOOD, context=site) == [
        (
            9,
            f"the easyconfigs need each other: {tool} -> zlib/1.3.1-GCC-13.3.0 -> {tool}",
        )
    ]


def test_two_files_of_one_module(site: Context) -> None:
    other = Path(site.easyconfigs[0]) / "t" / "tool" / "tool-copy.eb"
    other.parent.mkdir(parents=True)
    other.write_text(GOOD)
    (message,) = said(GOOD, context=site)
    assert message == (2, f"`{other}` defines the same module tool/1.2-GCC-13.3.0")


def test_the_content_of_another_file_contradicts_its_name(site: Context) -> None:
    path = Path(site.easyconfigs[0]) / "z" / "zlib" / "zlib-1.3.1-GCC-13.3.0.eb"
    path.write_text(path.read_text().replace("'1.3.1'", "'1.3.0'"))
    _, errors = problems(GOOD, NAME, site)
    assert [error.file for error in errors] == [str(path)]


# ---- as `validate` calls it


def test_check_of_other_formats_says_nothing() -> None:
    given = Input(text=GOOD, file=NAME)
    reading = read(given, CONTEXT)
    assert check("easystack", given, reading, CONTEXT) == ((), ())
    assert check("easyconfig", None, reading, CONTEXT) == ((), ())
    wrong = Input(text=GOOD.replace("sources", "sorces"), file=NAME)
    (error,) = check("easyconfig", wrong, reading, CONTEXT)[1]
    assert str(error).startswith(f"{NAME}:7: there is no parameter `sorces`\nhint: ")


def test_the_command_goes_on_past_bad_files(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(GOOD)
    (tmp_path / "bad-1.eb").write_text("name = (")
    (tmp_path / "binary-1.eb").write_bytes(bytes(range(256)))
    (tmp_path / "nul-1.eb").write_bytes(b"name = 'a'\x00")
    (tmp_path / "huge-1.eb").write_bytes(b"# comment\n" * 5_300_000)
    done = subprocess.run(
        [sys.executable, "-m", "stackbridge.cli.app", "validate", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 2
    assert f"{tmp_path / NAME}: easyconfig, valid" in done.stdout
    for name in ("bad-1.eb", "binary-1.eb", "nul-1.eb", "huge-1.eb"):
        assert f"{tmp_path / name}: not valid" in done.stdout
    assert "bad-1.eb:1" in done.stderr
    assert "Traceback" not in done.stderr


# ---- against the release


def test_released_easyconfigs_are_right(sample: list[Path]) -> None:
    for path in sample:
        _, errors = problems(path.read_text(), str(path), CONTEXT)
        assert errors == (), [str(error) for error in errors]


@pytest.mark.parametrize(
    ("name", "easyblock"),
    [
        ("GCC", "EB_GCC"),
        ("FFTW.MPI", "EB_FFTW_period_MPI"),
        ("netcdf4-python", "EB_netcdf4_minus_python"),
    ],
)
def test_easyblocks_by_name(name: str, easyblock: str) -> None:
    assert easyblock_of(name) == easyblock
    assert parameters().known(easyblock)


_LIVE = """
import contextlib, importlib, inspect, io, json, pkgutil, sys, warnings
warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from easybuild.tools.options import set_up_configuration
    set_up_configuration(args=["--ignore-osdeps"], silent=True)
    import easybuild.easyblocks.generic as generic
    from easybuild.framework.easyconfig.default import DEFAULT_CONFIG
    from easybuild.tools.config import DEFAULT_MODULECLASSES
    found = {}
    for item in pkgutil.iter_modules(generic.__path__):
        module = importlib.import_module("easybuild.easyblocks.generic." + item.name)
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__:
                if hasattr(value, "extra_options"):
                    found[name] = sorted(value.extra_options())
json.dump([sorted(DEFAULT_CONFIG), found, [c[0] for c in DEFAULT_MODULECLASSES]], sys.stdout)
"""


def test_parameters_are_those_of_the_installed_easybuild(eb_environment: dict[str, str]) -> None:
    """The framework's, and those of the generic easyblocks, as the classes themselves say."""
    import json

    done = subprocess.run(
        [sys.executable, "-c", _LIVE],
        capture_output=True,
        text=True,
        env=eb_environment,
        check=False,
    )
    if "No module named 'easybuild'" in done.stderr:
        pytest.skip("EasyBuild is not installed")
    common, easyblocks, classes = json.loads(done.stdout)
    known = parameters()
    assert set(common) == known.common
    assert tuple(classes) == known.moduleclasses
    assert len(easyblocks) > 40
    for name, wanted in easyblocks.items():
        assert set(wanted) <= known.all_for(name), name


LONG = [
    "\n" * 1_000_000 + GOOD,
    GOOD + "name = 'x" + " " * 100_000 + "y'\n",
    GOOD + "".join(f"unknown{n} = 1\n" for n in range(20_000)),
    GOOD + "description = '" + "%" * 500_000 + "(name)s'\n",
    GOOD + "description = '" + "%(x)s" * 50_000 + "'\n",
]


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_long_files_end(text: str) -> None:
    """Each took minutes when something was looked at twice."""
    notices, errors = problems(text, NAME, CONTEXT)
    assert len(notices) + len(errors) <= 150


_NAMES = st.sampled_from(
    sorted(
        {"name", "version", "toolchain", "easyblock", "crates", "multi_deps", "exts_list"}
        | {"dependencies", "builddependencies", "source_deps", "sources", "patches", "checksums"}
        | {"components", "sanity_check_paths", "source_urls", "cuda_compute_capabilities"}
        | {"versionsuffix", "configopts", "exts_default_options", "moduleclass", "homepage"}
    )
)
_VALUES = st.sampled_from(
    [
        *("None", "1", "1.5", "True", "''", "'x'", "b'x'", "...", "[]", "{}", "()", "[None]"),
        *("[1]", "{'a': 1}", "{1: 2}", "[('a',)]", "[[]]", "[{}]", "[()]", "SYSTEM", "{'a'}"),
        *("('a', 'b')", "[('a', 'b', {'c': 1})]", "[{'name': None}]", "[('a', '%(x)s')]"),
        "[('a', '1(')]",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_NAMES, _VALUES), min_size=1, max_size=3))
def test_any_value_is_read_or_refused(more: list[tuple[str, str]]) -> None:
    text = GOOD + "".join(f"{name} = {value}\n" for name, value in more)
    problems(text, NAME, CONTEXT)  # never another exception
    try:
        recipe = read(Input(text=text, file=NAME), CONTEXT).recipe
    except InputError as error:
        assert error.file == NAME  # noqa: PT017
    else:
        assert recipe is not None
