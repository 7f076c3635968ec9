"""Records, as they are stored, -> PackageFacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stackbridge.ecosystems.spack.repository.directives import Record, record
from stackbridge.ecosystems.spack.repository.model import (
    Choice,
    Condition,
    ConflictFact,
    DependencyFact,
    ExtendsFact,
    Incomplete,
    LicenseFact,
    PackageFacts,
    PatchFact,
    ProvideFact,
    RedistributeFact,
    RequirementFact,
    ResourceFact,
    SpliceFact,
    VariantFact,
    VersionFact,
)
from stackbridge.ecosystems.spack.repository.source import literal_calls
from stackbridge.ecosystems.spack.repository.values import Item

__all__ = ["expand", "package_facts", "provided"]


def expand(own: Iterable[Sequence[Any]]) -> Iterator[Record]:
    """Stored directives, with runs of literal ones taken apart."""
    for each in own:
        if len(each) == 3:
            yield list(each)
            continue
        run, line, when, defaults = each
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in defaults.items()}
        for name, arguments, keywords, place in literal_calls(run, line):
            yield record(Item(name, place, arguments, keywords, None, tuple(when), given))


def _when(keywords: Mapping[str, Any]) -> Condition | None:
    value = keywords.get("when", [])
    return None if value is False else tuple(value)


def _code(value: Any) -> Any:
    return "<code>" if isinstance(value, dict) and value.get("code") is True else value


def _options(keywords: Mapping[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    return {k: _code(v) for k, v in keywords.items() if k not in without and v is not None}


def _patch(keywords: Mapping[str, Any]) -> PatchFact | None:
    when = _when(keywords)
    if when is None:
        return None
    return PatchFact(
        location=str(keywords["url_or_filename"]),
        sha256=keywords.get("sha256"),
        archive_sha256=keywords.get("archive_sha256"),
        level=keywords.get("level", 1),
        working_dir=keywords.get("working_dir", "."),
        reverse=bool(keywords.get("reverse", False)),
        when=when,
    )


def _patches(value: Any) -> tuple[PatchFact, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (PatchFact(location=value),)
    if len(value) == 3 and value[0] == "patch" and isinstance(value[2], dict):
        made = _patch(value[2])
        return (made,) if made is not None else ()
    return tuple(patch for each in value for patch in _patches(each))


def _choice(value: Any) -> Iterator[Choice]:
    if isinstance(value, list):
        for each in value:
            yield from _choice(each)
    elif isinstance(value, dict) and "value" in value:
        when = value["when"]
        yield Choice(
            value=_word(value["value"]),
            when=() if when is False else tuple(when),
            possible=when is not False,
        )
    else:
        yield Choice(value=_word(value))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _variant(keywords: Mapping[str, Any], when: Condition) -> VariantFact:
    values = keywords.get("values")
    default = keywords.get("default")
    multi = bool(keywords.get("multi"))
    sets: tuple[tuple[str, ...], ...] = ()
    choices: tuple[Choice, ...] | None
    if isinstance(values, dict) and "sets" in values:
        sets = tuple(tuple(_word(v) for v in each) for each in values["sets"])
        choices = tuple(Choice(value=v) for each in sets for v in each)
        default = values["default"]
        multi = True
    elif isinstance(values, dict):
        choices = None
    elif values is None:
        boolean = isinstance(default, bool) or str(default).upper() in ("TRUE", "FALSE")
        choices = (Choice(value="true"), Choice(value="false")) if boolean else None
    else:
        choices = tuple(_choice(values))
    if isinstance(default, list):
        default = ",".join(map(_word, default))
    return VariantFact(
        name=str(keywords["name"]),
        default=default if isinstance(default, (bool, str)) else _word(default),
        choices=choices,
        sets=sets,
        multi=multi,
        sticky=bool(keywords.get("sticky", False)),
        when=when,
        description=str(keywords.get("description") or "").strip(),
    )


def package_facts(
    stored: Mapping[str, Any], units: Mapping[str, Any], platform: str, machine: str
) -> PackageFacts:
    """The facts of one package from its record and those of its base classes.

    `units` maps the keys in the record's `units` to their stored directives.
    """
    versions: list[VersionFact] = []
    variants: list[VariantFact] = []
    dependencies: list[DependencyFact] = []
    provides: list[ProvideFact] = []
    conflicts: list[ConflictFact] = []
    requirements: list[RequirementFact] = []
    licenses: list[LicenseFact] = []
    extends: list[ExtendsFact] = []
    patches: list[PatchFact] = []
    resources: list[ResourceFact] = []
    splices: list[SpliceFact] = []
    redistribute: list[RedistributeFact] = []
    maintainers: set[str] = set(stored.get("maintainers", ()))
    incomplete = [Incomplete(file=f, line=n, reason=why) for f, n, why in stored["incomplete"]]
    lists = [units[key] for key in stored["units"]] + [stored["own"]]
    for name, _line, keywords in (each for own in lists for each in expand(own)):
        when = _when(keywords)
        if name == "version":
            options = _options(keywords, ("ver",))
            versions.append(VersionFact(version=str(keywords["ver"]), options=options))
        elif name == "maintainers":
            maintainers.update(keywords["names"])
        elif when is None:
            continue
        elif name == "depends_on":
            dependencies.append(
                DependencyFact(
                    spec=keywords["spec"],
                    when=when,
                    kinds=tuple(keywords.get("type", ("build", "link"))),
                    patches=_patches(keywords.get("patches")),
                )
            )
        elif name == "variant":
            variants.append(_variant(keywords, when))
        elif name == "conflicts":
            conflicts.append(
                ConflictFact(spec=keywords["conflict_spec"], when=when, message=keywords.get("msg"))
            )
        elif name == "provides":
            provides.append(ProvideFact(specs=tuple(keywords["specs"]), when=when))
        elif name == "requires":
            requirements.append(
                RequirementFact(
                    specs=tuple(keywords["requirement_specs"]),
                    policy=keywords.get("policy", "one_of"),
                    when=when,
                    message=keywords.get("msg"),
                )
            )
        elif name == "license":
            licenses.append(LicenseFact(identifier=keywords["license_identifier"], when=when))
        elif name == "extends":
            kinds = tuple(keywords.get("type", ("build", "run")))
            extends.append(ExtendsFact(spec=keywords["spec"], when=when, kinds=kinds))
        elif name == "patch":
            made = _patch(keywords)
            if made is not None:
                patches.append(made)
        elif name == "resource":
            resources.append(
                ResourceFact(
                    name=keywords.get("name"),
                    destination=keywords.get("destination", ""),
                    placement=keywords.get("placement"),
                    when=when,
                    options=_options(keywords, ("name", "destination", "placement", "when")),
                )
            )
        elif name == "can_splice":
            splices.append(
                SpliceFact(
                    target=keywords["target"],
                    when=when,
                    match_variants=keywords.get("match_variants"),
                )
            )
        elif name == "redistribute":
            redistribute.append(
                RedistributeFact(
                    source=keywords.get("source") is not False,
                    binary=keywords.get("binary") is not False,
                    when=when,
                )
            )
    for each in extends:
        dependencies.append(DependencyFact(spec=each.spec, when=each.when, kinds=each.kinds))
        if each.name == "python" and stored["name"] != "python-venv":
            dependencies.append(
                DependencyFact(spec="python-venv", when=each.when, kinds=("build", "run"))
            )
    texts = {
        key: stored.get(key)
        for key in (
            "homepage",
            "url",
            "list_url",
            "git",
            "svn",
            "hg",
            "pypi",
            "cran",
            "bioc",
            "mirror_path",
        )
    }
    return PackageFacts(
        name=stored["name"],
        namespace=stored["namespace"],
        file=stored["file"],
        class_name=stored["class"],
        platform=platform,
        machine=machine,
        bases=tuple(stored.get("bases", ())),
        virtual=stored.get("virtual", False),
        has_code=stored.get("has_code", True),
        description=stored.get("description", ""),
        urls=tuple(stored.get("urls", ())),
        tags=tuple(stored.get("tags", ())),
        cpan=_cpan(stored),
        maintainers=tuple(sorted(maintainers)),
        versions=tuple(versions),
        variants=_last_of_each(variants),
        dependencies=tuple(dependencies),
        provides=tuple(provides),
        conflicts=tuple(conflicts),
        requirements=tuple(requirements),
        licenses=tuple(licenses),
        extends=tuple(extends),
        patches=tuple(patches),
        resources=tuple(resources),
        splices=tuple(splices),
        redistribute=tuple(redistribute),
        incomplete=tuple(incomplete),
        **texts,
    )


def _last_of_each(variants: list[VariantFact]) -> tuple[VariantFact, ...]:
    """The last definition for each name and condition, which is the one that Spack keeps."""
    return tuple({(each.when, each.name): each for each in variants}.values())


def _cpan(stored: Mapping[str, Any]) -> str | None:
    """The CPAN distribution of a Perl package, read off its URL."""
    url = stored.get("url") or ""
    if "PerlPackage" not in stored.get("bases", ()) or "/authors/id/" not in url:
        return None
    file = url.rpartition("/")[2]
    name = file.partition(".tar")[0].partition(".tgz")[0].rpartition("-")[0]
    return name or None


def provided(stored: Mapping[str, Any], units: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the virtual packages that a package may provide."""
    found: dict[str, None] = {}
    for own in [*(units[key] for key in stored["units"]), stored["own"]]:
        relevant = [
            e
            for e in own
            if (len(e) == 3 and e[0] == "provides") or (len(e) == 4 and "provides(" in e[0])
        ]
        for name, _line, keywords in expand(relevant):
            if name == "provides" and keywords.get("when") is not False:
                for spec in keywords["specs"]:
                    found.setdefault(spec.partition("@")[0].strip())
    return tuple(found)
