"""Compare our reading and resolution of a whole release with the installed EasyBuild's own.

    python tools/compare_easybuild.py [EVERY [GOLDEN]]     (each EVERYth easyconfig; 1: all)

With GOLDEN, EasyBuild's names are recorded there as hashes (tests/golden/easybuild-modules.json).

Compared are, per easyconfig: the parsed values with their types, the resolved dependencies
(name, version, suffix, toolchain, module), the module names under EasyBuildMNS and
HierarchicalMNS; the hierarchies of all toolchains; and the order of `--robot` for some.
Exit code 1 when anything differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REFERENCE = r"""
import contextlib, io, json, sys
files, scheme, robot, orders, target = json.load(sys.stdin)
buffer = io.StringIO()
with contextlib.redirect_stdout(buffer), contextlib.redirect_stderr(buffer):
    from easybuild.tools.options import set_up_configuration
    set_up_configuration(args=["--robot=" + robot, "--ignore-osdeps",
                               "--module-naming-scheme=" + scheme], silent=True)
    from easybuild.framework.easyconfig.constants import EASYCONFIG_CONSTANTS
    from easybuild.framework.easyconfig.easyconfig import get_toolchain_hierarchy
    from easybuild.framework.easyconfig.easyconfig import process_easyconfig
    from easybuild.framework.easyconfig.parser import ALTERNATIVE_EASYCONFIG_PARAMETERS as names
    from easybuild.framework.easyconfig.parser import EasyConfigParser
    from easybuild.tools.modules import modules_tool
    from easybuild.tools.robot import check_conflicts, resolve_dependencies
    answer = {"values": {}, "needs": {}, "module": {}, "hierarchy": {}, "order": {}, "failed": {},
              "conflicts": []}
    answer["constants"] = {k: v[0] for k, v in EASYCONFIG_CONSTANTS.items()}
    toolchains = set()
    for path in files:
        if scheme == "EasyBuildMNS":
            parsed = EasyConfigParser(path).get_config_dict()
            answer["values"][path] = repr({
                names.get(k, k): sorted(v, key=repr) if k.endswith("dependencies") else v
                for k, v in parsed.items()})
        try:
            (done,) = process_easyconfig(path, validate=False)
        except Exception as error:
            answer["failed"][path] = str(error)[:300]
            continue
        ec = done["ec"]
        answer["module"][path] = ec.full_mod_name
        answer["needs"][path] = [
            [d["name"], d["version"], d["versionsuffix"], d["toolchain"]["name"],
             d["toolchain"]["version"], d["full_mod_name"]]
            for d in ec.dependencies()]
        tc = ec["toolchain"]
        if tc["name"] != "system":
            toolchains.add((tc["name"], tc["version"]))
    if scheme == "EasyBuildMNS":
        for name, version in sorted(toolchains):
            answer["hierarchy"][name + "/" + version] = [
                [t["name"], t["version"]]
                for t in get_toolchain_hierarchy({"name": name, "version": version})]
        # two generations of one program: every kind of conflict
        pair = [robot + "/h/HPL/HPL-2.3-foss-" + v + ".eb" for v in ("2024a", "2023a")]
        both = [done for path in pair for done in process_easyconfig(path)]
        answer["conflicts"] = check_conflicts(both, modules_tool(), return_conflicts=True)
        for path in orders:
            ordered = resolve_dependencies(process_easyconfig(path), modules_tool(),
                                           retain_all_deps=True)
            answer["order"][path] = [e["full_mod_name"] for e in ordered]
with open(target, "w") as stream:
    json.dump(answer, stream)
"""


def reference(
    files: list[str], scheme: str, robot: str, orders: list[str], environment: dict[str, str]
) -> dict[str, Any]:
    """What EasyBuild says, from a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "answer.json"
        subprocess.run(
            [sys.executable, "-c", REFERENCE],
            input=json.dumps([files, scheme, robot, orders, str(target)]),
            text=True,
            check=True,
            env={**environment, "HOME": directory, "EASYBUILD_PREFIX": f"{directory}/prefix"},
            capture_output=True,
        )
        answer: dict[str, Any] = json.loads(target.read_text())
        return answer


def differences(
    answer: dict[str, Any], root: str, files: list[str], scheme: str
) -> Iterator[tuple[str, str, Any, Any]]:
    """(what, file, EasyBuild's, ours) wherever the two differ."""
    from stackbridge.ecosystems.easybuild.language.evaluate import decode, evaluate
    from stackbridge.ecosystems.easybuild.resolving.conflicts import conflicts
    from stackbridge.ecosystems.easybuild.resolving.module_names import (
        HierarchicalNames,
        NamingError,
    )
    from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
    from stackbridge.ecosystems.easybuild.resolving.robot import RobotPath

    arch = answer["constants"]["ARCH"]
    host = {
        name: answer["constants"][name]
        for name in ("HOME", "OS_TYPE", "OS_NAME", "OS_VERSION", "SYS_PYTHON_VERSION")
    }
    library = RobotPath([root], architecture=arch)
    resolver = Resolver(library, architecture=arch)
    hierarchical = HierarchicalNames(resolver)
    for path in files:
        (entry,) = library.find(path)
        if path in answer["values"]:
            found = evaluate(
                decode(Path(path).read_bytes()), path, architecture=arch, constants=host
            )
            mine = repr(
                {
                    name: sorted(value, key=repr) if name.endswith("dependencies") else value
                    for name, value in found.values.items()
                }
            )
            if mine != answer["values"][path] or found.unknown:
                yield "values", path, answer["values"][path], mine
        if scheme == "EasyBuildMNS":
            module = resolver.module(entry)
        else:
            try:
                module = hierarchical.full(entry)
            except NamingError as error:
                if path not in answer["failed"]:
                    yield "module", path, answer["module"][path], str(error)
                continue
        if path in answer["failed"]:
            yield "failed", path, answer["failed"][path], module
            continue
        if module != answer["module"][path]:
            yield "module", path, answer["module"][path], module
        theirs = [tuple(item) for item in answer["needs"][path]]
        ours = [
            (
                need.name,
                need.version,
                need.suffix,
                *need.toolchain,
                need.module if scheme == "EasyBuildMNS" else hierarchical.full_of(need),
            )
            for need in resolver.dependencies(entry)
            if need.kind != "toolchain"
        ]
        if sorted(ours) != sorted(theirs) or (ours != theirs and "{" not in Path(path).read_text()):
            yield "dependencies", path, theirs, ours
    for label, theirs_tc in answer["hierarchy"].items():
        mine_tc = [list(pair) for pair in resolver.hierarchy(tuple(label.split("/")))]
        if mine_tc != theirs_tc:
            yield "hierarchy", label, theirs_tc, mine_tc
    if answer["conflicts"]:
        pair = [library.find(f"HPL-2.3-foss-{version}.eb")[0] for version in ("2024a", "2023a")]
        ours_c = [str(item) for item in conflicts(pair, resolver)]
        if ours_c != answer["conflicts"]:
            yield "conflicts", "HPL", answer["conflicts"], ours_c
    for path, order in answer["order"].items():
        mine_order = [step.module for step in resolver.closure(library.find(path)).steps]
        if mine_order != order:
            yield "order", path, order, mine_order


def digests(modules: dict[str, list[str]]) -> dict[str, str]:
    """One hash per software name, of the lines of its easyconfigs in order of file name.

    `modules`: file name without `.eb` -> its module under both schemes (`-` where there is
    none), then the sorted modules of its dependencies.
    """
    found: dict[str, Any] = {}
    for stem, lines in sorted(modules.items()):
        name = lines[0].partition("/")[0]
        found.setdefault(name, hashlib.sha256()).update("\n".join([stem, *lines, ""]).encode())
    return {name: digest.hexdigest()[:16] for name, digest in found.items()}


def main() -> int:
    """Print the figures; 1 when anything differs."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    root = str(Path(sys.prefix) / "easybuild" / "easyconfigs")
    files = [str(path) for path in sorted(Path(root).glob("*/*/*.eb"))][::every]
    environment = {**os.environ, "EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES": "1"}
    bad = 0
    modules: dict[str, list[str]] = {Path(path).stem: [] for path in files}
    for scheme in ("EasyBuildMNS", "HierarchicalMNS"):
        answer = reference(files, scheme, root, files[:: max(1, len(files) // 60)], environment)
        for path in files:
            lines = modules[Path(path).stem]
            lines.insert(len(lines) and 1, answer["module"].get(path, "-"))
            if scheme == "EasyBuildMNS":
                lines += sorted(need[5] for need in answer["needs"][path])
        counts: dict[str, int] = {}
        for what, file, theirs, ours in differences(answer, root, files, scheme):
            counts[what] = counts.get(what, 0) + 1
            if counts[what] <= 5:
                print(f"{what}: {file}\n  EasyBuild: {theirs!s:.600}\n  ours:      {ours!s:.600}")
        needs = sum(map(len, answer["needs"].values()))
        print(
            f"{scheme}: {len(files)} easyconfigs, {needs} dependencies, "
            f"{len(answer['hierarchy'])} hierarchies, {len(answer['order'])} orders, "
            f"{len(answer['failed'])} fail in EasyBuild; differences: {counts or 'none'}"
        )
        bad += sum(counts.values())
    if len(sys.argv) > 2:
        golden = {
            "source": "EasyBuild 5.4.1, process_easyconfig under both schemes",
            "command": "python tools/compare_easybuild.py 1 GOLDEN",
            "easyconfigs": len(files),
            "names": digests(modules),
        }
        Path(sys.argv[2]).write_text(json.dumps(golden, indent=0) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
