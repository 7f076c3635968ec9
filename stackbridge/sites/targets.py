"""Which code runs where: CPU microarchitectures and GPU architectures.

The order of CPUs is archspec's, from a compact table made by `tools/build_site_data.py`, so
that a check need not load the library. Names which other tools use stand in `ALIASES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

__all__ = [
    "ALIASES",
    "below",
    "best",
    "canonical",
    "family",
    "gpu_runs_on",
    "gpu_vendor",
    "in_range",
    "known",
    "runs_on",
]

# Name elsewhere -> archspec's name. EESSI and CSCS call neoverse_v2 with NVIDIA's cores
# grace or gh200; AMD's Trento is zen3; the CPU part of MI300A is zen4; Xeon Max is
# sapphirerapids; Docker and Debian say amd64 and arm64.
ALIASES: dict[str, str] = {
    "grace": "neoverse_v2",
    "gh200": "neoverse_v2",
    "aarch64/nvidia/grace": "neoverse_v2",
    "trento": "zen3",
    "milan": "zen3",
    "rome": "zen2",
    "genoa": "zen4",
    "mi300a": "zen4",
    "xeon_max": "sapphirerapids",
    "icelake_server": "icelake",
    "skylake-avx512": "skylake_avx512",
    "amd64": "x86_64",
    "x86-64": "x86_64",
    "x86-64-v2": "x86_64_v2",
    "x86-64-v3": "x86_64_v3",
    "x86-64-v4": "x86_64_v4",
    "arm64": "aarch64",
}


@lru_cache(maxsize=1)
def _parents() -> dict[str, list[str]]:
    path = files("stackbridge") / "data" / "microarchitectures.json"
    table: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))["parents"]
    return table


@cache
def below(name: str) -> frozenset[str]:
    """The microarchitecture itself and all whose code runs on it; empty when unknown."""
    parents = _parents()
    if name not in parents:
        return frozenset()
    found = {name}
    for parent in parents[name]:
        found |= below(parent)
    return frozenset(found)


def canonical(name: str) -> str:
    """Its name in archspec; `grace` and `x86_64/amd/zen3` are understood."""
    text = name.strip().lower()
    if text in ALIASES:
        return ALIASES[text]
    last = text.rpartition("/")[2]
    if last in ALIASES:
        return ALIASES[last]
    return last if last in _parents() else text


def known(name: str) -> bool:
    """Whether archspec knows it under this name or an alias."""
    return canonical(name) in _parents()


def family(name: str) -> str | None:
    """The instruction set: x86_64, aarch64, ppc64le ...; None when unknown."""
    roots = [candidate for candidate in below(canonical(name)) if not _parents()[candidate]]
    return roots[0] if roots else None


def runs_on(code: str, machine: str) -> bool | None:
    """Whether code built for one microarchitecture runs on another; None when one is unknown."""
    code, machine = canonical(code), canonical(machine)
    if code not in _parents() or machine not in _parents():
        return None
    return code in below(machine)


def in_range(wanted: str, machine: str) -> bool | None:
    """Whether a target as Spack writes it suits a machine.

    A plain name suits when its code runs there. `low:high`, `low:` and `:high` are ranges
    and commas separate alternatives: any target of the range may be chosen, so it suits when
    the lower end runs there. None when a name is unknown.
    """
    answers: list[bool | None] = []
    for part in wanted.split(","):
        low, colon, high = part.strip().partition(":")
        if not colon or low:
            answers.append(runs_on(low, machine))
        elif high:
            same = family(high)
            answers.append(None if same is None else same == family(machine))
        else:
            answers.append(True)
    if any(answers):
        return True
    return None if None in answers else False


def best(machine: str, targets: Iterable[str]) -> str | None:
    """The most specific of these targets whose code runs on the machine."""
    runs = below(canonical(machine))
    able = [target for target in targets if target in runs]
    return max(able, key=lambda target: (len(below(target)), target), default=None)


def gpu_vendor(arch: str) -> str | None:
    """The maker: nvidia for `sm_80`, amd for `gfx90a`, intel for `pvc`; None when unknown."""
    text = arch.strip().lower()
    if re.fullmatch(r"(sm_|cc|compute_)?\d{2,3}[af]?", text):
        return "nvidia"
    if re.fullmatch(r"gfx[0-9a-f]{3,5}(:.*)?", text):
        return "amd"
    if text in ("pvc", "acm_g10", "intel_gpu_pvc", "xe_hpc"):
        return "intel"
    return None


def gpu_runs_on(code: str, device: str) -> bool | None:
    """Whether code built for one GPU architecture runs on a device.

    NVIDIA: binary code runs on devices of the same major version with an equal or higher
    minor one (CUDA programming guide, binary compatibility; not for the `a` and `f`
    variants). AMD and Intel: the same architecture. None when one is unknown.
    """
    vendors = gpu_vendor(code), gpu_vendor(device)
    if None in vendors:
        return None
    if vendors[0] != vendors[1]:
        return False
    if vendors[0] != "nvidia":
        return code.lower().partition(":")[0] == device.lower().partition(":")[0]
    ours, theirs = (re.sub(r"^(sm_|cc|compute_)", "", text.lower()) for text in (code, device))
    if ours[-1] in "af" or theirs[-1] in "af":
        return ours == theirs
    return ours[:-1] == theirs[:-1] and int(ours[-1]) <= int(theirs[-1])
