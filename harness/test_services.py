# SPDX-License-Identifier: BSD-3-Clause
"""Builds for fuzzing services: what they would refuse is told."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from fuzzing import inspect_build, services
from fuzzing.layout import EMPTY, target_names

WELL = """#!/bin/sh
case "$*" in
*-dict=*) echo 'Dictionary: 2 entries' ;;
*-runs=0*) ;;
*-runs=*) echo 'INFO: Loaded 1 modules   (474 inline 8-bit counters): 474 [0x1, 0x2),'
	echo 'Done 4 runs in 0 second(s)' ;;
*) for file in "$@"; do echo "Executed $file in 0 ms"; done ;;
esac
"""


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder with one target, which is a script that says what a fuzzer would."""
    sources = tmp_path / "sources"
    (sources / "corpus/caps/seed").mkdir(parents=True)
    (sources / "corpus/caps/seed/more").write_bytes(b"more")
    (sources / "corpus/caps.dict").write_text('a="1"\n# b\n"2"\n', encoding="utf-8")
    monkeypatch.setattr(inspect_build, "ROOT", sources)
    monkeypatch.setattr(inspect_build, "target_names", lambda: [EMPTY, "caps"])
    monkeypatch.setattr(inspect_build, "instrumented", lambda *_: [])
    made = tmp_path / "out"
    made.mkdir()
    program(made, WELL)
    with zipfile.ZipFile(made / "fuzz-caps_seed_corpus.zip", "w") as archive:
        archive.writestr("one", b"1")
        archive.writestr("more", b"more")
    (made / "fuzz-caps.dict").write_bytes((sources / "corpus/caps.dict").read_bytes())
    (made / "fuzz-caps.options").write_text("[libfuzzer]\nmax_len = 512\n", encoding="utf-8")
    return made


def program(out: Path, text: str) -> None:
    path = out / "fuzz-caps"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def said(out: Path) -> str:
    env = {"OUT": str(out), "PATH": os.environ["PATH"], "HOME": "/", "SANITIZER": "address",
           "FUZZING_ENGINE": "libfuzzer"}
    return "; ".join(inspect_build.complaints(env)["fuzz-caps"])


def test_nothing_is_said_of_a_good_build(out: Path) -> None:
    assert said(out) == ""


@pytest.mark.parametrize(("old", "new", "words"), [
    ("Done 4 runs", "Died", "does not start"),
    ("(474 ", "(74 ", "only 74 edges"),
    ('"$@"; do', '"$1"; do', "took 1 of its 2 seeds"),
    ("*-runs=0*) ;;", "*-runs=0*) exit 77 ;;", "its seeds together"),
    ("Dictionary: 2", "Dictionary: 1", "2 entries of its dictionary"),
    ("echo 'Done", "echo 'WARNING: unrecognized flag'; echo 'Done", "its options"),
])
def test_a_bad_target_is_told(out: Path, old: str, new: str, words: str) -> None:
    assert old in WELL
    program(out, WELL.replace(old, new))
    assert words in said(out)


def test_what_is_missing_is_told(out: Path) -> None:
    (out / "fuzz-caps.options").unlink()
    (out / "fuzz-caps.dict").unlink()
    (out / "fuzz-caps_seed_corpus.zip").unlink()
    words = said(out)
    assert "options" in words and "dictionary is missing" in words and "0 seeds where 2" in words
    (out / "fuzz-caps").unlink()
    assert said(out) == "it was not built"


def test_a_program_for_nobody_else_is_looked_into() -> None:
    """Of this interpreter: no call of a sanitizer, and libraries that a runner may lack."""
    python = Path("/usr/bin/python3").resolve()
    assert any("only 0 calls of asan" in one
               for one in inspect_build.instrumented(python, "address"))
    assert any("libz" in one or "libexpat" in one for one in inspect_build.libraries(python))


@pytest.mark.engine
@pytest.mark.campaign
def test_every_target_is_built_as_the_services_do(tmp_path: Path) -> None:
    env = services.build("address", tmp_path)
    found = inspect_build.complaints(env)
    assert set(found) == {f"fuzz-{name}" for name in target_names() if name != EMPTY}
    assert not [line for line in found.items() if line[1]]
