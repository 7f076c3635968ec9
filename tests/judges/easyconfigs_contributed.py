"""What real EasyBuild demands of a contributed easyconfig: run with EasyBuild's Python.

    python easyconfigs_contributed.py DIRECTORY...

Each directory is a robot path (`<letter>/<name>/<file>.eb`). Style and SHA256 checksums are
checked by EasyBuild's own functions, those of `eb --check-contrib`; the other demands are those
which the tests of its easyconfigs repository make (`test/easyconfigs/easyconfigs.py`, release
5.4.1), asked here of what EasyBuild parsed. Prints JSON: {"files": number, "patches": number,
"unchecked": sources without a checksum, "problems": {file: [problem]}}.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("USER", "nobody")  # an easyblock or two ask for it

from easybuild.framework.easyconfig.easyconfig import (
    get_easyblock_class,
    process_easyconfig,
)
from easybuild.framework.easyconfig.style import check_easyconfigs_style
from easybuild.framework.easyconfig.tools import check_sha256_checksums
from easybuild.tools.config import build_option
from easybuild.tools.filetools import is_generic_easyblock
from easybuild.tools.module_naming_scheme.utilities import det_full_ec_version
from easybuild.tools.options import set_up_configuration

CHECK_THEMSELVES = {
    "BuildEnv", "CMakePythonPackage", "CargoPythonBundle", "CargoPythonPackage",
    "ConfigureMakePythonPackage", "GoPackage", "JuliaBundle", "JuliaPackage", "ModuleRC",
    "PerlBundle", "PythonBundle", "PythonPackage", "SystemCompiler", "Toolchain",
}  # fmt: skip
NOT_BUILT = {"Binary", "BinariesTarball", "JAR", "PackedBinary", "Tarball"}
NO_SOURCES = {"Bundle", "BuildEnv", "ModuleRC", "SystemCompiler", "Toolchain"}
PYTHON = {"CargoPythonBundle", "CargoPythonPackage", "PythonBundle", "PythonPackage"}


def letter_dir(name: str) -> str:
    """The folder of the names with the same first letter."""
    return name[0].lower() if name[0].isalpha() else "0"


def demands(path: Path, ec: Any) -> list[str]:
    """The demands that are not met."""
    found: list[str] = []
    given = ec.parser.get_config_dict()  # what the file says itself
    name, easyblock = ec["name"], ec["easyblock"]
    if path.name != f"{name}-{det_full_ec_version(ec)}.eb":
        found.append("the file is not called as EasyBuild expects")
    if path.parent.name != name or path.parent.parent.name != letter_dir(name):
        found.append("it does not lie where EasyBuild looks for it")
    if ec["moduleclass"] not in build_option("valid_module_classes") or (
        ec["moduleclass"] == "base"
    ):
        found.append(f"moduleclass {ec['moduleclass']}")
    if not easyblock and get_easyblock_class(None, name=name).__name__ == "ConfigureMake":
        found.append("it has no easyblock")
    for word in ("homepage", "description"):
        if not str(given.get(word) or "").strip():
            found.append(f"no {word}")
    keys = re.findall(r"^(\w+)\s*=", ec.rawtxt, re.MULTILINE)
    found += [f"{key} is set twice" for key in sorted(set(keys)) if keys.count(key) > 1]
    if ec.unknown_keys:
        found.append(f"unknown parameters {ec.unknown_keys}")
    with ec.disable_templating():
        found += _sources(ec, easyblock)
        found += _checks(ec, easyblock)
        found += _steps(ec, easyblock)
    found += _dependencies(ec, easyblock)
    found += _patches(path, ec)
    return found


def _sources(ec: Any, easyblock: str | None) -> list[str]:
    if easyblock in NO_SOURCES or any(
        ec.get(word) for word in ("source_urls", "download_instructions", "crates")
    ):
        return []
    items = [item for item in ec["sources"] if isinstance(item, dict)]
    items += [
        item[2]
        for word in ("exts_list", "components")
        for item in ec.get(word) or ()
        if len(item) > 2 and isinstance(item[2], dict)
    ]
    if any("git_config" in item or "source_urls" in item for item in items):
        return []
    return ["nothing says where its sources are"] if ec["sources"] else []


def _checks(ec: Any, easyblock: str | None) -> list[str]:
    paths = ec["sanity_check_paths"]
    if paths:
        if sorted(paths) != ["dirs", "files"] or not all(
            isinstance(value, list) for value in paths.values()
        ):
            return ["sanity_check_paths need `files` and `dirs`"]
        return [] if paths["files"] or paths["dirs"] else ["sanity_check_paths are empty"]
    generic = bool(easyblock) and is_generic_easyblock(easyblock)
    only_others = easyblock == "Bundle" and not (ec["sources"] or ec["exts_list"])
    if generic and easyblock not in CHECK_THEMSELVES and not only_others:
        return ["a generic easyblock needs sanity_check_paths"]
    return []


def _steps(ec: Any, easyblock: str | None) -> list[str]:
    found = []
    options = " ".join(o) if isinstance(o := ec["configopts"], (list, tuple)) else str(o)
    for word, instead in (
        (r"-DCMAKE_BUILD_TYPE\b", "build_type"),
        (r"-DCMAKE_INSTALL_LIBDIR(?::PATH)?=\S", "install_libdir"),
    ):
        if re.search(word, options):
            found.append(f"{instead} belongs in its own parameter")
    if easyblock == "MesonNinja" and re.search(r"--buildtype[ =]", options):
        found.append("buildtype belongs in its own parameter")
    if "fetch" in (ec["skipsteps"] or ()) and ec["checksums"]:
        found.append("the checksums would not be verified")
    names = [ext[0] if isinstance(ext, (tuple, list)) else ext for ext in ec["exts_list"]]
    found += [f"{name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    paths = str(ec["modextrapaths"]) + str(ec["modextravars"])
    if re.search(r"'R_LIBS'|'CPATH'|lib/python[\d.]+/site-packages", paths):
        found.append("modextrapaths say what EasyBuild does by itself")
    return found


def _dependencies(ec: Any, easyblock: str | None) -> list[str]:
    found = []
    names = ec.dependency_names()
    built = bool(ec.get_ref("sources") or ec.get_ref("exts_list") or ec.get("components"))
    if (
        ec["toolchain"]["name"] == "GCCcore"
        and built
        and easyblock not in NOT_BUILT
        and not names & {"binutils", "GCC"}
    ):
        found.append("binutils is no build dependency")
    if ec["name"] in names:
        found.append("it depends on itself")
    if easyblock in ("PythonBundle", "PythonPackage") and "Rust" in names:
        found.append(f"Cargo{easyblock} builds what needs Rust")
    if easyblock in PYTHON and "Python" not in names:
        found.append("Python is no dependency")
    return found


def _patches(path: Path, ec: Any) -> list[str]:
    found = []
    sums = list(ec["checksums"])[len(ec.get_ref("sources")) :]
    for patch, known in zip(ec["patches"], sums, strict=False):
        name = patch[0] if isinstance(patch, (tuple, list)) else patch
        file = path.parent / str(name.get("name") if isinstance(name, dict) else name)
        if not file.exists():
            continue  # one of the release, which its own tests look after
        digest = next(iter(known.values())) if isinstance(known, dict) else known
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            found.append(f"the checksum of {file.name} is another one")
        if file.read_text(encoding="utf-8").startswith("--- "):
            found.append(f"{file.name} has no description")
    return found


def unchecked(ec: Any) -> int:
    """Sources whose checksum is not known: checkouts, mostly."""
    return sum(1 for item in ec["checksums"] if item is None)


def main() -> None:
    """Reads the directories and prints the answer."""
    folders = [Path(word).resolve() for word in sys.argv[1:]]
    robot = ":".join([*map(str, folders), ""])
    noise = io.StringIO()
    answer: dict[str, Any] = {"files": 0, "patches": 0, "unchecked": 0, "problems": {}}
    with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
        set_up_configuration(args=[f"--robot={robot}", "--ignore-osdeps"], silent=True)
        for folder in folders:
            answer["patches"] += len(list(folder.rglob("*.patch")))
            for path in sorted(folder.rglob("*.eb")):
                answer["files"] += 1
                try:
                    (parsed,) = process_easyconfig(str(path))
                    ec = parsed["ec"]
                    found = demands(path, ec)
                    answer["unchecked"] += unchecked(ec)
                    # An easyblock may change what it is given: a copy of its own.
                    found += check_sha256_checksums([ec.copy()])
                except Exception as error:  # what EasyBuild raises is the answer
                    found = [f"{type(error).__name__}: {error}"[:400]]
                if check_easyconfigs_style([str(path)], verbose=False):
                    found.append("its style")
                if found:
                    answer["problems"][str(path)] = found
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
