"""The name by which a Python package is imported, where EasyBuild would look for another.

EasyBuild's sanity check imports the package's name in lower case with `_` for `-` (easyblocks
5.4.1, `generic/pythonpackage.py`), or what `modulename` says; False: nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache

from stackbridge.ecosystems.easybuild.resolving.shipped import read_data

__all__ = ["import_name"]

_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_NAMESPACES = ("backports", "radical", "sphinxcontrib", "zope")
"""Projects whose packages are all `project.part`."""


@cache
def _released() -> Mapping[str, str | bool]:
    """What released easyconfigs say (`tools/make_easybuild_import_names.py`)."""
    names: dict[str, str | bool] = json.loads(read_data("easybuild-import-names.json"))["names"]
    return names


def import_name(name: str, modules: Sequence[str] | None = None) -> str | bool | None:
    """What `modulename` must say for a package of this PyPI name; None where nothing.

    `modules`: what its recipe says can be imported, None where it does not tell.
    """
    usual = name.lower().replace("-", "_")
    found: str | bool = usual
    folded = re.sub(r"[-_.]+", "-", name).lower()
    head, _, tail = folded.partition("-")
    if modules is not None:
        found = next((module for module in modules if _MODULE.fullmatch(module)), False)
    elif folded in _released():
        found = _released()[folded]
    elif tail and head in _NAMESPACES:
        found = f"{head}.{tail.replace('-', '_')}"
    elif tail and head == "python":
        found = tail.replace("-", "_")
    elif tail == "python":
        found = head
    elif folded.startswith("types-"):
        found = False  # stubs for type checkers
    return None if found == usual else found
