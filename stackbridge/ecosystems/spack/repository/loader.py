"""Files of repositories -> modules -> classes -> one record per package.

A record holds JSON values only: the attributes, the names of the classes whose directives
belong to it (`units`), the package's own directives (`own`) and what could not be evaluated.
The directives of base classes are records of their own, made once for all.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.spack.repository import layout
from stackbridge.ecosystems.spack.repository.directives import condition, record
from stackbridge.ecosystems.spack.repository.interpreter import Interpreter
from stackbridge.ecosystems.spack.repository.layout import Repository
from stackbridge.ecosystems.spack.repository.library import Library
from stackbridge.ecosystems.spack.repository.operations import VersionValue
from stackbridge.ecosystems.spack.repository.source import parse
from stackbridge.ecosystems.spack.repository.store import digest_of
from stackbridge.ecosystems.spack.repository.values import (
    BASE,
    Bound,
    Class,
    ClassProperty,
    Function,
    Item,
    Module,
    PackageError,
    Spec,
    StopError,
    Unknown,
)

__all__ = ["Loader", "items_record"]

_ATTRIBUTES = ("homepage", "url", "list_url", "git", "svn", "hg", "pypi", "cran", "bioc")
_MIRRORS = (
    "gnu_mirror_path",
    "sourceforge_mirror_path",
    "sourceware_mirror_path",
    "xorg_mirror_path",
)
_DEFAULTS: dict[str, Any] = {
    "homepage": None,
    "url": None,
    "list_url": None,
    "git": None,
    "virtual": False,
    "has_code": True,
    "tags": [],
    "maintainers": [],
    "manual_download": False,
    "build_system_class": "PackageBase",
    "sanity_check_is_file": [],
    "sanity_check_is_dir": [],
    "unresolved_libraries": [],
    "non_bindable_shared_objects": [],
}


def items_record(cls: Class) -> tuple[list[Any], list[tuple[int, str]]]:
    """The own directives of a class as JSON values, and those that can't be had."""
    own: list[Any] = []
    problems: list[tuple[int, str]] = []
    for item in cls.items:
        try:
            if item.run is not None:
                own.append([item.run, item.line, list(item.when), _plain_defaults(item)])
            else:
                own.append(record(item))
        except (StopError, PackageError) as error:
            problems.append((item.line, f"{item.name}: {error}"))
        except _ERRORS as error:
            problems.append((item.line, f"{item.name}: {type(error).__name__}: {error}"))
    return own, problems


def _plain_defaults(item: Item) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, value in item.defaults.items():
        if isinstance(value, Unknown):
            raise StopError(f"a default depends on {value.reason}")
        if key == "when":
            plain[key] = condition(value)
        elif isinstance(value, (tuple, list)):
            plain[key] = list(value)
        elif isinstance(value, Spec):
            plain[key] = value.text
        else:
            plain[key] = value
    return plain


class Loader:
    """Loads packages of some repositories for one platform and machine.

    Earlier repositories come before later ones where both have a package.
    """

    def __init__(self, repositories: Sequence[Repository], platform: str, machine: str) -> None:
        self.repositories = tuple(repositories)
        self.platform = platform
        self.machine = machine
        self.interpreter = Interpreter(self)
        self.library = Library(platform, machine, self.interpreter)
        self.builtins = self.library.builtins
        self.digests: dict[str, str] = {}
        self.units: dict[str, list[Any]] = {}
        self._unit_problems: dict[str, list[tuple[str, int, str]]] = {}
        self._modules: dict[str, Module] = {}
        self._loading: set[str] = set()
        self._v1 = {r.namespace for r in self.repositories if r.api < (2, 0)}

    # names -> files

    def _locate(self, dotted: str) -> tuple[Path, str] | None:
        """The file of a module, and the dotted package that it stands in."""
        parts = dotted.split(".")
        for repository in self.repositories:
            space = repository.namespace.split(".")
            if parts[0] == "spack_repo" and parts[1 : 1 + len(space)] == space:
                rest = parts[1 + len(space) :]
                if rest[:1] == ["build_systems"] and len(rest) == 2:
                    file = repository.build_systems / f"{rest[1]}.py"
                    if file.is_file():
                        return file, ".".join(parts[:-1])
                if rest[:1] == ["build_systems"] and len(rest) == 1:
                    return repository.build_systems / "__init__.py", dotted
                if len(rest) >= 2 and rest[-1] == "package":
                    file = repository.packages / rest[-2] / "package.py"
                    if file.is_file():
                        return file, ".".join(parts[:-1])
            if parts[:2] == ["spack", "pkg"] and parts[2 : 2 + len(space)] == space:
                rest = parts[2 + len(space) :]
                for name in _v1_names(rest[0]) if len(rest) == 1 else ():
                    file = repository.packages / name / "package.py"
                    if file.is_file():
                        return file, dotted
        return None

    def module_at(self, dotted: str) -> Module | None:
        """The module of that name, loaded; None where there is no such file."""
        known = self._modules.get(dotted)
        if known is not None:
            return known
        if dotted in self._loading:
            return None
        found = self._locate(dotted)
        if found is None:
            return None
        module = self._modules[dotted] = self._load(dotted, found[0], found[1])
        return module

    def _load(self, dotted: str, file: Path, package: str) -> Module:
        module = Module(name=dotted, names={}, package=package, file=str(file))
        module.uses.add(str(file))
        if dotted.startswith(("spack.pkg.", "v1:")):
            module.star = True
        run = self.interpreter
        outer = (run.when, run.defaults, run.pending)
        run.when, run.defaults, run.pending = [], [], []
        self._loading.add(dotted)
        try:
            try:
                with open(module.file, "rb") as stream:  # noqa: PTH123 - 9,000 times
                    content = stream.read()
                self.digests[module.file] = digest_of(content)
                module.source = parse(_newlines(content.decode("utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                module.problems.append((1, f"the file can't be read: {error}"))
            except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
                line = getattr(error, "lineno", None) or 1
                reason = getattr(error, "msg", None) or str(error) or type(error).__name__
                module.problems.append((line, f"the file can't be parsed: {reason}"))
            else:
                run.run_module(module)
        finally:
            self._loading.discard(dotted)
            run.when, run.defaults, run.pending = outer
        return module

    # what the interpreter asks for

    def import_module(self, name: str, module: Module) -> Any:
        """`import name`."""
        if name in self.library.modules:
            return self.library.modules[name]
        return Unknown(f"the module `{name}`")

    def import_from(self, name: str, level: int, what: str, module: Module) -> Any:
        """`from name import what`; for `*` a mapping of names, or None for Spack's own."""
        if level:
            parts = module.package.split(".")
            base = parts[: len(parts) - level + 1]
            name = ".".join([*base, name] if name else base)
        if name in ("spack.package", "spack", "spack.pkgkit"):
            if what == "*":
                self._prelude(module)
                return None
            if what in self.builtins and (what in _SPACK_NAMES or what in self._spack_names()):
                return self.builtins[what]
            return Unknown(f"`{what}`")
        if name.startswith("spack.") and what in _SPACK_NAMES:
            return self.builtins[what]
        if name in self.library.modules:
            names = self.library.modules[name].names
            if what == "*":
                return dict(names)
            return names.get(what, Unknown(f"`{name}.{what}`"))
        if name.startswith("spack.build_systems"):
            name = f"spack_repo.builtin.build_systems{name[len('spack.build_systems') :]}"
        if name.startswith(("spack_repo.", "spack.pkg.")):
            found = self.module_at(name)
            if found is not None and (what in found.names or what == "*"):
                module.uses |= found.uses
                return dict(found.names) if what == "*" else found.names[what]
            inner = self.module_at(f"{name}.{what}")
            if inner is not None:
                module.uses |= inner.uses
                return inner
            if found is not None:
                return Unknown(f"`{name}.{what}`")
            return Unknown(f"`{name}`, which is in none of the repositories")
        return Unknown(f"`{name}.{what}`")

    def _spack_names(self) -> frozenset[str]:
        return _SPACK_NAMES

    def _prelude(self, module: Module) -> None:
        """In package API v1, `spack.package` also has the names of all build systems."""
        if not module.name.startswith(("spack.pkg.", "v1:")):
            return
        shared = self.module_at("spack_repo.builtin.build_systems._package_api_v1")
        found = [shared] if shared is not None else list(self._core_systems())
        for each in found:
            module.uses |= each.uses
            for name, value in each.names.items():
                own = isinstance(value, (Class, Function)) and value.module is each
                if each is shared or name.isupper() or (own and not name.startswith("_")):
                    module.names.setdefault(name, value)

    def _core_systems(self) -> Iterator[Module]:
        """The build systems of a Spack before v1.0, all of which `spack.package` offered."""
        for repository in self.repositories:
            if repository.api < (2, 0) and repository.build_systems.is_dir():
                for file in sorted(repository.build_systems.glob("*.py")):
                    name = f"spack_repo.{repository.namespace}.build_systems.{file.stem}"
                    found = self.module_at(name)
                    if found is not None and file.stem != "__init__":
                        yield found

    def attribute(self, cls: Class, name: str) -> Any:
        """An attribute of a class, as Python and Spack's PackageBase would give it."""
        found = cls.find(name)
        if found is not None:
            value = found[1]
            if isinstance(value, ClassProperty):
                return self.interpreter.call(value.function, [cls], {}, 0)
            if isinstance(value, Function):
                if value.kind == "classmethod":
                    return Bound(value, cls)
                if value.kind == "property":
                    return Unknown(f"the property `{name}`")
            return value
        if name == "__name__":
            return cls.name
        if name in ("name", "_name") and cls.is_package:
            old = cls.module.name.startswith(("spack.pkg.", "v1:"))
            directory = Path(cls.module.file).parent.name
            return layout.package_name(directory, (1, 0) if old else (2, 0))
        if name == "versions" and cls.is_package:
            return self._versions(cls)
        if cls.is_package and name in _DEFAULTS:
            value = _DEFAULTS[name]
            return list(value) if isinstance(value, list) else value
        if cls.is_package or cls.unknown:
            return Unknown(f"the attribute `{name}`")
        raise PackageError("AttributeError", name)

    def _versions(self, cls: Class) -> dict[Any, Any]:
        from stackbridge.ecosystems.spack.repository.facts import expand

        found: dict[Any, Any] = {}
        for unit in cls.units():
            for name, _line, keywords in expand(items_record(unit)[0]):
                if name == "version":
                    options = {k: v for k, v in keywords.items() if k != "ver" and v is not None}
                    found[VersionValue(str(keywords["ver"]))] = options
        return found

    # packages

    def package(self, repository: Repository, directory: str) -> dict[str, Any]:
        """One package's record; the directives of its base classes are then in `units`."""
        self.interpreter.begin()
        name = layout.package_name(directory, repository.api)
        if repository.api < (2, 0):
            dotted = f"spack.pkg.{repository.namespace}.{directory}"
            if repository.namespace not in self._v1:
                dotted = f"v1:{dotted}"
        else:
            sub = "" if repository.packages.name == "." else f"{repository.packages.name}."
            dotted = f"spack_repo.{repository.namespace}.{sub}{directory}.package"
        file = repository.file(directory)
        module = self._modules.get(dotted)
        if module is not None:
            return self._package(repository, name, module)
        module = self._load(dotted, file, dotted.rpartition(".")[0])
        try:
            return self._package(repository, name, module)
        finally:
            _forget(module)

    def _package(self, repository: Repository, name: str, module: Module) -> dict[str, Any]:
        file = module.file
        wanted = layout.class_name(name)
        cls = module.names.get(wanted)
        base: dict[str, Any] = {
            "name": name,
            "namespace": repository.namespace,
            "file": file,
            "class": wanted,
            "uses": sorted(module.uses),
        }
        problems = [(file, line, reason) for line, reason in module.problems]
        if not isinstance(cls, Class):
            reason = cls.reason if isinstance(cls, Unknown) else f"there is no class `{wanted}`"
            if not problems:
                problems.append((file, 1, reason))
            return {**base, "units": [], "own": [], "incomplete": problems}
        problems = []
        for each in cls.order:
            if each is not BASE:
                problems += [(each.module.file, line, why) for line, why in each.problems]
        if not cls.is_package:
            why = cls.unknown[0] if cls.unknown else "no package class"
            problems.append((file, cls.line, f"the base class is not known: {why}"))
        elif cls.unknown:
            problems.append((file, cls.line, f"a base class is not known: {cls.unknown[0]}"))
        own, failed = items_record(cls)
        problems += [(file, line, why) for line, why in failed]
        base["units"] = []
        for unit in cls.units()[:-1]:
            if unit.items:
                base["units"].append(unit.key)
                problems += self._unit(unit)
        base["own"] = own
        base["bases"] = [each.name for each in cls.order[1:]]
        attributes, wrong = self._attributes(cls)
        problems += [(file, cls.line, why) for why in wrong]
        base.update(attributes)
        base["incomplete"] = problems
        return base

    def _unit(self, unit: Class) -> list[tuple[str, int, str]]:
        """Keep a base class's directives in `units`; those that can't be had."""
        known = self._unit_problems.get(unit.key)
        if known is None:
            self.units[unit.key], failed = items_record(unit)
            known = [(unit.module.file, line, why) for line, why in failed]
            self._unit_problems[unit.key] = known
        return known

    def _attributes(self, cls: Class) -> tuple[dict[str, Any], list[str]]:
        found: dict[str, Any] = {}
        wrong: list[str] = []
        for name in _ATTRIBUTES:
            try:
                value = self.attribute(cls, name)
            except (StopError, PackageError) as error:
                wrong.append(f"`{name}`: {error}")
                continue
            except (RecursionError, TypeError, ValueError, KeyError, IndexError) as error:
                wrong.append(f"`{name}`: {type(error).__name__}: {error}")
                continue
            if isinstance(value, str) and value:
                found[name] = value
            elif isinstance(value, Unknown):
                held = cls.find(name)
                if held is not None and getattr(held[1], "kind", "") != "property":
                    wrong.append(f"`{name}` depends on {value.reason}")
        for name in _MIRRORS:
            held = cls.find(name)
            if held is not None and isinstance(held[1], str):
                found["mirror_path"] = held[1]
        for name in ("virtual", "has_code"):
            held = cls.find(name)
            if held is not None and isinstance(held[1], bool):
                found[name] = held[1]
        for name in ("tags", "maintainers", "urls"):
            held = cls.find(name)
            if held is None:
                continue
            value = held[1]
            if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
                found[name] = list(value)
        text = cls.names.get("__doc__")
        if isinstance(text, str):
            found["description"] = " ".join(text.split())
        return found, wrong

    def packages(
        self, repository: Repository, directories: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """Several packages; the garbage collector rests meanwhile, since nothing is freed."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            for directory in directories:
                yield self.package(repository, directory)
        finally:
            if collecting:
                gc.enable()


_ERRORS = (RecursionError, TypeError, ValueError, KeyError, IndexError, AttributeError)
_SPACK_NAMES = frozenset(
    [
        "PackageBase",
        "Package",
        "conditional",
        "any_combination_of",
        "auto_or_any_combination_of",
        "disjoint_sets",
        "DisjointSetsOfValues",
        "when",
        "default_args",
        "classproperty",
        "Version",
        "ver",
        "Spec",
        "join_path",
        "join_url",
        "dedupe",
        "host_platform",
        "all_deptypes",
        "memoized",
        "tty",
        "build_system",
        "can_splice",
        "conflicts",
        "depends_on",
        "extends",
        "license",
        "maintainers",
        "patch",
        "provides",
        "redistribute",
        "requires",
        "resource",
        "variant",
        "version",
    ]
)


def _newlines(text: str) -> str:
    """The text as Python reads it: every line ends in a line feed."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _forget(module: Module) -> None:
    """Take a module apart: its parts refer to each other, and the collector rests."""
    for value in module.names.values():
        if isinstance(value, Class) and value.module is module:
            value.names.clear()
            value.order = value.bases = ()
            value.items = []
    module.names.clear()
    module.source = None


def _v1_names(module: str) -> Iterator[str]:
    """Package names that a v1 module name may stand for: `py_numpy`, `num3proxy`."""
    text = module[3:] if module.startswith("num") and module[3:4].isdigit() else module
    yield text.replace("_", "-")
    yield text
    if text.startswith("_"):
        yield text.lstrip("_").replace("_", "-")
