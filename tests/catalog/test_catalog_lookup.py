from __future__ import annotations

from collections.abc import Iterator

import pytest

from stackbridge.catalog import features
from stackbridge.catalog.export import MAPPED, dependency_id, mapping, package_urls
from stackbridge.catalog.identity import Identity, Tier
from stackbridge.catalog.lookup import Catalog
from stackbridge.errors import UsageError


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    with Catalog.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def everything(catalog: Catalog) -> tuple[Identity, ...]:
    return catalog.identities()


def get(catalog: Catalog, key: str) -> Identity:
    found = catalog.get(key)
    assert found is not None
    return found


def test_case_and_separators_do_not_matter(catalog: Catalog) -> None:
    for spelling in ("GROMACS", "gromacs", "Gromacs"):
        assert catalog.find(spelling) == catalog.get("gromacs")
    assert catalog.find("superlu_dist") == catalog.find("SuperLU-DIST")


def test_the_likeliest_meaning_comes_first(catalog: Catalog) -> None:
    first, *others = catalog.search("igraph")
    assert first.identity.key == "igraph"
    assert {match.identity.key for match in others} >= {"r-igraph", "py-igraph"}


def test_forks_are_told_by_version(catalog: Catalog) -> None:
    for version, key in (("11", "openfoam-org"), ("v2312", "openfoam")):
        found = catalog.find("OpenFOAM", "easybuild", version)
        assert found is not None
        assert found.key == key


def test_versions_are_spelled_as_each_ecosystem_does(catalog: Catalog) -> None:
    assert catalog.spelled("openfoam", "2312", "easybuild") == "v2312"
    assert catalog.spelled("boost", "1_82_0", "spack") == "1.82.0"
    assert catalog.spelled("boost", "99.9", "spack") is None


def test_really_versions_of_debian(catalog: Catalog) -> None:
    assert get(catalog, "netcdf-fortran").names["debian"][0].releases["bookworm"] == "4.5.4"


def test_binary_packages_with_their_roles(catalog: Catalog) -> None:
    roles = {b.name: b.role for b in get(catalog, "fftw").names["debian"][0].binaries}
    assert roles["libfftw3-dev"] == "dev"
    assert roles["libfftw3-mpi3"] == "runtime"


def test_bundles_and_toolchains_have_members(catalog: Catalog) -> None:
    (rows,) = catalog.members("foss", version="2024a").values()
    assert {(row.name, row.version, row.key) for row in rows} >= {
        ("GCC", "13.3.0", "gcc"),
        ("OpenMPI", "5.0.3", "openmpi"),
        ("FFTW.MPI", "3.3.10", "fftw"),
    }
    (rows,) = catalog.members("SciPy-bundle", version="2024.05-gfbf-2024a").values()
    assert ("numpy", "1.26.4", "py-numpy") in {(row.name, row.version, row.key) for row in rows}
    (rows,) = catalog.members("GCC", version="13.3.0").values()
    assert {row.key for row in rows} == {"gcc", "binutils"}
    assert catalog.members("no-such-bundle") == {}


def test_an_extension_knows_where_it_is(catalog: Catalog) -> None:
    extension = next(
        name
        for name in get(catalog, "py-numpy").names["easybuild"]
        if name.kind == "extension" and name.name == "numpy"
    )
    assert any(
        item.bundle == "SciPy-bundle" and item.version == "1.26.4" and not item.private
        for item in extension.inside
    )


def test_virtuals_and_providers(catalog: Catalog) -> None:
    mpi = get(catalog, "mpi")
    assert mpi.virtual
    assert {"openmpi", "mpich"} <= {r.other for r in mpi.related("provided-by")}
    assert "mpi" in {r.other for r in get(catalog, "openmpi").related("provides")}


def test_former_names_are_found(catalog: Catalog) -> None:
    for name, key in (("zeromq", "libzmq"), ("intel-mkl", "intel-oneapi-mkl")):
        found = catalog.find(name, "spack")
        assert found is not None
        assert found.key == key


def test_known_absent_is_not_unknown(catalog: Catalog) -> None:
    assert "spack" in get(catalog, "foss").absent
    assert catalog.find("no-such-thing-anywhere") is None


def test_package_urls_are_searched(catalog: Catalog) -> None:
    found = catalog.find("pkg:pypi/numpy@1.26.4")
    assert found is not None
    assert found.key == "py-numpy"
    assert package_urls(found)["pypi"] == "pkg:pypi/numpy"
    assert catalog.find("pkg:unknown/numpy") is None
    assert catalog.find("pkg:") is None


def test_near_misses(catalog: Catalog) -> None:
    assert "GROMACS" in catalog.suggest("gromcas")
    assert catalog.suggest("") == ()
    assert catalog.suggest("qqqqqqqqqqqqqqqqqqqqqqqqqqqq") == ()
    assert all(len(catalog.suggest(name)) <= 5 for name in ("py", "hdf", "open"))


def test_every_identity_is_in_order(everything: tuple[Identity, ...]) -> None:
    keys = set()
    for identity in everything:
        keys.add(identity.key)
        assert identity.names
        assert not set(identity.names) & set(identity.absent)
        for ecosystem, names in identity.names.items():
            for name in names:
                assert name.ecosystem == ecosystem
                assert list(name.evidence) == sorted(
                    name.evidence, key=lambda row: list(Tier).index(row.tier)
                )
        if any(name.kind == "software" for name in identity.names.get("spack", ())):
            assert identity.key in {name.name for name in identity.names["spack"]}
    for identity in everything:
        assert {relation.other for relation in identity.relations} <= keys


# --- features ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "feature", "ecosystem", "kind", "value"),
    [
        ("fftw", "+mpi", "easybuild", "name", "FFTW.MPI"),
        ("fftw", "+mpi", "guix", "name", "fftw-openmpi"),
        ("fftw", "+mpi", "debian", "package", "libfftw3-mpi-dev"),
        ("gromacs", "+cuda", "easybuild", "versionsuffix", "-CUDA-{version}"),
        ("gromacs", "+mpi", "easybuild", "toolchain", "mpi"),
        ("gromacs", "~mpi", "easybuild", "toolchain", "no-mpi"),
        ("openblas", "+ilp64", "guix", "name", "openblas-ilp64"),
        ("openblas", "+ilp64", "easybuild", "toolchainopt", "i8"),
        ("hdf5", "+threadsafe", "easybuild", "always", "easyblock"),
        ("trilinos", "+zoltan2", "easybuild", "parameter", "all_exts"),
        ("lammps", "+kspace", "easybuild", "parameter", "general_packages"),
        ("adios2", "+hdf5", "easybuild", "dependency", "HDF5"),
        ("boost", "cxxstd=17", "easybuild", "toolchainopt", "cstd"),
        ("llvm", "~polly", "easybuild", "always", "plain"),
        ("hdf5", "+mpi", "spack", "variant", "+mpi"),
    ],
)
def test_a_feature_elsewhere(
    catalog: Catalog, *, key: str, feature: str, ecosystem: str, kind: str, value: str
) -> None:
    means = features.to(get(catalog, key), feature, ecosystem, catalog)
    assert (kind, value) in {(row.kind, row.value) for row in means}
    assert all(row.evidence for row in means)


def test_features_backwards(catalog: Catalog) -> None:
    assert features.of("gromacs", "easybuild", "versionsuffix", "-CUDA-12.1.1") == ("+cuda",)
    assert features.of(get(catalog, "fftw"), "easybuild", "name", "FFTW.MPI")[0] == "+mpi"
    assert "+openmp" in features.of(None, "easybuild", "toolchainopt", "openmp")
    assert features.of(None, "easybuild", "versionsuffix", "-CUDA-") == ()


def test_nothing_is_known_of_nonsense(catalog: Catalog) -> None:
    assert features.to(get(catalog, "fftw"), "+no_such_thing", "easybuild", catalog) == ()
    assert not features.known("+no_such_thing")
    assert features.known("+cuda")


# --- exports -----------------------------------------------------------------------------

SPECS = {
    "anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}}]
}
COMMAND = {
    "type": "object",
    "required": ["command"],
    "additionalProperties": False,
    "properties": {
        "command": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "multiple_specifiers": {"enum": ["always", "name-only", "never"]},
        "requires_elevation": {"type": "boolean"},
    },
}
# What a mapping file of the PEP 804 registry must be, as far as ours use it (schema version 1).
MAPPING = {
    "type": "object",
    "required": ["name", "package_managers", "mappings"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"const": 1},
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
        "mappings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "specs"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "pattern": "^dep:.+$", "minLength": 5},
                    "specs": SPECS,
                    "urls": {"type": "object", "additionalProperties": {"type": "string"}},
                    "extra_metadata": {"type": "object"},
                },
            },
        },
        "package_managers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "commands", "specifier_syntax"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "commands": {
                        "type": "object",
                        "required": ["install", "query"],
                        "additionalProperties": False,
                        "properties": {"install": COMMAND, "query": COMMAND},
                    },
                    "specifier_syntax": {
                        "type": "object",
                        "required": ["name_only", "exact_version", "version_ranges"],
                        "additionalProperties": False,
                        "properties": {
                            "name_only": {"type": "array"},
                            "exact_version": {"type": "array"},
                            "version_ranges": {"type": ["object", "null"]},
                        },
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("ecosystem", MAPPED)
def test_mapping_files(everything: tuple[Identity, ...], ecosystem: str) -> None:
    import jsonschema

    data = mapping(everything, ecosystem)
    jsonschema.Draft202012Validator(MAPPING).validate(data)
    ids = [row["id"] for row in data["mappings"]]
    assert len(ids) == len(set(ids)) > 1000
    for manager in data["package_managers"]:
        for command in manager["commands"].values():
            assert sum("{}" in word for word in command["command"]) == 1


def test_mapping_of_one(catalog: Catalog) -> None:
    hdf5 = get(catalog, "hdf5")
    assert dependency_id(hdf5) == "dep:generic/hdf5"
    assert dependency_id(get(catalog, "py-numpy")) == "dep:pypi/numpy"
    (row,) = mapping([hdf5], "debian")["mappings"]
    assert "libhdf5-dev" in row["specs"]
    assert "libhdf5-310" in row["extra_metadata"]["run"]
    (row,) = mapping([hdf5], "easybuild")["mappings"]
    assert row["specs"] == "HDF5"
    with pytest.raises(UsageError):
        mapping([hdf5], "nix")
