# SPDX-License-Identifier: BSD-3-Clause
"""What a Linux guest is asked to do with a device."""

from __future__ import annotations

from collections.abc import Iterator

from .linux import SILENT, LinuxGuest, crashes_in
from .outcome import Outcome, judge

# The proof that it works, for each class.
WORK = {
    "blk": ("blk-read", "blk-write"),
    "net": ("net",),
    "rng": ("rng",),
    "console": ("console",),
}


def perform(guest: LinuxGuest, result: Outcome, orders: Iterator[str] | tuple[str, ...],
            seconds: int) -> bool:
    """Gives orders until one does not come back; whether the guest is of further use."""
    for order in orders:
        answer = guest.order(order, seconds)
        result.steps.append(answer)
        if answer.state in ("hung", "gone"):
            return False
    return True


def conclude(guest: LinuxGuest, result: Outcome, usable: bool, seconds: int) -> bool:
    """Asks the kernel what it has said, and judges; whether the guest is of further use."""
    if usable:
        said = guest.order("dmesg", seconds)
        result.kernel = said.lines
        usable = said.ok
    console = guest.news()
    judge(result, console)
    if result.outcome in ("crashed", "machine", "hung") and not result.kernel:
        result.kernel = console.splitlines()[-60:]
    if result.outcome == "hung" and result.steps[-1].text == SILENT:
        result.kernel += guest.backtrace()
    return usable and not crashes_in(console) and result.outcome in ("worked", "orderly")
