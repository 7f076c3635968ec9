"""Directives: from a call to a plain record that can be stored.

A record is `[name, line, keywords]` with JSON values only, all arguments under the names
that Spack's directive functions give them (lib/spack/spack/directives.py, release 1.x).
`when` is a list of spec texts, or False where the directive never holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackbridge.ecosystems.spack.repository.values import (
    Bound,
    Class,
    Conditional,
    Conditionals,
    Disjoint,
    Function,
    Item,
    Native,
    PackageError,
    Spec,
    StopError,
    Unknown,
    mark,
)

__all__ = ["NAMES", "Record", "condition", "record", "texts"]

Record = list[Any]

_VERSION_KEYWORDS = frozenset(
    [
        "preferred",
        "deprecated",
        "no_cache",
        "url",
        "extension",
        "expand",
        "fetch_options",
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "git",
        "commit",
        "tag",
        "branch",
        "get_full_repo",
        "git_sparse_paths",
        "submodules",
        "submodules_delete",
        "svn",
        "hg",
        "cvs",
        "revision",
        "date",
    ]
)
_OPEN: frozenset[str] = frozenset({"*"})

# name -> positional parameters, the one that takes all further positional ones, keyword-only
_SIGNATURES: Mapping[str, tuple[tuple[str, ...], str | None, frozenset[str]]] = {
    "version": (("ver", "checksum"), None, _VERSION_KEYWORDS),
    "variant": (
        ("name", "default", "description", "values", "multi", "validator", "when", "sticky"),
        None,
        frozenset(),
    ),
    "depends_on": (("spec", "when", "type"), None, frozenset({"patches"})),
    "extends": (("spec", "when", "type"), None, frozenset({"patches"})),
    "conflicts": (("conflict_spec", "when", "msg"), None, frozenset()),
    "license": (("license_identifier", "checked_by", "when"), None, frozenset()),
    "maintainers": ((), "names", frozenset()),
    "provides": ((), "specs", frozenset({"when"})),
    "requires": ((), "requirement_specs", frozenset({"policy", "when", "msg"})),
    "patch": (
        ("url_or_filename", "level", "when", "working_dir", "reverse", "sha256", "archive_sha256"),
        None,
        frozenset(),
    ),
    "resource": ((), None, _OPEN),
    "redistribute": (("source", "binary", "when"), None, frozenset()),
    "can_splice": (("target",), None, frozenset({"when", "match_variants"})),
    "build_system": ((), "values", frozenset({"default"})),
}
NAMES = frozenset(_SIGNATURES)

_NO_WHEN = frozenset({"version"})
_SPEC_PARAMETERS = {
    "depends_on": "spec",
    "extends": "spec",
    "conflicts": "conflict_spec",
    "can_splice": "target",
}


def condition(value: Any) -> list[str] | bool:
    """A `when=` argument as a list of spec texts; False where it never holds."""
    if type(value) is str:
        return [value] if value and not value.isspace() else []
    if value is None or value is True:
        return []
    if value is False:
        return False
    if isinstance(value, Unknown):
        raise StopError(f"the condition depends on {value.reason}")
    if isinstance(value, (str, Spec)):
        text = value if isinstance(value, str) else value.text
        return [text] if text.strip() else []
    if isinstance(value, tuple):
        found: list[str] = []
        for each in value:
            part = condition(each)
            if part is False:
                return False
            assert isinstance(part, list)
            found += part
        return found
    raise PackageError("TypeError", f"`when` can't be {type(value).__name__}")


def texts(value: Any) -> list[str]:
    """One text or several, as a list."""
    if isinstance(value, Unknown):
        raise StopError(f"an argument depends on {value.reason}")
    if isinstance(value, (str, Spec)):
        return [str(value.text if isinstance(value, Spec) else value)]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [text for each in value for text in texts(each)]
    raise PackageError("TypeError", f"a text is needed, not {type(value).__name__}")


def _plain(value: Any) -> Any:
    """A value that JSON can hold; functions become a mark, since only a build can call them."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if type(value) is list and all(type(each) is str for each in value):
        return value
    if isinstance(value, Spec):
        return value.text
    if isinstance(value, Conditional):
        return {"value": _plain(value.value), "when": _when_list(value.when)}
    if (reason := mark(value)) is not None:
        raise StopError(f"an argument depends on {reason}")
    if isinstance(value, (list, tuple, set, frozenset, Conditionals)):
        if isinstance(value, (set, frozenset)):
            value = sorted(value, key=str)
        return [_plain(each) for each in value]
    if isinstance(value, Disjoint):
        return {
            "sets": _plain(value.sets),
            "default": _plain(value.default),
        }
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (Function, Native, Bound, Class)):
        return {"code": True}
    if isinstance(value, Item):
        return record(value)
    if isinstance(value, Unknown):
        raise StopError(f"an argument depends on {value.reason}")
    if hasattr(value, "__iter__"):
        return [_plain(each) for each in value]
    raise StopError(f"an argument is a {type(value).__name__}")


def _when_list(when: tuple[str, ...] | None) -> list[str] | bool:
    return False if when is None else list(when)


def record(item: Item) -> Record:
    """The record of one directive.

    Raises PackageError where Spack's own function would refuse the arguments, StopError where
    they are not known.
    """
    name = item.name
    positional, rest, named = _SIGNATURES[name]
    bound: dict[str, Any] = {}
    if rest is not None:
        bound[rest] = list(item.arguments)
    elif len(item.arguments) > len(positional):
        raise PackageError("TypeError", f"{name}() takes {len(positional)} unnamed arguments")
    else:
        bound.update(zip(positional, item.arguments, strict=False))
    keywords = {**item.defaults, **item.keywords} if item.defaults else item.keywords
    for key, value in keywords.items():
        if key not in positional and key not in named and named is not _OPEN:
            raise PackageError("TypeError", f"{name}() has no argument {key!r}")
        if key not in bound:
            bound[key] = value
        elif key in item.keywords:
            raise PackageError("TypeError", f"{name}() got two values for {key!r}")
    if name == "build_system":
        values = bound["values"]
        default = bound.get("default")
        if default is None and not (values and isinstance(values[0], str)):
            raise PackageError("IndexError", "build_system() needs a value or a default")
        bound = {
            "name": "build_system",
            "values": values,
            "description": "Build systems supported by the package",
            "default": default or values[0],
            "multi": False,
            **({"when": bound["when"]} if "when" in bound else {}),
        }
        name = "variant"
    if name == "variant" and isinstance(bound.get("default"), tuple):
        bound["default"] = ",".join(texts(bound["default"]))
    if name in ("depends_on", "extends") and "type" in bound:
        bound["type"] = _kinds(bound["type"])
    if item.when:
        if name in _NO_WHEN:
            raise PackageError("DirectiveError", f"{name} can't stand in a `with when` block")
        own = (bound["when"],) if "when" in bound else ()
        bound["when"] = (*item.when, *own)
    if "when" in bound:
        bound["when"] = condition(bound["when"])
    spec = _SPEC_PARAMETERS.get(name)
    if spec is not None and not isinstance(bound.get(spec), (str, Spec)):
        if isinstance(bound.get(spec), Unknown):
            raise StopError(f"an argument depends on {bound[spec].reason}")
        raise PackageError("TypeError", f"{name}() needs a spec")
    for key, value in bound.items():
        if type(value) is not str:
            bound[key] = _plain(value)
    return [name, item.line, bound]


_KINDS = ("build", "link", "run", "test")


def _kinds(value: Any) -> list[str]:
    kinds = texts(value)
    if "all" in kinds:
        return list(_KINDS)
    for kind in kinds:
        if kind not in _KINDS:
            raise PackageError("ValueError", f"there is no dependency type {kind!r}")
    return kinds
