# SPDX-License-Identifier: BSD-3-Clause
"""The fuzzers find planted bugs, and say nothing where none is planted. The whole table:
ci/find-planted."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from fuzzing import layout, planted, process, speed
from fuzzing.layout import Planted, build, planted_bugs

SECONDS = 60
BUGS = planted_bugs()
FIRST = {bug.target: bug for bug in reversed(BUGS)}  # of each target: one shows that it is able


def bugs() -> list[object]:
    return [pytest.param(bug, id=bug.name, marks=() if FIRST[bug.target] is bug
                         else pytest.mark.campaign) for bug in BUGS]


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> None:
    """Builds those that the chosen tests use, in one go."""
    names = {item.callspec.params["bug"] for item in request.session.items
             if isinstance(item, pytest.Function) and "bug" in getattr(
                 getattr(item, "callspec", None), "params", {})}
    bases = sorted({f"fuzz-{bug.target}" for bug in names})
    build("fuzz", [*bases, *sorted(f"planted-{bug.name}" for bug in names)])
    build("san", bases)


@pytest.mark.engine
@pytest.mark.parametrize("bug", bugs())
@pytest.mark.usefixtures("programs")
def test_planted_bug_is_found(bug: Planted) -> None:
    (record,) = planted.hunt([bug], [1, 2, 3], SECONDS, 1, own_only=False)
    assert record.found, planted.data(record)


def made(found: int, cpu: tuple[float, ...], clean: bool = True) -> planted.Record:
    bug = Planted("a", "caps", "loop", "used-id", "What.", "")
    hunts = tuple(planted.Hunt(seed, seed < found, "oracle used-id" if seed < found else "oracle odd",
                               seconds, seconds, 100, False, clean)
                  for seed, seconds in enumerate(cpu))
    return planted.Record(bug, hunts)


def test_one_of_several_words_will_do() -> None:
    bug = Planted("a", "caps", "loop", "used-id|out of bounds", "What.", "")
    assert bug.shows_in("oracle used-id: 7") and bug.shows_in("index 9 out of bounds")
    assert not bug.shows_in("oracle used-length: 7")


def test_the_smallest_proof_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    bug = Planted("a", "caps", "loop", "used-id", "What.", "")
    for data in (b"four", b"longer", b"two"):
        (tmp_path / "found").write_bytes(data)
        planted.keep_proof(bug, layout.target("caps"), [tmp_path / "found"])
        kept = (tmp_path / "corpus/caps/planted/a").read_bytes()
        assert kept == (b"four" if data == b"longer" else data)


def test_most_seeds_have_to_find_it() -> None:
    assert made(2, (1.0, 9.0, 60.0)).found and made(2, (1.0, 9.0, 60.0)).median("cpu") == 9.0
    one = made(1, (1.0, 60.0, 60.0))
    assert not one.found and planted.row(one)[4] == "-"
    assert one.verdict == "NOT FOUND: instead oracle odd"


def test_a_busy_machine_is_no_proof() -> None:
    record = made(0, (3.0,))
    starved = planted.Record(record.bug, (dataclasses.replace(record.hunts[0], starved=True),))
    assert not starved.found and "only 3 s" in starved.verdict


def test_what_is_there_without_the_bug_does_not_count() -> None:
    assert not made(3, (1.0, 1.0, 1.0), clean=False).found
    assert made(3, (1.0, 1.0, 1.0), clean=False).verdict.startswith("ALSO WITHOUT")


def test_a_run_ends_when_its_processor_time_does() -> None:
    ended = process.run(["sh", "-c", "while :; do :; done"], 60, process.environment(), cpu=1)
    assert ended.status and 0.5 < ended.cpu < 8 and ended.wall < 59


def test_a_program_and_all_that_it_started_end_with_the_time() -> None:
    ended = process.run(["sh", "-c", "echo out; sleep 98765 & sleep 98765"], 1,
                        process.environment())
    assert ended.status == -9 and ended.text == "out\n"
    until = time.monotonic() + 10
    while left := [one for one in process.parents() if "98765" in process.command_line(one)]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def test_a_slow_target_is_told() -> None:
    fast = speed.Speed("split_driver", 9, 64, (30.0, 26.0, 20.0), (100.0, 100.0, 100.0))
    slow = speed.Speed("caps", 9, 64, (30.0, 60.0, 40.0), (100.0, 100.0, 100.0))
    assert fast.well and not slow.well and slow.row()[-1] == "TOO SLOW"
    assert speed.Speed("trace", 9, 64, (1.0,), (100.0,)).well
