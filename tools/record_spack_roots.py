"""Record the roots that real Spack expands environments to: run with `spack python THIS`.

    spack python tools/record_spack_roots.py DIRECTORY OUT.json

Every spack.yaml below DIRECTORY is read with Spack's own YAML loader and expanded with
Spack's own code, group by group; includes are not followed, so that no file besides the
environment counts. OUT holds {"spack": version, "environments": {relative path:
{group: [str(root)]}, or the kind of error as text}}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def expand(path: Path) -> Any:
    """The groups of one environment, or what kind of error Spack gives."""
    import spack.util.spack_yaml as syaml
    from spack.environment.list import SpecListParser

    try:
        with path.open(encoding="utf-8") as stream:
            data = syaml.load_config(stream)
        body = data.get("spack", data.get("env"))
        parser = SpecListParser(toolchains=body.get("toolchains"))
        parser.parse_definitions(data=body.get("definitions") or [])
        groups: dict[str, list[Any]] = {}
        for item in body.get("specs") or []:
            if isinstance(item, dict) and "group" in item:
                if "matrix" in item:
                    keys = {k: item[k] for k in ("matrix", "exclude") if k in item}
                    groups.setdefault(item["group"], []).append(keys)
                groups.setdefault(item["group"], []).extend(item.get("specs") or [])
            elif item:
                groups.setdefault("default", []).append(item)
        return {
            name: [str(s) for s in parser.parse_user_specs(name=name, yaml_list=items).specs]
            for name, items in groups.items()
        }
    except Exception as error:
        return type(error).__name__


def main() -> None:
    """Read the command line."""
    import spack

    top, target = Path(sys.argv[1]), Path(sys.argv[2])
    found = {str(p.relative_to(top)): expand(p) for p in sorted(top.rglob("spack.yaml"))}
    version = ".".join(map(str, spack.spack_version_info))
    answer = {"spack": version, "environments": found}
    target.write_text(json.dumps(answer, indent=0) + "\n", encoding="utf-8")


main()
