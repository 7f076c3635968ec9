"""Where the sources of a version lie, as Spack derives it from a package's addresses.

Order: the version's own address; what `url_for_version` returns, where it can be followed; the
package's address with the version in it replaced; the checkout. Sources of the rules: Spack
1.x, `package_base.py` (`url_for_version`), `url.py` (`substitute_version`) and the mirrors
that its build systems name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stackbridge.ecosystems.spack.repository.model import PackageFacts, VersionFact
from stackbridge.hub.recipe import Source

__all__ = ["addresses_of", "source_of", "substituted"]

_MIRRORS = {
    "GNUMirrorPackage": "https://ftpmirror.gnu.org/",
    "SavannahMirrorPackage": "https://download.savannah.nongnu.org/releases/",
    "SourceforgePackage": "https://prdownloads.sourceforge.net/",
    "SourcewarePackage": "https://sourceware.org/pub/",
    "XorgPackage": "https://www.x.org/archive/individual/",
}
_CRAN = "https://cran.r-project.org/src/contrib"
_IN_URL = re.compile(r"\d+(?:[._-]\d+)+[a-z]?\d*|(?<![0-9a-f])\d+(?![0-9a-f])")


def addresses_of(facts: PackageFacts) -> tuple[str, ...]:
    """The package's own addresses, each for some version."""
    found = [facts.url, *facts.urls]
    if facts.mirror_path:
        bases = [_MIRRORS[name] for name in facts.bases if name in _MIRRORS]
        found += [base + facts.mirror_path for base in bases]
    return tuple(dict.fromkeys(url for url in found if url and "$" not in url))


def source_of(
    facts: PackageFacts, version: VersionFact, computed: str | None
) -> tuple[Source | None, bool]:
    """The main source, and whether its address was derived from another version's.

    `computed` is what `url_for_version` says. None where there is no source at all.
    """
    if version.options.get("no_source"):
        return None, False
    checkout = _checkout(facts, version)
    if version.url is not None:
        return _archive((version.url,), version), False
    if version.sha256 is None and checkout is not None:
        return checkout, False
    if computed is not None:
        return _archive((computed,), version), False
    if facts.cran and version.sha256 is not None:
        file = f"{facts.cran}_{version.version}.tar.gz"
        places = (_CRAN, f"{_CRAN}/Archive/{facts.cran}")
        return _archive(tuple(f"{place}/{file}" for place in places), version), False
    urls = tuple(
        dict.fromkeys(
            url
            for base in addresses_of(facts)
            if (url := substituted(base, version.version, _known(facts))) is not None
        )
    )
    if urls:
        return _archive(urls, version), not any(version.version in u for u in addresses_of(facts))
    if checkout is not None:
        return checkout, False
    near = [
        url
        for other in facts.versions
        if other.url and (url := substituted(other.url, version.version, [other.version]))
    ]
    if near and version.sha256 is not None:
        return _archive((near[0],), version), True
    if version.sha256 is None:
        return None, False
    if addresses_of(facts):  # an address without a version; the checksum tells
        return _archive(addresses_of(facts)[:1], version), True
    return _by_hand(facts, version), False


def _by_hand(facts: PackageFacts, version: VersionFact) -> Source | None:
    """What a person must fetch: a file without an address."""
    place = next((url for url in (facts.url, *facts.urls) if url and "$PWD" in url), None)
    if place is None:
        return None
    name = place.rpartition("/")[2]
    moved = substituted("https://x/" + name, version.version, _known(facts))
    return Source(
        filename=moved.rpartition("/")[2] if moved is not None else name, sha256=version.sha256
    )


def _archive(urls: tuple[str, ...], version: VersionFact) -> Source:
    name = urls[0].split("?")[0].rstrip("/").rpartition("/")[2]
    if version.options.get("expand") is False or name:
        return Source(urls=urls, filename=name or None, sha256=version.sha256)
    return Source(urls=urls, sha256=version.sha256)


def _checkout(facts: PackageFacts, version: VersionFact) -> Source | None:
    options = version.options
    git = options.get("git") or facts.git
    if not isinstance(git, str):
        return None
    for key in ("commit", "tag", "branch"):
        ref = options.get(key)
        if isinstance(ref, str):
            return Source(git=git, ref=ref, submodules=bool(options.get("submodules")))
    return None


def _known(facts: PackageFacts) -> list[str]:
    return [fact.version for fact in facts.versions]


def substituted(url: str, version: str, known: Iterable[str] = ()) -> str | None:
    """The address for another version; None where the version in it can't be told."""
    found = _spelled(url, known)
    if found is None:
        name = url.rpartition("/")[2]
        matches = _IN_URL.findall(name) or _IN_URL.findall(url.partition("://")[2])
        if not matches:
            return None
        text = max(matches, key=len)
        found = text, next((mark for mark in "._-" if mark in text), ".")
    text, joint = found
    parts = re.split(r"[._-]", text)
    result = re.sub(
        rf"(?<![0-9.]){re.escape(text)}(?![0-9])", lambda _match: _joined(version, joint), url
    )
    # Directories name the first figures of a version: /v1.2/name-1.2.3.tar.gz, /1/...
    new = re.split(r"[._-]", version)
    for count in (2, 1) if len(parts) > 1 and joint else ():
        if count >= len(parts) or count > len(new):
            continue
        old_head, new_head = joint.join(parts[:count]), joint.join(new[:count])
        head, slash, name = result.rpartition("/")
        pattern = rf"(?<=/)(v?){re.escape(old_head)}(?=/|$)"
        escaped = new_head.replace("\\", r"\\")
        head = re.sub(pattern, rf"\g<1>{escaped}", head)
        result = head + slash + name
    return result


def _spelled(url: str, known: Iterable[str]) -> tuple[str, str] | None:
    """The version which an address is for, as it stands there, and what joins its figures."""
    best: tuple[str, str] | None = None
    for version in known:
        for text, joint in _spellings(version):
            if (best is None or len(text) > len(best[0])) and re.search(
                rf"(?<![0-9.]){re.escape(text)}(?![0-9])", url.rpartition("/")[2] or url
            ):
                best = text, joint
    if best is not None:
        return best
    for version in known:
        for text, joint in _spellings(version):
            if (
                len(text) > 2
                and (best is None or len(text) > len(best[0]))
                and re.search(rf"(?<![0-9.]){re.escape(text)}(?![0-9])", url)
            ):
                best = text, joint
    return best


def _spellings(version: str) -> Iterator[tuple[str, str]]:
    for joint in (".", "_", "-", ""):
        text = _joined(version, joint)
        if joint == "." and text != version:
            yield version, "."
        if joint or len(text) > 3:
            yield text, joint


def _joined(version: str, joint: str) -> str:
    return re.sub(r"[._-]", joint, version) if joint != "." else version
