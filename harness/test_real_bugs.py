# SPDX-License-Identifier: BSD-3-Clause
"""docs/real-bugs.md keeps its word: every bug of a device in it is one that a quirk repeats and a
rule catches, and every bug of a driver one that a device reveals.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_virtspec.driver import examine, lapses, plugin
from pytest_virtspec.mock import Needs
from pytest_virtspec.program import Line, Program, Result

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "real-bugs.md"


@dataclass(frozen=True)
class Bug:
    number: int
    where: str
    wrong: str
    quirk: str
    value: str | None
    rules: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.number}: {self.quirk}" + (f"={self.value}" if self.value else "")

    def target(self, quirks: dict[str, Line]) -> str:
        base = Needs.of(quirks[self.quirk]).home()
        return f"{base},quirk={self.quirk}" + (f"={self.value}" if self.value else "")


def cells(heading: str) -> list[list[str]]:
    """The body of the table under a heading."""
    text = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def bug(row: list[str]) -> Bug:
    number, where, wrong, quirk, rules = row
    name, _, value = quirk.strip("`").partition("=")
    return Bug(int(number), where, wrong, name, value or None,
               tuple(re.findall(r"`([^`]+)`", rules)))


@pytest.fixture(scope="module")
def bugs() -> list[Bug]:
    return [bug(row) for row in cells("Caught")]


@pytest.fixture(scope="module")
def quirks(virtspec: Program) -> dict[str, Line]:
    return {quirk["quirk"]: quirk for quirk in virtspec.listing("quirks")}


@pytest.fixture(scope="module")
def runs(virtspec: Program, bugs: list[Bug], quirks: dict[str, Line]) -> dict[str, Result]:
    """The mock with each quirk that exists."""
    targets = sorted({bug.target(quirks) for bug in bugs if is_known(bug, quirks)})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(targets, pool.map(virtspec.examine, targets), strict=True))


def is_known(bug: Bug, quirks: dict[str, Line]) -> bool:
    if bug.quirk not in quirks:
        return False
    return bug.value is None or bug.value in [str(value) for value in quirks[bug.quirk]["values"]]


def test_table_is_whole(virtspec: Program, bugs: list[Bug]) -> None:
    known = {rule["rule"] for rule in virtspec.listing("rules")}
    wrong = [bug.label for bug in bugs
             if not (bug.where and bug.wrong and bug.rules and set(bug.rules) <= known)]
    assert not wrong
    numbers = [bug.number for bug in bugs]
    assert numbers and numbers == sorted(numbers)


def test_bugs_left_out_have_a_reason(bugs: list[Bug]) -> None:
    left = cells("Left out")
    assert all(where and why for _, where, why in left)
    assert not {int(number) for number, _, _ in left} & {bug.number for bug in bugs}


def test_every_bug_is_caught(bugs: list[Bug], quirks: dict[str, Line],
                             runs: dict[str, Result]) -> None:
    wrong = []
    for bug in bugs:
        if not is_known(bug, quirks):
            wrong.append(f"{bug.label}: there is no such quirk, or no such value")
            continue
        result = runs[bug.target(quirks)]
        missed = set(bug.rules) - result.broken
        if quirks[bug.quirk]["kind"] != "violation" or missed:
            wrong.append(f"{bug.label} is not caught by {sorted(missed)}: "
                         + result.explain(missed))
    assert not wrong, "\n\n".join(wrong)


def test_count_of_bugs(bugs: list[Bug], record_property: pytest.RecordProperty) -> None:
    text = f"{len({bug.number for bug in bugs})} bugs in {len(bugs)} rows"
    record_property("real-bugs", text)
    print(text)
    assert bugs


@dataclass(frozen=True)
class DriverBug:
    number: int
    devices: tuple[str, ...]  # QUIRK or QUIRK=VALUE; none: the mock as it is
    rules: tuple[str, ...]
    outcome: bool


@pytest.fixture(scope="module")
def driver_bugs() -> list[DriverBug]:
    return [DriverBug(int(number), tuple(re.findall(r"`([^`]+)`", device)),
                      tuple(re.findall(r"`([^`]+)`", rules)), "outcome" in rules)
            for number, _, _, device, rules in cells("Drivers: revealed")]


def test_driver_bugs_have_their_device(driver_bugs: list[DriverBug],
                                       quirks: dict[str, Line]) -> None:
    wrong = []
    for bug in driver_bugs:
        assert bug.rules or bug.outcome, bug.number
        for device in bug.devices:
            name, _, value = device.partition("=")
            values = [str(word) for word in quirks[name]["values"]] if name in quirks else []
            if name not in quirks or (value and value not in values):
                wrong.append(f"{bug.number}: {device}")
    assert driver_bugs and not wrong
    assert not {bug.number for bug in driver_bugs} & {
        int(number) for number, _, why in cells("Drivers: left out") if why}


def test_driver_bugs_would_be_caught(virtspec: Program, driver_bugs: list[DriverBug]) -> None:
    """The monitor of each rule finds a driver that does such a thing: test_driver_proof.py runs
    them all. An outcome is found by test_driver.py."""
    caught = {rule for lapse in lapses(virtspec) for rule in lapse.allowed}
    missing = {rule for bug in driver_bugs for rule in bug.rules} - caught
    assert not missing


def test_the_reference_driver_has_none_of_them(virtspec: Program,
                                               driver_bugs: list[DriverBug]) -> None:
    names = sorted({device for bug in driver_bugs for device in bug.devices})
    words = [word for name in names for word in ("--scenario", f"{name}@*")]
    bare = [word for name in names for word in ("--scenario", f"{name}=*@*")]
    exam = examine(virtspec, "--plugin", str(plugin(virtspec, "reference")), *words, *bare)
    assert not exam.broken, exam.explain(exam.broken)
    seen = {line["scenario"].split("@")[0] for line in exam.scenarios}
    assert not [name for name in names
                if name not in seen and not any(one.startswith(f"{name}=") for one in seen)]
