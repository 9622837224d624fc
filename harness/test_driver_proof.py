# SPDX-License-Identifier: BSD-3-Clause
"""The proof that monitors can fail: every lapse of the reference driver is found by the monitors of
its own rules and by no others, and the reference driver without a lapse by none, whatever device it
is shown.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_virtspec.driver import ORDERLY, Exam, Lapse, examine, lapses, plugin
from pytest_virtspec.program import Line, Program

EXERCISED_AT_LEAST = 0.9

Matrix = dict[tuple[str, str], Exam]


@pytest.fixture(scope="module")
def all_lapses(virtspec: Program) -> list[Lapse]:
    return lapses(virtspec)


@pytest.fixture(scope="module")
def matrix(virtspec: Program, pytestconfig: pytest.Config, all_lapses: list[Lapse]) -> Matrix:
    """Every lapse with every value on each mock that it applies to."""
    reference = str(plugin(virtspec, "reference"))
    usual = pytestconfig.getoption("--usual-mocks")
    wanted = [(lapse, argument, mock) for lapse in all_lapses for argument in lapse.arguments
              for mock in (lapse.mocks[:1] if usual else lapse.mocks)]

    def run(one: tuple[Lapse, str, str]) -> Exam:
        lapse, argument, mock = one
        return examine(virtspec, "--plugin", reference, "--argument", argument, "--mock", mock,
                       "--brief", *lapse.options)

    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        exams = pool.map(run, wanted)
        return {(argument, mock): exam
                for (_, argument, mock), exam in zip(wanted, exams, strict=True)}


@pytest.fixture(scope="module")
def full(virtspec: Program) -> Exam:
    """The reference driver through all scenarios."""
    return examine(virtspec, "--plugin", str(plugin(virtspec, "reference")), timeout=600)


@pytest.fixture(scope="module")
def driver_rules(virtspec: Program) -> list[Line]:
    return [rule for rule in virtspec.listing("rules") if rule["role"] == "driver"]


def test_lapses_break_their_rules_and_no_others(all_lapses: list[Lapse], matrix: Matrix) -> None:
    wrong = []
    for lapse in all_lapses:
        for (argument, mock), exam in matrix.items():
            if argument.removeprefix("lapse=").split("=")[0] != lapse.name:
                continue
            missed = lapse.breaks - exam.broken if mock == lapse.home else set()
            excess = exam.broken - lapse.allowed
            if missed or excess:
                wrong.append(f"missed {sorted(missed)}, excess {sorted(excess)}: "
                             + exam.explain(missed | excess))
    assert all_lapses and not wrong, f"{len(wrong)} of {len(matrix)}\n" + "\n\n".join(wrong)


def test_consequences_are_real(pytestconfig: pytest.Config, all_lapses: list[Lapse],
                               matrix: Matrix) -> None:
    if pytestconfig.getoption("--usual-mocks"):
        pytest.skip("a consequence may show on other mocks than the usual one")
    idle = [f"{lapse.name}: {rule}" for lapse in all_lapses for rule in lapse.line["also"]
            if not any(rule in exam.broken for (argument, _), exam in matrix.items()
                       if argument.removeprefix("lapse=").split("=")[0] == lapse.name)]
    assert not idle


def test_every_monitor_is_caught(driver_rules: list[Line], matrix: Matrix) -> None:
    """Each monitor finds a lapse. Of drivers that crash and hang there are tests of their own."""
    monitors = {(monitor, rule["rule"]) for rule in driver_rules for monitor in rule["checks"]
                if rule["rule"] != "driver.robust.ends-orderly"}
    caught = {(found["monitor"], found["rule"]) for exam in matrix.values()
              for line in exam.scenarios for found in line["findings"]}
    assert monitors and not monitors - caught, f"never seen to fail: {sorted(monitors - caught)}"


def test_every_rule_has_a_monitor_or_an_excuse(driver_rules: list[Line]) -> None:
    bare = [rule["rule"] for rule in driver_rules if not rule["checks"] and not rule["excuse"]]
    assert not bare
    assert sum(bool(rule["excuse"]) for rule in driver_rules) <= 20


def test_the_reference_driver_keeps_every_rule(full: Exam) -> None:
    assert not full.broken, full.explain(full.broken)
    assert full.status == 0


def test_the_reference_driver_is_orderly(full: Exam) -> None:
    wrong = [f"{line['scenario']}: {line['outcome']}, {line['reason']}" for line in full.scenarios
             if line["outcome"] not in ORDERLY
             or (line["expects"] == "works" and line["outcome"] != "worked")]
    assert full.scenarios and not wrong, "\n".join(wrong)


def test_the_reference_driver_exercises_the_rules(full: Exam, driver_rules: list[Line]) -> None:
    core = {rule["rule"] for rule in driver_rules
            if not rule["excuse"] and rule["since"] <= "1.4" and rule["rule"] in full.rules}
    left = sorted(rule for rule in core if full.rules[rule] == "NOT_EXERCISED")
    print(f"{len(core) - len(left)} of {len(core)} rules exercised; left: {', '.join(left)}")
    assert len(core) - len(left) >= EXERCISED_AT_LEAST * len(core), left


def test_the_draft_of_2013(virtspec: Program) -> None:
    exam = examine(virtspec, "--plugin", str(plugin(virtspec, "reference")), "--profile",
                   "draft-2013", timeout=600)
    assert not exam.broken, exam.explain(exam.broken)
    assert all(line["outcome"] in ORDERLY for line in exam.scenarios)
