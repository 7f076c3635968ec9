"""The judge without a Spack."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.ecosystems.spack.judge import judge
from stackbridge.errors import ToolMissingError

FILES = {"spack.yaml": "spack:\n  specs: [zlib]\n"}


def test_without_spack(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match="there is no Spack"):
        judge(FILES, tmp_path)


@pytest.mark.parametrize(("code", "accepted"), [(0, True), (3, False)])
def test_what_the_tool_answers(tmp_path: Path, code: int, accepted: bool) -> None:
    program = tmp_path / "bin" / "spack"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@"\nexit {code}\n', encoding="utf-8")
    program.chmod(0o755)
    verdict = judge(FILES, tmp_path)
    assert verdict.accepted == accepted
    assert "-D . find -c" in verdict.output
    assert verdict.lock is None
