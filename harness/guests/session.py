# SPDX-License-Identifier: BSD-3-Clause
"""A Linux guest on QEMU's own devices: what any guest on a stock QEMU does."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from .linux import STEP_SECONDS, LinuxGuest
from .machine import Machine, Stock
from .outcome import Outcome
from .prepare import Store
from .stock import Echo
from .work import WORK, conclude, perform


def stock_orders(name: str, rounds: int) -> tuple[str, ...]:
    """Probe, work, probe again without and with a look at the bus."""
    work = WORK[name]
    again = ("unbind", "bind", *work, "remove", "rescan", *work)
    return ("load", *work, *(again * (rounds - 1)), "remove")


def on_stock(store: Store, guest_name: str, machine: Machine, device: Stock, log: Path, *,
             append: str = "", rounds: int = 2, seconds: int = STEP_SECONDS) -> Outcome:
    """Boots the guest with QEMU's own device and has it work."""
    kernel, initramfs = store.linux(guest_name)
    since = time.monotonic()
    result = Outcome(guest_name, f"qemu {device.name}", device.properties or "as it is",
                     kind="plain")
    with Echo() as echo:
        guest = LinuxGuest(machine, kernel, initramfs, log, append)
        descriptor = guest.lend("echo", echo.console.dup())
        guest.add(replace(device, disk=store.disk("ext4"), ports=echo.ports,
                          echo=descriptor).arguments())
        with guest:
            result.steps.append(guest.boot())
            usable = result.steps[0].ok and perform(
                guest, result, stock_orders(device.name, rounds), seconds)
            conclude(guest, result, usable, seconds)
            # In good order, so that QEMU closes its trace log.
            if usable:
                guest.order("reboot")
                guest.wait_end()
    result.seconds = time.monotonic() - since
    return result
