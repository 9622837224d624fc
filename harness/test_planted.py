# SPDX-License-Identifier: BSD-3-Clause
"""Planted bugs: what their heads say is so, and each still fits the file that it is for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATCHES = sorted((ROOT / "fuzz/planted").glob("*.patch"))
NEEDED = ("Target", "Kind", "Oracle", "What")
MAY_PATCH = ("conformance/", "mock-device/", "drivers/")


def head_of(patch: Path) -> dict[str, str]:
    head = patch.read_text(encoding="utf-8").split("\n--- a/")[0]
    return dict(line.split(": ", 1) for line in head.splitlines())


def patched_file(patch: Path) -> str:
    files = [line.removeprefix("+++ b/") for line in patch.read_text(encoding="utf-8").splitlines()
             if line.startswith("+++ b/")]
    assert len(files) == 1, "a planted bug is in one file"
    return files[0]


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_planted_bug_is_a_patch_of_one_source_file(patch: Path, tmp_path: Path) -> None:
    head = head_of(patch)
    assert set(NEEDED) <= set(head) <= {*NEEDED, "Like"}
    assert (ROOT / "fuzz/targets" / f"{head['Target']}.c").is_file()
    # What found it once: ctest replays it with the bug and without.
    assert (ROOT / "corpus" / head["Target"] / "planted" / patch.stem).is_file()
    name = patched_file(patch)
    assert name.startswith(MAY_PATCH) and name.endswith(".c")
    made = tmp_path / "patched.c"
    done = subprocess.run(["patch", "--quiet", "--force", f"--output={made}", str(ROOT / name),
                           str(patch)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.read_bytes() != (ROOT / name).read_bytes()


def test_there_are_planted_bugs() -> None:
    assert PATCHES
