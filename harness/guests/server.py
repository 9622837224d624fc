# SPDX-License-Identifier: BSD-3-Clause
"""The program's side: the mock device behind a socket, and what it saw of the driver."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import TracebackType

from .layout import Layout, look
from .outcome import Line
from .process import Gone, Late, Process
from .sources import GuestError

START_SECONDS = 10.0
ANSWER_SECONDS = 20.0
LINES_MAX = 10000  # of one verdict


def await_socket(process: Process, path: Path) -> None:
    """Until somebody listens there."""
    deadline = process.now() + START_SECONDS
    while not path.exists():
        if process.ended() is not None:
            raise GuestError(f"the server does not start: {process.epitaph()}")
        if process.now() > deadline:
            raise GuestError("the server does not listen")
        time.sleep(0.01)


class Server:
    """`virtspec driver --listen`, told what to be and asked what it saw."""

    def __init__(self, virtspec: str, folder: Path, log: Path) -> None:
        self._virtspec = virtspec
        self.path = folder / "device"
        self._log = log
        self.process: Process | None = None  # while it runs
        self.header: Line = {}  # its first line

    def _start(self, target: str) -> Process:
        self.path.unlink(missing_ok=True)
        process = Process(("line",))
        self.process = process
        process.start([self._virtspec, "driver", "--listen", str(self.path), "--mock", target,
                       "--format", "jsonl", "--interactive"], self._log, stdin="line")
        await_socket(process, self.path)
        return process

    def _answer(self, process: Process, last: str) -> list[Line]:
        """The lines up to one of this type."""
        deadline = process.now() + ANSWER_SECONDS
        lines: list[Line] = []
        while len(lines) < LINES_MAX:
            try:
                lines.append(json.loads(process.line("line", deadline)))
            except (Late, Gone) as trouble:
                self.stop()
                raise GuestError(f"the server: {trouble}") from trouble
            except ValueError as wrong:
                self.stop()
                raise GuestError(f"the server writes what is no JSON: {wrong}") from wrong
            kind = lines[-1].get("type")
            if kind == "refused":
                raise GuestError(f"the server: {lines[-1].get('reason', 'no reason')}")
            if kind == last:
                return lines
            if kind == "run":
                self.header = lines[-1]
        self.stop()
        raise GuestError("the server does not come to an end")

    def _ask(self, process: Process, text: str, last: str) -> list[Line]:
        try:
            process.say("line", text, process.now() + ANSWER_SECONDS)
        except (Late, Gone) as trouble:
            self.stop()
            raise GuestError(f"the server: {trouble}") from trouble
        return self._answer(process, last)

    def scenario(self, name: str, target: str) -> None:
        """The device becomes this one, as after power-on, and a new record begins. The name is one
        that the server knows."""
        process = self.process or self._start(target)
        self._ask(process, f"scenario {name} {target}".rstrip(), "ready")

    def verdict(self, said: str) -> list[Line]:
        """Ends the record; what was seen in it. `said` is how the guest fared: "worked", "failed",
        "refused", "hung", "crashed" or nothing."""
        if not self.process:
            raise GuestError("the server is gone")
        return self._ask(self.process, f"verdict {said}".rstrip(), "scenario-end")

    def layout(self) -> Layout:
        """What QEMU would see of the device as it is now. Nobody may be attached."""
        return look(self.path)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()


def layout_of(virtspec: str, target: str, folder: Path, log: Path) -> Layout:
    """The layout of a mock device, from a server of its own."""
    path = folder / "look"
    path.unlink(missing_ok=True)
    with Process(()) as process:
        process.start([virtspec, "serve", target, "--listen", str(path), "--once"], log)
        await_socket(process, path)
        return look(path)
