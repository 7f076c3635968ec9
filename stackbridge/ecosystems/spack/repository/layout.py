"""Where a package repository keeps its files, and how names become directories and classes.

Rules: Spack's package API v1 and v2 (lib/spack/spack/repo.py and util/naming.py).
"""

from __future__ import annotations

import keyword
import os
import re
from dataclasses import dataclass
from pathlib import Path

from stackbridge.errors import InputError

__all__ = ["Repository", "class_name", "directory_name", "open_repository", "package_name"]

_V1_NAME = re.compile(r"\w[\w-]*\Z")
_V2_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_LOWER_KEYWORDS = frozenset(word for word in keyword.kwlist if word.islower())


def class_name(name: str) -> str:
    """The class that package.py must define: `py-numpy` -> `PyNumpy`, `3proxy` -> `_3proxy`."""
    text = "".join(part.capitalize() for part in re.split(r"[-_]+", name))
    return f"_{text}" if text[:1].isdigit() or text in ("False", "None", "True") else text


def directory_name(name: str, api: tuple[int, int] = (2, 0)) -> str:
    """The directory of a package: `py-numpy` -> `py_numpy` since package API v2."""
    if api < (2, 0):
        return name
    text = name.replace("-", "_")
    return f"_{text}" if text[:1].isdigit() or text in _LOWER_KEYWORDS else text


def package_name(directory: str, api: tuple[int, int] = (2, 0)) -> str:
    """The package of a directory, the other way round."""
    return directory if api < (2, 0) else directory.lstrip("_").replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One repository: `root` holds repo.yaml, `packages` one directory per package."""

    root: Path
    packages: Path
    namespace: str
    api: tuple[int, int]

    @property
    def build_systems(self) -> Path:
        """Where the build systems' classes are; before v1.0 these were part of Spack itself."""
        if self.api < (2, 0) and self.namespace == "builtin":
            core = self.root.absolute().parents
            if len(core) > 3:
                return core[3] / "lib" / "spack" / "spack" / "build_systems"
        return self.root / "build_systems"

    def directories(self) -> tuple[str, ...]:
        """Names of the directories that hold a package.py, sorted."""
        valid = _V1_NAME if self.api < (2, 0) else _V2_NAME
        try:
            with os.scandir(self.packages) as entries:
                found = [e.name for e in entries if valid.match(e.name) and e.is_dir()]
        except OSError as error:
            raise InputError(
                f"the repository's packages can't be listed: {error.strerror}",
                file=str(self.packages),
            ) from error
        return tuple(sorted(found))

    def file(self, directory: str) -> Path:
        """The package.py of that directory."""
        return self.packages / directory / "package.py"


def open_repository(path: str | os.PathLike[str]) -> Repository:
    """The repository at a path, which is that of repo.yaml's directory.

    Raises InputError where there is no repo.yaml, or a bad one.
    """
    root = Path(path)
    if not (root / "repo.yaml").is_file():
        inner = sorted(root.glob("repos/spack_repo/*/repo.yaml")) + sorted(
            root.glob("spack_repo/*/repo.yaml")
        )
        if len(inner) != 1:
            raise InputError(
                "there is no repo.yaml", file=str(root), hint="name the directory that holds it"
            )
        root = inner[0].parent
    import yaml

    file = root / "repo.yaml"
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        settings = document["repo"]
        namespace = str(settings["namespace"])
        api_text = str(settings.get("api", "v1.0"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError) as error:
        raise InputError(
            "repo.yaml must hold `repo:` with a `namespace:`", file=str(file)
        ) from error
    match = re.fullmatch(r"v(\d{1,3})\.(\d{1,3})", api_text)
    if match is None:
        raise InputError(f"`api: {api_text}` is not of the form v2.0", file=str(file))
    api = (int(match[1]), int(match[2]))
    subdirectory = settings.get("subdirectory", "packages")
    if not isinstance(subdirectory, str) or "/" in subdirectory or subdirectory == "..":
        raise InputError("`subdirectory` must be a directory's name", file=str(file))
    return Repository(root=root, packages=root / subdirectory, namespace=namespace, api=api)
