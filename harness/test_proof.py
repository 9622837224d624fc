# SPDX-License-Identifier: BSD-3-Clause
"""The proof that checks can fail: every lie of the mock device changes the verdicts of its own
rules and of no others, every oddity that is legal changes none, and every check is caught by a lie.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_virtspec.program import BROKEN, Line, Program, Result

CLASSES = ("blk", "net", "console", "rng")
PROFILES = ("draft-2013", "1.0", "1.1", "1.2", "1.3", "1.4")
INTERFACES = ("", "interface=transitional", "interface=transitional,endian=big",
              "interface=legacy", "interface=legacy,endian=big")
DRAFT = "profile=draft-2013"  # a mock of the draft is judged by the draft
UNJUDGED = ("VACUOUS", "BLOCKED", "DIED", "TIMEOUT")


def targets(quirk: Line) -> list[str]:
    """The quirk with each of its values, on the mock it needs."""
    base = quirk["needs"] or "mock:blk"
    values = quirk["values"] or [None]
    return [f"{base},quirk={quirk['quirk']}" + (f"={value}" if value is not None else "")
            for value in values]


def examine_all(virtspec: Program, wanted: list[str]) -> dict[str, Result]:
    def examine(target: str) -> Result:
        options = ("--profile", "draft-2013") if DRAFT in target.split(",") else ()
        return virtspec.examine(target, *options)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(wanted, pool.map(examine, wanted), strict=True))


@pytest.fixture(scope="module")
def quirks(virtspec: Program) -> list[Line]:
    return virtspec.listing("quirks")


@pytest.fixture(scope="module")
def matrix(virtspec: Program, quirks: list[Line]) -> dict[str, Result]:
    """Every quirk with every value, examined."""
    return examine_all(virtspec, [target for quirk in quirks for target in targets(quirk)])


@pytest.mark.parametrize("settings", INTERFACES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", CLASSES)
def test_plain_mock_is_conformant(virtspec: Program, name: str, profile: str,
                                  settings: str) -> None:
    target = ",".join(filter(None, (f"mock:{name}", settings)))
    if profile == "draft-2013":
        target += f",{DRAFT}"
    result = virtspec.examine(target, "--profile", profile)
    assert not result.broken, result.explain(result.broken)
    unjudged = result.rules_with(UNJUDGED)
    assert not unjudged, result.explain(unjudged)
    assert result.status == 0 and result.summary["conformant"]


def test_violations_break_their_rules_and_no_others(quirks: list[Line],
                                                    matrix: dict[str, Result]) -> None:
    wrong = []
    for quirk in (quirk for quirk in quirks if quirk["kind"] == "violation"):
        named, allowed = set(quirk["breaks"]), set(quirk["breaks"]) | set(quirk["also"])
        for target in targets(quirk):
            result = matrix[target]
            missed, excess = named - result.broken, result.broken - allowed
            vacuous = result.rules_with(("VACUOUS",))
            if missed or excess or vacuous or result.status != 1:
                wrong.append(f"missed {sorted(missed)}, excess {sorted(excess)}, vacuous "
                             f"{sorted(vacuous)}: " + result.explain(missed | excess | vacuous))
    assert not wrong, "\n\n".join(wrong)


def test_consequences_are_real(quirks: list[Line], matrix: dict[str, Result]) -> None:
    """What a quirk declares as a consequence shows with one of its values at least."""
    idle = [f"{quirk['quirk']}: {rule}" for quirk in quirks for rule in quirk["also"]
            if not any(rule in matrix[target].broken for target in targets(quirk))]
    assert not idle


def test_variations_break_nothing(quirks: list[Line], matrix: dict[str, Result]) -> None:
    wrong = []
    for quirk in (quirk for quirk in quirks if quirk["kind"] == "variation"):
        assert not quirk["breaks"] and not quirk["also"], quirk["quirk"]
        for target in targets(quirk):
            result = matrix[target]
            bad = result.broken | result.rules_with(UNJUDGED)
            if bad or result.status != 0:
                wrong.append(result.explain(bad))
    assert not wrong, "\n\n".join(wrong)


def test_every_check_is_caught(virtspec: Program, quirks: list[Line],
                               matrix: dict[str, Result]) -> None:
    """Each rule that a check judges is seen broken, by that check, under some violation."""
    judged = {(check, rule["rule"]) for rule in virtspec.listing("rules")
              for check in rule["checks"]}
    caught = set()
    for quirk in (quirk for quirk in quirks if quirk["kind"] == "violation"):
        for target in targets(quirk):
            for line in matrix[target].checks.values():
                caught |= {(line["check"], found["rule"]) for found in line["findings"]}
                if line["verdict"] in BROKEN - {"FAIL", "WARN"}:
                    caught |= {(line["check"], rule) for rule in line["rules"]}
    assert judged, "no check is registered"
    assert not judged - caught, f"never seen to fail: {sorted(judged - caught)}"


def test_size_of_the_matrix(quirks: list[Line], matrix: dict[str, Result],
                            record_property: pytest.RecordProperty) -> None:
    kinds = [quirk["kind"] for quirk in quirks]
    text = (f"{kinds.count('violation')} violations, {kinds.count('variation')} variations, "
            f"{len(matrix)} runs, {sum(len(result.checks) for result in matrix.values())} checks")
    record_property("matrix", text)
    print(text)
    assert kinds.count("violation") and kinds.count("variation")
