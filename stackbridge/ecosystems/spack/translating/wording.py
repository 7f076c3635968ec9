"""Words of other ecosystems in Spack's: names, features, GPU architectures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.ecosystems.spack.language.formatting import format_feature, format_spec
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Feature, Package

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["features", "gpu_features", "is_itself", "key", "known_features", "spelled"]

_CUDA = re.compile(r"sm_(\d+[a-z]?)")
# Features that only say which language or library is below, as a dependency does as well.
_LANGUAGES = {
    "java": "openjdk", "perl": "perl", "python": "python", "pytorch": "py-torch", "r": "r",
    "ruby": "ruby", "tensorflow": "py-tensorflow",
}  # fmt: skip


def key(package: Package) -> str:
    """What tells packages apart, wherever they stand."""
    return repr(replace(package, place=Package().place))


def is_itself(bundle: str, member: str) -> bool:
    """Whether a member is the software which the easyconfig is named for: `ont-tombo` of Tombo."""
    whole, part = (re.sub(r"[^a-z0-9]", "", name.lower()) for name in (bundle, member))
    if "bundle" in whole:
        return False
    return whole == part or (min(len(whole), len(part)) > 3 and (whole in part or part in whole))


def spelled(name: str) -> str:
    """A name as Spack would spell it: lower case, dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def gpu_features(gpus: Iterable[str]) -> tuple[Feature, ...]:
    """Spack's variants for GPU architectures such as `sm_80` and `gfx90a`."""
    cuda = tuple(match[1] for gpu in gpus if (match := _CUDA.fullmatch(gpu)))
    amd = tuple(gpu for gpu in gpus if gpu.startswith("gfx"))
    found: list[Feature] = []
    if cuda:
        found += [Feature(name="cuda", value=True), Feature(name="cuda_arch", value=cuda)]
    if amd:
        found += [Feature(name="rocm", value=True), Feature(name="amdgpu_target", value=amd)]
    return tuple(found)


def features(package: Package) -> tuple[Feature, ...]:
    """The features under Spack's variants' names; GPUs as architectures."""
    found = {feature.name: feature for feature in package.features}
    for feature in gpu_features(package.gpus):
        found.setdefault(feature.name, feature)
    return tuple(found.values())


def known_features(
    package: Package,
    known: Collection[str],
    lost: Callable[[Code, str, str], None],
    needs: Collection[str] = (),
) -> Package:
    """The package without variants that are not among the known ones; `lost` is told of each.

    `needs` are dependencies that it always has, so that a feature of that name says no more.
    """
    kept = tuple(f for f in package.features if f.name in known)
    below = {dependency.package.name for dependency in package.dependencies}
    said = {_LANGUAGES[f.name] for f in package.features if f.name in _LANGUAGES} & below
    always = {f.name for f in package.features if f.value is True} & {*needs} & below
    gone = ""
    if any(f.name == "cuda" and f.name not in {*known, *always} for f in package.features):
        # Its recipe does not use CUDA, so that `^cuda` could not be had.
        edges = [d.package for d in package.dependencies if d.package.name == "cuda"]
        gone = "".join(f" and `^{format_spec(edge)}`" for edge in edges)
        rest = tuple(d for d in package.dependencies if d.package not in edges)
        package = replace(package, dependencies=rest)
    for feature in package.features:
        if feature.name in always:
            continue
        if feature.name not in known and _LANGUAGES.get(feature.name) not in said:
            more = gone if feature.name == "cuda" else ""
            lost(
                Code.FEATURE_LOST,
                f"`{format_feature(feature)}`{more} {'are' if more else 'is'} left out",
                "Spack's recipe has no such variant",
            )
    return replace(package, features=kept)
