"""`%(x)s` in easyconfigs: which values there are, and what text results.

Source of the rules: EasyBuild framework 5.4.1, `framework/easyconfig/templates.py`
(`template_constant_dict`) and `easyconfig.py` (`resolve_template`). Two of them surprise:
a text with one template that has no value stays wholly unresolved; and the version
templates (`%(pyver)s`) take the last match among dependencies, build dependencies and the
toolchain's dependencies, names compared without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

__all__ = [
    "ALTERNATIVES",
    "BUILD_TIME",
    "EASYBLOCK_PRIVATE",
    "KNOWN",
    "dependency_templates",
    "names_in",
    "resolve",
    "resolve_text",
    "template_values",
    "unresolvable",
]

ALTERNATIVES: Mapping[str, str] = MappingProxyType(
    {
        "build_dir": "builddir",
        "cuda_cc_comma_sep": "cuda_compute_capabilities",
        "install_dir": "installdir",
        "name_letter": "nameletter",
        "name_letter_lower": "nameletterlower",
        "name_lower": "namelower",
        "toolchain_ver": "toolchain_version",
        "ver_maj": "version_major",
        "ver_maj_min": "version_major_minor",
        "ver_maj_min_patch": "version_major_minor_patch",
        "ver_min": "version_minor",
        "ver_min_patch": "version_minor_patch",
        "ver_patch": "version_patch",
        "version_prefix": "versionprefix",
        "version_suffix": "versionsuffix",
        **{
            f"{prefix}_{part}ver": f"{prefix}{part.replace('_', '')}ver"
            for prefix in ("cuda", "java", "perl", "py", "r")
            for part in ("", "maj_", "short_")
        },
    }
)
"""Other spellings of templates -> the usual one."""

_SOFTWARE = {"cuda": "cuda", "cudacore": "cuda", "java": "java", "perl": "perl", "python": "py",
             "r": "r"}  # fmt: skip

BUILD_TIME = frozenset(
    {
        "amdgcn_capabilities", "amdgcn_cc_semicolon_sep", "amdgcn_cc_space_sep", "builddir",
        "cuda_cc_cmake", "cuda_cc_nvhpc", "cuda_cc_semicolon_sep", "cuda_cc_space_sep",
        "cuda_cc_space_sep_no_period", "cuda_compute_capabilities", "cuda_int_comma_sep",
        "cuda_int_semicolon_sep", "cuda_int_space_sep", "cuda_sm_comma_sep", "cuda_sm_space_sep",
        "installdir", "mpi_cmd_prefix", "module_name", "parallel", "rpath_enabled",
        "software_commit", "start_dir", "sysroot",
    }
)  # fmt: skip
"""Templates that get their value when EasyBuild is configured or builds."""

EASYBLOCK_PRIVATE = frozenset(
    {
        "cudaarch", "cudnnarch", "excluded_tests", "ext_name", "ext_version", "jdkarch",
        "mapped_arch", "orcaarch", "python", "source", "src",
    }
)  # fmt: skip
"""Templates that single easyblocks fill in, or that name an extension."""

_OWN = frozenset(
    {
        "arch", "bitbucket_account", "github_account", "name", "nameletter", "nameletterlower",
        "namelower", "toolchain_name", "toolchain_version", "version", "version_major",
        "version_major_minor", "version_major_minor_patch", "version_minor",
        "version_minor_patch", "version_patch", "versionprefix", "versionsuffix",
    }
)  # fmt: skip
_FROM_DEPENDENCIES = frozenset(
    f"{prefix}{part}ver"
    for prefix in set(_SOFTWARE.values())
    for part in ("", "maj", "min", "short")
)
KNOWN = frozenset(_OWN | _FROM_DEPENDENCIES | BUILD_TIME | EASYBLOCK_PRIVATE | set(ALTERNATIVES))
"""Every template that can have a value somewhere."""

_PERCENT_SIGNS = re.compile(r"(%+)(\(\w+\)s)?")
_TEMPLATE = re.compile(r"(?<!%)(?:%%)*%\((\w+)\)s")


def dependency_templates(dependencies: Iterable[tuple[str | None, Any]]) -> dict[str, str]:
    """Templates such as `pyver`, from (name, version) of the dependencies in order."""
    found: dict[str, str] = {}
    for name, version in dependencies:
        if not name or not isinstance(version, str) or not version:
            continue
        prefix = _SOFTWARE.get(name.lower())
        if prefix is None:
            continue
        parts = version.split(".")
        found[f"{prefix}ver"] = version
        found[f"{prefix}majver"] = parts[0]
        if len(parts) > 1:
            found[f"{prefix}minver"] = parts[1]
        found[f"{prefix}shortver"] = ".".join(parts[:2])
    return found


def template_values(
    values: Mapping[str, Any],
    dependencies: Iterable[tuple[str | None, Any]] = (),
    *,
    architecture: str = "x86_64",
) -> dict[str, str]:
    """All templates that an easyconfig's own values and its dependencies give.

    `values` are parameters by name (`name`, `version`, `versionsuffix`, `toolchain`, ...);
    `dependencies` (name, version) of dependencies, build dependencies and the toolchain's
    dependencies, in this order, external modules by their metadata.
    """
    found: dict[str, Any] = {
        "arch": architecture,
        "rpath_enabled": "false",
        "sysroot": "",
        "software_commit": "",
    }
    toolchain = values.get("toolchain")
    if isinstance(toolchain, dict):
        found["toolchain_name"] = toolchain.get("name")
        found["toolchain_version"] = toolchain.get("version")
    version = values.get("version")
    if isinstance(version, str):
        parts = version.split(".")
        found["version_major"] = parts[0]
        if len(parts) > 1:
            found["version_minor"] = parts[1]
            found["version_major_minor"] = ".".join(parts[:2])
        if len(parts) > 2:
            found["version_patch"] = parts[2]
            found["version_minor_patch"] = ".".join(parts[1:3])
            found["version_major_minor_patch"] = ".".join(parts[:3])
    name = values.get("name")
    if isinstance(name, str) and name:
        found["nameletter"] = name[0]
        found["nameletterlower"] = name[0].lower()
        found["namelower"] = name.lower()
    found.update(dependency_templates(dependencies))
    found["versionsuffix"] = values.get("versionsuffix", "")
    found["versionprefix"] = values.get("versionprefix", "")
    for key in ("bitbucket_account", "github_account"):
        # the default of both parameters is the template of the lower-case name
        found[key] = values.get(key, found.get("namelower"))
    found["name"] = name
    found["version"] = version
    capabilities = values.get("cuda_compute_capabilities")
    if isinstance(capabilities, (list, tuple)) and capabilities:
        found.update(_cuda([str(item) for item in capabilities]))
    capabilities = values.get("amdgcn_capabilities")
    if isinstance(capabilities, (list, tuple)) and capabilities:
        texts = [str(item) for item in capabilities]
        found["amdgcn_capabilities"] = ",".join(texts)
        found["amdgcn_cc_space_sep"] = " ".join(texts)
        found["amdgcn_cc_semicolon_sep"] = ";".join(texts)
    return _settled({key: value for key, value in found.items() if value is not None})


def _cuda(capabilities: list[str]) -> dict[str, str]:
    plain = [item.replace(".", "") for item in capabilities]
    return {
        "cuda_compute_capabilities": ",".join(capabilities),
        "cuda_cc_space_sep": " ".join(capabilities),
        "cuda_cc_space_sep_no_period": " ".join(plain),
        "cuda_cc_semicolon_sep": ";".join(capabilities),
        "cuda_cc_cmake": ";".join(plain),
        "cuda_cc_nvhpc": ",".join(f"cc{item}" for item in plain),
        "cuda_int_comma_sep": ",".join(plain),
        "cuda_int_space_sep": " ".join(plain),
        "cuda_int_semicolon_sep": ";".join(plain),
        "cuda_sm_comma_sep": ",".join(f"sm_{item}" for item in plain),
        "cuda_sm_space_sep": " ".join(f"sm_{item}" for item in plain),
    }


def _settled(values: dict[str, Any]) -> dict[str, str]:
    """Templates within templates, until nothing changes (8 rounds at most)."""
    texts = {key: str(value) for key, value in values.items()}
    if not any("%" in text for text in texts.values()):
        return texts
    for _ in range(8):
        changed = False
        for key, text in texts.items():
            if "%" not in text:
                continue
            try:
                new = text % texts
            except (KeyError, TypeError, ValueError):
                continue
            if len(new) < 10_000 and new != text:
                changed = True
                texts[key] = new
        if not changed:
            break
    return texts


def resolve_text(text: str, templates: Mapping[str, str]) -> str:
    """The text with its templates filled in, or unchanged when one of them has no value."""
    if "%" not in text:
        return text
    # Signs that lead to no template stand for themselves.
    escaped = _PERCENT_SIGNS.sub(lambda m: m[0] if m[2] else m[1] * 2, text)
    try:
        return escaped % templates
    except KeyError:
        pass
    except (TypeError, ValueError):
        return text
    wider = dict(templates)
    for alternative, usual in ALTERNATIVES.items():
        if usual in templates:
            wider[alternative] = templates[usual]
        elif alternative in templates:
            wider[usual] = templates[alternative]
    try:
        return escaped % wider
    except KeyError:
        return text


def resolve(value: Any, templates: Mapping[str, str]) -> Any:
    """The value with every text in it resolved, keys of dicts included."""
    if isinstance(value, str):
        return resolve_text(value, templates)
    if isinstance(value, list):
        return [resolve(item, templates) for item in value]
    if isinstance(value, tuple):
        return tuple(resolve(item, templates) for item in value)
    if isinstance(value, dict):
        return {resolve(key, templates): resolve(item, templates) for key, item in value.items()}
    return value


def names_in(text: str) -> tuple[str, ...]:
    """Templates which a text uses, escaped ones (`%%(name)s`) not counted."""
    return tuple(dict.fromkeys(_TEMPLATE.findall(text))) if "%(" in text else ()


def unresolvable(text: str, templates: Mapping[str, str]) -> tuple[str, ...]:
    """Templates in the text that have no value now and never will.

    Those of the build (`%(installdir)s`), of extensions and of single easyblocks are
    counted as resolvable.
    """
    missing = []
    for name in names_in(text):
        usual = ALTERNATIVES.get(name, name)
        if name in templates or usual in templates:
            continue
        if usual in BUILD_TIME or usual in EASYBLOCK_PRIVATE:
            continue
        missing.append(name)
    return tuple(missing)
