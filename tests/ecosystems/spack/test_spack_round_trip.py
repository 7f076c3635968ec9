"""spack.yaml -> Stack -> spack.yaml: same roots, same configuration, order and comments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.environments.environment import tidy
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code
from stackbridge.yamltext import load, plain

TESTS = Path(__file__).parents[2]
OWN = TESTS / "corpus" / "spack"
SHARED = TESTS.parents[1] / "shared" / "corpus"
REAL = sorted(SHARED.rglob("spack.yaml")) if SHARED.is_dir() else []
RULES = {"require", "prefer", "conflict", "version", "variants", "target", "providers"}


def reading_of(text: str, file: str = "x/spack.yaml") -> Reading:
    return read(Input(text=text, file=file), Context())


def written(text: str) -> str:
    return write(reading_of(text), Context()).files["spack.yaml"]


def configuration(text: str) -> Any:
    """Every section but specs, definitions and what becomes rules; keys in their order."""
    data = plain(load(text))
    body = tidy(data[next(iter(data))])
    kept = {k: v for k, v in body.items() if k not in ("specs", "definitions")}
    packages = kept.get("packages")
    if isinstance(packages, dict):
        kept["packages"] = {
            name: {k: v for k, v in keys.items() if k.removesuffix(":") not in RULES}
            if isinstance(keys, dict)
            else keys
            for name, keys in packages.items()
        }
    return kept


def in_any_order(reading: Reading) -> Any:
    """The stack; its comments by place, since an upgrade may move sections."""
    assert reading.stack is not None
    own = dict(reading.stack.extensions.get("spack", {}))
    comments = sorted(own.pop("comments", []), key=str)
    return replace(reading.stack, extensions={}), own, comments


def check(text: str) -> None:
    before = reading_of(text)
    out = written(text)
    after = reading_of(out)
    assert in_any_order(after) == in_any_order(before), "the stack, its comments and layout"
    if all(notice.code != Code.SETTING_UPGRADED for notice in before.notices):
        assert configuration(out) == configuration(text)
        assert list(configuration(out)) == list(configuration(text))
    assert all(notice.code != Code.SETTING_UPGRADED for notice in after.notices)
    assert written(out) == out


@pytest.mark.parametrize("name", ["matrices", "groups", "toolchains", "sections"])
def test_own_environments(name: str) -> None:
    check((OWN / name / "spack.yaml").read_text(encoding="utf-8"))


@pytest.mark.skipif(not REAL, reason="the corpus of real environments is not here")
@pytest.mark.parametrize("path", REAL, ids=lambda p: str(p.relative_to(SHARED).parent))
def test_real_environments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.parent.name in ("peak", "summit"):  # Spack refuses them too
        with pytest.raises(InputError, match="`netcdf-fortran` occurs twice"):
            reading_of(text)
        return
    check(text)


def test_comments_stay_where_they_stood() -> None:
    text = (OWN / "sections" / "spack.yaml").read_text(encoding="utf-8")
    lines = [line.strip() for line in written(text).splitlines()]
    assert lines[0].startswith("# A site's environment")
    assert lines[-1] == "# the end"
    assert "- gromacs@2024.4+mpi  # molecular dynamics" in lines
    assert lines.index("# soft ones") + 1 == lines.index("providers:")


def test_keys_that_replace_lower_scopes() -> None:
    text = "spack:\n  specs:: [zlib]\n  packages:\n    'fftw-api:':\n      require: fftw\n"
    out = written(text)
    assert "specs::" in out
    assert "fftw-api::" in out
    check(text)


def test_every_text_is_quoted_as_needed() -> None:
    text = (
        "spack:\n  specs: ['%gcc', \"hdf5@1.2:\", \"gcc languages:='c,c++'\", 'zlib@1.2:1.4']\n"
        "  config: {a: 'yes', b: '1.10', c: 'x: y', d: '# no', e: '@at', f: '', g: \"a'b\"}\n"
    )
    check(text)
