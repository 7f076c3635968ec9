"""How a written package is built: arguments of its configure step, and methods of its own.

Placeholders in a recipe's options (`hub.recipe.placeholder`) become questions to the spec. All
other text stands in literals, out of which nothing can get.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stackbridge.ecosystems.spack.recipes.repository_needs import Surroundings
from stackbridge.ecosystems.spack.recipes.repository_text import literal, package_spelling
from stackbridge.hub.notices import Code
from stackbridge.hub.recipe import PLACEHOLDER, Recipe

__all__ = ["methods", "uses_files"]

_ARGUMENTS = {"cmake": "cmake_args", "autotools": "configure_args", "meson": "meson_args"}
_FOREIGN = re.compile(r"%\(|\$(?!\{(?:prefix|source|compiler|mpi|libs)\b)")
_LANGUAGES = {"c": "cc", "cxx": "cxx", "fortran": "fc"}
_WRAPPERS = {"c": "mpicc", "cxx": "mpicxx", "fortran": "mpifc"}
_MAKE = frozenset({"make", "autotools", "cmake"})
_SHOWN = 4


def methods(
    writer: Surroundings, recipes: Sequence[Recipe], system: str, base: str
) -> list[list[str]]:
    """The methods' lines, for versions from the newest on.

    They are arguments of the steps that the build system has, and how it is installed where
    that has no step for it.
    """
    newest = recipes[0]
    copied = tuple(text for text in newest.steps.get("copy", ()) if "%(" not in text)
    if len(copied) < len(newest.steps.get("copy", ())):
        writer.note(
            Code.STEP_SKIPPED,
            newest,
            "some files are not installed",
            "where they are is said in variables of the other tool",
        )
    if base == "Package":
        if copied:
            return [_copying(copied, system)]
        if system == "binary":
            return [["    def install(self, spec, prefix):", '        install_tree(".", prefix)']]
        writer.note(
            Code.STEP_SKIPPED,
            newest,
            "how it is installed was not written",
            "the recipe names no build system that Spack has",
        )
        return [
            [
                "    def install(self, spec, prefix):",
                '        raise InstallError("how this package is installed is not known")',
            ]
        ]
    made = []
    method = _ARGUMENTS.get(system)
    if method is not None:
        made.append(_method(writer, recipes, method, [recipe.options for recipe in recipes]))
    elif any(option.strip() for recipe in recipes for option in recipe.options):
        _left_out(writer, newest, "its build options were left out")
    for step, first in (("build", ()), ("install", ("install",))):
        words = [recipe.steps.get(step, ()) for recipe in recipes]
        if not any(words):
            continue
        if system in _MAKE:
            lists = [(*first, *each) if each else () for each in words]
            made.append(_method(writer, recipes, f"{step}_targets", lists, "    @property"))
        else:
            _left_out(writer, newest, f"its arguments to {step} were left out")
    if copied:
        made.append(_copying(copied, system))
    return [lines for lines in made if lines]


def uses_files(recipe: Recipe) -> bool:
    """Whether its methods look for files."""
    return bool(recipe.steps.get("copy"))


def _left_out(writer: Surroundings, recipe: Recipe, what: str) -> None:
    writer.note(Code.STEP_SKIPPED, recipe, what, "they are for another build system")


def _copying(copied: Sequence[str], system: str) -> list[str]:
    """An install step that copies files and folders."""
    pairs = [text.partition(":") for text in copied]
    listed = [
        f"            ({literal(pattern)}, {literal(folder)}),"
        for folder, _, pattern in pairs
        if _inside(pattern) and _inside(folder or ".")
    ]
    lines = [
        "        for pattern, folder in (",
        *listed,
        "        ):",
        "            target = join_path(prefix, folder)",
        "            mkdirp(target)",
        "            for path in glob.glob(pattern):",
        "                if os.path.isdir(path):",
        "                    install_tree(path, join_path(target, os.path.basename(path)))",
        "                else:",
        "                    install(path, target)",
    ]
    if system == "cmake":
        lines = [
            "        with working_dir(self.build_directory):",
            *(f"    {line}" for line in lines),
        ]
    return ["    def install(self, spec, prefix):", *lines]


def _inside(path: str) -> bool:
    """Whether a path stays below the folder that it starts from."""
    return not path.startswith("/") and ".." not in path.split("/")


def _method(
    writer: Surroundings,
    recipes: Sequence[Recipe],
    name: str,
    lists: Sequence[Sequence[str]],
    decorator: str = "",
) -> list[str]:
    """A method that returns a list, with conditions for versions other than the newest."""
    by_version = [
        (recipe.version, _arguments(writer, recipe, options))
        for recipe, options in zip(recipes, lists, strict=True)
    ]
    usual = by_version[0][1]
    others = [(version, found) for version, found in by_version if found != usual]
    if not usual and not others:
        return []
    lines = [*([decorator] if decorator else []), f"    def {name}(self):"]
    for version, found in others:
        lines.append(f"        if self.spec.satisfies({literal(f'@={version}')}):")
        lines += _returned(found, " " * 12)
    return [*lines, *_returned(usual, " " * 8)]


def _returned(arguments: Sequence[str], indent: str) -> list[str]:
    if not arguments:
        return [f"{indent}return []"]
    return [f"{indent}return [", *(f"{indent}    {each}," for each in arguments), f"{indent}]"]


def _arguments(writer: Surroundings, recipe: Recipe, given: Sequence[str]) -> list[str]:
    """Options of a recipe as expressions; those that can't be said are named in a notice."""
    below = {d.package.name or "" for d in recipe.dependencies}
    options = [option for option in given if option.strip()]
    said = [(option, _expression(option, below)) for option in options]
    lost = [option for option, text in said if text is None]
    if lost:
        writer.note(
            Code.STEP_SKIPPED,
            recipe,
            f"{len(lost)} of its build options were left out: {', '.join(lost[:_SHOWN])}",
            "they name variables of the other tool",
        )
    return [text for _, text in said if text is not None]


def _expression(option: str, below: set[str]) -> str | None:
    """A literal, or an f-string with what the spec knows; None for what it does not know."""
    if _FOREIGN.search(option):
        return None
    parts: list[str] = []
    end = 0
    for match in PLACEHOLDER.finditer(option):
        asked = _asked(match["kind"], match["name"] or "", below)
        if asked is None:
            return None
        parts += [_braced(option[end : match.start()]), "{" + asked + "}"]
        end = match.end()
    if not parts:
        return literal(option)
    return 'f"' + "".join([*parts, _braced(option[end:])]) + '"'


def _braced(text: str) -> str:
    """A piece of an f-string that stands for itself."""
    return literal(text)[1:-1].replace("{", "{{").replace("}", "}}")


def _asked(kind: str, name: str, below: set[str]) -> str | None:
    """What is asked of the spec for one placeholder."""
    if kind == "prefix" and not name:
        return "self.prefix"
    if kind == "source" and not name:
        return "self.stage.source_path"
    if kind == "compiler" and name in _LANGUAGES:
        return f"self.compiler.{_LANGUAGES[name]}"
    if kind == "mpi" and name in _LANGUAGES and "mpi" in below:
        return f"self.spec['mpi'].{_WRAPPERS[name]}"
    if kind == "prefix" and name in below and package_spelling(name) == name:
        return f"self.spec['{name}'].prefix"
    return None
