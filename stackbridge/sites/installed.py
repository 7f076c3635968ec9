"""What is installed at a site: module lists, compact and indexed by folded name.

A list is shipped (`stackbridge/data/installed/*.json.gz`, made by
`tools/build_site_data.py`) or stands in a profile. Its rows are module names such as
`GROMACS/2024.4-foss-2023b-CUDA-12.4.0`; everything else is derived from them.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = [
    "Listing",
    "Module",
    "from_names",
    "gcc_of",
    "generation_of",
    "parse_module",
    "shipped",
    "split_name",
]

# A toolchain's name and version as they stand in a module's version: `foss-2024a`.
_TOOLCHAIN = re.compile(
    r"-(?P<toolchain>"
    r"(?:gcccoreflexiblas|gccflexiblas)-\d[\w.]*-\d[\w.]*|"
    r"(?:GCCcore|GCC|foss|gompic?|gfbf|gompi|gomkl|gmpich|gmpflf|gpsmpi|gpsfbf|gpsolf|gccmkl|gmkl|"
    r"intel|intel-compilers|iimpi|iimkl|iccifort|iibff|iompi|iomkl|ipsmpi|intel-para|"
    r"llvm-compilers|lfoss|lompi|lfbf|lmpich|lmpflf|NVHPC|nvidia-compilers|nvompi|nvofbf|nvpsmpi|"
    r"cpe(?:GNU|Cray|AMD|AOCC|Intel)|system)-\d[\w.]*)(?=-|$)"
)
_MPI_TOOLCHAIN = re.compile(
    r"^(foss|gompic?|gmpich|gmpflf|intel|iimpi|iompi|iomkl|gomkl|nvompi|nvofbf|nvpsmpi|"
    r"lfoss|lompi|lmpich|lmpflf|gpsmpi|gpsfbf|gpsolf|ipsmpi|intel-para|cpe\w+)$"
)
_SPLIT = re.compile(r"^(?P<name>.+?)-(?P<rest>v?\d.*)$")
_SEPARATORS = re.compile(r"[-_.\s]+")


def _fold(name: str) -> str:
    return _SEPARATORS.sub("-", name.strip().lower()).strip("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One installed module.

    `label` is its full name, `toolchain` such as `foss-2023b` (None: the system's compiler or
    not said), `suffix` what follows it (`CUDA-12.4.0`), `release` the stack or release that
    holds it (`2023.06`, `LUMI/25.03`), `tree` the module tree within it. `cpus` are the
    archspec names for which it exists, `gpus` the GPU architectures (`sm_80`); None: not said.
    """

    label: str
    name: str
    version: str
    toolchain: str | None = None
    suffix: str = ""
    release: str | None = None
    tree: str | None = None
    cpus: tuple[str, ...] | None = None
    gpus: tuple[str, ...] | None = None

    @property
    def with_mpi(self) -> bool | None:
        """Whether its toolchain brings an MPI; None where there is none to tell."""
        if self.toolchain is None:
            return None
        return bool(_MPI_TOOLCHAIN.match(self.compiler or ""))

    @property
    def compiler(self) -> str | None:
        """The toolchain's name without its version: `foss`."""
        match = re.match(r"(.+?)-\d", self.toolchain or "")
        return match[1] if match else None

    @property
    def accelerator(self) -> str | None:
        """`cuda` or `rocm` where the name says that it was built for one."""
        text = f"-{self.suffix}-{self.name}-".lower()
        if "-cuda-" in text or self.toolchain in ("fosscuda", "gompic"):
            return "cuda"
        return "rocm" if re.search(r"-(rocm|hip|amd-gpu)-", text) else None


def split_name(text: str) -> tuple[str, str]:
    """`netCDF-C++4-4.3.1-gompi-2023b` as name and the rest, cut before the first figure."""
    match = _SPLIT.match(text)
    return (match["name"], match["rest"]) if match else (text, "")


def parse_module(
    label: str,
    *,
    release: str | None = None,
    tree: str | None = None,
    cpus: tuple[str, ...] | None = None,
    gpus: tuple[str, ...] | None = None,
) -> Module:
    """A module from its name `name/version[-toolchain][-suffix]`, as EasyBuild writes them."""
    name, _, rest = label.rpartition("/") if label.count("/") == 1 else label.partition("/")
    name, rest = (name, rest) if name else (rest, "")
    match = _TOOLCHAIN.search(rest)
    version, toolchain, suffix = rest, None, ""
    if match:
        version, suffix = rest[: match.start()], rest[match.end() :].lstrip("-")
        toolchain = match["toolchain"]
    elif tail := re.search(r"-(?=[A-Za-z])", rest):
        version, suffix = rest[: tail.start()], rest[tail.end() :]
    return Module(
        label=label,
        name=name,
        version=version,
        toolchain=toolchain,
        suffix=suffix,
        release=release,
        tree=tree,
        cpus=cpus,
        gpus=gpus,
    )


class Listing:
    """Modules by folded name, parsed when they are asked for.

    `kind` is `eessi` or `module`; `source` and `date` (ISO 8601) say where the list is from.
    """

    def __init__(self, data: dict[str, Any], *, kind: str) -> None:
        self.kind = kind
        self.source: str = data.get("source", "")
        self.date: str | None = data.get("date")
        self._rows: list[list[Any]] = data["rows"]
        self._cpus: list[list[str]] = data.get("cpus", [])
        self._gpus: list[list[str]] = data.get("gpus", [])
        self._extensions: dict[str, dict[str, list[int]]] = data.get("extensions", {})
        self._modules: dict[int, Module] = {}
        self._by_name: dict[str, list[int]] = {}
        for index, row in enumerate(self._rows):
            label: str = row[0]
            self._by_name.setdefault(_fold(label.partition("/")[0]), []).append(index)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Module]:
        return (self._module(index) for index in range(len(self._rows)))

    def named(self, folded: str) -> tuple[Module, ...]:
        """The modules of that folded name."""
        return tuple(self._module(index) for index in self._by_name.get(folded, ()))

    def carrying(self, folded: str) -> tuple[tuple[str, Module], ...]:
        """Versions of an extension with the modules that carry it: numpy in SciPy-bundle."""
        return tuple(
            (version, self._module(index))
            for version, indexes in self._extensions.get(folded, {}).items()
            for index in indexes
        )

    def cpus(self, release: str | None = None) -> tuple[str, ...]:
        """The CPU targets for which a release holds anything."""
        return self._targets(release)

    def _targets(self, release: str | None) -> tuple[str, ...]:
        if not self._cpus:
            return ()
        used = {row[2] for row in self._rows if release in (None, row[1])}
        return tuple(sorted({name for index in used for name in self._cpus[index]}))

    def releases(self) -> tuple[str, ...]:
        """The releases or stacks in the list, sorted."""
        return tuple(sorted({str(row[1]) for row in self._rows if len(row) > 1}))

    def _module(self, index: int) -> Module:
        found = self._modules.get(index)
        if found is None:
            row = self._rows[index]
            if self._cpus:
                found = parse_module(
                    row[0],
                    release=row[1],
                    cpus=tuple(self._cpus[row[2]]),
                    gpus=tuple(self._gpus[row[3]]),
                )
            else:
                found = parse_module(row[0], release=row[1], tree=row[2])
            self._modules[index] = found
        return found


def from_names(names: Iterable[str], *, source: str = "", release: str | None = None) -> Listing:
    """A list out of module names, as a profile or `module -t avail` gives them."""
    rows = [[name, release, None] for name in names]
    return Listing({"source": source, "rows": rows}, kind="module")


@cache
def shipped(name: str) -> Listing | None:
    """The shipped list of that name (`eessi`, `lumi`, `jsc-stage-2025`), or None."""
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        return None
    path = files("stackbridge") / "data" / "installed" / f"{name}.json.gz"
    if not path.is_file():
        return None
    data = json.loads(gzip.decompress(path.read_bytes()))
    return Listing(data, kind="eessi" if name == "eessi" else "module")


@cache
def _generations() -> dict[str, str]:
    path = files("stackbridge") / "data" / "generations.json"
    table: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["gcc"]
    return table


def gcc_of(toolchain: str) -> str | None:
    """The GCCcore version below an EasyBuild toolchain: `foss-2023b` gives 13.2.0.

    Source: the toolchain easyconfigs of the EasyBuild release named in `generations.json`.
    """
    name, _, version = toolchain.rpartition("-")
    if name in ("GCCcore", "GCC"):
        return version
    return _generations().get(toolchain)


def generation_of(module: Module) -> str | None:
    """What a module must share with others to be loaded beside them; None: with anything.

    For EasyBuild's common toolchains the GCCcore version; for others (`cpeGNU-25.03`) the
    toolchain itself, within its stack.
    """
    if module.toolchain is None:
        return module.release if module.tree is not None else None
    if module.release and module.release.startswith("Stages/"):
        return module.release
    gcc = gcc_of(module.toolchain)
    if gcc is not None:
        return f"GCC {gcc}"
    return f"{module.release} {module.toolchain}" if module.release else module.toolchain
