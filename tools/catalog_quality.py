"""Measure the catalog and write docs/catalog-quality.md.

    python tools/catalog_quality.py --spack-packages DIR --easyconfigs DIR --guix FILE
        --debian bookworm=FILE --debian trixie=FILE [--eessi FILE] [-o docs/catalog-quality.md]

Coverage counts names with an identity in at least one other ecosystem, or known to be absent.
Precision and recall hide the checksum tier: what do the other tiers say of names whose
partners the checksums prove?
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stackbridge.catalog.absence import searched
from stackbridge.catalog.build import ECOSYSTEMS, REGISTRIES, Built, build
from stackbridge.catalog.facts import Fact
from stackbridge.catalog.identity import TIERS, Identity, Tier
from stackbridge.catalog.matching import Cluster, compatible, match
from stackbridge.catalog.rules import Rules, load_rules
from stackbridge.cli.catalog import _Progress, gather

Node = tuple[str, str, str, str]
Pair = tuple[Node, Node]


def node(fact: Fact) -> Node:
    """What tells one name from another."""
    return fact.ecosystem, fact.name, fact.kind, fact.language


def together(facts: Sequence[Fact], clusters: Iterable[Cluster]) -> set[Pair]:
    """Pairs of main names of two ecosystems that stand in one cluster."""
    result: set[Pair] = set()
    for cluster in clusters:
        main = [n for n in cluster.members if not cluster.parts.get(n)]
        for one in main:
            for other in main:
                if ECOSYSTEMS.index(facts[one].ecosystem) < ECOSYSTEMS.index(
                    facts[other].ecosystem
                ):
                    result.add((node(facts[one]), node(facts[other])))
    return result


def proven(facts: Sequence[Fact], clusters: Iterable[Cluster]) -> set[Pair]:
    """Pairs in one cluster which share a source file by its checksum."""
    files = {node(fact): {digest for digest, _, _ in fact.sources} for fact in facts}
    return {(one, other) for one, other in together(facts, clusters) if files[one] & files[other]}


def against_checksums(facts: Sequence[Fact], rules: Rules) -> dict[str, Any]:
    """The lower tiers measured where checksums tell the truth."""
    everything = match(facts, rules.ruling)
    truth = proven(facts, everything)
    partners: dict[tuple[Node, str], set[Node]] = defaultdict(set)
    for one, other in truth:
        partners[one, other[0]].add(other)
        partners[other, one[0]].add(one)
    decided = {frozenset({left, right}) for left, right, _ in rules.ruling.same}
    result: dict[str, Any] = {"pairs proven": len(truth)}
    sets: list[tuple[str, frozenset[Tier]]] = [
        ("all lower tiers and rules", frozenset(TIERS) - {Tier.CHECKSUM}),
        ("all lower tiers, no rules", frozenset(TIERS) - {Tier.CHECKSUM, Tier.CURATED}),
        *((tier.value, frozenset({tier})) for tier in TIERS[1:5]),
    ]
    by_node = {node(fact): fact for fact in facts}
    for title, tiers in sets:
        said = together(facts, match(facts, rules.ruling, tiers))
        tested = right = 0
        wrong: list[str] = []
        for one, other in sorted(said):
            there, back = partners.get((one, other[0])), partners.get((other, one[0]))
            if there is None or back is None:
                continue
            tested += 1
            # Two spellings of one name (`PyYAML`, `pyyaml`) are one answer.
            twin = (
                any(
                    mate[0] == other[0] and compatible(by_node[other], by_node[mate]) == 3
                    for mate in there
                )
                and other[3] == next(iter(there))[3]
            )
            ruled = any(frozenset({one[:2], mate[:2]}) in decided for mate in (other, *there))
            if other in there or twin or ruled:
                right += 1
            else:
                wrong.append(f"{one[0]}:{one[1]} = {other[0]}:{other[1]}")
        found = len(truth & said)
        result[title] = (right, tested, found, len(truth), wrong)
    result["absences"] = absences(facts, rules, partners)
    return result


def absences(
    facts: Sequence[Fact], rules: Rules, partners: dict[tuple[Node, str], set[Node]]
) -> tuple[int, int]:
    """(names which the search would call absent though a checksum proves a partner, all such)."""
    blind = [replace(fact, sources=()) for fact in facts]
    clusters = match(blind, rules.ruling, frozenset(TIERS) - {Tier.CHECKSUM})
    members = {cluster.members[0]: cluster.members for cluster in clusters}
    wrong = 0
    for head, ecosystem, _ in searched(blind, clusters, {}):
        wrong += sum((node(blind[n]), ecosystem) in partners for n in members[head])
    places = ("easybuild", "spack")
    return wrong, sum(one[0] in places for one, _ in partners)


def status(identity: Identity, ecosystem: str) -> str:
    """How one ecosystem's name is known elsewhere."""
    if any(place in identity.names for place in ECOSYSTEMS if place != ecosystem):
        return "recipe"
    if any(place in identity.names for place in REGISTRIES):
        return "registry"
    if all(place in identity.absent for place in ECOSYSTEMS if place != ecosystem):
        reasons = [why for place, why in identity.absent.items() if place in ECOSYSTEMS]
        searched = all(why.startswith("searched") for why in reasons)
        return "absent, searched" if searched else "absent, curated"
    return "open"


RANKS = ("recipe", "registry", "absent, curated", "absent, searched", "open")


def coverage(built: Built, eessi: set[str] | None) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """For each group of names: how many have which status, and the best tier of the known."""
    groups: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for identity in built.identities:
        tiers = [
            name.tier
            for names in identity.names.values()
            for name in names
            if name.tier is not None and name.kind != "registry"
        ]
        best = min(tiers, key=TIERS.index).value if tiers else "none"
        for ecosystem in ("easybuild", "spack"):
            for name in identity.names.get(ecosystem, ()):
                group = {
                    ("easybuild", "software"): "EasyBuild names",
                    ("easybuild", "toolchain"): "EasyBuild names",
                    ("easybuild", "extension"): "EasyBuild extensions",
                    ("spack", "software"): "Spack names",
                }.get((ecosystem, name.kind))
                if group is None:
                    continue
                row = (status(identity, ecosystem), best)
                old = groups[group].get(name.name)
                if old is None or RANKS.index(row[0]) < RANKS.index(old[0]):
                    groups[group][name.name] = row
    for title in groups["EasyBuild names"]:
        groups["EasyBuild extensions"].pop(title, ("", ""))
    if eessi is not None:
        listed = groups["EasyBuild names"]
        groups["EESSI software"] = {
            name: listed.get(name, ("open", "none")) for name in sorted(eessi)
        }
    return {
        title: (Counter(row[0] for row in rows.values()), Counter(row[1] for row in rows.values()))
        for title, rows in groups.items()
    }


def other_coverage(
    facts: Sequence[Fact], clusters: Iterable[Cluster]
) -> dict[str, tuple[int, int]]:
    """Guix and Debian: names that stand in a cluster with another ecosystem, and all."""
    all_names: dict[str, set[str]] = defaultdict(set)
    linked: dict[str, set[str]] = defaultdict(set)
    for cluster in clusters:
        places = {facts[n].ecosystem for n in cluster.members}
        for n in cluster.members:
            fact = facts[n]
            all_names[fact.ecosystem].add(fact.name)
            if len(places) > 1:
                linked[fact.ecosystem].add(fact.name)
    return {place: (len(linked[place]), len(all_names[place])) for place in ("guix", "debian")}


def page(
    built: Built,
    groups: dict[str, tuple[Counter[str], Counter[str]]],
    others: dict[str, tuple[int, int]],
    measured: dict[str, Any],
) -> str:
    """The page, whole."""
    lines = [
        "# The catalog's quality, measured",
        "",
        "Written by `tools/catalog_quality.py`; run it to measure again. Inputs: "
        + "; ".join(f"{place}: {text}" for place, text in built.meta["inputs"].items())
        + f". {len(built.identities):,} identities.",
        "",
        "## Coverage",
        "",
        "Known: a name in the recipes of at least one other ecosystem, or only in a language's",
        "registry (PyPI, CRAN, Bioconductor, CPAN). Absent: looked up by hand, or nothing in any",
        "other ecosystem shares a file, coordinate or address with it or is named like it. Open:",
        "neither is certain.",
        "",
        "| names | all | recipes | registry | absent, curated | absent, searched | open | known |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for title in ("EasyBuild names", "EasyBuild extensions", "EESSI software", "Spack names"):
        if not groups.get(title, (Counter(), Counter()))[0]:
            continue
        counts = groups[title][0]
        total = sum(counts.values())
        settled = total - counts["open"]
        lines.append(
            f"| {title} | {total:,} | "
            + " | ".join(f"{counts[key]:,}" for key in RANKS)
            + f" | {100 * settled / total:.1f} % |"
        )
    for place, (linked, total) in others.items():
        title = {"guix": "Guix", "debian": "Debian"}[place]
        lines.append(
            f"| {title} packages | {total:,} | {linked:,} | | | | {total - linked:,} "
            f"| {100 * linked / max(1, total):.1f} % |"
        )
    lines += [
        "",
        "Guix and Debian hold much that no HPC collection has; what stands alone there is open.",
        "",
        "By the strongest evidence of the identity:",
        "",
        "| names | " + " | ".join(tier.value for tier in TIERS) + " | none |",
        "|---|" + "---|" * (len(TIERS) + 1),
    ]
    for title, (_, tiers) in groups.items():
        cells = [f"{tiers[tier.value]:,}" for tier in TIERS]
        lines.append(f"| {title} | " + " | ".join(cells) + f" | {tiers['none']:,} |")
    lines += [
        "",
        "## Precision and recall of the lower tiers",
        "",
        f"{measured['pairs proven']:,} pairs of names share a source file with the same SHA-256.",
        "With that tier hidden, the others say:",
        "",
        "| evidence | right | of tested | precision | proven pairs found | recall |",
        "|---|---|---|---|---|---|",
    ]
    for title, row in measured.items():
        if title in ("pairs proven", "absences"):
            continue
        right, tested, found, truth, _ = row
        precision = f"{100 * right / tested:.2f} %" if tested else "-"
        lines.append(
            f"| {title} | {right:,} | {tested:,} | {precision} | {found:,} "
            f"| {100 * found / max(1, truth):.1f} % |"
        )
    wrong = measured["all lower tiers and rules"][4]
    lines += [
        "",
        "Tested are pairs of which both names have a proven partner in the other's ecosystem.",
        "The catalog itself asserts the proven partner in these cases. What the lower tiers would",
        "have said wrongly:",
        "",
    ]
    lines += [f"- `{text}`" for text in wrong] or ["- nothing"]
    missed, partnered = measured["absences"]
    lines += [
        "",
        "How far to trust an absence that was searched: without checksums, the search would call",
        f"{missed:,} of {partnered:,} names absent in an ecosystem where a checksum proves a",
        f"partner ({100 * missed / max(1, partnered):.2f} %).",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Measure the catalog.")
    parser.add_argument("--spack-packages", required=True)
    parser.add_argument("--easyconfigs", required=True)
    parser.add_argument("--guix", required=True)
    parser.add_argument("--debian", action="append", default=[])
    parser.add_argument("--eessi", help="JSON with the installations of EESSI (name)")
    parser.add_argument("--release", action="append", default=[])
    parser.add_argument("-o", "--output", default="docs/catalog-quality.md")
    args = parser.parse_args()
    rules = load_rules()
    say = _Progress(quiet=False)
    inputs = gather(
        args.spack_packages,
        args.easyconfigs,
        args.guix,
        tuple(args.debian),
        say,
        releases=tuple(args.release),
    )
    built = build(inputs, rules, say.step)
    eessi = None
    if args.eessi:
        raw = Path(args.eessi).read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        eessi = {row["name"] for row in json.loads(raw)["installations"]}
    say.step("coverage")
    groups = coverage(built, eessi)
    others = other_coverage(inputs.facts, match(inputs.facts, rules.ruling))
    say.step("precision and recall")
    measured = against_checksums(inputs.facts, rules)
    Path(args.output).write_text(page(built, groups, others, measured), encoding="utf-8")
    print(f"written: {args.output}", file=sys.stderr)


if __name__ == "__main__":
    main()
