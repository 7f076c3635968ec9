"""Where Spack fetches a recipe's sources: the attributes of a class, its versions, its patches.

Registries whose layout Spack knows are named (`pypi`, `cran`), so that Spack derives the URL
of every version and finds new ones; what has to be fetched by hand says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stackbridge.ecosystems.spack.recipes.repository_needs import Surroundings
from stackbridge.ecosystems.spack.recipes.repository_text import (
    Directive,
    literal,
    package_spelling,
    version_text,
)
from stackbridge.ecosystems.spack.repository.model import PackageFacts
from stackbridge.hub.notices import Code
from stackbridge.hub.recipe import Recipe, Source

__all__ = [
    "attribute_url",
    "attributes",
    "by_hand",
    "by_hand_urls",
    "derived",
    "further_sources",
    "main_source",
    "version_directive",
    "with_wheels",
]

_PYPI = re.compile(
    r"https://(?:files\.pythonhosted|pypi\.python|pypi)\.(?:org|io)/packages/source/"
)
_WHEEL = re.compile(_PYPI.pattern + r"(?P<project>[^/]+/[^/]+)/(?P<file>[^/]+\.whl)")
_CRAN = re.compile(
    r"https?://(?!(?:www\.)?bioconductor\.)[^/]+/(?:[^?#]*/)?src/contrib/"
    r"(?:Archive/\w[\w.]*/)?([\w.]+)_[^/]+\.tar\.gz"
)
_ARCHIVE = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip", ".tar")
_WHOLE = (".whl", ".gem", ".jar", ".bin", ".run", ".sh")  # installed as they are
_COMMIT = re.compile(r"[0-9a-f]{40}")
# Files of which Spack reads the version as it is written, so that it derives their URLs.
_READ = re.compile(
    r"(?:[A-Za-z+][A-Za-z+_.-]*[-_]v?(?P<named>\d+(?:\.\d+)*)|v?(?P<bare>\d+(?:\.\d+)+))"
    r"\.(?:tar(?:\.\w+)?|tgz|tbz2|zip|jar)"
)
_RELEASED = re.compile(
    r"[\w.-]+-(?P<version>\d+(?:\.\d+)*(?:(?:a|b|rc|\.post)\d+)?)\.(?:tar\.\w+|tgz|zip)"
)
_PLAIN = re.compile(r"[\w.+-]+")


def main_source(recipe: Recipe) -> Source | None:
    """The first source that can be fetched."""
    return next((s for s in recipe.sources if s.git or _fetchable(s.urls)), None)


def with_wheels(recipe: Recipe) -> Recipe:
    """The recipe with its wheels where the registry has them, not among the sources.

    EasyBuild asks the registry's index for the file, so that any folder will do.
    """

    def placed(url: str) -> str:
        found = _WHEEL.fullmatch(url)
        tags = found["file"].removesuffix(".whl").split("-")[-3:] if found is not None else []
        if found is None or len(tags) < 3:
            return url
        place = f"{tags[0]}/{found['project']}/{found['file']}"
        return f"https://files.pythonhosted.org/packages/{place}"

    sources = tuple(replace(s, urls=tuple(placed(url) for url in s.urls)) for s in recipe.sources)
    return recipe if sources == recipe.sources else replace(recipe, sources=sources)


def _fetchable(urls: Sequence[str]) -> bool:
    """Whether the first of them is a URL without templates of another tool."""
    return any("://" in url and "%(" not in url for url in urls[:1])


def by_hand(recipe: Recipe) -> Source | None:
    """The source of a recipe that names no place to fetch it from, only the file."""
    if main_source(recipe) is not None:
        return None
    files = [s for s in recipe.sources if s.filename and _PLAIN.fullmatch(s.filename)]
    return next((s for s in files if s.sha256), next(iter(files), None))


def _coordinate(recipe: Recipe, system: str) -> tuple[str, str] | None:
    """`pypi` or `cran` of a package from a registry whose layout Spack knows."""
    source = main_source(recipe)
    if source is None or not source.urls:
        return None
    url = source.urls[0]
    if system == "python" and _PYPI.match(url) and url.endswith(_ARCHIVE):
        project, _, file = url.rpartition("/")
        return "pypi", f"{project.rpartition('/')[2]}/{file}"
    found = _CRAN.fullmatch(url) if system == "r" else None
    return ("cran", found[1]) if found is not None else None


def attribute_url(recipe: Recipe, system: str) -> str | None:
    """The URL that Spack gets from the class for the newest version."""
    source = main_source(recipe)
    return source.urls[0] if source is not None and source.urls else derived(recipe, system)


def derived(recipe: Recipe, system: str) -> str | None:
    """The URL that Spack derives for an older version: of registries only."""
    source = main_source(recipe)
    if source is None or _coordinate(recipe, system) is None:
        return None
    return source.urls[0]


def attributes(recipe: Recipe, system: str, has_code: bool) -> list[str]:
    """homepage, url, pypi, cran, git, manual_download."""
    lines = []
    if system == "cargo":  # which Spack's class does not say, so that its audit complains
        lines.append('    default_buildsystem = "cargo"')
    if recipe.homepage:
        lines.append(f"    homepage = {literal(recipe.homepage)}")
    source = main_source(recipe)
    coordinate = _coordinate(recipe, system)
    if coordinate is not None:
        lines.append(f"    {coordinate[0]} = {literal(coordinate[1])}")
    elif source is not None and source.git is None and source.urls:
        lines.append(f"    url = {literal(source.urls[0])}")
    if source is not None and source.git is not None:
        lines.append(f"    git = {literal(source.git)}")
    hand = by_hand(recipe)
    if hand is not None:
        lines.append("    manual_download = True")
        lines.append(f'    url = f"file://{{os.getcwd()}}/{hand.filename}"')
    elif not has_code:
        lines.append("    has_code = False")
    return lines


def version_directive(
    writer: Surroundings,
    recipe: Recipe,
    *,
    has_code: bool = True,
    url: str | None = None,
    facts: PackageFacts | None = None,
) -> Directive | None:
    """The version directive; `url` is the one which the class gives for this version.

    For a package of Spack's own (`facts`) the URL is left to its class where that follows the
    same registry, or where the recipe only says that the file is in one of several places.
    """
    if not version_text(recipe.version):
        writer.note(
            Code.VERSION_LOST,
            recipe,
            f"version `{recipe.version}` was not written",
            "Spack takes letters, digits, dots, dashes and underscores only",
        )
        return None
    source = main_source(recipe)
    hand = by_hand(recipe)
    if has_code and hand is not None:
        writer.note(
            Code.SOURCE_LOST,
            recipe,
            f"`{hand.filename}` has to be put into a mirror or the working directory",
            "the recipe names no URL",
            instead="manual_download = True",
        )
        if hand.sha256 is None:
            _unchecked(writer, recipe)
        return Directive("version", (recipe.version,), {"sha256": hand.sha256})
    if not has_code or source is None:
        return Directive("version", (recipe.version,))
    if source.git is not None:
        return _checkout(writer, recipe, source)
    if source.sha256 is None:
        _unchecked(writer, recipe)
    own = source.urls[0] if source.urls and source.urls[0] != url else None
    if facts is None and source.urls and not _derivable(source.urls[0], recipe.version):
        own = source.urls[0]
    if facts is not None and own is not None and _known_place(facts, recipe, source):
        own = None
    whole = (own or url or "").endswith(_WHOLE)
    return Directive(
        "version",
        (recipe.version,),
        {"sha256": source.sha256, "url": own, "expand": False if whole else None},
    )


def _unchecked(writer: Surroundings, recipe: Recipe) -> None:
    writer.note(
        Code.CHECKSUM_MISSING,
        recipe,
        f"version {recipe.version} has no checksum",
        "the recipe gives no sha256",
    )


def _derivable(url: str, version: str) -> bool:
    """Whether Spack, which puts the version where it finds one in the URL, leaves it as it is."""
    file = url.rpartition("/")[2]
    found = _READ.fullmatch(file) or (_RELEASED.fullmatch(file) if _PYPI.match(url) else None)
    return found is not None and version in found.groups()


def by_hand_urls(recipes: Sequence[Recipe]) -> list[str]:
    """A method that names the files which are fetched by hand, where Spack can't derive them."""
    files = {r.version: hand.filename for r in recipes if (hand := by_hand(r)) is not None}
    if all(_derivable(f"/{file}", version) for version, file in files.items()):
        return []
    listed = [f"            {literal(v)}: {literal(file)}," for v, file in files.items() if file]
    return [
        "    def url_for_version(self, version):",
        "        files = {",
        *listed,
        "        }",
        '        return f"file://{os.getcwd()}/{files[str(version)]}"',
    ]


def _renamed(usual: str, facts: PackageFacts, version: str) -> str | None:
    """The file of that name for another version; None where it bears none of Spack's."""
    known = max((v.version for v in facts.versions if v.version in usual), key=len, default=None)
    return usual.replace(known, version) if known is not None else None


def _known_place(facts: PackageFacts, recipe: Recipe, source: Source) -> bool:
    """Whether Spack's class knows better where the file is."""
    file = source.urls[0].rpartition("/")[2]
    if facts.pypi is not None and _PYPI.match(source.urls[0]):
        return _renamed(facts.pypi.rpartition("/")[2], facts, recipe.version) == file
    if facts.cran is not None:
        return file == f"{facts.cran}_{recipe.version}.tar.gz"
    derives = facts.url or (facts.urls[0] if facts.urls else None) or facts.mirror_path
    if len(source.urls) < 2 or derives is None:
        return False
    usual = _renamed(derives.rpartition("/")[2], facts, recipe.version)
    return usual is None or usual == file


def _checkout(writer: Surroundings, recipe: Recipe, source: Source) -> Directive:
    """A version from a git repository."""
    words: dict[str, object] = {"git": source.git}
    ref = source.ref
    if ref is None:
        writer.note(
            Code.SOURCE_LOST,
            recipe,
            "no tag or commit is known",
            "the recipe names only the git repository",
            instead="its main branch",
        )
        words["branch"] = "main"
    else:
        words["commit" if _COMMIT.fullmatch(ref) else "tag"] = ref
    words["submodules"] = True if source.submodules else None
    return Directive("version", (recipe.version,), words)


def further_sources(writer: Surroundings, recipes: Sequence[Recipe]) -> list[Directive]:
    """Sources after the first as resources beside it, each for its version."""
    made = []
    names: set[str] = set()
    for recipe in recipes:
        main = main_source(recipe) or by_hand(recipe)
        only = None if len(recipes) == 1 else f"@={recipe.version}"
        for source in recipe.sources:
            if source is main:
                continue
            if not source.urls or source.sha256 is None:
                writer.note(
                    Code.SOURCE_LOST,
                    recipe,
                    f"the source `{source.filename or source.git or '?'}` was left out",
                    "it needs a URL and a sha256",
                )
                continue
            file = source.filename or source.urls[0].rpartition("/")[2]
            stem = package_spelling(file.partition(".tar")[0]) or "resource"
            name = stem if stem not in names else f"{stem}-{package_spelling(recipe.version)}"
            names.add(stem)
            made.append(
                Directive(
                    "resource",
                    (),
                    {
                        "name": name,
                        "url": source.urls[0],
                        "sha256": source.sha256,
                        "placement": f"resource-{stem}",
                        "when": only,
                    },
                )
            )
    return made
