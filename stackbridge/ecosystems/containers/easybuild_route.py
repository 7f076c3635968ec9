"""The route by EasyBuild: an easystack is built in a first stage, its tree copied into the last.

The easystack comes from whoever composes the conversion, in `Context.options["easystack"]`
as a `Writing` (its main file and the easyconfigs beside it): this folder knows images, not
how an easystack is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackbridge.ecosystems import Writing
from stackbridge.ecosystems.containers.apt_route import install_packages
from stackbridge.ecosystems.containers.plan import WRITTEN, Plan, base_of, closing, title_of
from stackbridge.ecosystems.containers.syntax import (
    Arg,
    Copy,
    Env,
    Image,
    Instruction,
    Note,
    Run,
    Shell,
    Stage,
    Step,
    User,
    Workdir,
)
from stackbridge.errors import InputError, UsageError
from stackbridge.hub.notices import NOWHERE, Code, Notice

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Reading
    from stackbridge.hub.stack import Stack

__all__ = ["EASYBUILD", "plan_easybuild"]

EASYBUILD = "5.4.1"
PYYAML = "6.0.2"  # easystacks are YAML; EasyBuild itself does not ask for it
PREFIX = "/opt/easybuild"
SOFTWARE = "/opt/software"
BUILD = "/home/builder"
STACK = "/opt/stack"  # the easystack and its easyconfigs; the builder only reads them
EASYSTACK = "easystack.yaml"

# What EasyBuild itself wants of the system (its documentation, "Requirements") and what
# easyconfigs name as osdependencies: OpenSSL's and InfiniBand's headers.
BUILD_PACKAGES = (
    *("build-essential", "bzip2", "ca-certificates", "curl", "file", "git", "libibverbs-dev"),
    *("libssl-dev", "lmod", "patch", "python3", "python3-venv", "rsync", "unzip", "xz-utils"),
)
# The compilers that EasyBuild builds use the C library's headers and find libraries in the
# system; Open MPI and OpenSSL load these at run time.
RUN_PACKAGES = ("ca-certificates", "libc6-dev", "libibverbs1", "libssl3", "lmod")

# What an easyconfig's file name says -> the name EasyBuild knows its license by
# (the easyblocks' calls of check_accepted_eula).
LICENSES = (
    (re.compile(r"(^|-)CUDA-"), "CUDA"),
    (re.compile(r"(^|-)cuDNN-|^(PyTorch|TensorFlow|jax|JAX)-.*-CUDA-"), "cuDNN"),
    (
        re.compile(r"^(intel-compilers|imkl|impi|intel|iimpi|iccifort|itac|VTune|Advisor)-"),
        "Intel-oneAPI",
    ),
    (re.compile(r"-(intel|iimpi|iimkl|intel-compilers|iccifort)-20"), "Intel-oneAPI"),
    (re.compile(r"(^|-)(NVHPC|nvompi|nvofbf|nvidia-compilers)-"), "NVHPC"),
    (re.compile(r"^AOCC-"), "AOCC"),
)
RELEASE = re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+~-]*")


def plan_easybuild(reading: Reading, context: Context) -> Plan:
    """Three stages: EasyBuild and the easystack, the build, the image that is used.

    Raises UsageError without an easystack, InputError for file names that can't be copied.
    """
    easystack = context.options.get("easystack")
    if not isinstance(easystack, Writing):
        raise UsageError(
            "an image by EasyBuild needs an easystack, and none was made",
            hint="convert through the command line, or give `Context.options['easystack']`",
        )
    base, notices = base_of(reading.stack)
    files = _files(easystack)
    release = context.release if RELEASE.fullmatch(context.release or "") else EASYBUILD
    licenses = licenses_of(easystack.files[easystack.main])
    optarch, honored = _optarch(reading.stack)
    image = Image(
        head=(
            WRITTEN,
            f"{title_of(reading)}: built by EasyBuild {release} on {base}.",
        ),
        stages=(
            Stage(base=base, name="easybuild", instructions=_tools(str(release), files)),
            Stage(base="easybuild", name="build", instructions=_build(files, licenses, optarch)),
            Stage(base=base, instructions=_final(reading)),
        ),
    )
    return Plan(
        image=image,
        files=files,
        notices=(
            *(n for n in easystack.notices if not _mended(n, honored)),
            *notices,
            *map(_license, licenses),
        ),
    )


def licenses_of(easystack: str) -> tuple[str, ...]:
    """Licenses that must be accepted before this easystack can be built, sorted.

    Told by file names, so what is only needed by a dependency may be missing.
    """
    names = re.findall(r"([A-Za-z0-9][\w.+-]*)\.eb\b", easystack)
    return tuple(
        sorted({lic for pattern, lic in LICENSES for name in names if pattern.search(name)})
    )


def _files(easystack: Writing) -> dict[str, str]:
    """The easystack under its fixed name, and the easyconfigs beside it."""
    files = {EASYSTACK: easystack.files[easystack.main]}
    for name, text in easystack.files.items():
        if name == easystack.main:
            continue
        if not all(FILE.fullmatch(part) for part in name.split("/")):
            raise InputError(f"{name!r} can't be the name of a file in an image")
        files[name] = text
    return files


def _license(name: str) -> Notice:
    return Notice(
        code=Code.LICENSE_NEEDED,
        subject=name,
        what="its license must be accepted by whoever builds the image",
        why="EasyBuild refuses to build it otherwise",
        instead="name it in the build argument ACCEPT_EULA_FOR (empty by default; several "
        "names with blanks between them) once you accept it",
        where=NOWHERE,
    )


# --- stages ------------------------------------------------------------------------------


def _tools(release: str, files: dict[str, str]) -> tuple[Instruction, ...]:
    """EasyBuild of one release in a virtual environment, a user who builds, the easystack."""
    folders = sorted({name.split("/")[0] for name in files if "/" in name})
    return (
        install_packages(BUILD_PACKAGES),
        Run(
            (
                Step(("python3", "-m", "venv", PREFIX)),
                Step(
                    (
                        f"{PREFIX}/bin/pip",
                        *("install", "--no-cache-dir", "--disable-pip-version-check"),
                        f"easybuild=={release}",
                        f"PyYAML=={PYYAML}",
                    )
                ),
            )
        ),
        Run(
            (
                Step(("useradd", "--create-home", "--shell", "/bin/bash", "builder")),
                Step(("install", "-d", "-o", "builder", "-g", "builder", SOFTWARE)),
            )
        ),
        Copy(EASYSTACK, f"{STACK}/{EASYSTACK}"),
        *(Copy(folder, f"{STACK}/{folder}") for folder in folders),
        Env(
            {
                "PATH": Shell(f"{PREFIX}/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                "LMOD_CMD": "/usr/share/lmod/lmod/libexec/lmod",
                "EASYBUILD_MODULES_TOOL": "Lmod",
                "EASYBUILD_PREFIX": f"{BUILD}/.local/easybuild",
                "EASYBUILD_INSTALLPATH": SOFTWARE,
                "EASYBUILD_BUILDPATH": "/tmp/easybuild",  # noqa: S108
                "LANG": "C.UTF-8",
            }
        ),
        User("builder"),
        Workdir(BUILD),
    )


def _optarch(stack: Stack | None) -> tuple[str, tuple[str, ...]]:
    """What EasyBuild optimizes for, and which targets of the stack that honors.

    Its own default is the machine that builds, and such an image fails elsewhere: so the
    stack's target if it has one, else the architecture's baseline. Flags are archspec's.
    """
    if stack is None or len(stack.targets) != 1:
        return "GENERIC", ()
    import archspec.cpu

    target = archspec.cpu.TARGETS.get(stack.targets[0])
    if target is None:
        return "GENERIC", ()
    try:
        flags = str(target.optimization_flags("gcc", "13.2.0"))
    except archspec.cpu.UnsupportedMicroarchitecture:
        return "GENERIC", ()
    # EasyBuild puts the first hyphen there itself.
    return f"GCC:{flags.removeprefix('-')}", stack.targets


def _mended(notice: Notice, honored: tuple[str, ...]) -> bool:
    """Whether an image has what the easystack alone could not say."""
    return (notice.code is Code.TARGET_LOST and notice.subject in honored) or (
        notice.code in {Code.SETTING_LOST, Code.STRUCTURE_LOST} and notice.subject == "container"
    )


def _build(
    files: dict[str, str], licenses: tuple[str, ...], optarch: str
) -> tuple[Instruction, ...]:
    """The build itself. What `eb` may accept of licenses, the builder says."""
    robot = "--robot" if len(files) == 1 else f"--robot={STACK}/easyconfigs"
    # Apptainer splits the values of its arguments at commas, so blanks stand between names.
    accept = Shell(
        '${ACCEPT_EULA_FOR:+"--accept-eula-for=$(echo "$ACCEPT_EULA_FOR" | tr " " ",")"}'
    )
    note = f"Once you accept the licenses, set here: ACCEPT_EULA_FOR={' '.join(licenses)}"
    return (
        *((Note(note),) if licenses else ()),
        Arg("ACCEPT_EULA_FOR"),
        Env({"EASYBUILD_OPTARCH": optarch}),
        Run((Step(("eb", "--easystack", f"{STACK}/{EASYSTACK}", robot, accept)),)),
    )


def _final(reading: Reading) -> tuple[Instruction, ...]:
    """The software tree, Lmod, and a shell in which `module` works without being asked for."""
    return (
        install_packages(RUN_PACKAGES),
        Run((Step(("useradd", "--create-home", "--shell", "/bin/bash", "user")),)),
        Copy(SOFTWARE, SOFTWARE, stage="build"),
        Env(
            {
                "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8",
                "MODULEPATH": f"{SOFTWARE}/modules/all",
                # Every bash reads it, also one that is neither a login nor interactive shell.
                "BASH_ENV": "/etc/profile.d/lmod.sh",
            }
        ),
        *closing(reading, "easybuild", "", ("/bin/bash", "-l")),
    )
