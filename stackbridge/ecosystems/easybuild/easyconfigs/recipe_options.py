"""Arguments of a recipe's configure step as parameters of an easyconfig.

Placeholders become the variables that EasyBuild sets: `$EBROOTHDF5`, `$MPICC`, `$LIBBLAS`. What
the easyblock says by itself or has a parameter of its own for is not said as an argument. Sources
of the rules: EasyBuild 5.4.1, `easyblocks/generic/{cmakemake,configuremake,mesonninja}.py` and
`tools/filetools.py` (`convert_name`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.hub.recipe import PLACEHOLDER

__all__ = ["COMPILERS", "Configured", "configured", "root_variable", "shell_word"]

_LANGUAGES = {"c": "CC", "cxx": "CXX", "fortran": "FC"}
_BARE = re.compile(r"[\w@%+=:,./;-]*", re.ASCII)
_DEFINED = re.compile(r"-D(?P<name>\w+)(?::\w+)?=(?P<value>.*)", re.DOTALL)
_BY_ITSELF = {
    "cmake": re.compile(
        r"-DCMAKE_(?:INSTALL_PREFIX|VERBOSE_MAKEFILE|CUDA_ARCHITECTURES|HIP_ARCHITECTURES)\b"
        r"|-DCMAKE_(?:C|CXX|Fortran|F77)_COMPILER(?::\w+)?=\$\{(?:compiler|mpi):"
    ),
    "autotools": re.compile(
        r"--prefix=|(?:CC|CXX|FC|F77|F90|MPICC|MPICXX|MPIFC|MPIF77|MPIF90)=\$\{(?:compiler|mpi):"
    ),
    "meson": re.compile(r"--prefix=|--buildtype=|-Dbuildtype=|--libdir=lib$"),
}


COMPILERS = _BY_ITSELF["autotools"]
"""What EasyBuild sets in the environment by itself."""


@dataclass(slots=True)
class Configured:
    """`words` for the shell, `parameters` beside them, `left` could not be said."""

    words: list[str] = field(default_factory=list)
    parameters: dict[str, Term] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def root_variable(software: str) -> str:
    """The variable that holds where a software is installed."""
    name = software.replace("+", "plus").replace("-", "min").replace(".", "")
    return "$EBROOT" + name.upper()


def configured(options: Iterable[str], system: str, places: Mapping[str, str]) -> Configured:
    """The arguments for one build system; `places` as in `recipe_needs.Needs`."""
    found = Configured()
    for option in options:
        usual = _BY_ITSELF.get(system)
        if usual is not None and usual.match(option):
            continue
        if system == "cmake" and (own := _parameter(option)) is not None:
            found.parameters.update(own)
            continue
        word = shell_word(option, places)
        if word is None:
            found.left.append(option)
        else:
            found.words.append(word)
    return found


def _parameter(option: str) -> dict[str, Term] | None:
    """The parameter which EasyBuild's CMake easyblock has for an option."""
    match = _DEFINED.fullmatch(option)
    if match is None or PLACEHOLDER.search(option):
        return None
    value = match["value"]
    if match["name"] == "BUILD_SHARED_LIBS" and value.upper() in ("ON", "OFF", "TRUE", "FALSE"):
        return {"build_shared_libs": value.upper() in ("ON", "TRUE")}
    if match["name"] == "CMAKE_BUILD_TYPE":
        return {} if value in ("Release", "") else {"build_type": value}
    if match["name"] == "CMAKE_INSTALL_LIBDIR" and re.fullmatch(r"[\w/]+", value):
        return {"install_libdir": value}
    if match["name"] == "CMAKE_POSITION_INDEPENDENT_CODE" and value.upper() == "ON":
        return {"toolchainopts": {"pic": True}}
    return None


def shell_word(text: str, places: Mapping[str, str]) -> str | None:
    """A text as the shell must see it, None where a placeholder stands for nothing here.

    `$` and the like are no business of a recipe's; `%` is doubled, because EasyBuild fills in
    templates.
    """
    if PLACEHOLDER.search(text) is None:
        name, equals, value = text.partition("=")
        safe = shlex.quote(value) if value else ""  # said to be empty: `-DMARCH=`
        word = f"{name}={safe}" if equals and name == shlex.quote(name) else None
        return (word or shlex.quote(text)).replace("%", "%%")
    parts: list[str] = []
    quoted = False
    end = 0
    for match in PLACEHOLDER.finditer(text):
        variable = _variable(match["kind"], match["name"] or "", places)
        if variable is None:
            return None
        between = text[end : match.start()]
        end = match.end()
        after = text[end : end + 1]
        if variable.startswith("$") and (after.isalnum() or after == "_"):
            variable = f"${{{variable[1:]}}}"
        quoted = quoted or match["kind"] == "libs" or not _BARE.fullmatch(between) or ";" in between
        parts += [between, variable]
    rest = text[end:]
    quoted = quoted or not _BARE.fullmatch(rest) or ";" in rest
    mark = '"' if quoted else ""
    if "!" in text or "\n" in text:
        return None
    name, equals, head = parts[0].partition("=")
    if equals and _BARE.fullmatch(name):
        start = f"{name.replace('%', '%%')}={mark}{_plain(head)}"
    else:
        start = mark + _plain(parts[0])
    body = "".join(part if n % 2 else _plain(part) for n, part in enumerate(parts[1:], start=1))
    return start + body + _plain(rest) + mark


def _plain(part: str) -> str:
    """A text between double quotes."""
    return re.sub(r'([\\"$`])', r"\\\1", part).replace("%", "%%")


def _variable(kind: str, name: str, places: Mapping[str, str]) -> str | None:
    if kind == "prefix" and not name:
        return "%(installdir)s"
    if kind == "source":
        return "%(start_dir)s"
    if kind == "prefix":
        return root_variable(places[name]) if name in places else None
    if kind == "compiler":
        return "$" + _LANGUAGES[name] if name in _LANGUAGES else None
    if kind == "mpi":
        return "$MPI" + _LANGUAGES[name] if name in _LANGUAGES and "mpi" in places else None
    return "$LIB" + name.upper() if name in places else None
