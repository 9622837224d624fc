# SPDX-License-Identifier: BSD-3-Clause
"""A Linux driver in many scenarios: one boot for as many as possible.

Each scenario begins with the function gone from the guest: the device becomes what the scenario
says, the guest looks at the bus again, the driver probes and works, and the function is removed.
What hangs or crashes costs the boot, and the next scenario gets a new one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .layout import Layout
from .linux import LinuxGuest
from .machine import Machine, vfio_user
from .outcome import Line, Outcome
from .prepare import Store
from .process import Process
from .scenarios import Scenario
from .sources import GuestError
from .work import WORK, conclude, perform


class Device(Protocol):
    """What serves the device: see server.Server."""

    path: Path
    process: Process | None

    def scenario(self, name: str, target: str) -> None: ...
    def verdict(self, said: str) -> list[Line]: ...
    def layout(self) -> Layout: ...
    def stop(self) -> None: ...


def take_verdict(result: Outcome, device: Device) -> None:
    """Asks the server what it saw, tells it how the guest fared, and keeps both."""
    try:
        lines = device.verdict(result.said)
    except GuestError as trouble:
        result.reason = f"no verdict: {trouble}"
        return
    for line in lines:
        if line.get("type") == "scenario":
            result.verdict, result.reason = line.get("verdict", ""), line.get("reason") or ""
            result.broken = line.get("broken", [])
            result.exercised = line.get("exercised", [])
            result.findings = line.get("findings", [])


BOOTS_MOST = 2  # of one scenario: a kernel may stumble over a slow machine before it sees a device


@dataclass
class Boot:
    """A guest that runs, and what it was started with."""

    guest: LinuxGuest
    signature: tuple[object, ...]
    append: str


class Examination(AbstractContextManager["Examination"]):
    """Scenarios for one driver of one guest."""

    def __init__(self, store: Store, name: str, device_class: str, device: Device,
                 machine: Machine, log: Path, seconds: int, append: str = "") -> None:
        self._kernel, self._initramfs = store.linux(name)
        self._name, self._class, self._device = name, device_class, device
        self._machine, self._log, self._seconds = machine, log, seconds
        self._append = append
        self._boot: Boot | None = None
        self.boots = 0

    def __exit__(self, *_: object) -> None:
        self._drop()

    def _drop(self) -> None:
        if self._boot:
            self._boot.guest.__exit__()
            self._boot = None

    def _start(self, scenario: Scenario, result: Outcome) -> bool:
        """Boots with the device as it is in this scenario, and takes it away from the guest before
        any driver is loaded, where that can be."""
        self._drop()
        self._device.scenario(scenario.known, scenario.target)
        layout = self._device.layout()
        if layout.unfit:
            result.outcome, result.why = "machine", layout.unfit
            return False
        for _ in range(BOOTS_MOST):
            before = self._boot_once(scenario, layout)
            if before.steps[0].ok:
                break
        if self._boot and before.outcome in ("worked", "orderly"):
            return True
        result.steps, result.kernel = before.steps, before.kernel
        result.outcome, result.why = before.outcome, f"at boot: {before.why}"
        take_verdict(result, self._device)
        self._drop()
        return False

    def _boot_once(self, scenario: Scenario, layout: Layout) -> Outcome:
        """One try, up to the drivers being loaded. Leaves no guest that is of no use."""
        self._drop()
        words = f"{self._append} {scenario.append}".strip()
        guest = LinuxGuest(self._machine, self._kernel, self._initramfs, self._log, words)
        guest.add(vfio_user(self._device.path))
        if self._device.process:
            guest.wait_for(self._device.process)
        self._boot = Boot(guest, layout.signature, scenario.append)
        self.boots += 1
        before = Outcome(self._name, self._class, scenario.name)
        before.steps.append(guest.boot())
        usable = before.steps[0].ok and perform(guest, before, ("remove", "load"), self._seconds)
        if not conclude(guest, before, usable, self._seconds):
            self._drop()
        return before

    def _fits(self, scenario: Scenario, signature: tuple[object, ...] | None) -> bool:
        """Whether the guest that runs can have this scenario."""
        return (self._boot is not None and scenario.boot != "new"
                and self._boot.append == scenario.append and signature is not None
                and self._boot.signature == signature)

    def one(self, scenario: Scenario, signature: tuple[object, ...] | None) -> Outcome:
        """Runs one scenario. signature: of its layout, None where it is not known."""
        since = time.monotonic()
        result = Outcome(self._name, self._class, scenario.name, scenario.target, scenario.kind)
        if self._fits(scenario, signature) or self._start(scenario, result):
            assert self._boot
            guest = self._boot.guest
            # Said again: what came before was the boot, or another scenario.
            self._device.scenario(scenario.known, scenario.target)
            orders = ("rescan", *WORK[self._class], "remove")
            usable = perform(guest, result, orders, self._seconds)
            usable = conclude(guest, result, usable, self._seconds)
            take_verdict(result, self._device)
            if not usable:
                self._drop()
        result.seconds = time.monotonic() - since
        return result

    def all(self, scenarios: list[tuple[Scenario, Layout | None]]) -> Iterator[Outcome]:
        """Runs them, those that can share a boot one after the other."""
        def key(pair: tuple[Scenario, Layout | None]) -> tuple[bool, str, str]:
            scenario, layout = pair
            return (scenario.boot == "new", scenario.append,
                    repr(layout.signature) if layout else "")

        groups: dict[tuple[bool, str, str], list[tuple[Scenario, Layout | None]]] = {}
        for pair in scenarios:
            groups.setdefault(key(pair), []).append(pair)
        for group in groups.values():
            for scenario, layout in group:
                if layout and layout.unfit:
                    yield Outcome(self._name, self._class, scenario.name, scenario.target,
                                  scenario.kind, "machine", layout.unfit)
                    continue
                try:
                    yield self.one(scenario, layout.signature if layout else None)
                except GuestError as trouble:
                    self._drop()
                    self._device.stop()
                    yield Outcome(self._name, self._class, scenario.name, scenario.target,
                                  scenario.kind, "machine", str(trouble))
