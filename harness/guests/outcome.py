# SPDX-License-Identifier: BSD-3-Clause
"""What became of a driver in a scenario, and the tables made of that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from .linux import Answer, crashes_in

Line = dict[str, Any]

# worked: all that was asked for was done. orderly: something was refused or failed, and the driver
# and the kernel went on. hung: something never came back. crashed: the kernel said so, or stopped.
# machine: QEMU itself gave up, which says nothing about the driver.
OUTCOMES = ("worked", "orderly", "hung", "crashed", "machine")


@dataclass
class Outcome:
    """One driver in one scenario."""

    guest: str
    device: str     # the class, or QEMU's device
    scenario: str
    target: str = ""
    kind: str = ""  # "plain", "variation", "violation"
    outcome: str = "worked"
    why: str = ""
    steps: list[Answer] = field(default_factory=list)
    kernel: list[str] = field(default_factory=list)  # what it said in between
    verdict: str = ""  # the server's, of the whole scenario, and its reason
    reason: str = ""
    exercised: list[str] = field(default_factory=list)  # rules
    broken: list[str] = field(default_factory=list)
    findings: list[Line] = field(default_factory=list)  # with the accesses that led to each
    seconds: float = 0.0

    @property
    def said(self) -> str:
        """The word for the server: how the driver fared, as the guest saw it."""
        if self.outcome == "orderly":
            probe = next((step for step in self.steps if step.command == "rescan"), None)
            return "refused" if probe and probe.ok and not probe.text.strip() else "failed"
        return {"worked": "worked", "hung": "hung", "crashed": "crashed"}.get(self.outcome, "")

    @property
    def ends_well(self) -> bool:
        """Whether a driver may end so: it need not work with a device that lies. What made QEMU
        itself give up is no matter of the driver, if the device lied."""
        if self.kind == "violation":
            return self.outcome in ("worked", "orderly", "machine")
        return self.outcome == "worked"

    @property
    def acceptable(self) -> bool:
        """Whether it ends well, and no MUST was broken on the way."""
        return self.ends_well and self.verdict not in ("FAIL", "DIED", "TIMEOUT")

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps({"type": "guest", **asdict(self)}, ensure_ascii=False)


def judge(result: Outcome, console: str) -> None:
    """Settles the outcome from the steps and from what the kernel has said meanwhile."""
    crashes = crashes_in("\n".join([*result.kernel, *console.splitlines()]))
    bad = next((step for step in result.steps if not step.ok), None)
    if crashes:
        result.outcome, result.why = "crashed", crashes[0]
    elif gone := next((step for step in result.steps if step.state == "gone"), None):
        result.outcome, result.why = "machine", f"{gone.command}: {gone.text}"
    elif hung := next((step for step in result.steps if step.state == "hung"), None):
        result.outcome, result.why = "hung", f"{hung.command}: {hung.text}"
    elif bad:
        result.outcome, result.why = "orderly", f"{bad.command}: {bad.text}"
    else:
        result.outcome, result.why = "worked", ""


def write_lines(results: Iterable[Outcome], to: TextIO) -> None:
    for result in results:
        to.write(result.line() + "\n")
