"""What Docker says of our files: it builds them, and answers for what is inside.

Through the engine's interface (docker SDK), so by its classic builder: the files go there
as one archive made in memory, and nothing of them touches the host's disk or shell.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from stackbridge.ecosystems.containers.syntax import reference
from stackbridge.errors import ToolMissingError

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Built", "NotBuilt", "Progress", "answer", "build", "engine", "installed"]

Progress: TypeAlias = Callable[[str], None]

TAIL = 40  # lines of output kept of a build that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image.

    `id` is `sha256:` and 64 hex digits; `digest` is how a registry knows it, None before it
    was pushed or pulled; `size` is in bytes.
    """

    id: str
    tag: str
    digest: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBuilt:
    """The engine's message, the step it failed in, and the last lines before."""

    message: str
    step: str | None
    log: tuple[str, ...]


@contextmanager
def engine() -> Iterator[DockerClient]:
    """A Docker engine that answers, as the environment names it (`DOCKER_HOST`).

    Raises ToolMissingError where there is none.
    """
    import docker
    from docker.errors import DockerException

    client = None
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except (DockerException, OSError) as error:
        if client is not None:
            client.close()
        raise ToolMissingError(
            f"no Docker engine answers: {_first_line(error)}",
            hint="start one (`dockerd`) or set DOCKER_HOST; "
            "`stackbridge convert -t dockerfile` writes the file without one",
        ) from error
    try:
        yield client
    finally:
        client.close()


def build(
    client: DockerClient,
    files: Mapping[str, str],
    *,
    main: str = "Dockerfile",
    tag: str,
    target: str | None = None,
    arguments: Mapping[str, str] | None = None,
    network: str = "host",
    progress: Progress = lambda _line: None,
) -> Built | NotBuilt:
    """Build the Dockerfile `main` among `files`; every line of output goes to `progress`.

    `network` is what RUN may use; `host` also works with an engine that has no bridge.
    """
    from docker.errors import APIError

    step: str | None = None
    log: list[str] = []
    found: str | None = None
    try:
        events = client.api.build(
            fileobj=_archive(files),
            custom_context=True,
            dockerfile=main,
            tag=reference(tag),
            target=target or "",
            buildargs=dict(arguments or {}),
            network_mode=network,
            rm=True,
            forcerm=True,
            decode=True,
        )
        for event in events:
            for line in _lines(event):
                progress(line)
                log.append(line)
                if line.startswith("Step "):
                    step = line
            del log[:-TAIL]
            if "error" in event:
                return NotBuilt(message=str(event["error"]).strip(), step=step, log=tuple(log))
            found = event.get("aux", {}).get("ID", found)
        image = client.images.get(found or tag)
    except APIError as error:
        return NotBuilt(message=str(error.explanation or error), step=step, log=tuple(log))
    digests: list[str] = image.attrs.get("RepoDigests") or []
    return Built(
        id=str(image.id),
        tag=tag,
        digest=digests[0] if digests else None,
        size=int(image.attrs.get("Size", 0)),
    )


def answer(client: DockerClient, image: str, words: Sequence[str]) -> tuple[int, str]:
    """Run a command in a fresh container without network: its exit code and all output.

    127 is a command that does not exist, as in a shell.
    """
    from docker.errors import APIError

    container = client.containers.create(image, list(words), network_mode="none")
    try:
        container.start()
        code = int(container.wait()["StatusCode"])
        return code, _text(container.logs(stdout=True, stderr=True))
    except APIError as error:
        return 127, str(error.explanation or error)
    finally:
        container.remove(force=True)


def installed(client: DockerClient, image: str, packages: Sequence[str]) -> dict[str, str]:
    """The versions of these Debian packages in an image; without any, of EasyBuild's software."""
    if packages:
        words = ["dpkg-query", "-W", "-f", "${Package}\t${Version}\n", *packages]
        separator = "\t"
    else:
        root = "/opt/software/software"
        words = ["find", root, "-mindepth", "2", "-maxdepth", "2", "-type", "d", "-printf", "%P\n"]
        separator = "/"
    code, text = answer(client, image, words)
    if code != 0:
        return {}
    pairs = (line.partition(separator) for line in text.splitlines())
    return {name: version for name, found, version in sorted(pairs) if found}


# --- details -----------------------------------------------------------------------------


def _archive(files: Mapping[str, str]) -> io.BytesIO:
    """The files as an uncompressed tar, the same bytes for the same files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, text in sorted(files.items()):
            data = text.encode("utf-8")
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    stream.seek(0)
    return stream


def _lines(event: Mapping[str, Any]) -> Iterator[str]:
    """The lines of output in one event of a build or a pull."""
    if "stream" in event:
        yield from (line for line in str(event["stream"]).splitlines() if line.strip())
    elif "status" in event and "progress" not in event:
        yield " ".join(str(event[key]) for key in ("id", "status") if event.get(key))


def _text(output: bytes | str | None) -> str:
    return output.decode("utf-8", "replace") if isinstance(output, bytes) else output or ""


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
