"""Ask real Spack to concretize a random sample of an environment's roots, each alone.

The sample is documented by two numbers, how many and a seed: the roots come in the order of
`sha256(seed, name, version)`, so that a root that appears or goes moves no other into the sample.
Each root gets an environment of its own with every section of the whole one but its other roots, and
`spack concretize` has `LIMIT` seconds of a processor for it. What its group needs (a compiler) is solved
once and handed over as a lock file. Answers are kept in a directory, by all that they
depend on, so that a measurement which was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

LIMIT = 300
SETTINGS = (
    "-c",
    "concretizer:concretization_cache:enable:false",
    "-c",
    "concretizer:static_analysis:true",
)

# The beginning of Spack's message -> what the page calls the reason, first match.
REASONS = (
    (r"timed out|no answer", "no answer in time"),
    (r"deprecated", "the version is deprecated"),
    (
        r"no version exists|has no version|cannot satisfy .*version|Cannot find a valid version",
        "no such version",
    ),
    (
        r"cannot satisfy the requirement|cannot satisfy a requirement|Cannot satisfy require",
        "a requirement of the toolchain",
    ),
    (r"conflicts with|conflict", "a conflict in a recipe"),
    (r"cannot depend on|no valid provider|provider", "no provider"),
    (r"[Cc]annot set variant|[Vv]ariant", "a variant"),
    (r"cannot satisfy constraint|requires|Cannot satisfy", "a dependency in another version"),
    (r"[Uu]nknown package|not found|does not exist", "unknown package"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Spack said to one root: `reason` is empty where it concretized; seconds by the clock."""

    root: str
    group: str = ""
    ok: bool = False
    reason: str = ""
    message: str = ""
    seconds: float = 0.0
    nodes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A root and the group that it stands in (None: in none)."""

    spec: str
    group: str | None = None


def roots_of(environment: Mapping[str, Any]) -> list[Root]:
    """Every root that somebody asked for, once for each group that has it."""
    found: list[Root] = []
    for item in environment["specs"]:
        if isinstance(item, str):
            found.append(Root(spec=item))
        elif item.get("explicit", True):
            found += [Root(spec=text, group=item["group"]) for text in item.get("specs", ())]
    return list(dict.fromkeys(found))


def chosen(roots: Iterable[Root], count: int, seed: int) -> list[Root]:
    """That many of the roots, in the order in which they are asked."""

    def drawn(root: Root) -> tuple[str, str, str]:
        name = re.split(r"[ @+~%^]", root.spec)[0]
        drawn = f"{seed} {name} {root.group or ''}"
        return hashlib.sha256(drawn.encode()).hexdigest(), root.spec, root.group or ""

    return sorted(roots, key=drawn)[:count]


def alone(environment: Mapping[str, Any], root: Root | None, needs: Sequence[str]) -> str:
    """The text of an environment with `needs`, that root and all settings of the whole one."""
    groups = {item["group"]: item for item in environment["specs"] if not isinstance(item, str)}
    specs: list[Any] = [groups[name] for name in needs]
    if root is not None:
        specs.append(
            root.spec if root.group is None else {**groups[root.group], "specs": [root.spec]}
        )
    body = {key: value for key, value in environment.items() if key not in ("definitions", "specs")}
    return yaml.safe_dump({"spack": {"specs": specs, **body, "view": False}}, sort_keys=False)


def needed(environment: Mapping[str, Any], root: Root) -> tuple[str, ...]:
    """The groups that are solved before."""
    groups = {item["group"]: item for item in environment["specs"] if not isinstance(item, str)}
    return tuple(groups[root.group].get("needs", ())) if root.group is not None else ()


def answers(
    directory: Path, count: int, seed: int, cache: Path, *, ask_more: bool = True
) -> Iterator[Answer]:
    """An answer for each root of the sample, from the cache where it has one.

    Without `ask_more` only roots whose answers are there.
    """
    environment = yaml.safe_load((directory / "spack.yaml").read_text(encoding="utf-8"))["spack"]
    cache.mkdir(parents=True, exist_ok=True)
    for root in chosen(roots_of(environment), count, seed):
        needs = needed(environment, root)
        text = alone(environment, root, needs)
        key = hashlib.sha256(
            f"{spack_version()}\n{text}\n{digest(directory, root.spec)}".encode()
        ).hexdigest()[:32]
        kept = cache / f"{key}.json"
        if kept.exists():
            yield Answer(**json.loads(kept.read_text(encoding="utf-8")))
            continue
        if not ask_more:
            continue
        before = compilers(environment, needs, cache, LIMIT)
        answer = ask(directory, root, text, before, LIMIT)
        kept.write_text(json.dumps(asdict(answer)), encoding="utf-8")
        yield answer


def compilers(
    environment: Mapping[str, Any], needs: Sequence[str], cache: Path, limit: int
) -> str | None:
    """The lock of the groups that are needed, solved once for all roots that need them."""
    if not needs:
        return None
    text = alone({k: v for k, v in environment.items() if k != "repos"}, None, needs)
    key = hashlib.sha256(f"{spack_version()}\n{text}".encode()).hexdigest()[:32]
    kept = cache / f"{key}.lock"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "spack.yaml").write_text(text, encoding="utf-8")
            run(Path(scratch), 3 * limit)
            lock = Path(scratch) / "spack.lock"
            kept.write_text(lock.read_text() if lock.exists() else "", encoding="utf-8")
    return kept.read_text(encoding="utf-8") or None


def run(environment: Path, limit: int) -> tuple[int, str]:
    """`spack concretize` of a scratch copy, with that many seconds of a processor."""
    command = [spack(), *SETTINGS, "-e", str(environment), "concretize", "-q"]
    done = subprocess.run(
        ["nice", "-n", "5", *command],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
    )
    return done.returncode, done.stderr or done.stdout


def digest(directory: Path, root: str) -> str:
    """Of the generated recipes that a root names, at any depth."""
    sums = hashlib.sha256()
    for name, text in sorted(generated(directory, root).items()):
        sums.update(f"{name}\0{text}\0".encode())
    return sums.hexdigest()


def generated(directory: Path, root: str) -> dict[str, str]:
    """The recipes beside the environment for what a spec names, and for what those name."""
    found: dict[str, str] = {}
    waiting = re.findall(r"(?:^|[\^= ])([a-z0-9][a-z0-9-]*)(?=[@+~ ]|$)", root)
    while waiting:
        name = waiting.pop()
        folder = ("_" if name[0].isdigit() else "") + name.replace("-", "_")
        recipes = list(directory.glob(f"repo/spack_repo/*/packages/{folder}/package.py"))
        if name not in found and recipes:
            found[name] = recipes[0].read_text(encoding="utf-8")
            waiting += re.findall(r"depends_on\(\s*[\"']([a-z0-9-]+)", found[name])
    return found


_VERSION: list[str] = []


def spack_version() -> str:
    """Of the Spack that SPACK_ROOT names, asked once."""
    if not _VERSION:
        done = subprocess.run([spack(), "--version"], capture_output=True, text=True, check=True)
        _VERSION.append(done.stdout.strip())
    return _VERSION[0]


def spack() -> str:
    return f"{os.environ['SPACK_ROOT']}/bin/spack"


def ask(directory: Path, root: Root, text: str, before: str | None, limit: int) -> Answer:
    """Spack's answer to one root; a copy of the environment is judged, since Spack writes into it."""
    start = children()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        if (directory / "repo").is_dir():
            (copy / "repo").symlink_to(directory.resolve() / "repo")
        (copy / "spack.yaml").write_text(text, encoding="utf-8")
        if before is not None:
            (copy / "spack.lock").write_text(before, encoding="utf-8")
        code, said = run(copy, limit)
        lock = copy / "spack.lock"
        nodes = json.loads(lock.read_text()) if lock.exists() else {}
        message = "\n".join(said.replace(scratch, ".").splitlines()[:40])
    seconds = round(children() - start, 1)
    solved = any(
        found.get("group") == root.group or root.group is None for found in nodes.get("roots", ())
    )
    answer = Answer(root=root.spec, group=root.group or "", seconds=seconds)
    if code == 0 and solved:
        return replace(answer, ok=True, nodes=len(nodes["concrete_specs"]))
    if seconds >= limit - 1:
        return replace(answer, reason=REASONS[0][1])
    return replace(answer, reason=reason(message), message=message)


def children() -> float:
    """CPU seconds of the processes that this one has waited for."""
    return sum(os.times()[2:4])


def reason(message: str) -> str:
    """Which of the kinds of refusal a message of Spack's is."""
    return next((said for pattern, said in REASONS if re.search(pattern, message)), "other")
