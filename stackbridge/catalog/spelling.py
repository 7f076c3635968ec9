"""How names and versions are spelled: folding for comparison, never for output."""

from __future__ import annotations

import re

__all__ = ["bare", "dated", "fold", "language_of", "plain", "same_version", "version_key"]

_SEPARATORS = re.compile(r"[-_.:\s]+")
_PREFIXES: tuple[tuple[str, str, str], ...] = (
    # ecosystem, prefix of its package names, language
    ("spack", "py-", "python"),
    ("spack", "r-", "r"),
    ("spack", "perl-", "perl"),
    ("spack", "rb-", "ruby"),
    ("spack", "ruby-", "ruby"),
    ("spack", "lua-", "lua"),
    ("guix", "python2-", "python"),
    ("guix", "python-", "python"),
    ("guix", "r-", "r"),
    ("guix", "perl-", "perl"),
    ("guix", "ruby-", "ruby"),
    ("guix", "julia-", "julia"),
    ("guix", "ghc-", "haskell"),
    ("guix", "rust-", "rust"),
    ("guix", "go-", "go"),
    ("guix", "emacs-", "emacs"),
    ("guix", "ocaml-", "ocaml"),
    ("guix", "lua-", "lua"),
    ("guix", "lua5.1-", "lua"),
    ("guix", "lua5.2-", "lua"),
    ("guix", "node-", "node"),
    ("guix", "java-", "java"),
    ("guix", "texlive-", "tex"),
    ("guix", "cl-", "lisp"),
    ("guix", "sbcl-", "lisp"),
    ("guix", "ecl-", "lisp"),
    ("guix", "guile-", "guile"),
    ("guix", "xfce4-", ""),
    ("easybuild", "python-", "python"),
    ("debian", "python3-", "python"),
    ("debian", "python-", "python"),
    ("debian", "r-cran-", "r"),
    ("debian", "r-bioc-", "r"),
    ("debian", "r-other-", "r"),
    ("debian", "ruby-", "ruby"),
    ("debian", "haskell-", "haskell"),
    ("debian", "rust-", "rust"),
    ("debian", "golang-", "go"),
    ("debian", "node-", "node"),
    ("debian", "ocaml-", "ocaml"),
    ("debian", "lua-", "lua"),
)


def fold(name: str) -> str:
    """Lower case, runs of separators as one dash: `netCDF-C++4` gives `netcdf-c++4`."""
    return _SEPARATORS.sub("-", name.strip().lower()).strip("-")


def language_of(ecosystem: str, name: str) -> str:
    """The language which the spelling of a name tells, or the empty string."""
    for where, prefix, language in _PREFIXES:
        if where == ecosystem and name.startswith(prefix) and len(name) > len(prefix):
            return language
    if ecosystem == "debian" and name.startswith("lib") and name.endswith("-perl"):
        return "perl"
    return "python" if ecosystem == "easybuild" and name.endswith("-python") else ""


def plain(ecosystem: str, name: str) -> str:
    """The folded name without the ecosystem's language prefix: `py-ordered-set`, `ordered-set`."""
    for where, prefix, _ in _PREFIXES:
        if where == ecosystem and name.startswith(prefix) and len(name) > len(prefix):
            return fold(name[len(prefix) :])
    if ecosystem == "debian" and name.startswith("lib") and name.endswith("-perl"):
        name = name[3:-5]
    elif ecosystem == "easybuild":
        name = name.removesuffix("-python")
    return fold(name)


def bare(ecosystem: str, name: str) -> str:
    """`plain` without separators: `netCDF-C++4` gives `netcdfc++4`."""
    return plain(ecosystem, name).replace("-", "")


_LEADING = re.compile(r"^(?:version|release|rel|ver|v|r)[-_.]?(?=\d)", re.IGNORECASE)
_PARTS = re.compile(r"\d+|[a-z]+")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{1,2})([A-Za-z]{3})(\d{4})(?:_update(\d+))?")


def dated(version: str) -> str | None:
    """A release that is named by its day, in figures: `29Aug2024_update1` is `20240829.1`.

    None for any other version. LAMMPS's releases are named so; Spack writes the figures.
    """
    match = _DATE.fullmatch(version)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match[2].lower()) + 1
    day = f"{match[3]}{month:02}{int(match[1]):02}"
    return f"{day}.{match[4]}" if match[4] else day


def version_key(version: str) -> tuple[str, ...]:
    """What is left of a version when its spelling is taken away.

    `v2312` and `2312`, `1_82_0` and `1.82.0`, `2.0.0-rc1` and `2.0.0rc1`, `29Aug2024` and
    `20240829` agree; `1.2` and `1.2.0` do not. Numbers lose leading zeros only where the rest
    is not a date.
    """
    text = _LEADING.sub("", version.strip().lower())
    text = dated(text) or text
    return tuple(
        part.lstrip("0") or "0" if part.isdigit() and len(part) < 3 else part
        for part in _PARTS.findall(text)
    )


def same_version(one: str, other: str) -> bool:
    """Whether two spellings mean the same version."""
    return version_key(one) == version_key(other)
