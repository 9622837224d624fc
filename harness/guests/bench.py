# SPDX-License-Identifier: BSD-3-Clause
"""How long it takes from QEMU's start to a mounted file system whose contents were checked: on the
mock device, watched by monitors, and on QEMU's own virtio-blk, by turns."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from .linux import LinuxGuest
from .machine import Machine, Stock, vfio_user
from .outcome import Line
from .prepare import Store
from .scenarios import with_disk
from .server import Server
from .sources import GuestError

KNOWN = "blk-modern"
SECONDS = 60


def _mounted(guest: LinuxGuest) -> float:
    """Seconds from the start to the checked contents."""
    since = time.monotonic()
    with guest:
        for answer in (guest.boot(), guest.order("load", SECONDS),
                       guest.order("blk-read", SECONDS)):
            if not answer.ok:
                raise GuestError(f"{answer.command}: {answer.state} {answer.text}")
        return time.monotonic() - since


def run(store: Store, name: str, qemu: str, virtspec: str, rounds: int) -> Line:
    """Medians of so many rounds, in seconds, and how many events the mock's server judged."""
    kernel, initramfs = store.linux(name)
    mock, stock, events = [], [], []
    with tempfile.TemporaryDirectory(prefix="virtspec-") as text:
        folder = Path(text)
        log = folder / "log"
        disk = folder / "disk"
        disk.symlink_to(store.disk("ext4"))
        for _ in range(rounds):
            with Server(virtspec, folder, log) as server:
                server.scenario(KNOWN, with_disk("mock:blk", disk))
                guest = LinuxGuest(Machine(qemu), kernel, initramfs, log)
                guest.add(vfio_user(server.path))
                if server.process:
                    guest.wait_for(server.process)
                mock.append(_mounted(guest))
                events += [line["events"] for line in server.verdict("worked")
                           if line.get("type") == "scenario"]
            guest = LinuxGuest(Machine(qemu), kernel, initramfs, log)
            guest.add(Stock("blk", "disable-legacy=on", disk).arguments())
            stock.append(_mounted(guest))
    return {"type": "guest-bench", "guest": name, "rounds": rounds,
            "mock_seconds": statistics.median(mock), "qemu_seconds": statistics.median(stock),
            "ratio": statistics.median(mock) / statistics.median(stock),
            "events": statistics.median(events)}
