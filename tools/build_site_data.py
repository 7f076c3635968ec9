"""Rebuild the compact tables that `check` loads, from the facts they are made of.

    python tools/build_site_data.py microarchitectures
    python tools/build_site_data.py generations EASYCONFIGS
    python tools/build_site_data.py installed DIRECTORY
    python tools/build_site_data.py recipes

`microarchitectures` asks the archspec library; `generations` reads the toolchain
easyconfigs of an EasyBuild release (text only, nothing is executed); `installed` takes the
module lists `eessi.json.gz`, `lumi.json.gz` and `jsc-stage-2025.json.gz`; `recipes` takes the
shipped index of easyconfigs, as the modules which they would install.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from stackbridge.catalog.spelling import fold
from stackbridge.sites.installed import split_name

DATA = Path(__file__).resolve().parent.parent / "stackbridge" / "data"
EESSI_TARGETS = {"arm/nvidia/grace": "neoverse_v2"}


def microarchitectures() -> None:
    """Name -> direct parents, for every microarchitecture of archspec."""
    import archspec
    import archspec.cpu

    table = {
        name: [parent.name for parent in target.parents]
        for name, target in sorted(archspec.cpu.TARGETS.items())
    }
    write(
        "microarchitectures.json", {"source": f"archspec {archspec.__version__}", "parents": table}
    )


def generations(root: Path) -> None:
    """Toolchain name and version -> version of the GCCcore below it."""
    table: dict[str, str] = {}
    for path in sorted(root.glob("*/*/*.eb")):
        match = re.fullmatch(r"([\w-]+?)-([\d.]+[ab]?|\d{4}\.\d+)", path.stem)
        if not match or path.parent.name != match[1]:
            continue
        text = path.read_text(encoding="utf-8")
        if not re.search(r"easyblock\s*=\s*['\"](Toolchain|EB_intel_minus_compilers)", text):
            continue
        gcc = re.search(r"gccver\w*\s*=\s*['\"]([\d.]+)['\"]", text)
        if gcc:
            table[f"{match[1]}-{match[2]}"] = gcc[1]
    write("generations.json", {"source": "easybuild-easyconfigs 5.4.1", "gcc": table})


def load(path: Path) -> Any:
    """The data of a compressed JSON file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return json.load(stream)


def installed(root: Path) -> None:
    """One compact file per list: rows of modules, and the extensions inside them."""
    eessi = load(root / "eessi.json.gz")
    cpus: list[list[str]] = []
    gpus: list[list[str]] = []
    rows: list[list[Any]] = []
    seen: dict[str, list[int]] = {}
    keys: set[tuple[Any, ...]] = set()
    for entry in eessi["installations"]:
        cpu = [EESSI_TARGETS.get(t, t.rpartition("/")[2]) for t in entry["cpu_targets"]]
        gpu = sorted((f"sm_{t[2:]}" for t in entry["gpu_targets"]), key=lambda t: int(t[3:]))
        for table, value in ((cpus, cpu), (gpus, gpu)):
            if value not in table:
                table.append(value)
        row = [entry["module"], entry["eessi"], cpus.index(cpu), gpus.index(gpu)]
        if tuple(row) in keys:
            continue
        keys.add(tuple(row))
        seen.setdefault(entry["module"], []).append(len(rows))
        rows.append(row)
    extensions: dict[str, dict[str, list[int]]] = {}
    for members in eessi["extensions"].values():
        for name, versions in members.items():
            into = extensions.setdefault(fold(name), {})
            for version, modules in versions.items():
                known = into.setdefault(version, [])
                known += [i for m in modules for i in seen.get(m, ()) if i not in known]
    write_gz(
        "eessi",
        {
            "source": eessi["source"],
            "date": eessi["date"],
            "trees": {},
            "cpus": cpus,
            "gpus": gpus,
            "rows": rows,
            "extensions": extensions,
        },
    )

    lumi = load(root / "lumi.json.gz")
    rows = []
    for path, files in lumi["easystacks"].items():
        stack, _, name = path.split("/", 2)[2].partition("/")
        match = re.match(r"production-([A-Za-z]+)-", name)
        tree = match[1] if match else "common"
        for file in files:
            row = [module_name(file), stack.replace("-", "/"), tree]
            if row not in rows:
                rows.append(row)
    write_gz("lumi", {"source": lumi["source"], "date": lumi["date"], "rows": rows})

    jsc = load(root / "jsc-stage-2025.json.gz")
    rows = [[module_name(file), "Stages/2025", "common"] for file in jsc["easyconfigs"]]
    write_gz("jsc-stage-2025", {"source": jsc["source"], "date": jsc["date"], "rows": rows})


def recipes() -> None:
    """The easyconfigs of an EasyBuild release, as module names."""
    index = load(DATA / "easybuild-index.json.gz")
    labels = sorted({recipe_name(row) for row in index["rows"]})
    data = {"source": index["source"], "rows": [[label, None, None] for label in labels]}
    write_gz("easyconfigs", data)


def recipe_name(row: list[Any]) -> str:
    """`GROMACS/2024.4-foss-2023b` for a row of the index: file, name, version, prefix, suffix."""
    _, name, *_ = row
    stem = row[0].rpartition("/")[2].removesuffix(".eb")
    return f"{name}/{stem[len(name) + 1 :]}"


def module_name(file: str) -> str:
    """`GROMACS-2024.4-foss-2023b.eb` as `GROMACS/2024.4-foss-2023b`."""
    name, rest = split_name(file.removesuffix(".eb"))
    return f"{name}/{rest}"


def write(name: str, data: Any) -> None:
    """One entry per line, so that a change can be reviewed."""
    path = DATA / name
    path.write_text(json.dumps(data, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(path, path.stat().st_size)


def write_gz(name: str, data: Any) -> None:
    """Compressed with no time stamp: the same facts give the same bytes."""
    path = DATA / "installed" / f"{name}.json.gz"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(path, path.stat().st_size)


if __name__ == "__main__":
    task, *arguments = sys.argv[1:] or ["help"]
    if task == "microarchitectures":
        microarchitectures()
    elif task == "generations" and arguments:
        generations(Path(arguments[0]))
    elif task == "installed" and arguments:
        installed(Path(arguments[0]))
    elif task == "recipes":
        recipes()
    else:
        sys.exit(__doc__)
