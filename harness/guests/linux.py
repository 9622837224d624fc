# SPDX-License-Identifier: BSD-3-Clause
"""A Linux guest that is told what to do, line by line."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from .machine import ADDRESS, Machine, monitor, serial
from .process import Gone, Late, Process

BOOT_SECONDS = 60.0
STEP_SECONDS = 20
MONITOR_SECONDS = 3.0
MARGIN_SECONDS = 10.0  # the guest tells of a hang by itself, if it still can

# What the kernel says when something in it went wrong that is not just an error.
CRASHES = re.compile(r"(------------\[ cut here|WARNING: |BUG: |Oops|Kernel panic|"
                     r"general protection fault|kernel BUG at|KASAN|UBSAN:|"
                     r"watchdog: BUG|rcu: INFO|blocked for more than)")
# Of the emulated machine, and no matter of the driver.
HARMLESS = re.compile(r"clocksource|TSC|unchecked MSR")


# Why a step hung when even the guest's own deadline did not speak.
SILENT = "the machine says nothing any more"


@dataclass
class Answer:
    """What the guest said to a command."""

    command: str
    state: str  # "ok", "failed", "hung", "gone"
    text: str = ""
    lines: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.state == "ok"


def crashes_in(text: str) -> list[str]:
    """The lines that tell of a crash."""
    return [line.strip() for line in text.splitlines()
            if CRASHES.search(line) and not HARMLESS.search(line)]


class LinuxGuest:
    """One boot. Use as a context; the end is a kill."""

    def __init__(self, machine: Machine, kernel: Path, initramfs: Path, log: Path,
                 append: str = "") -> None:
        self._process = Process(("console", "agent", "monitor"))
        command = [*machine.command(),
                   *serial(*(self._process.descriptor(name) for name in ("console", "agent"))),
                   *monitor(self._process.descriptor("monitor")),
                   # SeaBIOS would drive the device before Linux does; this one has no drivers.
                   "-bios", "qboot.rom", "-kernel", str(kernel), "-initrd", str(initramfs),
                   # On a busy machine the timer's own test at boot can fail.
                   "-append", "console=ttyS0 loglevel=5 panic=-1 unknown_nmi_panic no_timer_check "
                              "ipv6.disable=1 "
                              f"virtspec.slot={ADDRESS} {append}".strip()]
        self._log = log
        self._command = command
        self._number = 0
        self.boot_seconds = 0.0

    def __enter__(self) -> LinuxGuest:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with self._log.open("a", encoding="utf-8") as log:
            log.write(self.console)

    @property
    def console(self) -> str:
        """All that the kernel has said on its console."""
        return self._process.channels["console"].text

    def news(self) -> str:
        """What the kernel has said since the last time."""
        self._process.pump(0)
        return self._process.channels["console"].rest()

    def wait_for(self, server: Process) -> None:
        """Says who serves the device: time for which that was kept waiting does not count."""
        self._process.beside.append(server)

    def add(self, arguments: list[str]) -> None:
        """More of QEMU's command line, before the start."""
        self._command += arguments

    def lend(self, name: str, end: socket.socket) -> int:
        """Lets QEMU have a descriptor, before the start; its number there."""
        return self._process.lend(name, end)

    def machine_answers(self) -> bool:
        """Whether QEMU itself still works, whatever the guest does."""
        deadline = self._process.now() + MONITOR_SECONDS
        try:
            self._process.say("monitor", '{"execute": "qmp_capabilities"}', deadline)
            self._process.until("monitor", '"return"', deadline)
        except (Gone, Late):
            return False
        return True

    def boot(self, seconds: float = BOOT_SECONDS) -> Answer:
        """Starts it and waits until it obeys."""
        self._process.start(self._command, self._log)
        answer = self._wait("boot", "ready", self._process.now() + seconds)
        self.boot_seconds = answer.seconds
        return answer

    def order(self, command: str, seconds: int = STEP_SECONDS) -> Answer:
        """Has it do something. An answer comes in any case, if only from here."""
        self._number += 1
        deadline = self._process.now() + seconds + MARGIN_SECONDS
        try:
            self._process.say("agent", f"{self._number} {seconds} {command}", deadline)
        except Gone as gone:
            return Answer(command, "gone", str(gone))
        except Late as late:
            return Answer(command, "hung", str(late))
        return self._wait(command, str(self._number), deadline)

    def backtrace(self) -> list[str]:
        """Where a kernel is that answers no more: it is made to panic. The end of this guest."""
        self.news()
        deadline = self._process.now() + MONITOR_SECONDS
        try:
            self._process.say("monitor", '{"execute": "inject-nmi"}', deadline)
            self._process.until("console", "end Kernel panic", deadline)
        except (Gone, Late):
            pass  # as much as has come
        return self.news().splitlines()

    def wait_end(self, seconds: float = 10.0) -> None:
        """Waits until QEMU ends by itself, for a while."""
        deadline = self._process.now() + seconds
        while self._process.ended() is None and self._process.now() < deadline:
            self._process.pump(0.05)

    def _wait(self, command: str, word: str, deadline: float) -> Answer:
        """The lines up to the one that begins with this word and is no "|" line."""
        since = time.monotonic()
        lines: list[str] = []
        answer = Answer(command, "hung", SILENT, lines)
        try:
            while True:
                head, _, tail = self._process.line("agent", deadline).partition(" ")
                if head != word:
                    continue
                state, _, text = tail.partition(" ")
                if state == "|":
                    lines.append(text)
                    continue
                answer.state, answer.text = state or "ok", text
                break
        except Late:
            if not self.machine_answers():
                answer.state, answer.text = "gone", "QEMU itself hangs"
        except Gone as gone:
            answer.state, answer.text = "gone", str(gone)
        answer.seconds = time.monotonic() - since
        return answer
