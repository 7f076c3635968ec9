"""A recipe's sources as parameters of an easyconfig, with the constants and templates that fit.

`source_urls`, `sources` and `checksums` as the released easyconfigs write them: GITHUB_SOURCE
with `github_account`, nothing at all where the easyblock knows the registry, SOURCE_TAR_GZ
where the file is called so, `git_config` for a checkout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.ecosystems.easybuild.language.constants import constants_for
from stackbridge.ecosystems.easybuild.language.templates import resolve_text, template_values
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.recipe import Patch, Source

__all__ = [
    "extension_options",
    "folded",
    "patch_file",
    "proper_name",
    "safe_word",
    "source_parameters",
]

_GITHUB = re.compile(
    r"https?://github\.com/(?P<account>[\w.-]+)/(?P<project>[\w.-]+)/archive/"
    r"(?:refs/tags/)?(?P<file>[^/?#]+)$"
)
_GIT = re.compile(r"(?P<url>(?:https?://|git@)[^\s]+?[/:])(?P<repository>[\w.+-]+?)(?:\.git)?/?$")
_ARCHIVE = re.compile(
    r"(?P<stem>.+?)(?P<ending>\.(?:tar\.(?:gz|bz2|xz|lz|zst|Z)|tgz|tbz2?|txz|zip|gem|crate|jar))$"
)
_PYPI = re.compile(r"https?://(?:files\.pythonhosted\.org|pypi\.(?:io|org|python\.org))/packages/")
_CRAN = re.compile(r"https?://[^/]+/src/contrib/")
_LIMIT = 200


def safe_word(text: str) -> bool:
    """Whether a name or version can be part of file names and templates as it is."""
    return bool(re.fullmatch(r"[\w][\w.+-]{0,119}", text, re.ASCII))


def folded(text: str) -> str:
    """A name without case and `-_.`."""
    return re.sub(r"[-_.]+", "", text).lower()


def proper_name(name: str, version: str, sources: Iterable[Source], prefixes: Iterable[str]) -> str:
    """The name as its authors spell it, where a file or project is called so.

    `prefixes` are what the ecosystem puts before the names of language packages.
    """
    bare = name
    for prefix in prefixes:
        if name.startswith(prefix) and len(name) > len(prefix):
            bare = name[len(prefix) :]
            break
    for source in sources:
        for url in source.urls:
            path = unquote(urlsplit(url).path)
            stem = re.split(rf"[-_.]v?{re.escape(version)}", path.rpartition("/")[2])[0]
            found = [stem] if "_" not in stem or bare == name else []
            match = _GITHUB.match(url)
            if match and bare == name:
                found.append(match["project"])
            elif match and folded(match["project"]) == folded(name):
                return match["project"]  # the prefix is part of the name: pyamrex
            for word in found:
                if folded(word) == folded(bare) and safe_word(word):
                    return word
        git = _GIT.match(source.git or "")
        if git and folded(git["repository"]) == folded(bare):
            return git["repository"]
    return bare


def source_parameters(
    sources: tuple[Source, ...],
    patches: tuple[Patch, ...],
    name: str,
    version: str,
    *,
    registry: str,
    subject: str = "",
) -> tuple[dict[str, Term], tuple[Notice, ...]]:
    """The parameters in order, and what is said of `subject` (by default the name).

    `registry`: `pypi`, `cran` or empty, as the easyblock knows it.
    """
    subject = subject or name
    found: dict[str, Term] = {}
    notices: list[Notice] = []
    urls: list[Term] = []
    listed: list[Term] = []
    sums: list[Term] = []
    patched: list[Term] = []
    for source in sources:
        if source.git is not None:
            item = _checkout(source, name, version)
        elif source.urls and source.filename:
            item, more, account = _archive(source, name, version, registry)
            urls += [url for url in more if url not in urls]
            if account is not None:
                found.setdefault("github_account", account)
        elif source.filename:
            item = _file(source.filename, name, version)
            found["download_instructions"] = (
                f"{source.filename.replace('%', '%%')} must be fetched by hand: see the homepage"
            )
        else:
            notices.append(_lost(subject, "a source"))
            continue
        listed.append(item)
        sums.append(source.sha256)
        if source.sha256 is None:
            notices.append(
                Notice(
                    code=Code.CHECKSUM_MISSING,
                    subject=subject,
                    what=f"{source.filename or source.git} has no sha256 checksum",
                    why="it is a checkout" if source.git else "the recipe gives none",
                    instead="`eb --inject-checksums` adds it",
                )
            )
    for patch in patches:
        file = patch_file(patch, name, version)
        if file is not None:
            filename, text = file
            found.setdefault("patches", []).append(
                filename if patch.level in (None, 1) else [filename, patch.level]
            )
            patched.append(sha256(text.encode()).hexdigest())
            continue
        notices.append(
            Notice(
                code=Code.STEP_SKIPPED,
                subject=subject,
                what=f"the patch {patch.filename} is left out",
                why="EasyBuild takes patches from files beside the easyconfig",
                instead=f"get it from {patch.url}" if patch.url else "copy it from the recipe",
            )
        )
    if registry and listed == [{"constant": "SOURCE_TAR_GZ"}] and not urls:
        listed = []  # what the easyblock does by itself, but for the checksum
        found["sources"] = [{"constant": "SOURCE_TAR_GZ"}]
    if urls:
        found["source_urls"] = urls
    if listed:
        found["sources"] = listed
    if sums or patched:
        found["checksums"] = sums + patched
    return found, tuple(notices)


def patch_file(patch: Patch, name: str, version: str) -> tuple[str, str] | None:
    """The name and text of a patch which lies beside the easyconfig, as EasyBuild's are called.

    None where its text is not at hand, or is not what could be written as it is.
    """
    text = patch.text
    if not text or "\r" in text or "\0" in text or not safe_word(patch.filename):
        return None
    stem = re.sub(r"\.(?:patch|diff)$", "", patch.filename)
    stem = re.sub(
        rf"^{re.escape(name)}[-_]?(?:{re.escape(version)}[-_]?)?", "", stem, flags=re.IGNORECASE
    )
    head = f"{patch.filename} of the recipe that this easyconfig is made of\n"
    return f"{name}-{version}_{stem or 'fix'}.patch", head + text


def extension_options(
    sources: tuple[Source, ...], name: str, version: str, registry: str, subject: str
) -> tuple[dict[str, Term], tuple[Notice, ...]]:
    """The options of an entry of `exts_list`."""
    found, notices = source_parameters(
        sources[:1], (), name, version, registry=registry, subject=subject
    )
    options: dict[str, Term] = {}
    account = found.get("github_account")
    for url in found.get("source_urls", ()):
        if url == {"constant": "GITHUB_SOURCE"} and isinstance(account, str):
            url = f"https://github.com/{account}/%(name)s/archive"
        options.setdefault("source_urls", []).append(url)
    usual = "%(name)s_%(version)s.tar.gz" if registry == "cran" else {"constant": "SOURCE_TAR_GZ"}
    for item in found.get("sources", ()):
        if item == usual:
            continue
        if isinstance(item, str) and not item.startswith(("v%", "%(version)s")):
            options["source_tmpl"] = item
        elif isinstance(item, str):
            # the same file name may stand for two extensions of one bundle
            ending = _ARCHIVE.match(item)
            options["sources"] = {
                "download_filename": item,
                "filename": "%(name)s-%(version)s" + (ending["ending"] if ending else ".tar.gz"),
            }
        elif isinstance(item, dict) and set(item) == {"constant"}:
            options["source_tmpl"] = item
        else:
            options["sources"] = item
    if "checksums" in found:
        options["checksums"] = found["checksums"]
    return options, notices


def _archive(
    source: Source, name: str, version: str, registry: str
) -> tuple[Term, list[Term], str | None]:
    """The entry of `sources`, the directories it may lie in, and the account at GitHub."""
    assert source.filename is not None
    urls: list[Term] = []
    account = None
    filename = source.filename
    place: dict[str, str] | str
    for url in source.urls:
        match = _GITHUB.match(url)
        if match:
            if match["project"] == name:
                account, place = match["account"], {"constant": "GITHUB_SOURCE"}
            elif match["project"] == name.lower():
                account, place = match["account"], {"constant": "GITHUB_LOWER_SOURCE"}
            else:
                place = f"https://github.com/{match['account']}/{match['project']}/archive"
            filename = match["file"]
            urls.append(place)
            continue
        if (registry == "pypi" and _PYPI.match(url)) or (registry == "cran" and _CRAN.match(url)):
            continue
        head, _, tail = url.partition("?")[0].rpartition("/")
        plain = "." in filename and "?" not in url
        if tail != filename or not plain:
            if not head:
                continue
            if "." not in filename:  # .../name-1.0.tar.gz/download
                before = head.rpartition("/")[2]
                filename = before if _ARCHIVE.match(before) else f"{name}-{version}.tar.gz"
            # fetched under another name than it is kept
            rest = url[len(head) + 1 :]
            return (
                {
                    "source_urls": [_templated(head, name, version)],
                    "download_filename": _templated(rest, name, version),
                    "filename": _file(filename, name, version),
                },
                [],
                None,
            )
        urls.append(_place(head, name, version))
    return _file(filename, name, version), urls, account


def _place(head: str, name: str, version: str) -> Term:
    """A directory, as a constant where there is one for it."""
    values = template_values({"name": name, "version": version})
    parts = urlsplit(head)
    same = {head, head.replace("http://", "https://", 1)}
    if parts.netloc in _GNU:
        same.add("https://ftpmirror.gnu.org/gnu/" + parts.path.removeprefix("/gnu").lstrip("/"))
    if parts.netloc in _SOURCEFORGE and parts.path.startswith("/project/"):
        same.add("https://download.sourceforge.net" + parts.path.removeprefix("/project"))
    elif parts.netloc in _SOURCEFORGE:
        same.add("https://download.sourceforge.net" + parts.path)
    for constant, place in constants_for().items():
        if (
            constant.endswith("_SOURCE")
            and isinstance(place, str)
            and resolve_text(place, values).rstrip("/") in same
        ):
            return {"constant": constant}
    return _templated(head, name, version)


_GNU = frozenset({"ftpmirror.gnu.org", "ftp.gnu.org"})
_SOURCEFORGE = frozenset(
    {"prdownloads.sourceforge.net", "downloads.sourceforge.net", "download.sourceforge.net"}
)


def _file(filename: str, name: str, version: str) -> Term:
    """The file's name, as a constant where there is one for it."""
    match = _ARCHIVE.match(filename)
    if match:
        ending = match["ending"][1:].upper().replace(".", "_")
        for stem, prefix in (
            (f"{name}-{version}", "SOURCE_"),
            (f"{name.lower()}-{version}", "SOURCELOWER_"),
        ):
            constant = prefix + ending
            if match["stem"] == stem and constant in constants_for():
                return {"constant": constant}
    return _templated(filename, name, version)


def _templated(text: str, name: str, version: str) -> str:
    """A text with `%(version)s` for the version and `%(name)s` for the name, as long words."""
    text = text[:_LIMIT].replace("%", "%%")
    parts = version.split(".")
    forms = [(version, "%(version)s")]
    if len(parts) > 2:
        forms.append((".".join(parts[:2]), "%(version_major_minor)s"))
    for old, new in forms:
        if len(old) > 1:
            text = re.sub(
                rf"(?<![\w.(%]){re.escape(old)}(?![\w(])(?!\.\d)"
                rf"|(?<=[-_/.a-zA-Z]v){re.escape(old)}(?![\w(])(?!\.\d)"
                rf"|(?<=^v){re.escape(old)}(?![\w(])(?!\.\d)"
                rf"|(?<=_){re.escape(old)}(?![\w(])(?!\.\d)",
                lambda _match, new=new: new,  # type: ignore[misc]
                text,
            )
    if len(name) > 2:
        text = re.sub(rf"(?<![\w.(]){re.escape(name)}(?=[-_]%\()", lambda _match: "%(name)s", text)
    return text


def _checkout(source: Source, name: str, version: str) -> Term:
    match = _GIT.match(source.git or "")
    url = match["url"].rstrip("/") if match else (source.git or "")
    repository = match["repository"] if match else name
    ref = source.ref or ""
    commit = bool(re.fullmatch(r"[0-9a-f]{7,40}", ref))
    config: dict[str, Any] = {
        "url": url,
        "repo_name": repository,
        ("commit" if commit else "tag"): ref if commit else _templated(ref, name, version),
    }
    if source.submodules:
        config["recursive"] = True
    return {"filename": {"constant": "SOURCE_TAR_XZ"}, "git_config": config}


def _lost(name: str, what: str) -> Notice:
    return Notice(
        code=Code.SOURCE_LOST,
        subject=name,
        what=f"{what} is left out",
        why="the recipe names no address for it",
    )
