# SPDX-License-Identifier: BSD-3-Clause
"""The rule catalogue of this project is whole and well formed."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parent.parent / "conformance" / "rules"
sys.path.insert(0, str(RULES))

import audit  # noqa: E402
import catalogue  # noqa: E402

WIDTH = 100


@pytest.fixture(scope="module")
def project() -> catalogue.Catalogue:
    return catalogue.load(RULES)


def test_nothing_is_wrong(project: catalogue.Catalogue) -> None:
    assert audit.audit(project) == []


def test_index_is_complete(project: catalogue.Catalogue) -> None:
    clauses = project.clauses.values()
    core = Counter(
        clause.role for clause in clauses
        if clause.normative and clause.level != "MAY" and not clause.draft
    )
    assert core == {"device": 119, "driver": 123, "both": 5}
    assert sum(clause.draft for clause in clauses) == 56
    prose = {clause.key for clause in clauses if clause.required and not clause.normative}
    assert prose == {"transport-pci:075", "transport-pci:079"}


@pytest.mark.parametrize(
    "rule", ["pci.notify.multiplier", "status.reset-reads-zero", "split.used-len-before-idx"]
)
def test_promised_ids_stay(project: catalogue.Catalogue, rule: str) -> None:
    assert rule in {rule.id for rule in project.rules}


@pytest.mark.parametrize("stem", sorted(path.stem for path in RULES.glob("*.toml")))
def test_chapter_style(project: catalogue.Catalogue, stem: str) -> None:
    path = RULES / f"{stem}.toml"
    text = path.read_text(encoding="utf-8")
    assert text.isascii()
    lines = text.splitlines()
    assert lines[0] == "# SPDX-License-Identifier: BSD-3-Clause"
    wide = [line for line in lines if len(line) > WIDTH or "\t" in line or line != line.rstrip()]
    assert wide == []
    assert next(chapter for chapter in project.chapters if chapter.file == path.name).rules


def test_symbol_follows_id(project: catalogue.Catalogue) -> None:
    symbols = {rule.id: rule.symbol for rule in project.rules}
    assert symbols["pci.notify.multiplier"] == "VS_RULE_PCI_NOTIFY_MULTIPLIER"
    assert symbols["status.reset-reads-zero"] == "VS_RULE_STATUS_RESET_READS_ZERO"
