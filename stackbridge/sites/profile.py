"""A site profile: the typed model, and how plain data becomes one.

Any block may be absent, which means that nothing is known of it. Every fact names its
sources. The shape of the file is `schemas/site.schema.json`; `from_data` trusts what has
passed it and keeps what the model does not name under `details`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

__all__ = [
    "Build",
    "Delivery",
    "Fabric",
    "Filesystem",
    "Generation",
    "Gpu",
    "InstalledList",
    "Libc",
    "Modules",
    "Mpi",
    "Os",
    "Partition",
    "Policy",
    "Runtime",
    "Site",
    "Source",
    "Veto",
    "from_data",
]

Build = Literal["yes", "limited", "no"]
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact is from.

    `kind`, in falling order of trust for the present state: config (the site's own
    repository), observed, official, project, secondary. `linked` is false for a public note
    which can't be pointed to.
    """

    id: str
    kind: str
    ref: str
    date: str | None = None
    linked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts have: `source` ids, and the `partitions` to which they are limited."""

    source: tuple[str, ...] = ()
    partitions: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def holds_for(self, partition: str) -> bool:
        """Whether the fact speaks of that partition."""
        return not self.partitions or partition in self.partitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Os(Fact):
    """Operating system: `id` as in os-release (sles, rhel, rocky, toss); `base` what it follows."""

    id: str
    version: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Libc(Fact):
    """C library. `derived` says by which rule the version follows from the distribution."""

    family: str
    version: str
    derived: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric(Fact):
    """Interconnect: `slingshot-11`, `infiniband-ndr200`, `tofu-d`."""

    fabric: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mpi(Fact):
    """An MPI which the site offers. `abi` is mpich or openmpi; None: not known."""

    name: str
    versions: tuple[str, ...] = ()
    abi: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules(Fact):
    """Module tool (lmod, environment-modules) and naming rule."""

    tool: str | None = None
    naming: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Fact):
    """How software comes to the site: easybuild, spack, eessi, uenv, cray-pe, site-modules ...

    `upstream_recipes` is false where EasyBuild's own easyconfigs do not build there;
    `retired` where it was given up; `cpu_only` where GPU builds do not work.
    """

    kind: str
    scope: str | None = None
    versions: tuple[str, ...] = ()
    upstream_recipes: bool = True
    retired: bool = False
    cpu_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation(Fact):
    """A set of compilers and libraries offered together: `parts` maps a name to its versions."""

    name: str | None = None
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime(Fact):
    """A container runtime. `build` says whether users may build images there; None: not known."""

    runtime: str
    version: str | None = None
    available: bool = True
    build: Build | None = None
    build_how: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Fact):
    """One rule of the site: `internet_on_compute` is true, false, proxy-only ..."""

    name: str
    value: Any = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filesystem(Fact):
    """A file system: quota in GB, number of inodes allowed."""

    path: str
    quota_gb: float | None = None
    inodes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(Fact):
    """Software which the site refuses, by its EasyBuild names."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledList(Fact):
    """A list of installed modules: a shipped one by name, or the names themselves.

    `stacks` limits a shipped list to the releases which the site still offers.
    """

    listing: str | None = None
    stacks: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """`arch` is `sm_80`, `gfx90a`, `pvc`; `visible` devices per node."""

    model: str | None = None
    arch: str | None = None
    visible: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition(Fact):
    """Nodes of one kind. `cpu` is an archspec name, None: unknown.

    `gpu` is None when unknown and False when there is none. `role` is compute or login.
    `tree` names the module tree where a list has several.
    """

    id: str
    cpu: str | None = None
    cpu_model: str | None = None
    gpu: Gpu | Literal[False] | None = None
    nodes: str | None = None
    role: str = "compute"
    tree: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site. None or an empty tuple stands for a block which the profile does not hold."""

    id: str
    name: str
    operator: str | None = None
    country: str | None = None
    as_of: str | None = None
    sources: tuple[Source, ...] = ()
    os: Os | None = None
    libc: Libc | None = None
    scheduler: str | None = None
    fabric: Fabric | None = None
    modules: Modules | None = None
    mpi: tuple[Mpi, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    installed: tuple[InstalledList, ...] = ()
    generations: tuple[Generation, ...] = ()
    runtimes: tuple[Runtime, ...] = ()
    policies: tuple[Policy, ...] = ()
    filesystems: tuple[Filesystem, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    partitions: tuple[Partition, ...] = ()

    def policy(self, name: str, partition: str) -> Policy | None:
        """The rule of that name for a partition."""
        return next((p for p in self.policies if p.name == name and p.holds_for(partition)), None)

    def reference(self, ids: Sequence[str]) -> str:
        """Sources as one line of text, with date, and marked where they are not linked."""
        known = {source.id: source for source in self.sources}
        texts = []
        for source in (known[item] for item in ids if item in known):
            text = f"{source.ref} ({source.date})" if source.date else source.ref
            texts.append(text if source.linked else f"{text} [not linked]")
        return "; ".join(texts)


def _strings(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return (str(value),)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _common(row: Mapping[str, Any], used: Sequence[str]) -> dict[str, Any]:
    taken = {"source", "partitions", *used}
    rest = {key: value for key, value in row.items() if key not in taken}
    return {
        "source": _strings(row.get("source")),
        "partitions": _strings(row.get("partitions")),
        "details": MappingProxyType(rest) if rest else NOTHING,
    }


def _build(value: Any) -> Build | None:
    if value is True:
        return "yes"
    if value is False:
        return "no"
    return "limited" if value == "limited" else None


def _versions(row: Mapping[str, Any]) -> tuple[str, ...]:
    return _strings(row.get("versions")) or _strings(row.get("version"))


def _partition(row: Mapping[str, Any]) -> Partition:
    cpu = row.get("cpu") or {}
    given = row.get("gpu")
    gpu: Gpu | Literal[False] | None = None
    if given == "none":
        gpu = False
    elif isinstance(given, Mapping):
        gpu = Gpu(
            model=_text(given.get("model")),
            arch=_text(given.get("arch")),
            visible=given.get("visible"),
        )
    return Partition(
        id=str(row["id"]),
        cpu=_text(cpu.get("archspec")),
        cpu_model=_text(cpu.get("model") or cpu.get("family")),
        gpu=gpu,
        nodes=_text(row.get("nodes")),
        role=str(row.get("role", "compute")),
        tree=_text(row.get("module_tree")),
        **_common(row, ("id", "cpu", "gpu", "nodes", "role", "module_tree")),
    )


def _generation(row: Mapping[str, Any]) -> Generation:
    other = ("gen", "status", "default", "since", "default_since", "recommended", "scope",
             "recompile_required", "targets", "range", "source", "partitions", "note")  # fmt: skip
    parts = {key: _strings(value) for key, value in row.items() if key not in other}
    return Generation(
        name=_text(row.get("gen")),
        parts=MappingProxyType(parts),
        **_common(row, ("gen", *parts)),
    )


def from_data(data: Mapping[str, Any]) -> Site:
    """A profile from plain data of the right shape (`stackbridge_site: 1`)."""
    os, libc = data.get("os"), data.get("libc")
    fabric, modules = data.get("interconnect"), data.get("modules")
    return Site(
        id=str(data["id"]),
        name=str(data["name"]),
        operator=_text(data.get("operator")),
        country=_text(data.get("country")),
        as_of=_text(data.get("as_of")),
        sources=tuple(
            Source(
                id=str(row["id"]),
                kind=str(row["kind"]),
                ref=str(row["ref"]),
                date=_text(row.get("date")),
                linked=bool(row.get("linked", True)),
            )
            for row in data.get("sources", ())
        ),
        os=os
        and Os(
            id=str(os["id"]),
            version=_text(os.get("version")),
            base=_text(os.get("base")),
            **_common(os, ("id", "version", "base")),
        ),
        libc=libc
        and Libc(
            family=str(libc["family"]),
            version=str(libc["version"]),
            derived=_text((libc.get("derived") or {}).get("rule")),
            **_common(libc, ("family", "version")),
        ),
        scheduler=_text((data.get("scheduler") or {}).get("name")),
        fabric=fabric
        and Fabric(fabric=_text(fabric.get("fabric")), **_common(fabric, ("fabric",))),
        modules=modules
        and Modules(
            tool=_text(modules.get("tool")),
            naming=_text(modules.get("naming")),
            **_common(modules, ("tool", "naming")),
        ),
        mpi=tuple(
            Mpi(
                name=str(row["name"]),
                versions=_versions(row) or _strings(row.get("openmpi_versions")),
                abi=_text(row.get("abi")),
                via=_text(row.get("via")),
                **_common(row, ("name", "versions", "abi", "via")),
            )
            for row in data.get("mpi", ())
        ),
        delivery=tuple(
            Delivery(
                kind=str(row["kind"]),
                scope=_text(row.get("scope")),
                versions=_versions(row),
                upstream_recipes=bool(row.get("upstream_easyconfigs_work", True)),
                retired=row.get("status") == "retired",
                cpu_only=bool(row.get("cpu_only", False)),
                **_common(row, ("kind", "scope", "version", "versions", "cpu_only")),
            )
            for row in data.get("delivery", ())
        ),
        installed=tuple(
            InstalledList(
                listing=_text(row.get("listing")),
                stacks=_strings(row.get("stacks")),
                modules=_strings(row.get("modules")),
                **_common(row, ("listing", "stacks", "modules")),
            )
            for row in data.get("installed", ())
        ),
        generations=tuple(_generation(row) for row in data.get("toolchains", ())),
        runtimes=tuple(
            Runtime(
                runtime=str(row["runtime"]),
                version=_text(row.get("version")),
                available=bool(row.get("available", True)),
                build=_build(row.get("build")),
                build_how=_text(row.get("build_how")),
                **_common(row, ("runtime", "version", "available", "build", "build_how")),
            )
            for row in data.get("containers", ())
        ),
        policies=tuple(
            Policy(
                name=str(name),
                value=row.get("value"),
                note=_text(row.get("note")),
                **_common(row, ("value", "note")),
            )
            for name, row in data.get("policy", {}).items()
        ),
        filesystems=tuple(
            Filesystem(
                path=str(row["path"]),
                quota_gb=row.get("quota_gb"),
                inodes=row.get("inodes", row.get("inodes_soft")),
                **_common(row, ("path", "quota_gb", "inodes")),
            )
            for row in data.get("filesystems", ())
        ),
        vetoes=tuple(
            Veto(names=_strings(row.get("value")), **_common(row, ("value",)))
            for row in data.get("vetoed_software", ())
        ),
        partitions=tuple(_partition(row) for row in data.get("partitions", ())),
    )
