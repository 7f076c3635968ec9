"""The row of a generated easyconfig says what it is not, as that of a released one does."""

from __future__ import annotations

from pathlib import Path

from stackbridge.catalog.lookup import Catalog
from stackbridge.ecosystems import Context, Delivered, Input, Writing, format_named
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Naming
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.hub.notices import Code

PACKAGES = {
    "sqlite": """
    url = "https://sqlite.example/current.tar.gz"
    version("main", branch="main")
    depends_on("c", type="build")
""",
    "gpuonly": """
    version("1.0", sha256="a" * 64)
    variant("cuda", default=True)
    variant("rocm", default=False)
    conflicts("~cuda", when="~rocm", msg="one kind of GPU must be chosen")
""",
    "hidden": """
    url = None
    version("1.0", sha256="a" * 64)

    def url_for_version(self, version):
        return open("/etc/addresses").read()
""",
    "flimsy": """
    version("1.3", sha256="a" * 64)
    variant("mpi", default=False)
    variant("fast", default=True)
    depends_on("c", type="build")
    depends_on("mpi", when="+mpi")
    depends_on("frail")
    depends_on("zlib")
    variant("glow", default=False)
    variant("glowing", default=False)
    depends_on("glowing", when="+glowing")
""",
    "frail": """
    version("3.0", sha256="b" * 64)
    version("2.0", sha256="c" * 64)
    variant("weak", default=False)
    depends_on("c", type="build")
""",
    "jansson": """
    version("2.14", sha256="e" * 64)
    version("2.9", sha256="f" * 64)
    depends_on("c", type="build")
""",
    "fpm": """
    version("0.12.0", sha256="a" * 64)
    depends_on("c", type="build")
""",
    "glowing": """
    version("1.0", sha256="d" * 64)
    variant("cuda", default=False)
    depends_on("c", type="build")
""",
}
HEAD = '''
from spack.package import *


class {title}(Package):
    """Things."""

    homepage = "https://{name}.example"
    url = "https://{name}.example/v1.tar.gz"
    build_system("cmake", default="cmake")
{body}
'''


def convert(place: Path, environment: str, toolchain: str = "foss-2024a") -> Writing:
    from stackbridge.cli.compose import spack_recipes

    for name, body in PACKAGES.items():
        folder = place / "repository" / "packages" / name
        folder.mkdir(parents=True)
        text = HEAD.format(title=name.title(), name=name, body=body)
        (folder / "package.py").write_text(text)
    (place / "repository" / "repo.yaml").write_text("repo:\n  namespace: small\n  api: v2.0\n")
    first = Context(repositories=(str(place / "repository"),))
    context = Context(toolchain=toolchain, options={"recipes": spack_recipes(first)})
    source = Input(text=environment, file="s.yaml")
    reading = format_named("spack").load_reader().read(source, context)
    return format_named("easystack").load_writer().write(reading, context)


def rows(writing: Writing) -> dict[str, Delivered]:
    return {row.subject.split(" ")[0]: row for row in writing.delivered}


def test_a_compiler_and_an_mpi_library_that_it_has_not(tmp_path: Path) -> None:
    text = 'spack:\n  specs: ["flimsy +mpi %cce ^mpich"]\n'
    row = rows(convert(tmp_path, text))["flimsy"]
    assert row.how == "generated"
    kinds = {Code.TOOLCHAIN_APPROXIMATED.value, Code.PROVIDER_APPROXIMATED.value}
    assert kinds <= set(row.kinds)


def test_flags_are_lost(tmp_path: Path) -> None:
    row = rows(convert(tmp_path, "spack:\n  specs: ['flimsy cflags=-O1']\n"))["flimsy"]
    assert row.how == "generated"
    assert Code.FLAGS_LOST.value in row.kinds


def test_what_nobody_can_want_is_not_lost(tmp_path: Path) -> None:
    """`+cuda` of all packages asks nothing of one without such a variant."""
    text = "spack:\n  specs: [flimsy, glowing]\n  packages: {all: {require: [~rocm, +cuda, cuda_arch=80]}}\n"
    writing = convert(tmp_path, text)
    found = rows(writing)
    assert found["flimsy"].kinds == ()
    lost = [n.subject for n in writing.notices if n.code is Code.GPU_LOST]
    assert "flimsy" not in lost
    assert "glowing" in lost
    assert Code.GPU_LOST.value in found["glowing"].kinds


def test_every_kind_of_a_row_has_its_notice(tmp_path: Path) -> None:
    text = 'spack:\n  specs: ["flimsy +mpi %cce ^mpich ^frail@2.0", "flimsy ^zlib@9"]\n'
    writing = convert(tmp_path, text)
    for row in writing.delivered:
        for kind in row.kinds:
            assert any(notice.code.value == kind for notice in writing.notices), kind


def test_a_version_that_the_release_lacks_is_made(tmp_path: Path) -> None:
    text = "spack:\n  specs: [jansson@2.9, jansson@2.14, jansson@7]\n"
    writing = convert(tmp_path, text)
    found = {row.subject: row for row in writing.delivered}
    assert found["jansson@2.9"].how == "generated"
    assert found["jansson@2.9"].evidence == "Jansson-2.9-GCCcore-13.3.0.eb"
    assert found["jansson@2.14"].how == "exact"
    # nobody has that one: the nearest stands in
    assert found["jansson@7"].how == "approximated"
    assert Code.VERSION_APPROXIMATED.value in found["jansson@7"].kinds


def test_a_dependency_comes_in_the_version_that_is_wanted(tmp_path: Path) -> None:
    text = 'spack:\n  specs: [flimsy, "flimsy ^frail@2.0", "flimsy ^frail@9"]\n'
    writing = convert(tmp_path, text)
    found = {row.subject: row for row in writing.delivered}
    assert found["flimsy"].evidence == "flimsy-1.3-GCCcore-13.3.0.eb"
    other = found["flimsy ^frail@2.0"]
    assert other.kinds == ()
    assert other.evidence == "flimsy-1.3-GCCcore-13.3.0-frail-2.0.eb"
    (made,) = (t for name, t in writing.files.items() if name.endswith(other.evidence))
    assert ("frail", "2.0") in evaluate(made).values["dependencies"]
    assert any(name.endswith("/frail-2.0-GCCcore-13.3.0.eb") for name in writing.files)
    # nobody has that one
    assert found["flimsy ^frail@9"].kinds == (Code.DEPENDENCY_APPROXIMATED.value,)


def test_two_versions_of_what_others_need_as_well_are_not_mixed(tmp_path: Path) -> None:
    text = 'spack:\n  specs: ["flimsy ^zlib@1.2.8 ^python@3.9"]\n'
    writing = convert(tmp_path, text)
    (row,) = writing.delivered
    assert Code.DEPENDENCY_LOST.value in row.kinds  # it needs no Python


def test_what_is_named_below_switches_on_what_brings_it(tmp_path: Path) -> None:
    writing = convert(tmp_path, 'spack:\n  specs: ["flimsy ^glowing"]\n')
    (row,) = writing.delivered
    assert row.kinds == ()
    (made,) = (t for name, t in writing.files.items() if name.endswith(row.evidence))
    assert ("glowing", "1.0") in evaluate(made).values["dependencies"]


def test_no_file_is_written_that_nothing_needs(tmp_path: Path) -> None:
    writing = convert(tmp_path, 'spack:\n  specs: ["flimsy ^frail@2.0"]\n')
    names = {name.rpartition("/")[2] for name in writing.files} - {writing.main}
    assert names == {
        "flimsy-1.3-GCCcore-13.3.0-frail-2.0.eb",
        "frail-2.0-GCCcore-13.3.0.eb",
    }


def test_what_no_repository_has_says_what_to_give(tmp_path: Path) -> None:
    writing = convert(tmp_path, "spack:\n  specs: [our-own-thing, flimsy]\n")
    (lost,) = [n for n in writing.notices if n.code is Code.PACKAGE_LOST]
    assert lost.subject == "our-own-thing"
    assert "no given repository" in lost.why
    assert "--repository" in lost.instead


def test_a_version_that_nobody_knows_is_not_lost(tmp_path: Path) -> None:
    """Sites ask for what Spack has forgotten; where its source lies follows from the others."""
    found = rows(convert(tmp_path, "spack:\n  specs: [flimsy@1.1]\n"))["flimsy@1.1"]
    assert found.how == "generated"
    assert found.version == "1.1"
    assert Code.PACKAGE_LOST.value not in found.kinds


def test_what_has_no_source_is_not_made_where_some_is_released(tmp_path: Path) -> None:
    """An easyconfig that nothing can be fetched for is worth less than the nearest released."""
    found = rows(convert(tmp_path, "spack:\n  specs: ['sqlite@=3.1']\n", "foss-2024a"))
    row = found["sqlite@=3.1"]
    assert row.how == "approximated"
    assert row.evidence.startswith("SQLite-3.45.3")


def test_cuda_in_a_version_is_the_versionsuffix(tmp_path: Path) -> None:
    found = rows(convert(tmp_path, "spack:\n  specs: [cudnn@8.7.0.84-11.8, cudnn@8.7.0.84-11.4]\n"))
    row = found["cudnn@8.7.0.84-11.8"]
    assert (row.how, row.evidence) == ("exact", "cuDNN-8.7.0.84-CUDA-11.8.0.eb")
    assert found["cudnn@8.7.0.84-11.4"].how == "approximated"


def test_a_name_alike_of_another_project_is_another_software(tmp_path: Path) -> None:
    """Spack's fpm is Fortran's package manager; EasyBuild's FPM makes packages of others."""
    writing = convert(tmp_path, "spack:\n  specs: [fpm]\n")
    found = rows(writing)
    assert (found["fpm"].how, found["fpm"].name) == ("generated", "fpm")
    # where the homepages do not tell, both are shown
    named = Naming(open_release(Context()), Catalog.open(None), "spack")("presto")
    assert named.how == "spelling"
    assert "https://prestodb.io/" in named.evidence
    assert "https://github.com/immunogenomics/presto" in named.evidence


def test_what_can_be_fetched_from_nowhere_is_lost(tmp_path: Path) -> None:
    """An easyconfig that installs nothing would say that it is there."""
    writing = convert(tmp_path, "spack:\n  specs: [hidden]\n")
    assert rows(writing)["hidden"].how == "lost"
    assert not [name for name in writing.files if name.endswith(".eb")]
    assert any("source" in notice.why for notice in writing.notices if notice.subject == "hidden")


def test_what_is_nothing_without_its_gpu_is_not_made_without(tmp_path: Path) -> None:
    """EasyBuild's generations hold no ROCm; the recipe refuses to be built for no GPU at all."""
    spec = "gpuonly ~cuda +rocm amdgpu_target=gfx90a"
    writing = convert(tmp_path, f"spack:\n  specs: ['{spec}']\n")
    (row,) = writing.delivered
    assert row.how == "lost"
    assert any("one kind of GPU must be chosen" in notice.why for notice in writing.notices)
