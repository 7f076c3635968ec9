"""Write stackbridge/data/easybuild-import-names.json: Python packages that are imported by
another name than their own.

    python tools/make_easybuild_import_names.py .../easybuild/easyconfigs

Of all released easyconfigs: what `modulename` says for an extension or a package, as most of
them say it. `false`: nothing is to be imported. The files are read, never run.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.easybuild.language.evaluate import decode, evaluate
from stackbridge.ecosystems.easybuild.resolving.storage import RELEASE

TARGET = Path(__file__).parents[1] / "stackbridge" / "data" / "easybuild-import-names.json"


def stated(values: dict[str, Any]) -> Iterator[tuple[str, str | bool]]:
    """Each package of an easyconfig with the name that is imported."""
    block = str(values.get("easyblock") or "")
    python = "Python" in block or values.get("name") == "Python"
    usual = (values.get("exts_default_options") or {}) if python else {}
    options = values.get("options")
    if python and isinstance(options, dict) and "modulename" in options:
        yield str(values.get("name")), options["modulename"]
    for row in values.get("exts_list") or ():
        if isinstance(row, tuple) and len(row) == 3 and isinstance(row[2], dict):
            given = row[2]
            other = str(given.get("easyblock", ""))
            if (python and (not other or "Python" in other)) or "Python" in other:
                name = given.get("modulename", usual.get("modulename"))
                if name is not None:
                    yield str(row[0]), name


def main() -> None:
    """Read all easyconfigs, write the table."""
    votes: dict[str, Counter[str | bool]] = defaultdict(Counter)
    for path in sorted(Path(sys.argv[1]).rglob("*.eb")):
        data = path.read_bytes()
        if b"modulename" not in data:
            continue
        values = evaluate(decode(data), path.name).values
        for name, found in stated(dict(values)):
            name = re.sub(r"[-_.]+", "-", name).lower()
            if found is False or (
                isinstance(found, str) and re.fullmatch(r"[A-Za-z_][\w.]*", found)
            ):
                votes[name][found] += 1
    kept = {
        name: found.most_common(1)[0][0]
        for name, found in sorted(votes.items())
        if found.most_common(1)[0][0] != name.replace("-", "_")
    }
    text = json.dumps({"release": RELEASE, "names": kept}, indent=0, sort_keys=True)
    TARGET.write_text(text + "\n")
    print(f"{len(kept)} names")


if __name__ == "__main__":
    main()
