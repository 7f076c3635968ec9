"""The text of docs/translation-quality.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.translation.measuring import HEADER, RULE, Result, totals
from benchmarks.translation.sample import LIMIT, Answer
from stackbridge import __version__

_BEGIN = """\
Written by `python -m benchmarks.translation`; run it to measure again. Measured on {date} with
StackBridge {version} and its shipped indexes. Judged by: {tools}.

A row counts each package that the stack asks for, once. *Exact*: the same software, version
and features. *Bundle*: exact, as part of something. *Approximated*: something near stands in.
*Generated*: by a recipe that was written for it, {fillers}.
*Lost*: not in the output. Behind a number stands what is not as it was asked for; a package with
several kinds counts in each of them. Each approximation and each loss has a notice with the
reason (`docs/notices.md` explains the kinds). *Ours* are the CPU seconds of one process which had
opened the indexes before, *tool's* those of the real tool for the nearest thing that it does.
"""

_THERE = """\
Accepted: `eb -D --robot` resolves all easyconfigs of the easystack, in one run. EasyBuild
translates nothing; the nearest thing that it does is this resolution of the finished easystack, and
its time is in the last column.
"""

_BACK = """\
Accepted: Spack's schema, reader and expansion take the environment and the package repository
beside it without a complaint, and the recipes have every package, variant, value and version. An
easystack's roots may be more than its packages, since a bundle becomes its members. Spack
translates nothing; the nearest thing that it does without its solver is this reading, whose time is
in the last column. What its solver takes stands below.
"""

_SAMPLE = """\
{count} roots of the environment that {stack} became, each asked of Spack alone: {solved} concretize
({share:.0%}){spent}.
{drawn}
The seed is {seed}: roots are taken in the order of `sha256("seed name group")`. Each root stands in an
environment with all settings of the whole one, its package repository and the group that it
needs, whose compiler was concretized once before; `spack concretize` has {limit} CPU seconds, with
`concretizer:static_analysis:true` and without its cache.
"""

_END = """\
## What was not measured

- Nothing was built. A dry run proves that EasyBuild can read and resolve the easyconfigs, not
  that they compile.
- Spack's solver was asked for the sample only, not for whole environments.
- Features are compared by what names, versionsuffixes and variants say. A default that differs
  between two recipes of the same software is not seen.
- The identity of software is as good as the catalog (`docs/catalog-quality.md`).
"""


def page(
    there: Sequence[Result],
    back: Sequence[Result],
    *,
    date: str,
    tools: str,
    generated: bool,
    sample: str = "",
) -> str:
    """Two tables, the sample, the look at exact rows, what is lost, what the figures do not say."""
    fillers = (
        "made of the other ecosystem's where there is none"
        if generated
        else "not made in this run, for want of `--repository`"
    )
    lines = [
        "# The quality of translations, measured",
        "",
        _BEGIN.format(date=date, version=__version__, tools=tools, fillers=fillers),
        "## Spack and manifests to EasyBuild",
        "",
        _THERE,
        HEADER,
        RULE,
        *(result.line() for result in there),
        "",
        totals("EasyBuild", there),
        "",
        "## EasyBuild and manifests to Spack",
        "",
        _BACK,
        HEADER,
        RULE,
        *(result.line() for result in back),
        "",
        totals("Spack", back),
        "",
        "## A sample, concretized",
        "",
        sample or "Not measured in this run: it needs `--concretize`, and SPACK_ROOT.\n",
        "## Rows that say exact",
        "",
        *inexact([*there, *back]),
        "",
        "## What is lost",
        "",
        *losses([*there, *back]),
        "",
        _END,
    ]
    return "\n".join(lines)


def sample_text(answers: Sequence[Answer], *, stack: str, wanted: int, seed: int) -> str:
    """The section on the sample: a sentence, the reasons, the roots that did not concretize."""
    if not answers:
        return ""
    solved = [answer for answer in answers if answer.ok]
    spent = sorted(answer.seconds for answer in solved)
    took = f", in {spent[len(spent) // 2]:.0f} CPU seconds each (median)" if spent else ""
    drawn = (
        f"{len(answers)} of the {wanted} that were drawn were answered in the time that there was; a\n"
        "root that takes long is the less likely among them."
        if len(answers) < wanted
        else f"All {wanted} that were drawn were asked."
    )
    text = _SAMPLE.format(
        count=len(answers),
        stack=stack,
        solved=len(solved),
        share=len(solved) / len(answers),
        spent=took,
        drawn=drawn,
        seed=seed,
        limit=LIMIT,
    )
    reasons = Counter(answer.reason for answer in answers if not answer.ok)
    lines = [
        f"- {reason}: " + ", ".join(_refused(answers, reason))
        for reason, _ in reasons.most_common()
    ]
    return text + "\n" + "\n".join([*lines, ""]) if lines else text


def _refused(answers: Sequence[Answer], reason: str) -> Iterator[str]:
    for answer in answers:
        if not answer.ok and answer.reason == reason:
            yield f"`{answer.root}`" + (f" ({answer.group})" if answer.group else "")


def inexact(results: Sequence[Result]) -> Iterator[str]:
    """How many rows say exact, and every one that is not."""
    exact = sum(row.how == "exact" for result in results for row in result.rows)
    wrong = [f"- {result.stack}: {one}" for result in results for one in result.inexact]
    yield (
        f"{exact:,} rows say exact. EasyBuild's own parser read every easyconfig behind them, and the "
        "text\nof every Spack recipe was searched for the version; name, version, CUDA and MPI were "
        f"compared with\nthe request: {len(wrong) or 'none'} differ."
    )
    yield from wrong


def losses(results: Sequence[Result]) -> Iterator[str]:
    """A line for each stack that lost something."""
    found = [line for result in results if (line := result.lost())]
    yield from found or ["Nothing."]
