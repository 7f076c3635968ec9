"""What an engineer does about each kind of notice: one sentence for each code, for every page."""

from __future__ import annotations

from stackbridge.hub.notices import MEANING, Code, Severity

__all__ = ["advice", "meaning"]

_BY_CODE: dict[Code, str] = {
    Code.VERSION_APPROXIMATED: "Use the version delivered, choose another toolchain generation, "
    "or hand in a recipe repository so that the version wanted is generated.",
    Code.VERSION_ASSUMED: "Ask for a version where it matters to you.",
    Code.VERSION_LOST: "Check the version in the output by hand.",
    Code.FEATURE_APPROXIMATED: "Check that the way in which the feature comes suits you.",
    Code.FEATURE_ASSUMED: "Look at the build's log or test the program for the feature.",
    Code.FEATURE_LOST: "Do without it, or edit the recipe named so that it switches the feature.",
    Code.FEATURE_IMPLIED: "Nothing.",
    Code.FLAGS_LOST: "Give the flags to the tool itself, or in the recipe.",
    Code.DEPENDENCY_APPROXIMATED: "Build it and run its tests: it was wanted with another version.",
    Code.DEPENDENCY_IMPLIED: "Nothing.",
    Code.DEPENDENCY_LOST: "Check what the output builds it with.",
    Code.TARGET_ASSUMED: "Name another target if the site's is not meant.",
    Code.TARGET_LOST: "Give the target to the tool when it builds.",
    Code.TARGET_BY_OPTION: "Give the option to the tool when it builds.",
    Code.GPU_LOST: "Expect no GPU code for that architecture, or add a recipe that builds it.",
    Code.RULE_LOST: "Decide which of the two is meant and take the other out of the source.",
    Code.CONDITION_LOST: "Decide the condition by hand and add the dependency or setting.",
    Code.PACKAGE_LOST: "Write a recipe, or hand in a repository from which one can be generated.",
    Code.PACKAGE_ABSENT: "Nothing stands for it there: write a recipe, or take it out.",
    Code.PACKAGE_IN_BUNDLE: "Load the bundle's module to have it.",
    Code.PACKAGE_MERGED: "Nothing, unless two separate installations were meant.",
    Code.PACKAGE_GENERATED: "Read it and build it once before you rely on it.",
    Code.NAME_APPROXIMATED: "Compare the home pages: only the spelling says that it is the same.",
    Code.NAME_UNKNOWN: "Check the spelling; add a name that your site uses by an overlay.",
    Code.TOOLCHAIN_CHOSEN: "Name another generation with `--toolchain` if you prefer it.",
    Code.TOOLCHAIN_APPROXIMATED: "Check that the compiler and the MPI delivered will do.",
    Code.TOOLCHAIN_LOST: "Name the compiler in the output by hand.",
    Code.PROVIDER_APPROXIMATED: "Check that the library which stands in will do.",
    Code.STRUCTURE_EXPANDED: "Nothing.",
    Code.STRUCTURE_LOST: "Split the output, or build its parts apart.",
    Code.SETTING_CARRIED: "Nothing: a way back finds it again.",
    Code.SETTING_ADDED: "Read the setting; take it out if your site forbids it.",
    Code.SETTING_LOST: "Repeat the setting in the other tool's configuration, if it matters there.",
    Code.SETTING_UPGRADED: "Nothing.",
    Code.SETTING_IGNORED: "Take the setting out of the source.",
    Code.INCLUDE_UNREAD: "Put the file beside the source and convert again, if it matters.",
    Code.COMMENT_LOST: "Nothing.",
    Code.COMMENT_MOVED: "Nothing.",
    Code.EXTERNAL_SUSPECT: "Correct the declaration in the source.",
    Code.EVALUATION_INCOMPLETE: "Read that line of the recipe and carry it over by hand.",
    Code.HOST_VALUE_ASSUMED: "Check the value for the machine on which it will be built.",
    Code.CHECKSUM_MISSING: "Let the tool add the checksum once you trust the source.",
    Code.SOURCE_DIFFERS: "Compare the two archives, or name the one that you trust.",
    Code.SOURCE_LOST: "Add the source to the recipe by hand.",
    Code.FILE_LEFT_OUT: "Name a directory with `-o DIR/` to have all files.",
    Code.LICENSE_NEEDED: "Accept the license before you build.",
    Code.STEP_ASSUMED: "Compare the step with the original recipe.",
    Code.STEP_SKIPPED: "Carry the step over by hand, or test that the build does without it.",
}
_BY_SEVERITY = {
    Severity.LOST: "Do without it, or carry it over by hand.",
    Severity.APPROXIMATED: "Check that what stands in will do.",
    Severity.ASSUMED: "Check it where it matters to you.",
    Severity.INFO: "Nothing.",
}


def advice(code: Code) -> str:
    """What to do about a notice of that code; a new code has its severity's advice at first."""
    return _BY_CODE.get(code) or _BY_SEVERITY[MEANING[code][0]]


def meaning(code: Code) -> str:
    """What happened, in general."""
    return MEANING[code][1]
