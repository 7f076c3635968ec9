"""The static reader says of every package what real Spack says, directive by directive.

`fixture.json` was recorded by Spack 1.3.0.dev0 with `export_directives.py`; where SPACK_ROOT
is set, the same is asked again, and of the whole repository that this Spack uses.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems.spack.repository.facts import expand
from stackbridge.ecosystems.spack.repository.layout import Repository, open_repository
from stackbridge.ecosystems.spack.repository.library import CURRENT_DIRECTORY
from stackbridge.ecosystems.spack.repository.loader import Loader

GOLDEN = Path(__file__).parents[2] / "golden" / "spack-repository"
FIXTURE = GOLDEN / "fixture"
EXPORT = Path(__file__).with_name("export_directives.py")
SPACK_ROOT = os.environ.get("SPACK_ROOT")

# what Spack's directive functions take where nothing is said
DEFAULTS: dict[str, dict[str, Any]] = {
    "patch": {"level": 1, "working_dir": ".", "reverse": False},
    "resource": {"destination": ""},
    "variant": {"description": "", "multi": False, "sticky": False},
    "requires": {"policy": "one_of"},
    "depends_on": {"type": ["build", "link"]},
    "extends": {"type": ["build", "run"]},
}
IGNORED = {"checked_by"}  # Spack's queue does not hold it
CORE_BASES = {"WindowsRPath", "PackageViewMixin"}


def plain(name: str, keywords: dict[str, Any], directory: str) -> dict[str, Any]:
    """One directive's arguments, spelled alike for both sides."""
    found: dict[str, Any] = {}
    for key, value in keywords.items():
        if value is None or key in IGNORED:
            continue
        if key == "type":
            kinds = [value] if isinstance(value, str) else value
            value = sorted({"build", "link", "run", "test"} if "all" in kinds else set(kinds))
        elif key == "patches":
            several = isinstance(value, list) and not (value and value[0] == "patch")
            value = [
                each if isinstance(each, str) else plain("patch", each[-1], directory)
                for each in (value if several else [value])
            ]
        elif key == "default" and isinstance(value, list):
            value = ",".join(value)
        elif key == "multi":
            value = bool(value)
        elif key == "ver":
            value = str(value)
        found[key] = replace(value, directory)
    for key, value in DEFAULTS.get(name, {}).items():
        found.setdefault(key, value)
    if found.get("when", True) == []:
        del found["when"]
    return found


def conditions(value: Any) -> Iterator[dict[str, Any]]:
    """The conditional values of variants in a tree of directives."""
    if isinstance(value, dict):
        if value.keys() == {"value", "when"}:
            yield value
        for each in value.values():
            yield from conditions(each)
    elif isinstance(value, list):
        for each in value:
            yield from conditions(each)


def canonical(texts: set[str], tmp_path: Path) -> dict[str, str]:
    """Spec texts as Spack prints them; it keeps conditional values as parsed specs only."""
    source, target = tmp_path / "texts.json", tmp_path / "canonical.json"
    source.write_text(json.dumps(sorted(texts)))
    script = tmp_path / "canonical.py"
    script.write_text(
        "import json, sys, spack.spec\n"
        "texts = json.load(open(sys.argv[1]))\n"
        "json.dump({t: str(spack.spec.Spec(t)) for t in texts}, open(sys.argv[2], 'w'))\n"
    )
    command = [f"{SPACK_ROOT}/bin/spack", "python", str(script), str(source), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    found: dict[str, str] = json.loads(target.read_text())
    return found


def replace(value: Any, directory: str) -> Any:
    """Spack puts its working directory into some URLs; we a word for it."""
    if isinstance(value, str):
        return value.replace(directory, CURRENT_DIRECTORY)
    if isinstance(value, list):
        return [replace(each, directory) for each in value]
    if isinstance(value, dict):
        return {key: replace(each, directory) for key, each in value.items()}
    return value


def ours(loader: Loader, stored: dict[str, Any], directory: str) -> dict[str, list[Any]]:
    """Directives by name, in the order of execution."""
    found: dict[str, list[Any]] = defaultdict(list)
    for own in [*(loader.units[key] for key in stored["units"]), stored["own"]]:
        for name, _line, keywords in expand(own):
            found[name].append(plain(name, keywords, directory))
    return dict(found)


def theirs(packages: dict[str, Any], name: str, directory: str) -> dict[str, list[Any]]:
    """The same from an export."""
    return {
        kind: [plain(kind, keywords, directory) for keywords in queue]
        for kind, queue in packages[name]["directives"].items()
    }


def export(tmp_path: Path, repositories: dict[str, Path] | None, *namespaces: str) -> Any:
    """Ask real Spack."""
    assert SPACK_ROOT is not None
    output = tmp_path / "export.json"
    command = [str(Path(SPACK_ROOT) / "bin" / "spack")]
    if repositories is not None:
        scope = tmp_path / "scope"
        scope.mkdir()
        lines = [f"  {name}: {path}\n" for name, path in repositories.items()]
        (scope / "repos.yaml").write_text("repos:\n" + "".join(lines))
        command += ["-C", str(scope)]
    command += ["python", str(EXPORT), str(output), *namespaces]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(output.read_text())


def evaluated(repository: Repository) -> tuple[Loader, dict[str, dict[str, Any]]]:
    """All records of a repository."""
    loader = Loader([repository], "linux", "x86_64")
    directories = [d for d in repository.directories() if repository.file(d).is_file()]
    return loader, {r["name"]: r for r in loader.packages(repository, directories)}


@pytest.fixture(scope="module")
def fixture_records() -> tuple[Loader, dict[str, dict[str, Any]]]:
    return evaluated(open_repository(FIXTURE))


RECORDED = json.loads((GOLDEN / "fixture.json").read_text())["packages"]


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_directives_as_recorded(
    name: str, fixture_records: tuple[Loader, dict[str, dict[str, Any]]]
) -> None:
    loader, records = fixture_records
    stored = records[name]
    assert stored["incomplete"] == []
    mine = ours(loader, stored, "/nowhere")
    real = theirs(RECORDED, name, "/nowhere")
    assert mine.keys() == real.keys()
    for kind, queue in real.items():
        assert json.loads(json.dumps(mine[kind])) == queue, kind


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_attributes_as_recorded(
    name: str, fixture_records: tuple[Loader, dict[str, dict[str, Any]]]
) -> None:
    stored = fixture_records[1][name]
    real = RECORDED[name]
    assert stored["class"] == real["class"]
    assert [b for b in real["bases"] if b not in CORE_BASES] == stored["bases"]
    for key, value in real["attributes"].items():
        assert stored.get(key) == value, key


@pytest.mark.skipif(SPACK_ROOT is None, reason="needs Spack (SPACK_ROOT)")
def test_the_record_is_what_spack_says_today(tmp_path: Path) -> None:
    place = tmp_path / "spack_repo"
    place.mkdir()
    subprocess.run(["cp", "-r", str(FIXTURE), str(place / "fixture")], check=True)
    assert export(tmp_path, {"fixture": place / "fixture"}, "fixture")["packages"] == RECORDED


@pytest.mark.slow
@pytest.mark.skipif(SPACK_ROOT is None, reason="needs Spack (SPACK_ROOT)")
def test_the_whole_repository_of_this_spack(tmp_path: Path) -> None:
    """At least 99.7 % identical, and every difference flagged."""
    packages = export(tmp_path, None)["packages"]
    done = subprocess.run(
        [f"{SPACK_ROOT}/bin/spack", "location", "--repo", "builtin"],
        capture_output=True,
        text=True,
        check=True,
    )
    loader, records = evaluated(open_repository(done.stdout.strip()))
    flagged = [name for name in packages if records[name]["incomplete"]]
    mine = {
        name: json.loads(json.dumps(ours(loader, records[name], str(tmp_path))))
        for name in packages
        if name not in flagged
    }
    held = [c for each in mine.values() for c in conditions(each) if c["when"]]
    spelled = canonical({" ".join(each["when"]) for each in held}, tmp_path)
    for each in held:
        text = spelled[" ".join(each["when"])]
        each["when"] = [text] if text else []
    different = [n for n, each in mine.items() if each != theirs(packages, n, str(tmp_path))]
    assert different == []
    assert len(flagged) <= 0.003 * len(packages), flagged
