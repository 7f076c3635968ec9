"""Run by `spack python`: what real Spack makes of package repositories, as JSON.

    spack -C SCOPE python export_directives.py OUTPUT [NAMESPACE]

SCOPE holds a repos.yaml with the repositories. All packages are exported (of one namespace,
if given): their queued directives, attributes and base classes.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

import spack
import spack.repo
import spack.spec
import spack.variant

ATTRIBUTES = ("homepage", "url", "list_url", "git", "pypi", "cran", "bioc")


def encode(x: Any) -> Any:
    """The same form as records have, as far as Spack has raw values to show."""
    if isinstance(x, str):
        return str(x)
    if x is None or isinstance(x, (bool, int, float)):
        return x
    if isinstance(x, spack.variant.ConditionalValue):
        when = False if x.when is None else ([str(x.when)] if str(x.when) else [])
        return {"value": encode(x.value), "when": when}
    if isinstance(x, spack.variant.DisjointSetsOfValues):
        return {"sets": encode(list(x.sets)), "default": encode(x.default)}
    if isinstance(x, functools.partial):
        return directive(x.func.__name__.replace("_execute_", ""), x.keywords)
    if isinstance(x, (set, frozenset)):
        return sorted((encode(each) for each in x), key=str)
    if isinstance(x, dict):
        return {str(key): encode(value) for key, value in x.items()}
    if callable(x):
        return {"code": True}
    return [encode(each) for each in x]


def when(x: Any) -> Any:
    """A condition as a list of texts, or False."""
    if x is None or x is True:
        return []
    if isinstance(x, str):
        return [x] if x.strip() else []
    if isinstance(x, tuple):
        parts = [when(each) for each in x]
        return False if False in parts else [text for part in parts for text in part]
    return x if x is False else [str(x)]


def directive(name: str, keywords: dict[str, Any]) -> list[Any]:
    """Name and arguments of one queued directive."""
    flat = {k: v for k, v in keywords.items() if k != "kwargs"}
    flat.update(keywords.get("kwargs", {}))
    found = {k: when(v) if k == "when" else encode(v) for k, v in flat.items()}
    return [name, found]


def attribute(cls: Any, name: str) -> Any:
    """A text, or None where it is none (a property, for one)."""
    value = getattr(cls, name, None)
    return value if isinstance(value, str) else None


def main() -> None:
    """Export."""
    namespaces = sys.argv[2:]
    packages: dict[str, Any] = {}
    for repository in spack.repo.PATH.repos:
        if namespaces and repository.namespace not in namespaces:
            continue
        for name in sorted(repository.all_package_names()):
            cls = repository.get_pkg_class(name)
            packages.setdefault(
                name,
                {
                    "class": cls.__name__,
                    "bases": [c.__name__ for c in cls.__mro__[1:-1]],
                    "attributes": {each: attribute(cls, each) for each in ATTRIBUTES},
                    "maintainers": list(cls.maintainers),
                    "directives": {
                        kind: [directive(kind, each.keywords)[1] for each in queue]
                        for kind, queue in cls._directives_to_be_executed.items()
                        if queue
                    },
                },
            )
    answer = {"tool": f"spack {spack.__version__}", "packages": packages}
    Path(sys.argv[1]).write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n")


main()
