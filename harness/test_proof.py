# SPDX-License-Identifier: BSD-3-Clause
"""The proof that checks can fail: every lie of the mock device changes the verdicts of its own
rules and of no others, every oddity that is legal changes none, and every check is caught by a lie.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_virtspec.mock import CLASSES, FACES, MIXED_FACES, Needs, target, with_values
from pytest_virtspec.program import BROKEN, Line, Program, Result

PROFILES = ("draft-2013", "1.0", "1.1", "1.2", "1.3", "1.4")
DRAFT = "profile=draft-2013"  # a mock of the draft is judged by the draft
UNJUDGED = ("VACUOUS", "BLOCKED", "DIED", "TIMEOUT")

Matrix = dict[str, Result]


def examine_all(virtspec: Program, wanted: list[str], *options: str) -> Matrix:
    def examine(mock: str) -> Result:
        profile = ("--profile", "draft-2013") if DRAFT in mock.split(",") else ()
        return virtspec.examine(mock, *profile, *options)

    # One more than there are processors: a thread that reads results keeps none of them busy.
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        return dict(zip(wanted, pool.map(examine, wanted), strict=True))


Bases = Callable[[Line], list[str]]


@pytest.fixture(scope="module")
def bases(pytestconfig: pytest.Config) -> Bases:
    """The mocks that a quirk is tried on: every class, interface, ring format and byte order that
    it applies to; first the one on which it shows all that it says."""
    def bases_of(quirk: Line) -> list[str]:
        needs = Needs.of(quirk)
        others = () if pytestconfig.getoption("--usual-mocks") else needs.everywhere()
        return list(dict.fromkeys([needs.home(), *others]))

    return bases_of


@pytest.fixture(scope="module")
def quirks(virtspec: Program) -> list[Line]:
    """Situations are for drivers: to examine such a device means nothing."""
    return [quirk for quirk in virtspec.listing("quirks") if quirk["kind"] != "situation"]


@pytest.fixture(scope="module")
def plain(virtspec: Program, quirks: list[Line], bases: Bases) -> Matrix:
    """Each of these mocks without the quirk."""
    return examine_all(virtspec, sorted({base for quirk in quirks for base in bases(quirk)}))


@pytest.fixture(scope="module")
def matrix(virtspec: Program, quirks: list[Line], bases: Bases) -> Matrix:
    """Every quirk with every value on each of its mocks; what passed is left out."""
    wanted = [mock for quirk in quirks for base in bases(quirk)
              for mock in with_values(base, quirk)]
    return examine_all(virtspec, wanted, "--brief")


@pytest.mark.parametrize("face", FACES + MIXED_FACES, ids=lambda face: "-".join(face.values()))
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", CLASSES)
def test_plain_mock_is_conformant(virtspec: Program, name: str, profile: str,
                                  face: dict[str, str]) -> None:
    settings = dict(face)
    if profile == "draft-2013":
        settings |= {"profile": profile, "ring": "split"}
    result = virtspec.examine(target(name, settings), "--profile", profile)
    assert not result.broken, result.explain(result.broken)
    unjudged = result.rules_with(UNJUDGED)
    assert not unjudged, result.explain(unjudged)
    assert result.status == 0 and result.summary["conformant"]


def test_violations_break_their_rules_and_no_others(quirks: list[Line], bases: Bases,
                                                    plain: Matrix, matrix: Matrix) -> None:
    wrong = []
    for quirk in (quirk for quirk in quirks if quirk["kind"] == "violation"):
        allowed = set(quirk["breaks"]) | set(quirk["also"])
        for number, base in enumerate(bases(quirk)):
            # Away from home a rule may mean nothing: another interface, no such structure.
            named = {rule for rule in quirk["breaks"]
                     if number == 0 or plain[base].rules.get(rule) == "PASS"}
            for mock in with_values(base, quirk):
                result = matrix[mock]
                missed, excess = named - result.broken, result.broken - allowed
                vacuous = result.rules_with(("VACUOUS",))
                if missed or excess or vacuous or (number == 0 and result.status != 1):
                    wrong.append(f"missed {sorted(missed)}, excess {sorted(excess)}, vacuous "
                                 f"{sorted(vacuous)}: "
                                 + result.explain(missed | excess | vacuous))
    assert not wrong, "\n\n".join(wrong)


def test_consequences_are_real(pytestconfig: pytest.Config, quirks: list[Line], bases: Bases,
                               matrix: Matrix) -> None:
    """What a quirk declares as a consequence shows with one of its values at least, somewhere."""
    if pytestconfig.getoption("--usual-mocks"):
        pytest.skip("a consequence may show on other mocks than the usual one")
    idle = [f"{quirk['quirk']}: {rule}" for quirk in quirks for rule in quirk["also"]
            if not any(rule in matrix[mock].broken
                       for base in bases(quirk) for mock in with_values(base, quirk))]
    assert not idle


def test_variations_break_nothing(quirks: list[Line], bases: Bases, matrix: Matrix) -> None:
    wrong = []
    for quirk in (quirk for quirk in quirks if quirk["kind"] == "variation"):
        assert not quirk["breaks"] and not quirk["also"], quirk["quirk"]
        for mock in (mock for base in bases(quirk) for mock in with_values(base, quirk)):
            bad = matrix[mock].broken | matrix[mock].rules_with(UNJUDGED)
            if bad or matrix[mock].status != 0:
                wrong.append(matrix[mock].explain(bad))
    assert not wrong, "\n\n".join(wrong)


def test_every_check_is_caught(virtspec: Program, quirks: list[Line], matrix: Matrix) -> None:
    """Each rule that a check judges is seen broken, by that check, under some violation."""
    judged = {(check, rule["rule"]) for rule in virtspec.listing("rules")
              if rule["role"] == "device"
              for check in rule["checks"]}
    violations = {quirk["quirk"] for quirk in quirks if quirk["kind"] == "violation"}
    caught = set()
    for mock, result in matrix.items():
        if mock.rsplit("quirk=", 1)[1].split("=")[0] not in violations:
            continue
        for line in result.checks.values():
            caught |= {(line["check"], found["rule"]) for found in line["findings"]}
            if line["verdict"] in BROKEN - {"FAIL", "WARN"}:
                caught |= {(line["check"], rule) for rule in line["rules"]}
    assert judged, "no check is registered"
    assert not judged - caught, f"never seen to fail: {sorted(judged - caught)}"


def test_size_of_the_matrix(quirks: list[Line], matrix: Matrix,
                            record_property: pytest.RecordProperty) -> None:
    kinds = [quirk["kind"] for quirk in quirks]
    checks = sum(result.summary["checks_run"] for result in matrix.values())
    text = (f"{kinds.count('violation')} violations, {kinds.count('variation')} variations, "
            f"{len(CLASSES)} classes, {len(FACES)} faces: {len(matrix)} runs, {checks} checks")
    record_property("matrix", text)
    print(text)
    assert kinds.count("violation") and kinds.count("variation")
