"""What a package.py does at each step beyond its build system, as far as that can be said.

Environment variables, programs run before the configure step, arguments of `make`; what is
code is named, so that it can be looked at. Which files it installs, by what its own tests and
`libs` look for. Source of the steps' names: Spack's packaging guide.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from stackbridge.ecosystems.spack.recipes.methods import (
    UNKNOWN,
    Answers,
    class_values,
    done,
    member_of,
    returned,
)
from stackbridge.hub.notices import Code
from stackbridge.hub.recipe import placeholder

__all__ = ["BELOW", "Steps"]

_HARMLESS = re.compile(
    r"test|check|darwin|cache|smoke|completion|rpath|windows|sbang|permissions|module",
    re.IGNORECASE,
)
_OVERRIDDEN = {
    "cmake": ("cmake", "build", "install"),
    "autotools": ("configure", "build", "install"),
    "meson": ("meson", "build", "install"),
    "make": ("edit", "build", "install"),
    "python": ("install",),
    "perl": ("install", "configure"),
}
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,79}", re.ASCII)
BELOW = re.compile(r"(?!.*(?:^|/)\.\.(?:/|$))[\w.+-]+(?:/[\w.+-]+)*", re.ASCII)
"""A folder or file below another."""
_START = {
    "cmake": "root_cmakelists_dir", "meson": "root_mesonlists_dir",
    "autotools": "configure_directory", "make": "build_directory", "python": "build_directory",
    "cargo": "build_directory", "go": "build_directory",
}  # fmt: skip
_FILE = re.compile(r"[\w.+-]{1,120}", re.ASCII)

_ARGUMENTS = {
    "cmake": (
        "initconfig_compiler_entries",
        "initconfig_mpi_entries",
        "initconfig_hardware_entries",
        "initconfig_package_entries",
        "cmake_args",
    ),
    "autotools": ("configure_args",),
    "meson": ("meson_args",),
}


class Steps:
    """The steps of one package at one version."""

    def __init__(
        self,
        tree: ast.Module,
        classes: Sequence[str],
        answers: Answers,
        decide: Callable[[tuple[str, ...]], bool | None],
    ) -> None:
        self.tree = tree
        self.classes = classes
        self.answers = answers
        self.decide = decide
        self.left: list[str] = []  # steps that are code
        self.options: list[str] = []  # arguments of the configure step
        self.start_dir: str | None = None
        self.said: list[tuple[Code, str, str]] = []

    def _member(self, name: str) -> ast.FunctionDef | ast.expr | None:
        return member_of(self.tree, self.classes, name, self.answers.satisfies)

    def of(
        self, system: str, *, generates: bool, by_install: bool = False
    ) -> dict[str, tuple[str, ...]]:
        """The steps as `Recipe.steps` has them; `generates`: Autotools are at hand.

        `by_install`: the package has a method of its own that does all, `install`.
        """
        found = {
            "environment": self._environment(),
            "prepare": self._prepare(generates=generates) if system == "autotools" else (),
        }
        if system == "make" and not by_install:
            found["build"] = self._words("build_targets")
            found["install"] = self._words("install_targets")
        self.options = self._arguments(system)
        self.start_dir = self._start_dir(system)
        self._code(system)
        if by_install:
            found |= self._of_install()
        return {name: words for name, words in found.items() if words}

    def _environment(self) -> tuple[str, ...]:
        method = self._member("setup_build_environment")
        if not isinstance(method, ast.FunctionDef):
            return ()
        record, found = done(method, self.answers)
        settings = [
            f"{words[0]}={words[1]}"
            for name, words in record.calls
            if name == "set" and len(words) == 2 and _VARIABLE.fullmatch(str(words[0]))
        ]
        others = [name for name, _ in record.calls if name not in ("set", "unset")]
        if found.skipped or others:
            self.left.append("setup_build_environment")
        return tuple(settings)

    def _prepare(self, *, generates: bool) -> tuple[str, ...]:
        method = self._member("autoreconf")
        if isinstance(method, ast.FunctionDef):
            record, found = done(method, self.answers)
            if found.skipped:
                self.left.append("autoreconf")
                return ()
            return tuple(
                shlex.join([name, *map(str, words)])
                for name, words in record.calls
                if "${" not in f"{name}{words}"
            )
        if not generates:
            return ()
        forced = self._member("force_autoreconf")
        value = self._value("force_autoreconf") if forced is not None else False
        return ("autoreconf -fi",) if value is True else ("test -f configure || autoreconf -fi",)

    def _of_install(self) -> dict[str, tuple[str, ...]]:
        """What an `install` of its own gives to `configure`, `cmake` and `make`."""
        method = self._member("install")
        if not isinstance(method, ast.FunctionDef):
            return {}
        record, found = done(method, self.answers)
        calls = [(name, [str(word) for word in words]) for name, words in record.calls]
        for name, words in calls:
            if name in ("configure", "cmake", "meson"):
                self.options += [word for word in words if word.startswith("-") or "=" in word]
        made = [words for name, words in calls if name == "make"]
        build = next((words for words in made if "install" not in words), [])
        install = next((words for words in made if "install" in words), [])
        known = {"configure", "cmake", "make", "mkdirp"}
        if found.skipped or len(made) > 2 or any(name not in known for name, _ in calls):
            self.left.append("install")
        elif "install" in self.left:
            self.left.remove("install")
        return {"build": tuple(build), "install": tuple(install)}

    def _value(self, name: str) -> Any:
        member = self._member(name)
        if isinstance(member, ast.FunctionDef):
            return returned(member, self.answers).value
        owner = next((c for c in self.classes if member_of(self.tree, [c], name) is not None), None)
        return class_values(self.tree, owner, (name,)).get(name, UNKNOWN) if owner else None

    def _words(self, name: str) -> tuple[str, ...]:
        value = self._value(name)
        if value is None:
            return ()
        if not isinstance(value, list) or getattr(value, "partial", False):
            self.left.append(name)
            return ()
        return tuple(str(word) for word in value)

    def _code(self, system: str) -> None:
        """Names what is code: hooks, edits of the source, steps of its own."""
        for name in ("patch", "flag_handler", *_OVERRIDDEN.get(system, ())):
            method = self._member(name)
            if isinstance(method, ast.FunctionDef) and not _empty(method):
                self.left.append(name)
        for wanted in self.classes:
            for node in self.tree.body:
                if isinstance(node, ast.ClassDef) and node.name == wanted:
                    self.left += [
                        item.name
                        for item in node.body
                        if isinstance(item, ast.FunctionDef)
                        and not _HARMLESS.search(item.name)
                        and any(self._runs(decorator) for decorator in item.decorator_list)
                    ]
        self.left = list(dict.fromkeys(self.left))

    def _runs(self, decorator: ast.expr) -> bool:
        """Whether a decorator makes a method run before or after a step here."""
        if not isinstance(decorator, ast.Call):
            return False
        if ast.unparse(decorator.func) not in ("run_after", "run_before"):
            return False
        for keyword in decorator.keywords:
            if keyword.arg == "when" and isinstance(keyword.value, ast.Constant):
                return self.decide((str(keyword.value.value),)) is not False
        return True

    def _arguments(self, system: str) -> list[str]:
        """Arguments of the configure step."""
        options: list[str] = []
        skipped = 0
        for name in _ARGUMENTS.get(system, ()):
            method = self._member(name)
            if not isinstance(method, ast.FunctionDef):
                continue
            found = returned(method, self.answers)
            if isinstance(found.value, (list, tuple)):
                options += [
                    o for o in found.value if isinstance(o, str) and o and not o.startswith("#")
                ]
            else:
                skipped += 1
            skipped += len(set(found.skipped))
        if skipped:
            self._say(
                Code.STEP_ASSUMED,
                f"{skipped} of its arguments to the configure step are left out",
                "its package.py computes them from installed packages",
            )
        return options

    def _start_dir(self, system: str) -> str | None:
        """The folder of the source in which the build begins, where it is not the top."""
        name = _START.get(system, "")
        if self._member(name) is None:
            return None
        value = self._value(name)
        top = placeholder("source")
        if isinstance(value, str) and value.startswith(top):
            value = value.removeprefix(top).strip("/")
        if value in ("", "."):
            return None
        if isinstance(value, str) and BELOW.fullmatch(value):
            return value
        self._say(
            Code.STEP_SKIPPED,
            "the directory in which it is built is left out",
            f"that is `{value}`" if isinstance(value, str) else "its package.py computes it",
        )
        return None

    # --- what is installed -----------------------------------------------------------------

    def installs(self) -> dict[str, tuple[str, ...]]:
        """Files, folders, libraries (by their bare names) and modules that must be there."""
        files = self._texts("sanity_check_is_file")
        folders = self._texts("sanity_check_is_dir")
        patterns = self._texts("executables")
        if len(patterns) == 1:  # of several, a variant may leave one out
            match = re.fullmatch(r"\^([\w+-]+)\$", patterns[0])
            files += [f"bin/{match[1]}"] if match else []
        files += [f"bin/{name}" for name in self._tried()]
        found = {
            "files": tuple(dict.fromkeys(files)),
            "dirs": tuple(folders),
            "libraries": tuple(self._libraries()),
        }
        found = found if any(found.values()) else {}
        modules = self._modules()
        return found if modules is None else {**found, "modules": modules}

    def _modules(self) -> tuple[str, ...] | None:
        """What its language imports of it; None where its package.py does not tell."""
        if self._member("import_modules") is not None:
            value = self._value("import_modules")
            known = isinstance(value, list) and not getattr(value, "partial", False)
            return tuple(item for item in value if isinstance(item, str)) if known else None
        skipped = self._texts("skip_modules")  # what can't be imported lies below what can
        return (skipped[0].partition(".")[0],) if skipped else None

    def _say(self, code: Code, what: str, why: str) -> None:
        self.said.append((code, what, why))

    def _texts(self, name: str) -> list[str]:
        value = self._value(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def _tried(self) -> list[str]:
        """Programs that its own tests run without a condition."""
        found: list[str] = []
        for wanted in self.classes:
            for node in self.tree.body:
                if not isinstance(node, ast.ClassDef) or node.name != wanted:
                    continue
                for item in node.body:
                    if (
                        isinstance(item, ast.FunctionDef)
                        and item.name.startswith("test_")
                        and not any(isinstance(part, (ast.If, ast.Raise)) for part in item.body)
                    ):
                        text = ast.unparse(item)
                        found += re.findall(r"self\.prefix\.bin\.(\w+)\b(?!\()", text)
                        found += re.findall(r"self\.prefix\.bin\.join\('([\w.+-]+)'\)", text)
                        found += re.findall(r"self\.prefix\.bin, '([\w.+-]+)'\)", text)
        return list(dict.fromkeys(found))

    def _libraries(self) -> list[str]:
        """What `libs` looks for, where it looks for one thing only."""
        method = self._member("libs")
        if not isinstance(method, ast.FunctionDef):
            return []
        calls = [
            node
            for node in ast.walk(method)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "find_libraries"
        ]
        if len(calls) != 1 or not calls[0].args:
            return []
        value = self._in_method(method, calls[0].args[0])
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or getattr(names, "partial", False):
            return []
        plain = [name for name in names if isinstance(name, str) and _FILE.fullmatch(name)]
        return plain if len(plain) == len(names) and all("*" not in n for n in plain) else []

    def _in_method(self, method: ast.FunctionDef, wanted: ast.expr) -> Any:
        """The value of an expression where it stands, when the way there is known."""
        straight = ast.FunctionDef(
            name=method.name,
            args=method.args,
            body=[*_before(method.body, wanted), ast.Return(value=wanted)],
            decorator_list=[],
        )
        ast.copy_location(straight, method)
        ast.fix_missing_locations(straight)
        found = returned(straight, self.answers)
        return UNKNOWN if found.skipped else found.value


def _before(body: Sequence[ast.stmt], wanted: ast.expr) -> list[ast.stmt]:
    """The statements at the top before the one that holds an expression."""
    kept: list[ast.stmt] = []
    for node in body:
        if any(part is wanted for part in ast.walk(node)):
            break
        kept.append(node)
    return kept


def _empty(method: ast.FunctionDef) -> bool:
    """Whether a method does nothing but say so."""
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in method.body
    )
