"""Notices: what a conversion kept, approximated, dropped or assumed, and why.

`Code` is the closed list. Each code has one severity and one sentence, both in `MEANING`;
`docs/notices.md` is generated from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["MEANING", "NOWHERE", "Code", "Notice", "Place", "Severity", "losses"]


class Severity(str, Enum):
    """How much a notice matters: only `approximated` and `lost` count under `--strict`."""

    INFO = "info"
    ASSUMED = "assumed"
    APPROXIMATED = "approximated"
    LOST = "lost"


class Code(str, Enum):
    """What happened. Codes are part of the interface: never rename one."""

    # the request
    VERSION_APPROXIMATED = "version-approximated"
    VERSION_ASSUMED = "version-assumed"
    VERSION_LOST = "version-lost"
    FEATURE_APPROXIMATED = "feature-approximated"
    FEATURE_ASSUMED = "feature-assumed"
    FEATURE_IMPLIED = "feature-implied"
    FEATURE_LOST = "feature-lost"
    FLAGS_LOST = "flags-lost"
    DEPENDENCY_APPROXIMATED = "dependency-approximated"
    DEPENDENCY_IMPLIED = "dependency-implied"
    DEPENDENCY_LOST = "dependency-lost"
    TARGET_ASSUMED = "target-assumed"
    TARGET_LOST = "target-lost"
    TARGET_BY_OPTION = "target-by-option"
    GPU_LOST = "gpu-lost"
    RULE_LOST = "rule-lost"
    CONDITION_LOST = "condition-lost"
    # whole packages
    PACKAGE_LOST = "package-lost"
    PACKAGE_ABSENT = "package-absent"
    PACKAGE_IN_BUNDLE = "package-in-bundle"
    PACKAGE_MERGED = "package-merged"
    PACKAGE_GENERATED = "package-generated"
    NAME_APPROXIMATED = "name-approximated"
    NAME_UNKNOWN = "name-unknown"
    # toolchains
    TOOLCHAIN_CHOSEN = "toolchain-chosen"
    TOOLCHAIN_APPROXIMATED = "toolchain-approximated"
    TOOLCHAIN_LOST = "toolchain-lost"
    PROVIDER_APPROXIMATED = "provider-approximated"
    # the stack's own structure
    STRUCTURE_EXPANDED = "structure-expanded"
    STRUCTURE_LOST = "structure-lost"
    SETTING_CARRIED = "setting-carried"
    SETTING_LOST = "setting-lost"
    SETTING_UPGRADED = "setting-upgraded"
    SETTING_IGNORED = "setting-ignored"
    SETTING_ADDED = "setting-added"
    INCLUDE_UNREAD = "include-unread"
    COMMENT_LOST = "comment-lost"
    COMMENT_MOVED = "comment-moved"
    EXTERNAL_SUSPECT = "external-suspect"
    # input that could not be evaluated
    EVALUATION_INCOMPLETE = "evaluation-incomplete"
    HOST_VALUE_ASSUMED = "host-value-assumed"
    # output
    CHECKSUM_MISSING = "checksum-missing"
    SOURCE_LOST = "source-lost"
    SOURCE_DIFFERS = "source-differs"
    FILE_LEFT_OUT = "file-left-out"
    LICENSE_NEEDED = "license-needed"
    STEP_ASSUMED = "step-assumed"
    STEP_SKIPPED = "step-skipped"


MEANING: dict[Code, tuple[Severity, str]] = {
    Code.VERSION_APPROXIMATED: (
        Severity.APPROXIMATED,
        "another version stands in for the one wanted",
    ),
    Code.VERSION_ASSUMED: (
        Severity.ASSUMED,
        "no version was asked for, or it is counted otherwise there; one was chosen",
    ),
    Code.VERSION_LOST: (Severity.LOST, "a version constraint can't be said in the output"),
    Code.FEATURE_APPROXIMATED: (Severity.APPROXIMATED, "a feature is delivered in another way"),
    Code.FEATURE_ASSUMED: (Severity.ASSUMED, "a feature is taken to hold without proof"),
    Code.FEATURE_IMPLIED: (Severity.INFO, "a feature holds without being said in the output"),
    Code.FEATURE_LOST: (Severity.LOST, "a feature can't be said or had in the output"),
    Code.FLAGS_LOST: (Severity.LOST, "compiler flags can't be said in the output"),
    Code.DEPENDENCY_APPROXIMATED: (Severity.APPROXIMATED, "a dependency constraint is met nearly"),
    Code.DEPENDENCY_IMPLIED: (
        Severity.INFO,
        "a dependency constraint holds without being said in the output",
    ),
    Code.DEPENDENCY_LOST: (Severity.LOST, "a dependency constraint can't be said in the output"),
    Code.TARGET_ASSUMED: (Severity.ASSUMED, "a target was taken from the site"),
    Code.TARGET_LOST: (Severity.LOST, "a target can't be said in the output"),
    Code.TARGET_BY_OPTION: (Severity.ASSUMED, "a target is given to the tool, not in the file"),
    Code.GPU_LOST: (Severity.LOST, "a GPU architecture can't be said in the output"),
    Code.RULE_LOST: (Severity.LOST, "a requirement, preference or conflict can't be said"),
    Code.CONDITION_LOST: (Severity.LOST, "a condition can't be said in the output"),
    Code.PACKAGE_LOST: (Severity.LOST, "a package can't be had in the output's ecosystem"),
    Code.PACKAGE_ABSENT: (Severity.LOST, "a package is known not to exist there"),
    Code.PACKAGE_IN_BUNDLE: (Severity.INFO, "a package is part of a bundle there"),
    Code.PACKAGE_MERGED: (Severity.INFO, "two entries become one in the output"),
    Code.PACKAGE_GENERATED: (Severity.ASSUMED, "a recipe was generated"),
    Code.NAME_APPROXIMATED: (Severity.APPROXIMATED, "the name was matched without proof"),
    Code.NAME_UNKNOWN: (Severity.ASSUMED, "the name is not known; kept as it is"),
    Code.TOOLCHAIN_CHOSEN: (Severity.ASSUMED, "a toolchain was chosen for the stack"),
    Code.TOOLCHAIN_APPROXIMATED: (Severity.APPROXIMATED, "another toolchain stands in"),
    Code.TOOLCHAIN_LOST: (Severity.LOST, "a toolchain or compiler can't be said in the output"),
    Code.PROVIDER_APPROXIMATED: (Severity.APPROXIMATED, "another provider stands in"),
    Code.STRUCTURE_EXPANDED: (Severity.INFO, "a matrix or definition was written out in full"),
    Code.STRUCTURE_LOST: (Severity.LOST, "groups or what must be unified can't be said"),
    Code.SETTING_CARRIED: (Severity.INFO, "a tool's own setting is carried in extensions"),
    Code.SETTING_LOST: (Severity.LOST, "a tool's own setting can't be said in the output"),
    Code.SETTING_UPGRADED: (Severity.INFO, "an outdated setting was rewritten in today's form"),
    Code.SETTING_IGNORED: (Severity.ASSUMED, "the tool itself ignores this setting"),
    Code.SETTING_ADDED: (Severity.ASSUMED, "a setting was added that the output needs"),
    Code.INCLUDE_UNREAD: (Severity.ASSUMED, "an included file was not read"),
    Code.COMMENT_LOST: (Severity.INFO, "a comment has no place in the output"),
    Code.COMMENT_MOVED: (Severity.INFO, "a comment stands in another place now"),
    Code.EXTERNAL_SUSPECT: (Severity.ASSUMED, "a declared installation contradicts itself"),
    Code.EVALUATION_INCOMPLETE: (Severity.LOST, "a part of the input can't be evaluated safely"),
    Code.HOST_VALUE_ASSUMED: (Severity.ASSUMED, "a value of the host was taken from the settings"),
    Code.CHECKSUM_MISSING: (Severity.ASSUMED, "no checksum is known for a source"),
    Code.SOURCE_LOST: (Severity.LOST, "a source can't be said in the output"),
    Code.SOURCE_DIFFERS: (Severity.ASSUMED, "another archive of the same version is used"),
    Code.FILE_LEFT_OUT: (Severity.INFO, "a further file was not written; name a directory"),
    Code.LICENSE_NEEDED: (Severity.INFO, "the user must accept a licence first"),
    Code.STEP_ASSUMED: (Severity.ASSUMED, "a build step is taken over without proof"),
    Code.STEP_SKIPPED: (Severity.LOST, "a build step can't be said in the output"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the input: file name as given, line (from 1), path such as `packages[3].version`."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that did not pass unchanged.

    `subject` is the package or setting; `what` happened to it; `why`; `instead` says what
    the output holds now, or is empty.
    """

    code: Code
    subject: str
    what: str
    why: str
    instead: str = ""
    where: Place = field(default=NOWHERE)

    @property
    def severity(self) -> Severity:
        """The severity of this notice's code."""
        return MEANING[self.code][0]


def losses(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Those notices which `--strict` forbids."""
    return tuple(n for n in notices if n.severity in (Severity.LOST, Severity.APPROXIMATED))
