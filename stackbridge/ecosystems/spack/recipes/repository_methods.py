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

__all__ = ["methods"]

_ARGUMENTS = {"cmake": "cmake_args", "autotools": "configure_args", "meson": "meson_args"}
_FOREIGN = re.compile(r"%\(|\$(?!\{(?:prefix|source|compiler|mpi|libs)\b)")
_LANGUAGES = {"c": "cc", "cxx": "cxx", "fortran": "fc"}
_WRAPPERS = {"c": "mpicc", "cxx": "mpicxx", "fortran": "mpifc"}
_SHOWN = 4


def methods(writer: Surroundings, recipes: Sequence[Recipe], system: str, base: str) -> list[str]:
    """Lines of the methods, for versions from the newest on.

    They are arguments of the configure step; without a build system, how to install it.
    """
    newest = recipes[0]
    if base == "Package":
        if system == "binary":
            return ["    def install(self, spec, prefix):", '        install_tree(".", prefix)']
        writer.note(
            Code.STEP_SKIPPED,
            newest,
            "how it is installed was not written",
            "the recipe names no build system that Spack has",
        )
        return [
            "    def install(self, spec, prefix):",
            '        raise InstallError("how this package is installed is not known")',
        ]
    method = _ARGUMENTS.get(system)
    if method is None:
        if any(option.strip() for recipe in recipes for option in recipe.options):
            writer.note(
                Code.STEP_SKIPPED,
                newest,
                "its build options were left out",
                "they are for another build system",
            )
        return []
    by_version = [(recipe.version, _arguments(writer, recipe)) for recipe in recipes]
    usual = by_version[0][1]
    others = [(version, found) for version, found in by_version if found != usual]
    if not usual and not others:
        return []
    lines = [f"    def {method}(self):"]
    for version, found in others:
        lines.append(f"        if self.spec.satisfies({literal(f'@={version}')}):")
        lines += _returned(found, " " * 12)
    return [*lines, *_returned(usual, " " * 8)]


def _returned(arguments: Sequence[str], indent: str) -> list[str]:
    if not arguments:
        return [f"{indent}return []"]
    return [f"{indent}return [", *(f"{indent}    {each}," for each in arguments), f"{indent}]"]


def _arguments(writer: Surroundings, recipe: Recipe) -> list[str]:
    """A recipe's options as expressions; those that can't be said are named in a notice."""
    below = {d.package.name or "" for d in recipe.dependencies}
    options = [option for option in recipe.options if option.strip()]
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
