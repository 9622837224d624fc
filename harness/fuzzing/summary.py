# SPDX-License-Identifier: BSD-3-Clause
"""What a campaign has come to: summary.txt and summary.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from . import triage
from .layout import Target
from .store import Store, inputs, write_json, write_whole

HEAD = ("target", "seconds", "cpu", "executions", "per cpu s", "features", "corpus", "bugs")


def table(rows: list[tuple[str, ...]], left: int = 1) -> list[str]:
    """The first columns to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) if i < left else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]


def markdown(rows: list[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def collect(store: Store, targets: list[Target], trouble: dict[str, str],
            covered: dict[str, Any] | None) -> dict[str, Any]:
    bugs = triage.known(store)
    result: dict[str, Any] = {"targets": {}, "bugs": {}, "coverage": covered}
    for target in targets:
        home = store.home(target)
        result["targets"][target.name] = {
            **asdict(store.score(target)), "corpus": len(inputs(home.corpus)),
            "waiting": len(home.waiting()), "trouble": trouble.get(target.name),
            "bugs": sum(bug.target == target.name for bug in bugs.values())}
    for name, bug in bugs.items():
        result["bugs"][name] = {key: value for key, value in vars(bug).items() if key != "inputs"}
    return result


def text(result: dict[str, Any]) -> str:
    rows = [HEAD]
    for name, one in result["targets"].items():
        speed = one["executions"] / one["cpu"] if one["cpu"] else 0
        rows.append((name, f"{one['seconds']:.0f}", f"{one['cpu']:.0f}", f"{one['executions']:,}",
                     f"{speed:,.0f}", str(one["features"]), str(one["corpus"]), str(one["bugs"])))
    lines = table(rows)
    for name, one in result["targets"].items():
        if one["trouble"]:
            lines.append(f"TROUBLE {one['trouble']}")
        if one["waiting"]:
            lines.append(f"{name}: {one['waiting']} complaints wait to be looked at")
    for name, bug in result["bugs"].items():
        lines.append(f"BUG {triage.Bug(**bug).line}\n    bugs/{name}: {bug['sentence']}")
    if result["coverage"]:
        lines += ["", *result["coverage"]["lines"]]
    return "\n".join(lines) + "\n"


def write(store: Store, targets: list[Target], trouble: dict[str, str],
          covered: dict[str, Any] | None) -> int:
    """Writes and shows it; 0 when nothing was found, 1 for bugs, 2 for what could not be run."""
    result = collect(store, targets, trouble, covered)
    words = text(result)
    write_json(store.folder / "summary.json", result)
    write_whole(store.folder / "summary.txt", words.encode())
    print(words, end="")
    return 2 if trouble else 1 if result["bugs"] else 0
