"""What real EasyBuild says of easyconfigs that were written again: run with its Python.

Arguments: directory of originals and of what was written, with the same file names. Prints
JSON: {"different": {file: [parameters]}, "style": number of files with style errors}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from easybuild.framework.easyconfig.parser import EasyConfigParser
from easybuild.framework.easyconfig.style import check_easyconfigs_style
from easybuild.tools.options import set_up_configuration


def main() -> None:
    set_up_configuration(args=["--ignore-osdeps"], silent=True)
    original, written = map(Path, sys.argv[1:3])
    different = {}
    names = sorted(path.name for path in written.glob("*.eb"))
    for name in names:
        first = EasyConfigParser(str(original / name)).get_config_dict()
        second = EasyConfigParser(str(written / name)).get_config_dict()
        found = sorted(
            key
            for key in {*first, *second}
            if not key.startswith(("local_", "_"))
            and len(key) > 1
            # A set's order is that of this process's hashes; its entries are what counts.
            and (sorted(map(repr, a)) if isinstance(a := first.get(key), set) else a)
            != (sorted(map(repr, b)) if isinstance(b := second.get(key), set) else b)
        )
        if found:
            different[name] = found
    bad = sum(1 for name in names if check_easyconfigs_style([str(written / name)], verbose=False))
    print(json.dumps({"different": different, "style": bad, "files": len(names)}))


if __name__ == "__main__":
    main()
