"""The sentences of a translation report, the same in every form of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from stackbridge.reports.translation import HOW, needs_attention

__all__ = [
    "GRAVE",
    "TITLES",
    "advised",
    "evidence",
    "further",
    "groups",
    "lead",
    "place",
    "source",
    "title",
]

View = Mapping[str, Any]

GRAVE = ("lost", "approximated")
TITLES = {
    "exact": "as it was asked for",
    "bundle": "as asked for, inside a bundle",
    "generated": "by a recipe that was generated",
    "approximated": "something near stands in",
    "lost": "not in the output",
}
_TIERS = {
    "checksum": "the same source files, by checksum",
    "registry": "the same entry of a package registry",
    "repository": "the same source repository",
    "homepage": "the same home page",
    "name": "only the names are alike",
    "curated": "decided by people",
}


def title(view: View) -> str:
    """`e4s/spack.yaml: Spack environment to EasyBuild easystack`."""
    name = "/".join(PurePath(view["source"]["name"]).parts[-2:]).strip("/")
    return f"{name}: {_kind(view['source'])} to {_kind(view['target'])}"


def _kind(side: View) -> str:
    return str(side["title"] or side["format"])


def lead(view: View) -> str:
    """What came of it, in one sentence."""
    summary = view["summary"]
    asked, lost = summary["asked"], summary["lost"]
    if not asked:
        return "No package was asked for."
    said = {
        "exact": "as asked for",
        "bundle": "as asked for inside a bundle",
        "generated": "by a generated recipe",
        "approximated": "in a near form",
    }
    parts = [f"{summary[how]:,} {words}" for how, words in said.items() if summary[how]]
    first = (
        f"All {asked:,} packages are delivered"
        if not lost and asked > 1
        else f"{asked - lost:,} of {asked:,} package{'s' * (asked != 1)} "
        f"{'is' if asked - lost == 1 else 'are'} delivered"
    )
    gone = f"; {lost:,} {'is' if lost == 1 else 'are'} lost" if lost else ""
    return f"{first}{': ' if parts else ''}{', '.join(parts)}{gone}."


def differing(view: View) -> str:
    """How many packages a notice tells of; empty for none."""
    count = view["summary"]["attention"]
    if not count:
        return ""
    return (
        f"{count:,} package{'s differ' if count != 1 else ' differs'} from what was asked for "
        "in a way that a notice names"
    )


def cautions(view: View) -> str:
    """What to know before the output is used."""
    said = []
    if view["summary"]["generated"]:
        said.append("A generated recipe was never built: build each once before you rely on it.")
    if view["errors"]:
        said.append(f"{len(view['errors'])} sources could not be converted.")
    if not said and not view["summary"]["attention"]:
        said.append("Nothing differs from what was asked for.")
    return " ".join(said)


def groups(view: View, *severities: str) -> list[tuple[str, list[int]]]:
    """Notices of these severities by code: losses first, whole packages before their parts,
    then the commonest.
    """
    found: dict[str, list[int]] = {}
    for index, notice in enumerate(view["notices"]):
        if notice["severity"] in severities:
            found.setdefault(notice["code"], []).append(index)

    def rank(item: tuple[str, list[int]]) -> tuple[int, bool, int]:
        severity = view["notices"][item[1][0]]["severity"]
        return severities.index(severity), not item[0].startswith("package-"), -len(item[1])

    return sorted(found.items(), key=rank)


def advised(view: View, code: str) -> str:
    """What to do about a notice of this code; empty where that is nothing."""
    advice = str(view["codes"][code]["advice"])
    return "" if advice == "Nothing." else advice


def further(view: View) -> tuple[dict[str, list[int]], list[int]]:
    """Notices that belong to no package asked for.

    First those on packages which others need and for which a recipe was generated, by name;
    then those on the stack as a whole.
    """
    attached = {index for row in view["packages"] for index in row["notices"]}
    rest = [index for index in range(len(view["notices"])) if index not in attached]
    notices: Sequence[View] = view["notices"]
    made = {
        notices[index]["subject"] for index in rest if notices[index]["code"] == "package-generated"
    }
    brought: dict[str, list[int]] = {}
    whole: list[int] = []
    for index in rest:
        subject = notices[index]["subject"]
        if subject in made:
            brought.setdefault(subject, []).append(index)
        else:
            whole.append(index)
    return dict(sorted(brought.items())), whole


def evidence(row: View) -> str:
    """How it is known that this is the software asked for; empty where nothing is known."""
    proof = row["evidence"]
    if not proof:
        return ""
    count = f" ({proof['count']} agree)" if proof["count"] > 1 else ""
    detail = f": {proof['detail']}" if proof["detail"] else ""
    return f"{_TIERS.get(proof['tier'], proof['tier'])}{count}{detail}"


def source(view: View, row: View) -> str:
    """The file it was asked for in, seen from the directory that was given."""
    return str(row["source"]).removeprefix(view["source"]["name"]).lstrip("/")


def place(view: View, row: View, *, several: bool) -> str:
    """Where it was asked for: the line, and the file where there are several."""
    line = f"line {row['line']}" if row["line"] else ""
    return ", ".join(part for part in (source(view, row) if several else "", line) if part)


def rank(row: View) -> int:
    """0 for what is lost, larger for what needs less attention."""
    return HOW.index(row["how"]) * 2 + (not needs_attention(row))
