"""Through the manifest's model and back: the same roots, versions and features, or a notice.

Spack -> EasyBuild -> Spack, and EasyBuild -> Spack -> EasyBuild, of stacks made of names, versions
and variants that exist. The way back begins with the text that the way there wrote. What
`stackbridge diff` then finds must be told by a notice of one of the two conversions: of that
subject, and of a kind that speaks of that aspect.

`python tests/property/test_there_and_back.py 5000` looks at as many random stacks.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackbridge.catalog.lookup import Catalog
from stackbridge.cli.diff import identified, known_parts, stack_of
from stackbridge.ecosystems import Context, Input, format_named
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.spack.vocabulary import shipped
from stackbridge.errors import StackBridgeError
from stackbridge.hub.notices import Code, Notice, Severity
from stackbridge.hub.stack import Stack
from stackbridge.resolver.asking import asked
from stackbridge.resolver.comparison import WHOLE, Difference, compare

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
FILES = {"spack": "spack.yaml", "easystack": "easystack.yaml"}

# What a conversion may say of each aspect. `unify` and `rule` are not roots, versions or features.
ABOUT: dict[str, set[Code]] = {
    "package": {
        Code.PACKAGE_LOST,
        Code.PACKAGE_ABSENT,
        Code.PACKAGE_MERGED,
        Code.PACKAGE_IN_BUNDLE,
        Code.NAME_APPROXIMATED,
        Code.NAME_UNKNOWN,
        Code.STRUCTURE_EXPANDED,
    },
    "version": {Code.VERSION_APPROXIMATED, Code.VERSION_LOST, Code.VERSION_ASSUMED},
    "feature": {
        Code.FEATURE_LOST,
        Code.FEATURE_APPROXIMATED,
        Code.FEATURE_ASSUMED,
        Code.FEATURE_IMPLIED,
        Code.GPU_LOST,
    },
    "dependency": {
        Code.DEPENDENCY_LOST,
        Code.DEPENDENCY_APPROXIMATED,
        Code.DEPENDENCY_IMPLIED,
        Code.CONDITION_LOST,
        Code.FEATURE_ASSUMED,  # a versionsuffix that nobody asked for names software, too
        Code.FEATURE_APPROXIMATED,
    },
    "toolchain": {
        Code.TOOLCHAIN_CHOSEN,
        Code.TOOLCHAIN_APPROXIMATED,
        Code.TOOLCHAIN_LOST,
        Code.PROVIDER_APPROXIMATED,
    },
    "target": {Code.TARGET_LOST, Code.TARGET_BY_OPTION, Code.TARGET_ASSUMED},
    "gpu": {Code.GPU_LOST, Code.FEATURE_LOST, Code.FEATURE_APPROXIMATED, Code.TARGET_BY_OPTION},
    "flags": {Code.FLAGS_LOST},
    "origin": {Code.SETTING_LOST},
}
# Of the whole stack: said once.
WIDE = {
    Code.VERSION_ASSUMED,
    Code.TOOLCHAIN_CHOSEN,
    Code.TOOLCHAIN_APPROXIMATED,
    Code.TOOLCHAIN_LOST,
    Code.PROVIDER_APPROXIMATED,
    Code.TARGET_BY_OPTION,
    Code.TARGET_LOST,
}


@dataclass(frozen=True, kw_only=True)
class Trip:
    """What was read at first, what came back, and everything that was said."""

    start: Stack
    end: Stack
    between: str
    after: str
    notices: tuple[Notice, ...]


@cache
def catalog() -> Catalog:
    return Catalog.open()


@cache
def context() -> Context:
    return Context(options={"directory": True})


def there_and_back(text: str, first: str, second: str, file: str | None = None) -> Trip:
    """Convert to the second format and back to the first, by text alone."""
    notices: list[Notice] = []

    def read(text: str, name: str, file: str) -> tuple[object, Stack]:
        reading = format_named(name).load_reader().read(Input(text=text, file=file), context())
        notices.extend(reading.notices)
        return reading, stack_of(reading, file)

    def write(reading: object, name: str) -> str:
        writing = format_named(name).load_writer().write(reading, context())  # type: ignore[arg-type]
        notices.extend(writing.notices)
        return writing.files[writing.main]

    reading, start = read(text, first, file or FILES.get(first, "stackbridge.yaml"))
    between = write(reading, second)
    reading, _ = read(between, second, FILES[second])
    after = write(reading, first)
    _, end = read(after, first, FILES.get(first, "stackbridge.yaml"))
    return Trip(start=start, end=end, between=between, after=after, notices=tuple(notices))


# ---- what was said


def called(name: str) -> set[str]:
    """Everything that a package may be called in a notice."""
    known = catalog()
    found = {name}
    for match in known.search(name):
        found.add(match.identity.key)
        for names in match.identity.names.values():
            found |= {item.name for item in names}
    return {one.lower() for one in found}


@cache
def brought(bundle: str) -> frozenset[str]:
    """The keys of a bundle's members."""
    versions = catalog().members(bundle, "easybuild")
    return frozenset(
        member.key.lower() for members in versions.values() for member in members if member.key
    )


@cache
def told_names(name: str) -> frozenset[str]:
    return frozenset(called(name))


def told(difference: Difference, notices: Iterable[Notice]) -> bool:
    """Whether a notice speaks of the difference."""
    codes = ABOUT[difference.aspect]
    name = re.split(r" in ", difference.subject)[0]
    names = told_names(name)
    for notice in notices:
        with_edges = difference.aspect == "dependency" and "`^" in notice.what
        if notice.code not in codes and not (with_edges and notice.code is Code.FEATURE_LOST):
            continue
        if notice.code in WIDE and (
            difference.subject == WHOLE or notice.severity is Severity.ASSUMED or _whole(notice)
        ):
            return True
        subject = notice.subject.lower()
        if subject in names:
            return True
        if subject.endswith(".eb") and any(subject.startswith(f"{one}-") for one in names):
            return True
        if notice.code is Code.PACKAGE_IN_BUNDLE and brought(notice.subject) & names:
            return True
        if notice.code in (Code.PACKAGE_IN_BUNDLE, Code.NAME_APPROXIMATED) and any(
            notice.instead.lower().startswith(f"`{one}-") for one in names
        ):
            return True
        if notice.code is Code.PACKAGE_MERGED and any(
            re.search(rf"`{re.escape(one)}(?![\w-])", notice.what.lower()) for one in names
        ):
            return True
    return False


def _whole(notice: Notice) -> bool:
    """A toolchain's name as the subject: it was said for all that are built with it."""
    return re.fullmatch(r"[A-Za-z]+-[\w.]+", notice.subject) is not None


def untold(trip: Trip) -> list[str]:
    """The differences that no notice speaks of."""
    found = compare(trip.start, trip.end, identified(catalog()), known_parts(catalog()))
    named = {
        (request.shown, key)
        for requests in asked(
            trip.start, identified(catalog()), known_parts(catalog())
        ).packages.values()
        for request in requests
        for key in (*request.features, *request.wished)
    }
    return [
        f"{d.kind} {d.subject} {d.aspect}: {d.a or '(nothing)'} -> {d.b or '(nothing)'}"
        for d in found.differences
        if d.aspect in ABOUT
        and not told(d, trip.notices)
        # which CUDA a wanted `+cuda` brings is no constraint that was lost
        and not (d.aspect == "dependency" and not d.a and (d.subject, _software(d.b)) in named)
    ]


def _software(text: str) -> str:
    """`cuda` of `^CUDA@=12.6.0`."""
    return text.lstrip("^").split("@")[0].lower()


def complete(trip: Trip) -> None:
    missing = untold(trip)
    assert not missing, "\n".join([*missing, trip.between, trip.after])


# ---- Spack environments


@cache
def spack_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Packages with an identity in EasyBuild, and others."""
    having: list[str] = []
    other: list[str] = []
    vocabulary = shipped()
    assert vocabulary is not None
    for name in sorted(vocabulary._packages):
        identity = catalog().find(name, "spack")
        (having if identity and identity.names.get("easybuild") else other).append(name)
    return tuple(having), tuple(other)


def specs(choose: Chooser) -> Iterator[str]:
    for _ in range(choose.number(1, 6)):
        having, other = spack_names()
        yield spec(choose, choose.one(having if choose.number(0, 3) else other))


def spec(choose: Chooser, name: str) -> str:
    words = [name + version(choose, name)]
    words += variants(choose, name)
    if not choose.number(0, 3):
        words.append(choose.one(["%gcc", "%gcc@13", "%gcc@12.3.0", "%oneapi", "%clang@18"]))
    if not choose.number(0, 3):
        below = choose.one(spack_names()[0])
        words.append(f"^{below}{version(choose, below)} " + " ".join(variants(choose, below)[:1]))
    if not choose.number(0, 5):
        words.append(
            choose.one(["^openmpi", "^mpich@4", "^[virtuals=blas] openblas", "^intel-oneapi-mkl"])
        )
    if not choose.number(0, 7):
        words.insert(1, choose.one(["target=zen3", "os=rhel9", 'cflags="-O3"', "platform=linux"]))
    return " ".join(word for word in words if word.strip())


def version(choose: Chooser, name: str) -> str:
    identity = catalog().find(name, "spack")
    versions: list[str] = []
    for whose in ("spack", "easybuild"):
        for item in identity.names.get(whose, ()) if identity else ():
            versions += item.versions
    versions = [text for text in versions if re.fullmatch(r"[0-9][\w.]*", text)]
    how = choose.number(0, 5)
    if not versions or how < 2:
        return ""
    text = choose.one(sorted(set(versions)))
    up = ".".join(text.split(".")[:2])
    return {2: f"@={text}", 3: f"@{text}", 4: f"@{up}", 5: f"@{up}:"}[how]


def variants(choose: Chooser, name: str) -> list[str]:
    vocabulary = shipped()
    known = (vocabulary.variants(name) if vocabulary else None) or {}
    names = sorted(key for key in known if re.fullmatch(r"[a-z][\w-]*", key))
    words = []
    for _ in range(choose.number(0, 3) if names else 0):
        key = choose.one(names)
        values = known[key]
        if values is True:
            words.append(choose.one(["+", "~"]) + key)
        elif values:
            plain = [value for value in values if re.fullmatch(r"[\w.-]+", value)]
            if plain:
                words.append(f"{key}={choose.one(plain)}")
    return list({re.split(r"=", word.lstrip("+~"))[0]: word for word in words}.values())


def environment(choose: Chooser) -> str:
    text = "spack:\n  specs:\n" + "".join(f"  - '{one}'\n" for one in specs(choose))
    if not choose.number(0, 3):
        text += f"  packages:\n    {choose.one(RULES)}\n"
    return text


RULES = [
    "c: {require: gcc@13}",
    "all: {require: '%gcc@12'}",
    "all: {require: 'target=zen3'}",
    "mpi: {require: openmpi}",
    "all: {providers: {mpi: [mpich]}}",
    "blas: {require: openblas}",
]


# ---- easystacks


@cache
def easyconfigs() -> tuple[str, ...]:
    release = open_release(context())
    return tuple(sorted(offer.file for name in release.software for offer in release.offers(name)))


@cache
def generation() -> dict[str, tuple[str, ...]]:
    """Easyconfigs by the version of their toolchain: such as fit together."""
    found: dict[str, list[str]] = {}
    for file in easyconfigs():
        for level in ("2023a", "2023b", "2024a", "2025a", "2025b", "12.3.0", "13.3.0"):
            if f"-{level}" in file:
                found.setdefault(level, []).append(file)
    return {level: tuple(files) for level, files in found.items()}


def easystack(choose: Chooser) -> str:
    files = easyconfigs()
    if choose.number(0, 2):
        files = generation()[choose.one(sorted(generation()))]
    chosen = dict.fromkeys(choose.one(files) for _ in range(choose.number(1, 6)))
    return "easyconfigs:\n" + "".join(f"- {file}\n" for file in chosen)


# ---- choices: hypothesis's, or a generator's for many at once


class Chooser:
    """Draws numbers and members, so that one recipe for stacks serves both."""

    def __init__(self, below: Callable[[int, int], int]) -> None:
        self.number = below

    def one(self, items: Iterable[str]) -> str:
        listed = items if isinstance(items, (list, tuple)) else list(items)
        return str(listed[self.number(0, len(listed) - 1)])


@st.composite
def made(draw: Callable[[st.SearchStrategy[int]], int], make: Callable[[Chooser], str]) -> str:
    return make(Chooser(lambda low, high: draw(st.integers(low, high))))


CALM = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@CALM
@given(made(environment))
def test_spack_to_easybuild_and_back(text: str) -> None:
    complete(there_and_back(text, "spack", "easystack"))


@CALM
@given(made(easystack))
def test_easybuild_to_spack_and_back(text: str) -> None:
    complete(there_and_back(text, "easystack", "spack"))


@pytest.mark.parametrize("second", ["spack", "easystack"])
@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda p: p.stem)
def test_our_recipes(path: Path, second: str) -> None:
    complete(there_and_back(path.read_text(), "manifest", second, path.name))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of the repository")
@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("spack-stacks/*/spack.yaml")), ids=lambda p: p.parent.name
)
def test_stacks_of_the_corpus(path: Path) -> None:
    complete(there_and_back(path.read_text(), "spack", "easystack"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of the repository")
@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("easystacks/**/*.y*ml"))[:40], ids=lambda p: p.stem
)
def test_easystacks_of_the_corpus(path: Path) -> None:
    complete(there_and_back(path.read_text(), "easystack", "spack"))


def test_cuda_capabilities_of_an_entry_are_gpus_in_spack() -> None:
    entry = "LAMMPS-22Jul2025_update4-foss-2025a-kokkos-CUDA-12.8.0.eb"
    options = "      options:\n        cuda-compute-capabilities: 8.0,9.0a\n        debug: true\n"
    trip = there_and_back(f"easyconfigs:\n  - {entry}:\n{options}", "easystack", "spack")
    assert "cuda_arch=80,90a" in trip.between
    assert any(n.code is Code.SETTING_LOST and "`debug`" in n.what for n in trip.notices)
    complete(trip)


def test_a_difference_that_nobody_tells_is_found() -> None:
    """The judge itself: without its notices, a trip is not complete."""
    trip = there_and_back("spack:\n  specs: [hdf5 +java, cmake@3.20]\n", "spack", "easystack")
    assert not untold(trip)
    assert untold(replace(trip, notices=()))


def many(count: int, seed: int) -> None:
    """Look at random stacks and print what nobody tells."""
    from collections import Counter

    kinds: Counter[str] = Counter()
    for number in range(count):
        chooser = Chooser(random.Random(seed + number).randint)
        for make, first, second in (
            (environment, "spack", "easystack"),
            (easystack, "easystack", "spack"),
        ):
            text = make(chooser)
            try:
                missing = untold(there_and_back(text, first, second))
            except StackBridgeError as error:
                missing = [f"error {error}"]
            for line in missing:
                kinds[f"{first}: {line.split(' ')[0]} {line.split(' ')[2]}"] += 1
                if kinds[f"{first}: {line.split(' ')[0]} {line.split(' ')[2]}"] < 6:
                    print(seed + number, first, line)
    print(kinds)


if __name__ == "__main__":
    many(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
