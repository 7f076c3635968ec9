"""Translate whole stacks both ways and write docs/translation-quality.md.

    python -m benchmarks.translation --spack-stacks DIR --easystacks DIR
        --generation foss-2024a --generation foss-2025b --manifests recipes
        --repository DIR --easyconfigs DIR [--concretize 60 --seed 2023 --cache DIR]
        [-o docs/translation-quality.md]

Every input is optional. `--spack-stacks` holds STACK/spack.yaml, `--easystacks` easystacks at
any depth, which are merged into one. `--repository` (Spack's packages) and `--easyconfigs`
are what recipes for software that the other side lacks are made of. EasyBuild judges when `eb` is
installed beside this Python, Spack when SPACK_ROOT is set; otherwise the column says `-`.
`--concretize N` asks Spack for N random roots of the easystacks' environment; answers are kept in
`--cache`, so that it can be interrupted, and `--asked` takes only those that are there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks.translation import exactness, judging, sample
from benchmarks.translation.measuring import Result, convert, easystack_of, generation, merged
from benchmarks.translation.page import page, sample_text
from stackbridge.cli.convert import context_of
from stackbridge.ecosystems import Context

ROOT = Path(__file__).resolve().parents[2]
Source = tuple[str, Path, str]
Files = dict[str, str]


def arguments_of(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure translations of whole stacks.")
    parser.add_argument("--spack-stacks", type=Path)
    parser.add_argument("--easystacks", type=Path)
    parser.add_argument("--title", default="EESSI 2023.06", help="what the easystacks are")
    parser.add_argument("--generation", action="append", default=[])
    parser.add_argument("--manifests", type=Path)
    parser.add_argument("--repository", action="append", default=[])
    parser.add_argument("--easyconfigs", action="append", default=[])
    parser.add_argument("--limit", type=int, default=900, help="CPU seconds for a judge")
    parser.add_argument("--jobs", type=int, default=1, help="stacks at once")
    parser.add_argument("--concretize", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=2023)
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "concretized")
    parser.add_argument("--asked", action="store_true", help="only answers that are in the cache")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs/translation-quality.md")
    return parser.parse_args(given)


def to_easybuild(source: Source, arguments: argparse.Namespace) -> tuple[Result, Files]:
    """A stack as an easystack, with easyconfigs where there are recipes to make them of."""
    name, path, form = source
    warm(source, "easystack", arguments)
    result, writing = convert(name, path, form, "easystack", context(arguments))
    if writing is not None:
        directories = arguments.easyconfigs
        judged = judging.easybuild_says(writing, directories, arguments.limit)
        names = "spack" if form == "spack" else None
        wrong = exactness.of_easybuild(result.rows, writing, directories, names)
        result = replace(result, judged=judged, inexact=tuple(wrong) if directories else ())
    return result, dict(writing.files) if writing is not None else {}


def to_spack(source: Source, arguments: argparse.Namespace) -> tuple[Result, Files]:
    """A stack as an environment, with a package repository for what Spack lacks."""
    name, path, form = source
    warm(source, "spack", arguments)
    result, writing = convert(name, path, form, "spack", context(arguments))
    if writing is not None:
        judged = judging.spack_says(writing, arguments.limit)
        names = "easybuild" if form == "easystack" else None
        wrong = exactness.of_spack(result.rows, writing, arguments.repository, names)
        result = replace(result, judged=judged, inexact=tuple(wrong))
    return result, dict(writing.files) if writing is not None else {}


_WARM: set[str] = set()


def warm(source: Source, target: str, arguments: argparse.Namespace) -> None:
    """Open the indexes once, as a first translation in this process does."""
    if target not in _WARM:
        _WARM.add(target)
        convert(*source, target, context(arguments))


def context(arguments: argparse.Namespace) -> Context:
    return context_of(
        repositories=arguments.repository,
        easyconfigs=arguments.easyconfigs,
        options={"directory": True},
    )


def sampled(files: Files, arguments: argparse.Namespace) -> str:
    """The section on the sample, of the environment that the easystacks became."""
    if not files or not arguments.concretize or not os.environ.get("SPACK_ROOT"):
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        judging.written(files, Path(scratch))
        answers = []
        for answer in sample.answers(
            Path(scratch),
            arguments.concretize,
            arguments.seed,
            arguments.cache,
            ask_more=not arguments.asked,
        ):
            answers.append(answer)
            said = "ok" if answer.ok else answer.reason
            print(f"{len(answers)}: {answer.root}: {said}, {answer.seconds} s", file=sys.stderr)
    return sample_text(
        answers, stack=arguments.title, wanted=arguments.concretize, seed=arguments.seed
    )


def main(given: Sequence[str] | None = None) -> None:
    """Measure and write."""
    arguments = arguments_of(given)
    manifests: list[Source] = [
        (path.stem, path, "manifest")
        for path in (sorted(arguments.manifests.glob("*.yaml")) if arguments.manifests else ())
    ]
    found = arguments.spack_stacks.glob("*/spack.yaml") if arguments.spack_stacks else ()
    stacks: list[Source] = [(path.parent.name, path, "spack") for path in sorted(found)]
    lists = {arguments.title: merged(arguments.easystacks)} if arguments.easystacks else {}
    lists |= {name: generation(name) for name in arguments.generation}
    with (
        tempfile.TemporaryDirectory() as scratch,
        ProcessPoolExecutor(max_workers=arguments.jobs) as pool,
    ):
        files: list[Source] = [
            (name, easystack_of(names, Path(scratch) / f"{number}.yml"), "easystack")
            for number, (name, names) in enumerate(lists.items())
        ]
        into_spack = [pool.submit(to_spack, source, arguments) for source in [*files, *manifests]]
        into_easybuild = [
            pool.submit(to_easybuild, source, arguments) for source in [*stacks, *manifests]
        ]
        back = list(told(future.result() for future in into_spack))
        there = list(told(future.result() for future in into_easybuild))
        made = {result.stack: output for result, output in back}
        text = page(
            [result for result, _ in there],
            [result for result, _ in back],
            date=dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
            tools=judging.tool_versions(),
            generated=bool(arguments.repository),
            sample=sampled(made.get(arguments.title, {}), arguments),
        )
    arguments.output.write_text(text, encoding="utf-8")
    print(f"written: {arguments.output}", file=sys.stderr)


def told(
    results: Iterable[tuple[Result, Files]],
) -> Iterator[tuple[Result, Files]]:
    """Each result as it comes, said on standard error."""
    for result, output in results:
        print(result.line(), *result.inexact, sep="\n  ", file=sys.stderr, flush=True)
        yield result, output


if __name__ == "__main__":
    main()
