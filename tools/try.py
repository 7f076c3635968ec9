"""Set up a virtual environment and run the main job on a shipped recipe.

A real stack is checked against several sites, then translated for Spack, EasyBuild and a
container. Results go to `out/`.
"""

from __future__ import annotations

import subprocess
import sys

from setup_venv import ROOT, ready

RECIPE = "recipes/md-cpu.yaml"
SITES = ("lumi", "juwels", "marenostrum5", "vega", "deucalion")
OUTPUTS = (
    ("spack", "spack.yaml", ()),
    ("easystack", "easystack.yaml", ()),
    ("dockerfile", "Dockerfile", ("--via", "apt")),
    ("apptainer", "md-cpu.def", ("--via", "apt")),
)


def main() -> int:
    """Check, then convert; every command is shown before it runs."""
    command = str(ready() / "stackbridge")
    (ROOT / "out").mkdir(exist_ok=True)
    sites = [word for site in SITES for word in ("--site", site)]
    runs = [["check", RECIPE, *sites]]
    for name, file, options in OUTPUTS:
        runs.append(["convert", RECIPE, "-t", name, *options, "-o", f"out/{file}", "--force"])
    for arguments in runs:
        print("\n$ stackbridge " + " ".join(arguments), flush=True)
        code = subprocess.run([command, *arguments], cwd=ROOT, check=False).returncode
        # 1 is an answer: not every site can run the stack.
        if code not in (0, 1):
            return code
    print("\nWritten: " + ", ".join(f"out/{file}" for _, file, _ in OUTPUTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
