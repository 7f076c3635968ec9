"""Write stackbridge/data/easybuild-index.json.gz from the easyconfigs of EasyBuild's release.

    python tools/make_easybuild_index.py DIRECTORY   (site-packages' easybuild/easyconfigs)

Source: the easyconfigs of EasyBuild 5.4.1 (GPL-2.0); only facts are taken: names, versions,
toolchains, dependencies, names and versions of extensions and components.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.easybuild.language.constants import ARCHITECTURES
from stackbridge.ecosystems.easybuild.resolving.indexing import Row, scan
from stackbridge.ecosystems.easybuild.resolving.storage import RELEASE

TARGET = Path(__file__).parents[1] / "stackbridge" / "data" / "easybuild-index.json.gz"


def _short(row: Row) -> list[Any]:
    """The row with what is empty at the end of a dependency left out."""

    def trim(item: tuple[Any, ...]) -> list[Any]:
        values = list(item)
        while values and values[-1] in (None, ""):
            values.pop()
        return values

    fields = list(row)
    fields[8] = [trim(item) for item in fields[8]]
    fields[9] = [trim(item) for item in fields[9]]
    fields[14] = [trim(item) for item in fields[14]]
    return fields


def main() -> None:
    """Scan for every architecture; store one in full, of the others what differs."""
    root = sys.argv[1].rstrip("/")
    first, *others = ARCHITECTURES
    base = {file: row for file, (_, _, _, row) in scan(root, None, first)[0].items()}
    bad = [file for file, row in base.items() if len(row) == 3]
    if bad:
        raise SystemExit(f"can't be read: {bad}")
    architectures: dict[str, dict[str, Any]] = {}
    for architecture in others:
        found = {file: row for file, (_, _, _, row) in scan(root, None, architecture)[0].items()}
        architectures[architecture] = {
            file: None if len(row) == 3 else _short(row)
            for file, row in sorted(found.items())
            if row != base[file]
        }
    document = {
        "source": f"EasyBuild {RELEASE}, its easyconfigs",
        "rows": [_short(base[file]) for file in sorted(base)],
        "architectures": architectures,
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(base)} easyconfigs, {len(text):,} characters, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
