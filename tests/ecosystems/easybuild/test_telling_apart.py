"""Two generated easyconfigs of one version differ by their versionsuffix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Input, Writing, format_named
from stackbridge.ecosystems.easybuild.easyconfigs.telling_apart import Likeness, told_apart
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.hub.package import Feature
from stackbridge.hub.shortform import parse

PACKAGE = '''
from spack.package import *


class Flimsy(Package):
    """A library of flimsy things."""

    homepage = "https://flimsy.example"
    url = "https://github.com/flimsy/flimsy/archive/v1.2.tar.gz"
    version("1.3", sha256="a" * 64)
    build_system("cmake", default="cmake")
    variant("mpi", default=False)
    variant("fast", default=True)
    variant("precision", default="single", values=("single", "double"))
    depends_on("c", type="build")
    depends_on("mpi", when="+mpi")
    depends_on("zlib")

    def cmake_args(self):
        return [
            self.define_from_variant("FLIMSY_FAST", "fast"),
            self.define_from_variant("FLIMSY_PRECISION", "precision"),
        ]
'''


def like(text: str, needs: dict[str, str] | None = None) -> Likeness:
    package = parse(text)
    return Likeness(package=package.name or "", features=package.features, needs=needs or {})


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a ~mpi", "a +mpi", "-mpi"),
        ("a +mpi", "a ~mpi", "-nompi"),
        ("a ~mpi ~x", "a +x +mpi", "-mpi-x"),
        ("a precision=single", "a precision=double", "-precision-double"),
        ("a l=x", "a l=y,x", "-l-y_x"),
        ("a +mpi", "a +mpi", ""),
        ("arkouda", "py-arkouda", "-python"),
        ("a x=1", "a x=../../etc", "-x-.._.._etc"),
    ],
)
def test_words(first: str, second: str, expected: str) -> None:
    assert told_apart(like(first), like(second)) == expected


def test_dependencies_tell_apart_what_features_do_not() -> None:
    first = like("a", {"SCR": "3.1", "zlib": "1.3"})
    assert told_apart(first, like("a", {"SCR": "2.0.0", "zlib": "1.3"})) == "-SCR-2.0.0"
    assert told_apart(first, like("a", {"zlib": "1.3"})) == "-noSCR"


names = st.text("abcdefgh-_/ %é", min_size=1, max_size=9)
features = st.dictionaries(
    names, st.booleans() | st.lists(names, min_size=1, max_size=3).map(tuple), max_size=9
).map(lambda found: tuple(Feature(name=name, value=value) for name, value in found.items()))


@settings(max_examples=150, deadline=None)
@given(features, features)
def test_any_suffix_is_short_and_fit_for_a_file_name(
    first: tuple[Feature, ...], second: tuple[Feature, ...]
) -> None:
    one, other = (Likeness(package="a", features=each, needs={}) for each in (first, second))
    suffix = told_apart(one, other)
    assert len(suffix) <= 40
    assert re.fullmatch(r"(-[\w.+-]+)?", suffix, re.ASCII)
    # the order in which features stand does not count
    assert suffix == told_apart(
        Likeness(package="a", features=first[::-1], needs={}),
        Likeness(package="a", features=second[::-1], needs={}),
    )


def converted(place: Path, specs: str) -> Writing:
    from stackbridge.cli.compose import spack_recipes

    folder = place / "repository" / "packages" / "flimsy"
    folder.mkdir(parents=True)
    (folder / "package.py").write_text(PACKAGE)
    (place / "repository" / "repo.yaml").write_text("repo:\n  namespace: small\n  api: v2.0\n")
    context = Context(repositories=(str(place / "repository"),), toolchain="foss-2024a")
    context = Context(
        repositories=context.repositories,
        toolchain=context.toolchain,
        options={"recipes": spack_recipes(context)},
    )
    text = f"spack:\n  specs: [{specs}]\n"
    reading = format_named("spack").load_reader().read(Input(text=text, file="s.yaml"), context)
    return format_named("easystack").load_writer().write(reading, context)


@pytest.mark.parametrize("turned", [False, True])
def test_roots_that_differ_in_features_have_files_of_their_own(
    tmp_path: Path, turned: bool
) -> None:
    specs = ["flimsy", "flimsy ~fast", "flimsy +mpi", "flimsy ~fast precision=double"]
    writing = converted(tmp_path, ", ".join(reversed(specs) if turned else specs))
    rows = {row.subject: row.evidence for row in writing.delivered}
    assert rows == {
        "flimsy": "flimsy-1.3-GCCcore-13.3.0.eb",
        "flimsy ~fast": "flimsy-1.3-GCCcore-13.3.0-nofast.eb",
        "flimsy +mpi": "flimsy-1.3-gompi-2024a.eb",
        "flimsy ~fast precision=double": "flimsy-1.3-GCCcore-13.3.0-nofast-precision-double.eb",
    }
    for row in writing.delivered:
        (text,) = (text for name, text in writing.files.items() if name.endswith(row.evidence))
        values = evaluate(text).values
        fast = "OFF" if "~fast" in row.subject else "ON"
        assert f"-DFLIMSY_FAST={fast}" in str(values["configopts"])
        assert f"{values['version']}" in row.evidence
        suffix = str(values.get("versionsuffix") or "")
        assert row.evidence.endswith(f"{suffix}.eb")
        assert "flimsy" in writing.files[writing.main]
