# SPDX-License-Identifier: BSD-3-Clause
"""Several drivers, each with its scenarios, side by side."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import firmware
from .examine import Examination, take_verdict
from .layout import Layout
from .machine import Machine, vfio_user
from .outcome import Outcome
from .prepare import Store
from .scenarios import Scenario, chosen
from .server import Server, layout_of
from .sources import GuestError


@dataclass(frozen=True)
class Job:
    """One driver of one guest."""

    guest: str
    device_class: str
    scenarios: list[Scenario]


@dataclass(frozen=True)
class Campaign:
    """What all jobs have in common."""

    store: Store
    virtspec: str
    machine: Machine
    folder: Path  # for what lasts as long as this
    log: Path
    seconds: int
    append: str

    def _short(self, disk: Path) -> Path:
        """Another name for the file: the server takes targets of limited length."""
        name = self.folder / disk.stem.partition("-")[0]
        if not name.exists():
            name.symlink_to(disk)
        return name

    def scenarios(self, guest: str, device_class: str, set_name: str,
                  patterns: list[str]) -> list[Scenario]:
        disk = None
        if device_class == "blk":
            known = firmware.FIRMWARES.get(guest)
            disk = self._short(self.store.disk(known.disk if known else "ext4"))
        found = chosen(self.virtspec, device_class, disk, set_name, patterns)
        # Words for a kernel's command line mean nothing to others.
        return [one for one in found if not one.append or guest not in firmware.FIRMWARES]

    def _layout(self, scenario: Scenario, folder: Path) -> Layout | None:
        try:
            return layout_of(self.virtspec, scenario.target, folder, self.log)
        except GuestError:
            return None  # it gets a machine of its own, and the trouble shows there

    def _linux(self, job: Job, server: Server, pairs: list[tuple[Scenario, Layout | None]],
               found: Callable[[Outcome], None]) -> None:
        with Examination(self.store, job.guest, job.device_class, server, self.machine, self.log,
                         self.seconds, self.append) as examination:
            for result in examination.all(pairs):
                found(result)

    def _firmware(self, job: Job, server: Server, scenario: Scenario, layout: Layout | None,
                  folder: Path) -> Outcome:
        known = firmware.FIRMWARES[job.guest]
        result = Outcome(job.guest, job.device_class, scenario.name, scenario.target,
                         scenario.kind)
        if layout and layout.unfit:
            result.outcome, result.why = "machine", layout.unfit
            return result
        try:
            server.scenario(scenario.known, scenario.target)
            firmware.run(self.store, known, self.machine, vfio_user(server.path, known.bootindex),
                         folder, self.log, result, server.process)
            take_verdict(result, server)
        except GuestError as trouble:
            server.stop()
            result.outcome, result.why = "machine", str(trouble)
        return result

    def one(self, job: Job, found: Callable[[Outcome], None]) -> None:
        """All scenarios of one driver."""
        with tempfile.TemporaryDirectory(prefix="virtspec-") as name:
            folder = Path(name)
            pairs = [(one, self._layout(one, folder)) for one in job.scenarios]
            with Server(self.virtspec, folder, self.log) as server:
                if job.guest not in firmware.FIRMWARES:
                    self._linux(job, server, pairs, found)
                    return
                for scenario, layout in pairs:
                    found(self._firmware(job, server, scenario, layout, folder))

    def run(self, jobs: list[Job], at_once: int, found: Callable[[Outcome], None]) -> None:
        """All jobs; `found` is called with every result as it comes, one at a time."""
        lock = threading.Lock()

        def tell(result: Outcome) -> None:
            with lock:
                found(result)

        with ThreadPoolExecutor(max_workers=max(at_once, 1)) as pool:
            for done in [pool.submit(self.one, job, tell) for job in jobs]:
                done.result()
