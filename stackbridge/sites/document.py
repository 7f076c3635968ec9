"""Text of a profile to plain data and to a Site, with file, line and hint on error.

A profile may come from anybody; `stackbridge.yamltext` refuses what is not plain YAML.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from stackbridge.errors import InputError
from stackbridge.sites.profile import Site, from_data
from stackbridge.yamltext import Node, load, plain

__all__ = ["check_shape", "read_site", "schema", "trusted"]


def trusted(text: str) -> Site:
    """One of our own profiles, which the tests have checked: read by the fastest loader."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return from_data(yaml.load(text, Loader=loader))  # noqa: S506 - the safe loader


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """`schemas/site.schema.json`."""
    path = files("stackbridge") / "schemas" / "site.schema.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def check_shape(node: Node, file: str | None = None) -> dict[str, Any]:
    """A profile's plain data. Raises InputError for the first thing of the wrong shape.

    Beyond the schema: sources named by facts exist, archspec and GPU names are known.
    """
    import jsonschema

    data = plain(node)
    errors = list(jsonschema.Draft202012Validator(schema()).iter_errors(data))
    misspelled = [error for error in errors if error.validator == "additionalProperties"]
    error = jsonschema.exceptions.best_match(iter(misspelled or errors))
    if error is not None:
        path = list(error.absolute_path)
        raise InputError(
            f"{_spell(path) or 'profile'}: {_say(error)}",
            file=file,
            line=_line(node, path, _unknown(error)),
            hint=_hint(error),
        )
    _check_references(data, node, file)
    result: dict[str, Any] = data
    return result


def _unknown(error: Any) -> str | None:
    if error.validator != "additionalProperties":
        return None
    allowed = set(error.schema.get("properties", {}))
    return next((str(key) for key in error.instance if key not in allowed), None)


def _say(error: Any) -> str:
    unknown = _unknown(error)
    if unknown is not None:
        return f"unknown key `{unknown}`"
    return str(error.message)[:300]


def _hint(error: Any) -> str | None:
    unknown = _unknown(error)
    if unknown is not None:
        near = difflib.get_close_matches(unknown, list(error.schema.get("properties", {})), n=1)
        return f"did you mean `{near[0]}`?" if near else "put what has no key under `details`"
    if error.validator == "enum":
        near = difflib.get_close_matches(
            str(error.instance), [str(value) for value in error.validator_value], n=1
        )
        return f"did you mean `{near[0]}`?" if near else None
    return None


def _spell(path: list[Any]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".")


def _line(node: Node, path: list[Any], key: str | None = None) -> int:
    """The line of a place, or of the nearest one above it."""
    line = node.line
    for part in [*path, key]:
        if isinstance(part, int):
            if part >= len(node.items):
                break
            node = node.items[part]
            line = node.line
        else:
            inner = node.get(str(part))
            if inner is None:
                break
            line, node = node.keys[str(part)].line, inner
    return line


def _check_references(data: Mapping[str, Any], node: Node, file: str | None) -> None:
    from stackbridge.sites.targets import gpu_vendor, known

    ids = {str(row["id"]) for row in data.get("sources", ())}

    def walk(value: Any, path: list[Any]) -> None:
        if isinstance(value, Mapping):
            named = value.get("source")
            for item in [named] if isinstance(named, str) else named or ():
                if str(item) not in ids:
                    raise InputError(
                        f"{_spell(path)}: there is no source `{item}`",
                        file=file,
                        line=_line(node, [*path, "source"]),
                        hint="each fact names an entry of `sources`",
                    )
            for key, inner in value.items():
                walk(inner, [*path, key])
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, [*path, index])

    walk({key: value for key, value in data.items() if key != "sources"}, [])
    seen: set[str] = set()
    for index, row in enumerate(data.get("partitions", ())):
        path: list[Any] = ["partitions", index]
        if row["id"] in seen:
            raise InputError(
                f"{_spell(path)}: the partition `{row['id']}` occurs twice",
                file=file,
                line=_line(node, [*path, "id"]),
            )
        seen.add(row["id"])
        name = (row.get("cpu") or {}).get("archspec")
        if name is not None and not known(name):
            raise InputError(
                f"{_spell(path)}: archspec knows no `{name}`",
                file=file,
                line=_line(node, [*path, "cpu", "archspec"]),
                hint="`archspec cpu` prints the name of the machine it runs on",
            )
        gpu = row.get("gpu")
        arch = gpu.get("arch") if isinstance(gpu, Mapping) else None
        if arch is not None and gpu_vendor(arch) is None:
            raise InputError(
                f"{_spell(path)}: `{arch}` is no GPU architecture",
                file=file,
                line=_line(node, [*path, "gpu", "arch"]),
                hint="NVIDIA: sm_90; AMD: gfx90a; Intel: pvc",
            )


def read_site(text: str, file: str | None = None) -> Site:
    """A profile from anywhere. Raises InputError with file, line and hint."""
    if not re.search(r"^stackbridge_site\s*:", text, re.MULTILINE):
        raise InputError(
            "not a site profile: no `stackbridge_site: 1`",
            file=file,
            hint="`stackbridge site detect` writes a profile of this machine",
        )
    return from_data(check_shape(load(text, file), file))
