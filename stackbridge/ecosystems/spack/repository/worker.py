"""Evaluate packages in further processes.

A worker is a fresh Python process that reads jobs from its standard input and writes rows to
its standard output, both pickled by ourselves. Nothing is forked, and the caller's main
module is not imported, so that this works in any program and on any platform.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from stackbridge.ecosystems.spack.repository.layout import Repository
from stackbridge.ecosystems.spack.repository.loader import Loader
from stackbridge.ecosystems.spack.repository.rows import Batch, Job, evaluate

__all__ = ["run", "serve", "usable_cores"]

_START = (
    "import sys, json; c = json.loads(sys.stdin.buffer.readline()); sys.path[:] = c['path'];"
    "from stackbridge.ecosystems.spack.repository.worker import serve; serve(c)"
)


def usable_cores() -> int:
    """How many processes may run at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def serve(settings: dict[str, Any]) -> None:
    """The worker's side: jobs in, batches out, until the input ends."""
    repositories = [
        Repository(root=Path(root), packages=Path(packages), namespace=space, api=tuple(api))
        for root, packages, space, api in settings["repositories"]
    ]
    loader = Loader(repositories, settings["platform"], settings["machine"])
    sent: set[str] = set()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        job = _receive(source)
        if job is None:
            return
        _send(target, evaluate(loader, job, sent))


def _send(target: Any, value: Any) -> None:
    data = pickle.dumps(value, protocol=4)
    target.write(len(data).to_bytes(8, "big"))
    target.write(data)
    target.flush()


def _receive(source: BinaryIO | Any) -> Any:
    head = source.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    data = source.read(size)
    return pickle.loads(data) if len(data) == size else None  # noqa: S301 - our own process


def run(
    repositories: Sequence[Repository], platform: str, machine: str, jobs: Sequence[Job], count: int
) -> Iterator[Batch]:
    """Batches of all jobs, as they become ready; fewer where workers fail.

    The caller finds out by itself which jobs did not come back.
    """
    settings = {
        "path": sys.path,
        "platform": platform,
        "machine": machine,
        "repositories": [
            [str(r.root), str(r.packages), r.namespace, list(r.api)] for r in repositories
        ],
    }
    todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)
    done: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
    threads = [
        threading.Thread(target=_drive, args=(settings, todo, done), daemon=True)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    running = count
    while running:
        batch = done.get()
        if batch is None:
            running -= 1
        else:
            yield batch
    for thread in threads:
        thread.join()


def _drive(
    settings: dict[str, Any],
    todo: queue.SimpleQueue[Job],
    done: queue.SimpleQueue[Batch | None],
) -> None:
    """Keep one worker busy; a worker that fails ends this, and its job is not done."""
    try:
        with subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(json.dumps(settings).encode() + b"\n")
                while True:
                    try:
                        job = todo.get_nowait()
                    except queue.Empty:
                        break
                    _send(process.stdin, job)
                    batch = _receive(process.stdout)
                    if batch is None:
                        break
                    done.put(batch)
            finally:
                with contextlib.suppress(OSError):
                    process.stdin.close()
    except (OSError, ValueError, pickle.PickleError):
        pass
    finally:
        done.put(None)
