"""What EasyBuild does to the types of a few parameters after reading them.

Source of the rules: EasyBuild framework 5.4.1, `framework/easyconfig/types.py`. Values
that have the expected shape stay untouched; others are converted, or refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["DEPENDENCY_PARAMETERS", "convert"]

DEPENDENCY_PARAMETERS = ("builddependencies", "dependencies", "hiddendependencies", "source_deps")


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else str(value)


def _texts(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return list(value)
    raise TypeError("a list of texts is wanted")


def _toolchain(value: Any) -> Any:
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, (list, tuple)):
        if len(value) not in (2, 3) or not all(isinstance(part, str) for part in value):
            raise TypeError("a toolchain is a dict with `name` and `version`")
        result: dict[str, Any] = {"name": value[0].strip(), "version": value[1].strip()}
        if len(value) == 3:
            result["hidden"] = value[2].strip().lower() in ("yes", "true", "t", "y", "1", "on")
        return result
    if isinstance(value, dict) and sorted(map(str, value)) in (
        ["name", "version"],
        ["hidden", "name", "version"],
    ):
        return value
    raise TypeError("a toolchain is a dict with `name` and `version`")


_DEPENDENCY_KEYS = frozenset(
    {"full_mod_name", "name", "short_mod_name", "toolchain", "version", "versionsuffix"}
)


def _dependency(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.get("external_module", False):
        if sorted(map(str, value)) != ["external_module", "name"]:
            raise TypeError(f"unexpected keys in an external module: {', '.join(map(str, value))}")
        name = value["name"]
        return {
            "external_module": True,
            "full_mod_name": name,
            "name": None,
            "short_mod_name": name,
            "version": None,
        }
    result = {key: str(value[key]) for key in ("name", "version") if key in value}
    for key, part in value.items():
        if key in ("name", "version"):
            continue
        if key == "versionsuffix":
            result[key] = str(part)
        elif key == "toolchain":
            result[key] = _toolchain(part)
        elif not ("name" in result and "version" in result):
            result.update({"name": key, "version": str(part)})
        else:
            raise TypeError(f"unexpected key `{key}` in a dependency")
    if not ("name" in result and "version" in result):
        raise TypeError("a dependency needs a name and a version")
    return result


def _dependencies(value: Any) -> Any:
    if isinstance(value, list) and not any(isinstance(item, dict) for item in value):
        return value
    return [_dependency(item) for item in value]


def _text_or_tuple(value: Any, *kinds: type) -> Any:
    """A list of texts and tuples (and `kinds`): inner lists become tuples."""
    if not isinstance(value, (list, tuple)):
        raise TypeError("a list is wanted")
    result: list[Any] = []
    for item in value:
        if isinstance(item, (str, tuple, *kinds)):
            result.append(item)
        elif isinstance(item, list):
            result.append(tuple(item))
        else:
            raise TypeError(f"unexpected {type(item).__name__} in a list of texts and tuples")
    return result


def _patches(value: Any) -> Any:
    return _text_or_tuple(value, dict)


def _path_entry(value: Any) -> Any:
    if isinstance(value, str):
        return True
    if isinstance(value, tuple):
        return all(isinstance(part, str) for part in value)
    if isinstance(value, dict):
        return all(
            isinstance(part, str)
            and (isinstance(key, str) or (_path_entry(key) is True and isinstance(key, tuple)))
            for key, part in value.items()
        )
    return False


def _paths(value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError("`sanity_check_paths` is a dict with `files` and `dirs`")
    if set(value) == {"files", "dirs"} and all(
        isinstance(part, list) and all(_path_entry(item) for item in part)
        for part in value.values()
    ):
        return value
    result: dict[Any, Any] = {}
    for name, part in value.items():
        entries = _text_or_tuple(part, dict)
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            for key, item in entry.items():
                if not isinstance(key, str):
                    raise TypeError("keys of a dict in `sanity_check_paths` must be texts")
                if isinstance(item, list):
                    entry[key] = tuple(item)
                elif not isinstance(item, (str, tuple)):
                    raise TypeError("unexpected value in a dict in `sanity_check_paths`")
        result[name] = entries
    return result


def _checksum(value: Any, level: int = 0, *, in_dict: bool = False) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], (str, int)):
            return tuple(value) if not isinstance(value[1], str) or level > 0 else value
        if level < 2:
            if any(item is None for item in value):
                raise TypeError("None among alternative checksums")
            if isinstance(value, tuple) or level > 0:
                return tuple(_checksum(item, 99, in_dict=in_dict) for item in value)
            return [_checksum(item, level + 1, in_dict=in_dict) for item in value]
    elif isinstance(value, dict) and not in_dict:
        return {key: _checksum(item, in_dict=True) for key, item in value.items()}
    raise TypeError(f"a checksum can't be {type(value).__name__}: {str(value)[:80]}")


def _checksums(value: Any) -> Any:
    if isinstance(value, list) and all(
        item is None
        or isinstance(item, str)
        or (
            isinstance(item, dict)
            and all(part is None or isinstance(part, str) for part in item.values())
        )
        for item in value
    ):
        return value  # the usual shapes
    return [_checksum(item) for item in value]


_RULES: dict[str, Callable[[Any], Any]] = {
    "checksums": _checksums,
    "docurls": _texts,
    "name": _text,
    "osdependencies": _text_or_tuple,
    "patches": _patches,
    "sanity_check_paths": _paths,
    "toolchain": _toolchain,
    "version": _text,
    **dict.fromkeys(DEPENDENCY_PARAMETERS, _dependencies),
}


def convert(name: str, value: Any) -> Any:
    """The value as EasyBuild would hold it; TypeError says what is wrong with it."""
    rule = _RULES.get(name)
    if rule is None:
        return value
    return rule(value)


CONVERTED = frozenset(_RULES)
"""Parameters that have a rule."""
