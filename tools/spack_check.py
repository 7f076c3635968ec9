"""Judge an environment with Spack itself, without its solver. Runs as `spack python`.

    spack python tools/spack_check.py DIRECTORY

DIRECTORY is a scratch copy: Spack writes into it. Printed as JSON: the number of roots, and
the problems found by the schema, the reader, the expansion and the recipes (unknown
packages, variants, values of variants, versions).
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Variants which no recipe declares.
RESERVED = ("patches", "commit", "dev_path", "namespace")


def problems_of(node: Any, repositories: Any) -> Iterator[str]:
    """What the recipes say against one node of a root."""
    if not node.name or repositories.is_virtual(node.name):
        return
    if not repositories.exists(node.name):
        yield f"unknown package {node.name}"
        return
    recipe = repositories.get_pkg_class(node.name)
    for name, variant in node.variants.items():
        if name in RESERVED or variant.propagate:
            continue
        definitions = [definition for _, definition in recipe.variant_definitions(name)]
        if not definitions:
            yield f"{node.name} has no variant {name}"
        elif not any(valid(definition, variant, node.name) for definition in definitions):
            yield f"{node.name} has no value {variant}"
    text = str(node.versions)
    said = text not in ("", ":") and "git." not in text
    if said and not any(version.satisfies(node.versions) for version in recipe.versions):
        yield f"{node.name} has no version {text}"


def valid(definition: Any, variant: Any, package: str) -> bool:
    """Whether one definition of a variant allows the value."""
    import spack.error

    try:
        definition.validate_or_raise(variant, package)
    except spack.error.SpackError:
        return False
    return True


def main() -> None:
    """Judge the directory that is named."""
    import spack.environment
    import spack.error
    import spack.repo
    import spack.schema.env
    import spack.util.spack_yaml

    directory = Path(sys.argv[1])
    with (directory / "spack.yaml").open(encoding="utf-8") as stream:
        data = spack.util.spack_yaml.load_config(stream)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        validator = spack.schema.Validator(spack.schema.env.schema)
        found = [str(error.message)[:200] for error in validator.iter_errors(data)]
    found += [str(warning.message)[:200] for warning in seen]
    roots = 0
    try:
        environment = spack.environment.Environment(str(directory))
        with environment:
            for group in environment.manifest.groups():
                for root in environment.user_specs_by(group=group):
                    roots += 1
                    for node in root.traverse():
                        found += [f"{root}: {p}" for p in problems_of(node, spack.repo.PATH)]
    except spack.error.SpackError as error:
        found.append(str(error)[:300])
    print(json.dumps({"roots": roots, "problems": found}))


if __name__ == "__main__":
    main()
