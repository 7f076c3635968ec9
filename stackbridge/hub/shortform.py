"""The short form of a package: one line of the manifest.

    gromacs@2024.4 +mpi ~cuda precision=single ^fftw@3.3 %gcc@13 target=zen3

    package    = [name] part*
    part       = '@' versions                 ranges (1.2:1.4,=1.6) or comparators (>=1.2,<2)
               | ('+' | '~') feature          wanted, unwanted; doubled: of all below as well
               | key ('=' | ':=') values      at least these values; `:=` these and no others
               | flags '=' text               cflags cxxflags fflags cppflags ldflags ldlibs
               | ('target' | 'os' | 'platform' | 'toolchain') '=' word
               | 'gpu' '=' word (',' word)*
               | '/' hash
               | ('^' | '%') dependency       anywhere below | directly; `%%`: and below that
    dependency = [virtual (',' virtual)* '='] name glued* ['[' part* ']']
    glued      = '@' versions | ('+' | '~') feature | '%' dependency

It reads like a Spack spec, with one rule in place of Spack's order of words: what is glued
to a dependency's name, or stands in brackets behind it, belongs to the dependency; all else
belongs to the package. Where a Spack user would mean something else, the text is refused.
A `==` in place of `=` asks the same of everything below. A value with other characters is
quoted: `cflags="-O3 -g"`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from stackbridge.errors import InputError
from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import Dependency, Feature, Flag, Package, Toolchain
from stackbridge.hub.versions import VersionSet

__all__ = [
    "FLAGS",
    "format_package",
    "format_toolchain",
    "format_versions",
    "parse",
    "parse_toolchain",
    "parse_versions",
]

FLAGS = ("cflags", "cxxflags", "fflags", "cppflags", "ldflags", "ldlibs")

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_FEATURE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_VERSIONS = re.compile(r"[A-Za-z0-9_.,:=<>!|*-]+")
_KEY = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_.-]*)(?P<sign>:?==?)")
_VALUE = re.compile(r"[A-Za-z0-9_.:+*/~@%^=-]+")
_QUOTED = re.compile(r'"(?P<text>(?:[^"\\\x00-\x1f]|\\["\\])*)"')
_VIRTUALS = re.compile(r"(?P<names>[A-Za-z0-9_.-]+(?:,[A-Za-z0-9_.-]+)*)=")
_HASH = re.compile(r"[A-Za-z0-9_]+")
_GENERATION = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_+.]*)(?:-(?P<version>[A-Za-z0-9_.][A-Za-z0-9_.-]*))?"
)
_MAX_DEPTH = 20
_MAX_LENGTH = 20_000


def parse(text: str, place: Place = NOWHERE) -> Package:
    """Read one package (or, without a name, a fragment of one).

    Raises:
        InputError: the text is not of that form; the column is the place's plus the offset.
    """
    reader = _Reader(text, place)
    if len(text) > _MAX_LENGTH:
        raise reader.error("the package's text is too long")
    package = reader.package()
    if reader.at < len(text):
        raise reader.error("this bracket was never opened")
    return replace(package, place=place)


def parse_versions(text: str) -> VersionSet:
    """Comparators where the text holds one of theirs (`<>!|*`), ranges otherwise.

    Raises:
        ValueError: it is neither.
    """
    comparing = re.search(r"[<>!|*]", text)
    return VersionSet.parse(text) if comparing else VersionSet.from_ranges(text)


def parse_toolchain(text: str) -> Toolchain | None:
    """`foss-2024a`, `system`; None if it is no such name."""
    match = _GENERATION.fullmatch(text)
    return Toolchain(name=match["name"], version=match["version"]) if match else None


@dataclass(slots=True)
class _Draft:
    """A package being read."""

    values: dict[str, Any] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    dependencies: list[Dependency] = field(default_factory=list)

    def finish(self) -> Package:
        return Package(
            features=tuple(self.features),
            flags=tuple(self.flags),
            dependencies=tuple(self.dependencies),
            **self.values,
        )


class _Reader:
    """The text, and how far it has been read."""

    def __init__(self, text: str, place: Place) -> None:
        self.text = text
        self.place = place
        self.at = 0
        self.depth = 0

    # -- small steps

    def error(self, message: str, hint: str | None = None, at: int | None = None) -> InputError:
        offset = self.at if at is None else at
        column = None if self.place.column is None else self.place.column + offset
        return InputError(
            f"{message} in `{''.join(c if c.isprintable() else '?' for c in self.text[:120])}`",
            file=self.place.file,
            line=self.place.line,
            column=column,
            hint=hint,
        )

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def blanks(self) -> bool:
        start = self.at
        while self.peek() in {" ", "\t", "\n"}:
            self.at += 1
        return self.at > start

    # -- the grammar

    def package(self) -> Package:
        """A package up to the text's end or a closing bracket."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.error(f"brackets nested deeper than {_MAX_DEPTH}")
        draft = _Draft()
        self.blanks()
        if not _KEY.match(self.text, self.at) and (name := self.take(_NAME)):
            draft.values["name"] = name[0]
        glued = "name" in draft.values
        while True:
            glued = not self.blanks() and glued
            if self.peek() in {"", "]"}:
                break
            self.part(draft, glued=glued)
            glued = True
        self.depth -= 1
        return draft.finish()

    def part(self, draft: _Draft, *, glued: bool) -> None:
        """One part of a package."""
        sign, start = self.peek(), self.at
        if draft.dependencies and sign in "@+~/":
            raise self._after_dependency(draft)
        if sign == "@":
            self.versions(draft)
        elif sign in "+~":
            self.boolean(draft, glued=glued)
        elif sign in "^%":
            draft.dependencies.append(self.dependency())
        elif sign == "/":
            self.at += 1
            found = self.take(_HASH)
            if not found:
                raise self.error("a hash is missing after `/`")
            self.put(draft, "hash", found[0], start)
        elif match := self.take(_KEY):
            self.keyed(draft, match)
        elif word := _NAME.match(self.text, self.at):
            raise self.error(
                f"there is a second name, `{word[0]}`,",
                f"for a feature write `+{word[0]}`, for a dependency `^{word[0]}`",
            )
        elif sign == "-":
            raise self.error("`-` does not switch a feature off", "write `~` instead")
        else:
            raise self.error(f"`{sign}` has no meaning here")

    def _after_dependency(self, draft: _Draft) -> InputError:
        name = draft.dependencies[-1].package.name
        return self.error(
            f"it is not clear whose `{self.text[self.at : self.at + 20].split()[0]}` is",
            "write it before the first dependency if it is the package's; glue it to "
            f"`{name}` or write `{name}[...]` if it is the dependency's",
        )

    def put(self, draft: _Draft, key: str, value: Any, start: int) -> None:
        if key in draft.values:
            raise self.error(f"`{key}` is given twice", at=start)
        draft.values[key] = value

    def versions(self, draft: _Draft) -> None:
        start = self.at
        self.at += 1
        found = self.take(_VERSIONS)
        text = found[0] if found else ""
        try:
            versions = parse_versions(text)
        except ValueError as error:
            reason = str(error) if text else "a version is missing after `@`"
            raise self.error(reason, "such as @1.2, @=1.2.3, @1.2:1.4, @>=1.2,<2", start) from None
        self.put(draft, "versions", versions, start)

    def boolean(self, draft: _Draft, *, glued: bool) -> None:
        start, sign = self.at, self.peek()
        self.at += 1
        propagated = self.peek() == sign and not glued
        self.at += propagated
        name = self.take(_FEATURE)
        if not name:
            raise self.error(
                f"the name of a feature is missing after `{sign}`",
                "a package's name that holds a `+` can only be given in the long form (`name:`)",
            )
        self.add(draft, Feature(name=name[0], value=sign == "+", propagated=propagated), start)

    def add(self, draft: _Draft, feature: Feature, start: int) -> None:
        if any(feature.name == other.name for other in draft.features):
            raise self.error(f"the feature `{feature.name}` is given twice", at=start)
        draft.features.append(feature)

    def keyed(self, draft: _Draft, match: re.Match[str]) -> None:
        key, sign, start = match["key"], match["sign"], match.start()
        values = self.values()
        exactly, propagated = sign.startswith(":"), sign.endswith("==")
        if key in FLAGS:
            if exactly or len(values) != 1:
                raise self.error(f"`{key}` takes one text", f'{key}="-O3 -g"', start)
            draft.flags.append(Flag(name=key, value=values[0], propagated=propagated))
        elif key in {"target", "os", "platform", "gpu", "toolchain"}:
            if sign != "=":
                raise self.error(f"`{key}` takes `=` only", at=start)
            self.setting(draft, key, values, start)
        elif draft.dependencies:
            self.at = start
            raise self._after_dependency(draft)
        else:
            feature = Feature(name=key, value=values, exactly=exactly, propagated=propagated)
            self.add(draft, feature, start)

    def setting(self, draft: _Draft, key: str, values: tuple[str, ...], start: int) -> None:
        if key == "gpu":
            self.put(draft, "gpus", values, start)
        elif key == "toolchain":
            toolchain = parse_toolchain(values[0]) if len(values) == 1 else None
            if toolchain is None:
                raise self.error("that is no toolchain", "such as toolchain=foss-2024a", start)
            self.put(draft, "toolchain", toolchain, start)
        else:
            self.put(draft, key, ",".join(values), start)

    def values(self) -> tuple[str, ...]:
        found: list[str] = []
        while True:
            if quoted := self.take(_QUOTED):
                found.append(re.sub(r"\\(.)", r"\1", quoted["text"]))
            elif bare := self.take(_VALUE):
                found.append(bare[0])
            else:
                raise self.error("a value is missing", 'quote unusual text: key="a b"')
            if self.peek() != ",":
                return tuple(found)
            self.at += 1

    def dependency(self) -> Dependency:
        sign = self.peek()
        self.at += 1
        propagated = sign == "%" and self.peek() == "%"
        self.at += propagated
        virtuals = self.take(_VIRTUALS)
        name = self.take(_NAME)
        if not name:
            raise self.error(f"a package's name is missing after `{sign}`")
        draft = _Draft(values={"name": name[0]})
        while (following := self.peek()) and following in "@+~%":
            if following == "@":
                self.versions(draft)
            elif following == "%":
                draft.dependencies.append(self.dependency())
            else:
                self.boolean(draft, glued=True)
        package = draft.finish()
        if self.peek() == "[":
            package = self.bracket(package)
        if self.peek() not in {"", " ", "\t", "\n", "]"}:
            raise self.error(f"`{self.peek()}` can't be glued to a dependency", "add a blank")
        return Dependency(
            package=package,
            provides=tuple(virtuals["names"].split(",")) if virtuals else (),
            direct=sign == "%",
            propagated=propagated,
        )

    def bracket(self, package: Package) -> Package:
        """What stands in brackets behind a dependency, added to it."""
        start = self.at
        self.at += 1
        inner = self.package()
        if self.peek() != "]":
            raise self.error("this bracket is never closed", at=start)
        self.at += 1
        if inner.name is not None:
            raise self.error("brackets take no name", at=start)
        names = [feature.name for feature in (*package.features, *inner.features)]
        if len(set(names)) < len(names) or not (package.versions.is_any or inner.versions.is_any):
            raise self.error("something is given twice", at=start)
        return replace(
            inner,
            name=package.name,
            versions=package.versions & inner.versions,
            features=package.features + inner.features,
            dependencies=package.dependencies + inner.dependencies,
        )


# ---------------------------------------------------------------- writing


def format_package(package: Package) -> str | None:
    """The short form; None where it can't say all of the package."""
    text = _format(package, head=True)
    if text is None:
        return None
    try:
        same = parse(text) == package
    except InputError:
        return None
    return text if same and text else None


def format_toolchain(toolchain: Toolchain) -> str | None:
    """`foss-2024a`; None where it has parts or can't be read back."""
    text = str(toolchain)
    return text if toolchain.name and parse_toolchain(text) == toolchain else None


def _format(package: Package, *, head: bool) -> str | None:
    """All parts; `head`: the name and versions come first."""
    words: list[str] = []
    versions = ""
    if not package.versions.is_any:
        versions = "@" + format_versions(package.versions)
    if head and (package.name or versions):
        words.append(f"{package.name or ''}{versions}")
    words += [_feature(feature) for feature in package.features]
    for flag in package.flags:
        words.append(f"{flag.name}{'==' if flag.propagated else '='}{_quote(flag.value)}")
    for key in ("os", "platform", "target"):
        value = getattr(package, key)
        if value is not None:
            words.append(f"{key}={','.join(_quote(part) for part in value.split(','))}")
    if package.gpus:
        words.append(f"gpu={','.join(_quote(gpu) for gpu in package.gpus)}")
    if package.toolchain is not None:
        toolchain = format_toolchain(package.toolchain)
        if toolchain is None:
            return None
        words.append(f"toolchain={toolchain}")
    if package.hash is not None:
        words.append(f"/{package.hash}")
    for dependency in package.dependencies:
        text = _dependency(dependency)
        if text is None:
            return None
        words.append(text)
    return " ".join(words)


def format_versions(versions: VersionSet) -> str:
    """The text which `parse_versions` reads.

    Ranges where they can say it, but for open ones: `1.2:` would need quotes in YAML.
    """
    text = versions.ranges()
    if text is None or any(":" in (item[:1], item[-1:]) for item in text.split(",")):
        text = versions.comparators() or text or "<0,>0"
    return text.replace(" ", "")


def _feature(feature: Feature) -> str:
    if isinstance(feature.value, bool):
        sign = "+" if feature.value else "~"
        return f"{sign * (1 + feature.propagated)}{feature.name}"
    sign = (":" if feature.exactly else "") + ("==" if feature.propagated else "=")
    return f"{feature.name}{sign}{','.join(_quote(value) for value in feature.value)}"


def _quote(text: str) -> str:
    if _VALUE.fullmatch(text):
        return text
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'


def _dependency(dependency: Dependency) -> str | None:
    package = dependency.package
    if package.name is None or dependency.kinds or dependency.when is not None:
        return None
    sign = ("%%" if dependency.propagated else "%") if dependency.direct else "^"
    text = (
        f"{sign}{','.join(dependency.provides)}{'=' if dependency.provides else ''}{package.name}"
    )
    if not package.versions.is_any:
        text += "@" + format_versions(package.versions)
    simple = all(isinstance(f.value, bool) and not f.propagated for f in package.features)
    rest = replace(package, features=() if simple else package.features)
    if simple:
        text += "".join(_feature(feature) for feature in package.features)
    inner = _format(rest, head=False)
    if inner is None:
        return None
    return f"{text}[{inner}]" if inner else text
