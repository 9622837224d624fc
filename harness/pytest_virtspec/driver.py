# SPDX-License-Identifier: BSD-3-Clause
"""`virtspec driver` as Python sees it, and the plug-ins that were built with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .mock import Needs
from .program import BROKEN, DEADLINE_SECONDS, Line, Program, ProgramError

# A driver in these outcomes came back by itself.
ORDERLY = frozenset({"worked", "refused", "orderly", "wrong"})


@dataclass(frozen=True)
class Exam:
    """One finished run of `virtspec driver`."""

    command: tuple[str, ...]
    status: int
    lines: tuple[Line, ...]

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line["type"] == kind]

    @cached_property
    def scenarios(self) -> list[Line]:
        return self.of("scenario")

    @cached_property
    def rules(self) -> dict[str, str]:
        """The verdict of each rule over all scenarios."""
        return {line["rule"]: line["verdict"] for line in self.of("rule")}

    @property
    def broken(self) -> set[str]:
        return {rule for rule, verdict in self.rules.items() if verdict in BROKEN}

    def explain(self, rules: set[str]) -> str:
        """What was seen of these rules, for the message of an assertion."""
        text = [f"{rule}: {self.rules.get(rule, 'not in the run')}" for rule in sorted(rules)]
        for line in self.scenarios:
            text += [f"    {line['scenario']}: {found['rule']}: expected {found['expected']}, "
                     f"observed {found['observed']}"
                     for found in line["findings"] if found["rule"] in rules]
            if line["reason"]:
                text.append(f"    {line['scenario']}: {line['verdict']}: {line['reason']}")
        return " ".join(self.command) + "\n" + "\n".join(text[:24])


def examine(virtspec: Program, *options: str, timeout: float = DEADLINE_SECONDS) -> Exam:
    """`virtspec driver` with these options. ProgramError when it could not run."""
    done = virtspec.call("driver", *options, "--format", "jsonl", timeout=timeout)
    if done.returncode not in (0, 1):
        raise ProgramError(f"{' '.join(done.args)}: exit status {done.returncode}: "
                           f"{done.stderr.strip()}")
    return Exam(tuple(done.args), done.returncode,
                tuple(json.loads(line) for line in done.stdout.splitlines()))


def plugin(virtspec: Program, name: str) -> Path:
    """A plug-in that lies beside the program, in the folder that it was built in."""
    return virtspec.path.parents[1] / "lib" / "virtspec" / f"{name}.so"


@dataclass(frozen=True)
class Lapse:
    """A way in which the reference driver can misbehave."""

    line: Line

    @property
    def name(self) -> str:
        return str(self.line["lapse"])

    @property
    def breaks(self) -> set[str]:
        return set(self.line["breaks"])

    @property
    def allowed(self) -> set[str]:
        return self.breaks | set(self.line["also"])

    @property
    def home(self) -> str:
        return Needs.of(self.line).home()

    @property
    def mocks(self) -> list[str]:
        """Where it can be tried, first where it shows all that it says."""
        return list(dict.fromkeys([self.home, *Needs.of(self.line).everywhere()]))

    @property
    def arguments(self) -> Iterator[str]:
        for value in self.line["values"] or [None]:
            yield f"lapse={self.name}" + (f"={value}" if value is not None else "")

    @property
    def options(self) -> tuple[str, ...]:
        """What else its scenario asks for: words KEY=VALUE for options --KEY VALUE."""
        words = (self.line["scenario"] or "").split()
        return tuple(part for word in words for part in (f"--{word.split('=')[0]}",
                                                         word.split("=", 1)[1]))


def lapses(virtspec: Program) -> list[Lapse]:
    done = virtspec.call("driver", "--plugin", str(plugin(virtspec, "reference")),
                         "--list-lapses")
    return [Lapse(json.loads(line)) for line in done.stdout.splitlines()]
