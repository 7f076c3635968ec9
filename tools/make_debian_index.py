"""Make `stackbridge/data/debian-index.json`: what Debian 12 has of the catalog's software.

For software which `debian-packages.json` does not describe: of the catalog's Debian names
those whose match is proved, and of their binary packages those to install, each checked
against the package lists of this machine's apt (a Debian 12 with `main` only).

    python3 tools/make_debian_index.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stackbridge.catalog.identity import Identity, Name, Tier  # noqa: E402
from stackbridge.catalog.lookup import Catalog  # noqa: E402
from stackbridge.ecosystems.containers.index import PACKAGE_NAME, known  # noqa: E402

SUITE = "bookworm"
OUTPUT = ROOT / "stackbridge" / "data" / "debian-index.json"
LANGUAGES = (("py-", "python3-"), ("r-", "r-cran-"), ("r-", "r-bioc-"))


def available() -> set[str]:
    """Binary packages of Debian 12's main, by this machine's package lists."""
    text = subprocess.run(
        ["apt-cache", "dumpavail"], capture_output=True, text=True, check=True
    ).stdout
    found = set()
    for block in text.split("\n\n"):
        name = re.search(r"^Package: (\S+)", block, re.MULTILINE)
        section = re.search(r"^Section: (\S+)", block, re.MULTILINE)
        if name and section and not section[1].startswith(("non-free", "contrib")):
            found.add(name[1])
    return found


def chosen(key: str, name: Name, there: set[str]) -> tuple[str, ...]:
    """The binary packages to install: the programs, and what is needed to build with it."""
    binaries = [b for b in name.binaries if SUITE in b.suites and b.name in there]
    plain = re.sub(r"^(py|r|perl)-", "", key)
    for prefix, debian in LANGUAGES:
        if key.startswith(prefix):
            modules = [b.name for b in binaries if b.name.startswith(debian)]
            exact = [m for m in modules if m == debian + plain]
            return tuple(exact or sorted(modules, key=len)[:1])
    if key.startswith("perl-"):
        return tuple([b.name for b in binaries if b.name.endswith("-perl")][:1])
    programs = sorted(
        (
            b.name
            for b in binaries
            if b.role in {"runtime", "tools"} and not b.name.startswith("lib")
        ),
        key=lambda n: (n not in {plain, name.name}, len(n), n),
    )
    headers = sorted(
        (b.name for b in binaries if b.role == "dev"),
        key=lambda n: (n not in {f"lib{plain}-dev", f"{plain}-dev"}, len(n), n),
    )
    return tuple(programs[:1] + headers[:1])


def rows(catalog: Catalog, there: set[str]) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    """Key -> version and packages."""
    for identity in catalog.identities():
        if not ({"spack", "easybuild"} & set(identity.names)) or identity.key in known():
            continue
        found = best(identity, there)
        if found is not None:
            yield identity.key, found


def best(identity: Identity, there: set[str]) -> tuple[str, tuple[str, ...]] | None:
    """Version and packages by the first Debian name whose match is proved."""
    for name in identity.names.get("debian", ()):
        if SUITE not in name.releases or name.part is not None or name.tier is Tier.NAME:
            continue
        packages = chosen(identity.key, name, there)
        version = re.split(r"[+~]", name.releases[SUITE])[0]
        if packages and version and all(PACKAGE_NAME.fullmatch(p) for p in packages):
            return version, packages
    return None


def main() -> None:
    """Write the index, one line a software."""
    with Catalog.open() as catalog:
        found = dict(rows(catalog, available()))
    lines = [f"{json.dumps(k)}: {json.dumps([v, *p])}" for k, (v, p) in sorted(found.items())]
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(found)} entries")


if __name__ == "__main__":
    main()
