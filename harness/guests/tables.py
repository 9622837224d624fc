# SPDX-License-Identifier: BSD-3-Clause
"""Tables made of results, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .known import Finding, news
from .outcome import OUTCOMES, Outcome

MARKS = {"worked": "works", "orderly": "fails in order", "hung": "**hangs**",
         "crashed": "**crashes**", "machine": "(QEMU gives up)"}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Line = Sequence[str]


def markdown(lines: Iterable[Line]) -> str:
    """The first line is the head."""
    head, *rest = (f"| {' | '.join(line)} |" for line in lines)
    columns = head.count(" | ") + 1
    return "\n".join([head, "|---" * columns + "|", *rest]) + "\n"


def _letters(findings: Iterable[Finding]) -> dict[str, str]:
    return dict(zip(dict.fromkeys(one.id for one in findings), LETTERS, strict=False))


def _cell(result: Outcome | None, findings: Sequence[Finding], letters: dict[str, str]) -> str:
    if not result:
        return ""
    known = sorted({letters[one.id] for one in findings if one.shows_in(result)})
    new = [f"`{word}`" if word in result.broken else "" for word in news(result, findings)]
    return " ".join(filter(None, [MARKS[result.outcome], *known, *new]))


def table(results: Iterable[Outcome], findings: Sequence[Finding] = ()) -> str:
    """A line for each scenario, a column for each driver; known findings as letters, other rules
    that were broken by name. Below it what the letters stand for."""
    by_place = {(one.kind, one.scenario, f"{one.guest} {one.device}"): one for one in results}
    drivers = sorted({driver for _, _, driver in by_place})
    letters = _letters(findings)
    lines: list[Line] = [["scenario", *drivers]]
    for kind, name in dict.fromkeys((kind, name) for kind, name, _ in by_place):
        lines.append([name, *(_cell(by_place.get((kind, name, driver)), findings, letters)
                              for driver in drivers)])
    text = markdown(lines)
    if letters:
        text += "\n" + "; ".join(f"{letter}: {name}" for name, letter in letters.items()) + "\n"
    return text


def counts(results: Iterable[Outcome]) -> str:
    """A line for each driver and kind of scenarios: how many of each outcome."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for one in results:
        mine = found.setdefault((f"{one.guest} {one.device}", one.kind), dict.fromkeys(OUTCOMES, 0))
        mine[one.outcome] += 1
    return markdown([["driver", "scenarios", *OUTCOMES], *(
        [driver, kind, *(str(mine[outcome] or "") for outcome in OUTCOMES)]
        for (driver, kind), mine in sorted(found.items()))])


def totals(results: Iterable[Outcome]) -> str:
    """One line: how many of each outcome."""
    counts = dict.fromkeys(OUTCOMES, 0)
    for result in results:
        counts[result.outcome] += 1
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
