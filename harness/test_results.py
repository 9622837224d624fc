# SPDX-License-Identifier: BSD-3-Clause
"""The contract of the program's output: JSON Lines by the schema, exit statuses, sentences."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from pytest_virtspec.program import Program

SCHEMA = json.loads((Path(__file__).parent / "results.schema.json").read_text(encoding="utf-8"))
TARGETS = ("mock:blk", "mock:net,quirk=notify-multiplier=6", "mock:rng,quirk=common-absent")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("target", TARGETS)
def test_lines_follow_the_schema(virtspec: Program, target: str,
                                 validator: jsonschema.Draft202012Validator) -> None:
    result = virtspec.examine(target)
    for line in result.lines:
        validator.validate(line)
    kinds = [line["type"] for line in result.lines]
    assert kinds[0] == "run" and kinds[-1] == "summary"
    assert kinds[1:-1] == sorted(kinds[1:-1]), "checks come before rules"
    assert result.summary["checks_run"] == result.run["checks"] == kinds.count("check")
    assert sum(result.summary["rules"].values()) == kinds.count("rule")


@pytest.mark.parametrize("change", [
    {"verdict": "SPLENDID"},
    {"check": "Not A Name"},
    {"rules": []},
    {"surplus": 1},
])
def test_schema_rejects_what_is_no_line(virtspec: Program, change: dict[str, object],
                                        validator: jsonschema.Draft202012Validator) -> None:
    line = virtspec.examine("mock:rng").of("check")[0]
    assert not validator.is_valid(line | change)


def test_a_finding_carries_its_evidence(virtspec: Program) -> None:
    result = virtspec.examine("mock:blk,quirk=register-writable=num-queues")
    finding = result.checks["read_only_fields"]["findings"][0]
    assert finding["rule"] == "pci.common.read-only-fields" and finding["where"] == "num_queues"
    assert any("write16" in line and "common.num_queues" in line for line in finding["evidence"])


def test_profile_selects_rules(virtspec: Program) -> None:
    old, new = (set(virtspec.examine("mock:blk", "--profile", profile).rules)
                for profile in ("1.0", "1.4"))
    assert "suspend.no-notifications" in new - old
    assert "status.reset-reads-zero" in old & new
    draft = set(virtspec.examine("mock:blk", "--profile", "draft-2013").rules)
    assert "draft.revision-known" in draft - new


def test_rule_globs_select_checks(virtspec: Program) -> None:
    result = virtspec.examine("mock:blk", "--rule", "pci.notify.*", "--rule", "pci.common.present")
    assert set(result.rules) == {rule for rule in result.rules
                                 if rule.startswith("pci.notify.")} | {"pci.common.present"}
    assert "common_present" in result.checks and "vendor_id" not in result.checks


def test_output_file_holds_the_report(virtspec: Program, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    done = virtspec.call("device", "mock:blk,quirk=vendor-id", "-o", str(report))
    assert done.returncode == 1 and done.stdout == ""
    text = report.read_text(encoding="utf-8")
    assert "pci.discovery.vendor-id" in text and "NOT conformant" in text and "\033" not in text


TROUBLE = {
    "no such way": (["device", "nowhere:blk"], "nowhere"),
    "no such class": (["device", "mock:toaster"], "toaster"),
    "no such quirk": (["device", "mock:blk,quirk=toast"], "toast"),
    "no such value": (["device", "mock:blk,quirk=notify-multiplier=7"], "notify-multiplier"),
    "no such key": (["device", "mock:blk,colour=red"], "colour"),
    "a quirk for another class": (["device", "mock:blk,quirk=num-queues-low"], "console"),
    "no colon": (["device", "mock"], "mock"),
    "unwritable output": (["device", "mock:blk", "-o", "/no/such/folder/report"], "/no/such"),
    "no target": (["device"], "no target"),
    "two targets": (["device", "mock:blk", "mock:net"], "second"),
    "no such profile": (["device", "mock:blk", "--profile", "9"], "profile"),
    "no such format": (["device", "mock:blk", "--format", "prose"], "format"),
    "a bad timeout": (["device", "mock:blk", "--timeout", "soon"], "soon"),
    "no rule": (["device", "mock:blk", "--rule", "nothing.*"], "no check"),
    "no such command": (["devise"], "devise"),
    "nothing to explain": (["explain", "toast"], "toast"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_is_one_sentence_and_status_two(virtspec: Program, case: str) -> None:
    arguments, word = TROUBLE[case]
    done = virtspec.call(*arguments, timeout=10)
    sentences = [line for line in done.stderr.splitlines() if not line.startswith("Try ")]
    assert done.returncode == 2, done.stderr
    assert len(sentences) == 1 and word in sentences[0], done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["device", "--help"],
                                       ["rules", "--help"], ["rules"], ["quirks"],
                                       ["rules", "--coverage"], ["device", "--list"],
                                       ["explain", "pci.notify.multiplier"],
                                       ["explain", "notify_structure"],
                                       ["explain", "notify-multiplier"]])
def test_listings_and_help_succeed(virtspec: Program, arguments: list[str]) -> None:
    done = virtspec.call(*arguments)
    assert done.returncode == 0 and done.stdout and not done.stderr


def test_listings_keep_their_shape(virtspec: Program) -> None:
    rules = virtspec.listing("rules")
    assert {frozenset(rule) for rule in rules} == {frozenset((
        "rule", "role", "level", "kind", "section", "clauses", "since", "until", "checks",
        "excuse"))}
    quirks = virtspec.listing("quirks")
    assert {frozenset(quirk) for quirk in quirks} == {frozenset((
        "quirk", "kind", "says", "breaks", "also", "values", "drivers", "tries", "needs"))}


def test_every_required_clause_is_accounted_for(virtspec: Program) -> None:
    clauses = virtspec.listing("rules", "--coverage")
    assert not [clause["clause"] for clause in clauses if clause["state"] == "OPEN"]
    core = [clause for clause in clauses if not clause["clause"].startswith("draft:")]
    counts = [sum(clause["role"] == role for clause in core)
              for role in ("device", "driver", "both")]
    assert counts == [119, 123, 5]
    assert len(clauses) - len(core) == 56
