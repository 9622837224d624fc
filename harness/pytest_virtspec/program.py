# SPDX-License-Identifier: BSD-3-Clause
"""The program virtspec as Python sees it: a command line and JSON Lines."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

# Verdicts that say that something is wrong with the device.
BROKEN = frozenset({"FAIL", "WARN", "DIED", "TIMEOUT"})

# Longer than any run takes; a run that reaches it hangs, which is a finding of its own.
DEADLINE_SECONDS = 120.0

Line = dict[str, Any]


class ProgramError(Exception):
    """The program could not run: its sentence on standard error."""


@dataclass(frozen=True)
class Result:
    """One finished run of `virtspec device`."""

    command: tuple[str, ...]
    status: int
    lines: tuple[Line, ...]
    stderr: str

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line["type"] == kind]

    @cached_property
    def run(self) -> Line:
        return self.of("run")[0]

    @cached_property
    def summary(self) -> Line:
        return self.of("summary")[0]

    @cached_property
    def checks(self) -> dict[str, Line]:
        """By the name of the check, with @ and the view behind it where that is not the modern."""
        return {line["check"] + ("" if line["view"] == "modern" else f"@{line['view']}"): line
                for line in self.of("check")}

    @cached_property
    def rules(self) -> dict[str, str]:
        """The verdict of each rule."""
        return {line["rule"]: line["verdict"] for line in self.of("rule")}

    def rules_with(self, verdicts: Iterable[str]) -> set[str]:
        wanted = frozenset(verdicts)
        return {rule for rule, verdict in self.rules.items() if verdict in wanted}

    @property
    def broken(self) -> set[str]:
        """The rules that the device broke."""
        return self.rules_with(BROKEN)

    def explain(self, rules: Iterable[str]) -> str:
        """What was seen of these rules, for the message of an assertion."""
        text = []
        for rule in sorted(rules):
            text.append(f"{rule}: {self.rules.get(rule, 'not in the run')}")
            for line in self.checks.values():
                text += [f"    {line['check']} ({found['where'] or 'no place'}): "
                         f"expected {found['expected']}, observed {found['observed']}"
                         for found in line["findings"] if found["rule"] == rule]
                if rule in line["rules"] and line["reason"]:
                    text.append(f"    {line['check']}: {line['verdict']}: {line['reason']}")
        return " ".join(self.command) + "\n" + "\n".join(text)


@dataclass(frozen=True)
class Program:
    """A built virtspec."""

    path: Path

    def call(self, *arguments: str, timeout: float = DEADLINE_SECONDS
             ) -> subprocess.CompletedProcess[str]:
        """Runs it and gives back what it wrote; subprocess.TimeoutExpired when it hangs."""
        return subprocess.run([str(self.path), *arguments], capture_output=True, text=True,
                              errors="replace", timeout=timeout, check=False)

    def listing(self, *arguments: str) -> list[Line]:
        """A command that lists things as JSON Lines."""
        done = self.call(*arguments, "--format", "jsonl")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def examine(self, target: str, *options: str, timeout: float = DEADLINE_SECONDS) -> Result:
        """`virtspec device TARGET`. ProgramError when it could not run."""
        done = self.call("device", target, "--format", "jsonl", *options, timeout=timeout)
        result = Result(tuple(done.args), done.returncode,
                        tuple(json.loads(line) for line in done.stdout.splitlines()), done.stderr)
        if done.returncode not in (0, 1):
            raise ProgramError(f"{' '.join(done.args)}: exit status {done.returncode}: "
                               f"{done.stderr.strip()}")
        return result
