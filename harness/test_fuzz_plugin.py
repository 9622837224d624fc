# SPDX-License-Identifier: BSD-3-Clause
"""The commands of docs/fuzzing-drivers.md, as they stand there: what they build, and what they find."""

from __future__ import annotations

import fcntl
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs/fuzzing-drivers.md").read_text(encoding="utf-8")

# Of a machine that does other things as well.
BUILD_SECONDS = 1800
RUN_SECONDS = 300


def commands(word: str) -> list[str]:
    """The commands of the block in which the word stands, setting the machine up left out."""
    block, = [text for text in re.findall(r"^```\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
              if word in text and not text.startswith("device")]
    lines = block.replace("\\\n", " ").splitlines()
    return [line for line in lines if not line.startswith("ci/setup")]


def call(command: str, folder: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(f"{command} -artifact_prefix={folder}/" if "-max_total_time" in command
                          else command, shell=True, cwd=ROOT, timeout=seconds, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def follow(word: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """All but the last have to work; what became of the last."""
    *before, last = commands(word)
    for command in before:
        done = call(command, folder, BUILD_SECONDS)
        assert done.returncode == 0, done.stdout
    return call(last, folder, RUN_SECONDS)


@pytest.fixture(scope="module", autouse=True)
def fuzzer() -> Iterator[None]:
    """Lanes of the tests that run side by side build one after the other."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build/fuzz-plugin.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = follow("--target plugin-fuzzer", ROOT)
        assert done.returncode == 0, done.stdout
        yield


def test_the_right_example_survives(tmp_path: Path) -> None:
    done = follow("-o build/entropy-fuzz", tmp_path)
    assert done.returncode == 0, done.stdout
    assert not list(tmp_path.iterdir())


def test_the_example_that_trusts_a_length_is_broken(tmp_path: Path) -> None:
    done = follow("-o build/entropy-trusts-length", tmp_path)
    assert "AddressSanitizer: use-after-poison" in done.stdout
    assert "\ndevice  mock rng" in done.stdout
    crash, = tmp_path.glob("crash-*")
    again = call(f"build/entropy-trusts-length {crash}", tmp_path, RUN_SECONDS)
    assert "AddressSanitizer: use-after-poison" in again.stdout


def test_a_plug_in_is_loaded(tmp_path: Path) -> None:
    done = follow("--plugin build/entropy.so", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "inline 8-bit counters" in done.stdout, "nothing of the plug-in is seen"


def test_what_is_no_plug_in_is_refused(tmp_path: Path) -> None:
    done = call("build/fuzz/bin/virtspec-fuzz-plugin --plugin README.md", tmp_path, RUN_SECONDS)
    assert done.returncode == 2
    assert done.stdout.startswith("cannot load the plug-in: ")
