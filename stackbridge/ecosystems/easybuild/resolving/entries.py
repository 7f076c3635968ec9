"""What is remembered of one easyconfig: its identity, dependencies and contents.

`entry_of` takes it from the evaluated values. Entries are tuples, since an index holds
twelve thousand of them; their texts may still hold templates, which the resolution fills
in, because some of them depend on other files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from stackbridge.ecosystems.easybuild.language.constants import EXTERNAL_MODULE
from stackbridge.errors import InputError

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.language.evaluate import Evaluated

__all__ = ["SYSTEM", "Entry", "Requirement", "entry_of", "full_version", "parse_dependency"]

SYSTEM = ("system", "system")
_ARCH_KEY = "arch="


class Requirement(NamedTuple):
    """One dependency as it is written.

    `toolchain` is (name, version), or None when it is inherited. For an external module
    `name` is the module's name and `version` None.
    """

    name: str
    version: str | None
    suffix: str = ""
    toolchain: tuple[str, str] | None = None

    @property
    def external(self) -> bool:
        """Is it a module from outside of EasyBuild?"""
        return self.version is None


class Entry(NamedTuple):
    """One easyconfig of a repository.

    `file` is its path below the repository, with `/`. `iterated`: the build dependencies are
    those of several builds, one after the other. `suffix` and the dependencies may hold
    templates. `fetching` is needed to fetch the sources (`source_deps`); the robot does not
    look for it. `source` names the repository it came from (filled in by the index).
    """

    file: str
    name: str
    version: str
    prefix: str
    suffix: str
    toolchain: tuple[str, str]
    easyblock: str | None
    moduleclass: str
    dependencies: tuple[Requirement, ...]
    build: tuple[Requirement, ...]
    iterated: bool = False
    capabilities: tuple[str, ...] = ()
    fetching: tuple[Requirement, ...] = ()
    source: int = 0

    @property
    def basename(self) -> str:
        """The file's own name."""
        return self.file.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The file's own name without `.eb`."""
        return self.basename.removesuffix(".eb")

    @property
    def system(self) -> bool:
        """Is it built with the system's compilers?"""
        return self.toolchain[0] == "system"


def full_version(
    version: str, toolchain: tuple[str, str], suffix: str = "", prefix: str = ""
) -> str:
    """`<prefix><version>[-<toolchain>]<suffix>`, as in file and module names."""
    if toolchain[0] == "system":
        return f"{prefix}{version}{suffix}"
    return f"{prefix}{version}-{toolchain[0]}-{toolchain[1]}{suffix}"


def _pick(version: Any, architecture: str) -> Any:
    """The version for that architecture; False leaves the dependency out."""
    if not isinstance(version, dict):
        return version
    if not version or not all(isinstance(k, str) and k.startswith(_ARCH_KEY) for k in version):
        raise TypeError("a version per architecture has keys such as `arch=x86_64` and `arch=*`")
    for key in (_ARCH_KEY + architecture, _ARCH_KEY + "*"):
        if key in version:
            return version[key]
    raise TypeError(f"no version is given for {architecture}")


def _toolchain(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    if value is True:
        return SYSTEM
    if isinstance(value, (list, tuple)) and len(value) == 2:
        name, version = value
    elif isinstance(value, dict) and "name" in value and "version" in value:
        name, version = value["name"], value["version"]
    else:
        raise TypeError(
            "a dependency's toolchain is SYSTEM, or a pair of name and version: "
            f"not {str(value)[:60]!r}"
        )
    if not (isinstance(name, str) and isinstance(version, str)):
        raise TypeError("name and version of a toolchain are texts")
    return name, version


def parse_dependency(value: Any, architecture: str = "x86_64") -> Requirement | None:
    """One entry of a dependency list; None when it is left out on that architecture.

    Forms as in EasyBuild's `_parse_dependency`. TypeError says what is wrong.
    """
    if isinstance(value, dict):
        if value.get("external_module"):
            return Requirement(value["full_mod_name"], None)
        fields = [value.get(key) for key in ("name", "version", "versionsuffix", "toolchain")]
        if fields[3] is None and value.get("system"):
            fields[3] = value["system"]
        name, version, suffix, toolchain = fields
    elif isinstance(value, (list, tuple)):
        if value and value[-1] == EXTERNAL_MODULE:
            if len(value) != 2 or not isinstance(value[0], str):
                raise TypeError("an external module is (module name, EXTERNAL_MODULE)")
            return Requirement(value[0], None)
        if len(value) < 2:
            raise TypeError("a dependency is at least a name and a version")
        padded = (*value[:4], None, None)
        name, version, suffix, toolchain = padded[0], padded[1], padded[2], padded[3]
    else:
        raise TypeError(f"a dependency is a tuple such as ('zlib', '1.3.1'), not {value!r:.60}")
    if not isinstance(name, str) or not name:
        raise TypeError(f"the name of a dependency must be a text, not {name!r:.60}")
    version = _pick(version, architecture)
    if version is False:
        return None
    if not isinstance(version, str):
        raise TypeError(f"the version of `{name}` must be a text, not {version!r:.60}")
    if suffix is None:
        suffix = ""
    if not isinstance(suffix, str):
        hint = ": SYSTEM is the fourth element" if isinstance(suffix, dict) else ""
        raise TypeError(f"the version suffix of `{name}` must be a text{hint}")
    return Requirement(name, version, suffix, _toolchain(toolchain))


def _requirements(values: Iterable[Any], architecture: str) -> Iterable[Requirement]:
    for value in values:
        found = parse_dependency(value, architecture)
        if found is not None:
            yield found


def build_dependencies(
    values: Mapping[str, Any], architecture: str
) -> tuple[tuple[Requirement, ...], bool]:
    """The build dependencies, and whether they are those of several builds."""
    build = values.get("builddependencies") or []
    multi = values.get("multi_deps")
    if isinstance(multi, dict) and multi:
        counts = {len(versions) for versions in multi.values()}
        if len(counts) != 1:
            raise TypeError("the lists of `multi_deps` differ in length")
        keys = sorted(multi)
        build = [
            [*((key, multi[key][turn]) for key in keys), *build] for turn in range(counts.pop())
        ]
    if build and all(isinstance(item, (list, tuple)) for group in build for item in group):
        flat: dict[Requirement, None] = {}
        for group in build:
            flat.update(dict.fromkeys(_requirements(group, architecture)))
        return tuple(flat), True
    return tuple(_requirements(build, architecture)), False


def entry_of(evaluated: Evaluated, file: str, architecture: str = "x86_64") -> Entry:
    """The entry of an evaluated file; InputError where its identity or a dependency is wrong."""
    values = evaluated.values
    missing = [name for name in ("name", "version", "toolchain") if name not in values]
    if missing:
        unknown = [name for name in missing if name in evaluated.unknown]
        raise InputError(
            f"`{missing[0]}` " + ("could not be evaluated" if unknown else "is missing"),
            file=evaluated.file,
            line=evaluated.line(missing[0]),
        )
    toolchain = values["toolchain"]
    at = "toolchain"
    try:
        pair = _toolchain(toolchain)
        if pair is None:
            raise TypeError("no toolchain")
        at = "dependencies"
        dependencies = tuple(_requirements(values.get("dependencies") or (), architecture))
        at = "builddependencies"
        build, iterated = build_dependencies(values, architecture)
        at = "source_deps"
        fetching = tuple(_requirements(values.get("source_deps") or (), architecture))
    except TypeError as error:
        raise InputError(f"`{at}`: {error}", file=evaluated.file, line=evaluated.line(at)) from None
    texts = {}
    for name in ("versionprefix", "versionsuffix", "moduleclass"):
        text = values.get(name, "base" if name == "moduleclass" else "")
        texts[name] = text if isinstance(text, str) else ""
    easyblock = values.get("easyblock")
    capabilities = values.get("cuda_compute_capabilities")
    return Entry(
        file,
        values["name"],
        values["version"],
        texts["versionprefix"],
        texts["versionsuffix"],
        pair,
        easyblock if isinstance(easyblock, str) else None,
        texts["moduleclass"],
        dependencies,
        build,
        iterated,
        tuple(capabilities) if isinstance(capabilities, (list, tuple)) else (),
        fetching,
    )
