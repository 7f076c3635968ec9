"""What must hold for a stack to run on a partition: one function for each rule.

A rule looks at one `Case` and yields reasons. It yields nothing when it does not apply, and
an `unknown` reason when the profile lacks the fact it needs: never a guess. `RULES` is the
list, in the order in which reasons are shown; `docs/check.md` has a row for each.
"""

from __future__ import annotations

from stackbridge.resolver.rules.case import Case, Rule
from stackbridge.resolver.rules.containers import container_build, container_runtime
from stackbridge.resolver.rules.machine import cpu_target, gpu, libc, operating_system
from stackbridge.resolver.rules.mpi import mpi_abi, mpi_name
from stackbridge.resolver.rules.packages import (
    eessi_gpu,
    features,
    foreign_recipes,
    one_generation,
    package_found,
    vetoed,
)
from stackbridge.resolver.rules.policies import inodes, internet, login_build

__all__ = ["REASONS", "RULES", "Case", "Rule"]

REASONS: dict[str, str] = {
    "cpu-target": "Code for a target that is asked for must run on the partition's CPU.",
    "gpu": "GPUs of the vendor and architecture asked for must be there.",
    "os": "The operating system must be the one asked for.",
    "libc": "The C library must be one of those asked for.",
    "mpi-abi": "An MPI of the binary family asked for must be offered.",
    "mpi-name": "Another MPI of the same binary family stands in.",
    "container-runtime": "A container runtime must be there when a container is asked for.",
    "container-build": "Images can be built on site, or are built elsewhere.",
    "variant": "Of several builds of a package, those for other machines are left out.",
    "vetoed": "The site must not refuse a package.",
    "package-installed": "A package is installed, or comes in the image.",
    "package-built": "A package can be built with what the site uses.",
    "package-version": "Recipes exist, but none for a version asked for.",
    "package-recipe": "No recipe exists for what the site builds with.",
    "package-name": "The catalog must know a package's name.",
    "delivery": "How the site gets software must be known.",
    "one-generation": "Installed packages must be such as can be loaded together.",
    "features": "Features which module and recipe names don't tell are named.",
    "eessi-gpu": "EESSI serves CPUs only at some sites.",
    "foreign-recipes": "Some sites build from recipes of their own only.",
    "internet": "Compute nodes may lack internet, which builds may want.",
    "login-build": "Nothing may be compiled on login nodes.",
    "inodes": "The number of files is limited.",
}
"""Every `Reason.rule`, a closed list, and what it means."""

RULES: tuple[Rule, ...] = tuple(
    Rule(name=name, says=(judge.__doc__ or "").partition("\n")[0], judge=judge)
    for name, judge in (
        ("cpu-target", cpu_target),
        ("gpu", gpu),
        ("os", operating_system),
        ("libc", libc),
        ("mpi-abi", mpi_abi),
        ("mpi-name", mpi_name),
        ("container-runtime", container_runtime),
        ("container-build", container_build),
        ("vetoed", vetoed),
        ("package", package_found),
        ("one-generation", one_generation),
        ("features", features),
        ("eessi-gpu", eessi_gpu),
        ("foreign-recipes", foreign_recipes),
        ("internet", internet),
        ("login-build", login_build),
        ("inodes", inodes),
    )
)
