# SPDX-License-Identifier: BSD-3-Clause
"""What is known of the drivers: which rules they break, and where they hang or fail. findings.toml
lists it, docs/findings.md tells of it; whatever else shows is new."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .outcome import Outcome

FILE = Path(__file__).resolve().parent / "findings.toml"


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Finding:
    """An entry of the file. Names of guests, classes and scenarios are patterns, and so are the
    words of a result that say where it ended."""

    id: str
    guests: tuple[str, ...]
    rules: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()  # beside "worked", and those that are in order
    classes: tuple[str, ...] = ("*",)
    scenarios: tuple[str, ...] = ("*",)
    why: tuple[str, ...] = ("*",)
    sometimes: bool = False  # a matter of timing, or of the rest of the scenario

    def concerns(self, result: Outcome) -> bool:
        return (_matches(result.guest, self.guests) and _matches(result.device, self.classes)
                and _matches(result.scenario, self.scenarios) and _matches(result.why, self.why))

    def shows_in(self, result: Outcome) -> bool:
        return self.concerns(result) and (not self.rules.isdisjoint(result.broken)
                                          or result.outcome in self.outcomes)


def load(path: Path = FILE) -> list[Finding]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["finding"]
    return [Finding(entry["id"], tuple(entry["guests"]), frozenset(entry.get("rules", ())),
                    frozenset(entry.get("outcomes", ())), tuple(entry.get("classes", ("*",))),
                    tuple(entry.get("scenarios", ("*",))), tuple(entry.get("why", ("*",))),
                    entry.get("sometimes", False))
            for entry in entries]


def news(result: Outcome, findings: Iterable[Finding]) -> list[str]:
    """What no finding lists: rules that were broken, and how it ended where a driver may not end
    so."""
    mine = [one for one in findings if one.concerns(result)]
    found = [rule for rule in result.broken if not any(rule in one.rules for one in mine)]
    if not result.ends_well and not any(result.outcome in one.outcomes for one in mine):
        found.append(f"{result.outcome}: {result.why}")
    return found


def gone(results: Iterable[Outcome], findings: Iterable[Finding]) -> list[str]:
    """The findings that had to show in one of these, and did not."""
    results = list(results)
    return [one.id for one in findings
            if not one.sometimes and any(one.concerns(result) for result in results)
            and not any(one.shows_in(result) for result in results)]
