"""Bad ends of writing: a full disk, an interruption, a place that can't be taken. Nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackbridge.cli import app
from stackbridge.cli.files import Outputs, write_directory, write_text
from stackbridge.errors import UsageError

MANIFEST = "stackbridge: 1\nname: small\npackages:\n  - zlib\n"
LONG = MANIFEST + "".join(f"  - zlib@1.{n}\n" for n in range(2000))
COMMAND = (sys.executable, "-m", "stackbridge")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in.yaml").write_text(LONG)
    return tmp_path


def convert(
    place: Path, *options: str, prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, *COMMAND, "convert", "in.yaml", "-t", "manifest", *options],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_one_message(done: subprocess.CompletedProcess[str], code: int, words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert done.stderr.count("error: ") == 1


def left(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*"))


# --- the disk -----------------------------------------------------------------------------


@pytest.fixture
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of one page."""
    disk = place / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "none", str(disk)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no right to mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("output", ["disk/out/", "disk/deep/er/", "disk/out.yaml", "disk/"])
def test_a_full_disk(place: Path, small_disk: Path, output: str) -> None:
    assert_one_message(convert(place, "-o", output), 2, "No space left")
    assert left(small_disk) == []


def test_a_read_only_disk(place: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert_one_message(convert(place, "-o", "disk/out/"), 2, "Read-only file system")
    assert_one_message(convert(place, "-o", "disk/out.yaml"), 2, "Read-only file system")


def test_a_full_disk_keeps_what_stood_there(place: Path, small_disk: Path) -> None:
    (small_disk / "stackbridge.yaml").write_text("old\n")
    done = convert(place, "-o", "disk/", "--force")
    assert_one_message(done, 2, "No space left")
    assert left(small_disk) == ["stackbridge.yaml"]
    assert (small_disk / "stackbridge.yaml").read_text() == "old\n"


@pytest.mark.parametrize("output", ["out/", "deep/er/out/", "out.yaml"])
def test_a_quota(place: Path, output: str) -> None:
    """The limit on a file's size is met as a quota would be, and needs no rights."""
    before = left(place)
    limit = ("bash", "-c", 'ulimit -f 8; exec "$@"', "-")
    assert_one_message(convert(place, "-o", output, prefix=limit), 2, "File too large")
    assert left(place) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [("convert", "in.yaml", "-t", "manifest"), ("formats",), ("formats", "--format", "json"),
     ("--help",)],
)  # fmt: skip
def test_standard_output_is_full(place: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=place, stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert_one_message(done, 2, "standard output")


# --- places that can't be taken -------------------------------------------------------------


def test_places_that_cannot_be_taken(place: Path) -> None:
    (place / "file").write_text("mine\n")
    (place / "taken").mkdir()
    (place / "taken" / "stackbridge.yaml").mkdir()
    before = left(place)
    for output, words in (
        ("file/", "not a directory"),
        ("file/below.yaml", "can't be written"),
        ("missing/out.yaml", "no such directory"),
        ("taken/", "is a directory"),
        ("/sys/stackbridge-test/", "can't be written"),
        ("x" * 300, "File name too long"),
        ("x" * 300 + "/", "File name too long"),
        ("", "not a file name"),
    ):
        assert_one_message(convert(place, "-o", output), 2, words)
        assert left(place) == before
    assert (place / "file").read_text() == "mine\n"


def test_two_outputs_in_one_place(place: Path) -> None:
    before = left(place)
    done = convert(place, "-o", "out.json", "--report", "out.json")
    assert_one_message(done, 2, "named twice")
    done = convert(place, "-o", "out/", "--notices", "out/stackbridge.yaml")
    assert_one_message(done, 2, "named twice")
    assert left(place) == before


def test_a_report_beside_the_others_in_a_new_directory(place: Path) -> None:
    done = convert(place, "-o", "out/", "--report", "out/report.md")
    assert done.returncode == 0, done.stderr
    assert left(place / "out") == ["report.md", "stackbridge.yaml"]


@pytest.mark.parametrize(
    "bad", ["../x", "/etc/x", "a/../../x", "..", "", "a\nb", "a\x1b[2J", "a\\b"]
)
def test_names_from_input_stay_inside(tmp_path: Path, bad: str) -> None:
    with pytest.raises(UsageError) as caught:
        write_directory(str(tmp_path / "out"), {"good": "1", bad: "2"}, force=True)
    assert "\x1b" not in str(caught.value)
    assert left(tmp_path) == []


def test_a_file_cannot_be_a_directory_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a file and a directory"):
        write_directory(str(tmp_path / "out"), {"a": "1", "a/b": "2"}, force=True)
    assert left(tmp_path) == []


def test_a_hostile_easyconfig_writes_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "in.eb").write_text(
        "easyblock = 'ConfigureMake'\nname = '../../../x'\nversion = '1'\nhomepage = 'h'\n"
        "description = 'd'\ntoolchain = SYSTEM\nmoduleclass = 'lib'\n"
    )
    (tmp_path / "deep" / "er").mkdir(parents=True)
    before = left(tmp_path)
    for target in ("easyconfig", "easystack", "spack", "manifest"):
        done = subprocess.run(
            [*COMMAND, "convert", str(tmp_path / "in.eb"), "-t", target, "-o", "out/"],
            cwd=tmp_path / "deep" / "er", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        outside = [n for n in left(tmp_path) if not n.startswith("deep/er/out") and n not in before]
        assert outside == []
        assert done.returncode in (0, 2)


def test_links_do_not_lead_outside(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "easyconfigs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="link leads outside"):
        write_directory(str(tmp_path / "out"), {"easyconfigs/a.eb": "1"}, force=True)
    assert left(tmp_path / "elsewhere") == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old\n")
    (tmp_path / "real.yaml").chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    write_text(str(tmp_path / "link.yaml"), "new\n", force=True)
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new\n"
    assert (tmp_path / "real.yaml").stat().st_mode & 0o777 == 0o640


def test_force_replaces_its_own_files_only(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_directory(str(out), {"a": "1", "deep/b": "2"}, force=False)
    (out / "mine").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        write_directory(str(out), {"c": "3", "deep/b": "4"}, force=False)
    write_directory(str(out), {"c": "3", "deep/b": "4"}, force=True)
    assert left(out) == ["a", "c", "deep", "deep/b", "mine"]
    assert (out / "deep" / "b").read_text() == "4"


@pytest.mark.parametrize("fails", [1, 2, 3])
@pytest.mark.parametrize("links", [True, False])
def test_a_failure_in_the_middle_brings_back_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int, links: bool
) -> None:
    out = tmp_path / "out"
    write_directory(str(out), {"a": "old a", "b": "old b"}, force=False)
    real, calls = Path.replace, 0

    def replace(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == fails:
            raise OSError(5, "Input/output error")
        return real(self, target)

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "replace", replace)
    outputs = Outputs()
    outputs.directory(str(out), {"a": "1", "b": "2", "c/d": "3"}, force=True)
    with pytest.raises(UsageError, match="Input/output error"):
        outputs.commit()
    assert left(tmp_path) == ["out", "out/a", "out/b"]
    assert (out / "a").read_text() == "old a"
    assert (out / "b").read_text() == "old b"


# --- interruptions --------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("output", ["out/", "there/", "file.yaml"])
def test_a_signal_while_writing(place: Path, output: str, number: signal.Signals) -> None:
    """A pipe that nobody reads stops the process when all is drafted and nothing renamed."""
    os.mkfifo(place / "pipe")
    (place / "there").mkdir()
    before = left(place)
    # Below a shell's background job SIGINT is ignored, and a child inherits that.
    heeding = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    heeding += "os.execv(sys.executable, sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", heeding, *COMMAND, "convert", "in.yaml", "-t", "manifest",
         "-o", output, "--notices", "pipe"],
        cwd=place, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not any(name.endswith((".part/0", ".yaml")) and ".part" in name for name in left(place)):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == 128 + number, said
    assert "Traceback" not in said
    assert left(place) == before


def test_a_signal_while_reading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app.cli, "main", interrupted)
    with pytest.raises(SystemExit) as ended:
        app.main([])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    "arguments",
    [("convert", "in.yaml", "-t", "manifest"), ("toolchain", "list", "--all"), ("--help",),
     ("lookup", "hdf5", "--format", "json"), ("site", "list")],
)  # fmt: skip
def test_nobody_reads_the_output(place: Path, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=place, stdout=writing, stderr=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE
    assert done.stderr == ""


def test_a_report_is_written_though_nobody_reads_the_output(place: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    arguments = ("convert", "in.yaml", "-t", "manifest", "--report", "r.md")
    subprocess.run([*COMMAND, *arguments], cwd=place, stdout=writing, check=False)
    os.close(writing)
    assert (place / "r.md").read_text().startswith("# in.yaml")


def test_standard_input_has_a_name(place: Path) -> None:
    for text, expected in (
        ("stackbridge: 1\nnme: x\n", "<stdin>:2"),
        (MANIFEST, "<stdin>: manifest"),
    ):
        done = subprocess.run(
            [*COMMAND, "validate", "-"], input=text, capture_output=True, text=True, check=False
        )
        assert expected in done.stdout + done.stderr
        assert "-:" not in done.stdout


@pytest.mark.parametrize("target", ["spack", "easystack", "dockerfile"])
def test_names_that_nobody_knows_get_near_misses(target: str) -> None:
    text = "stackbridge: 1\nname: x\npackages: [hdf6]\n"
    done = subprocess.run(
        [*COMMAND, "convert", "-", "-t", target, "--via", "apt"], input=text,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "hdf5" in done.stderr.lower()
