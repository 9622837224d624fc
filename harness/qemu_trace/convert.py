# SPDX-License-Identifier: BSD-3-Clause
"""From the lines of a log to traces, one after the other, in memory that does not grow with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TextIO

from . import registers as pci
from .function import Function, Segment, number
from .image import Bar
from .lines import BadLine, ConfigAccess, MemoryAccess, Notified, StatusSet, parse

VERSION = 1


class NothingFound(ValueError):
    """A log without anything to judge; a sentence that says why."""


@dataclass
class Damage:
    """Lines that could not be understood."""

    count: int = 0
    first: int = 0


@dataclass
class Converter:
    """Hears every line, then writes."""

    functions: dict[tuple[str, str], Function] = field(default_factory=dict)
    damage: Damage = field(default_factory=Damage)
    line: int = 0
    memory_lines: int = 0
    config_lines: int = 0
    _by_vdev: dict[str, Function] = field(default_factory=dict)
    _notified: int = 0  # as QEMU says, of all functions
    _cause: Function | None = None    # whose status register, or command, was accessed last
    _status_of: Function | None = None
    _last: MemoryAccess | None = None  # the line before, if it is one
    _read: tuple[Function, ConfigAccess, int] | None = None  # waits for its width; its line
    _nested: tuple[Function, tuple[int, int]] | None = None  # the next access is the window's

    def close(self) -> None:
        for function in self.functions.values():
            function.close()

    def hear(self, text: str) -> None:
        self.line += 1
        try:
            line = parse(text)
        except BadLine:
            self.damage.count += 1
            self.damage.first = self.damage.first or self.line
            return
        if isinstance(line, MemoryAccess):
            self._memory(line)
        elif line is None:
            pass
        elif isinstance(line, ConfigAccess):
            self._config(line)
        elif isinstance(line, StatusSet):
            self._set_status(line)
        elif isinstance(line, Notified):
            self._notified += 1

    def _time(self, line: MemoryAccess | ConfigAccess) -> int:
        """Without times in the log, the number of the line: the order at least."""
        return self.line if line.time is None else line.time

    def _memory(self, access: MemoryAccess) -> None:
        self.memory_lines += 1
        self._settle(access)
        self._last = access
        self._cause = self._status_of = None
        target = self._target(access)
        if not target:
            if access.write:
                self._message(access)
            return
        function, (bar, offset) = target
        nested, self._nested = self._nested, None
        if function.access(self._time(access), access.write, bar, offset, access.width,
                           access.value, access.region,
                           windowed=access.write and nested == target):
            self._cause = self._status_of = function

    def _target(self, access: MemoryAccess) -> tuple[Function, tuple[int, int]] | None:
        if access.region is not None and not access.region.startswith(pci.REGION_NAMES):
            return None
        for function in self.functions.values():
            place = function.place(access.address)
            if place:
                return function, place
        return None

    def _message(self, access: MemoryAccess) -> None:
        for function in self.functions.values():
            if function.interrupt(self._time(access), access.address, access.value):
                return

    def _settle(self, after: MemoryAccess | None) -> None:
        """The read of configuration space before this line gets its width."""
        if not self._read:
            return
        function, read, line = self._read
        self._read = None
        function.config(line if read.time is None else read.time, line, False, read.offset,
                        self._width(read, after), read.value)

    @staticmethod
    def _width(access: ConfigAccess, through: MemoryAccess | None) -> int:
        """That of the register access it came through, which has the same value."""
        if through and through.write == access.write and through.value == access.value and (
                through.width <= 4):
            return through.width
        widths = [width for width in (1, 2, 4)
                  if access.offset % width == 0 and access.value >> 8 * width == 0]
        return widths[0] if widths else 4

    def _config(self, access: ConfigAccess) -> None:
        self.config_lines += 1
        self._settle(None)
        function = self._function(access)
        self._status_of = self._cause = self._nested = None
        if not function:
            self._last = None
            return
        target = function.window_target(access.offset)
        self._nested = (function, target) if target and access.write else None
        if access.write:
            if access.offset <= pci.COMMAND + 1:
                self._cause = function
            function.config(self._time(access), self.line, True, access.offset,
                            self._width(access, self._last), access.value)
        else:
            if target and self._last and function.place(self._last.address) == target:
                function.take_back(target)
            self._read = (function, access, self.line)
        self._last = None

    def _function(self, access: ConfigAccess) -> Function | None:
        """Whoever enumerates the bus reads the vendor first: only virtio's is followed."""
        key = (access.name, access.address)
        function = self.functions.get(key)
        if (not function and not access.write and access.offset == pci.VENDOR
                and access.value & 0xffff == pci.VIRTIO_VENDOR):
            function = self.functions[key] = Function(access.name, access.address, self.line)
        return function

    def _set_status(self, line: StatusSet) -> None:
        """Of its own accord, or since a register was written?"""
        self._settle(None)
        self._last = None
        if self._status_of:
            self._by_vdev[line.vdev] = self._status_of
        function = self._by_vdev.get(line.vdev)
        if function and line.value == 0 and function.status and self._cause is not function:
            function.reset(self.line if line.time is None else line.time)

    def finish(self) -> None:
        self._settle(None)
        if not self.config_lines or not self.memory_lines:
            missing = "memory_region_ops_*" if self.config_lines else "pci_cfg_*"
            raise NothingFound(f"the log has no lines of {missing}: start QEMU with "
                               "-trace 'memory_region_ops_*' -trace 'pci_cfg_*' "
                               "-trace 'virtio_*' -D FILE")

    @property
    def notices(self) -> bool:
        """Whether each notification is an access in the log (ioeventfd=off)."""
        return self._notified <= sum(one.notices for one in self.functions.values())

    def virtio(self, name: str | None = None) -> list[Function]:
        """Those that are virtio's, or that one: by name, by address, or both with "@"."""
        found = [one for one in self.functions.values() if one.is_virtio]
        if not found:
            raise NothingFound("the guest has found no virtio function")
        if name is None:
            return found
        chosen = [one for one in found
                  if name in (one.name, one.address, f"{one.name}@{one.address}")]
        if not chosen:
            there = ", ".join(f"{one.name}@{one.address}" for one in found)
            raise NothingFound(f"there is no {name} in the log; there are {there}")
        return chosen


def _bar(bar: Bar | None) -> dict[str, int | str | bool] | None:
    if not bar:
        return None
    return {"size": number(bar.size), "address": number(bar.address), "raw": bar.raw,
            "io": bar.io, "is64": bar.is64, "prefetch": bar.prefetch}


def head(function: Function, segment: Segment, config: bytes, place: int, profile: str,
         big_endian: bool, notices: bool) -> str:
    offered = [32 * window + bit for window, bits in enumerate(segment.offered)
               for bit in range(32) if bits >> bit & 1]
    subject = {
        "config": config.hex(), "bars": [_bar(bar) for bar in function.layout],
        "offered": offered, "profile": profile, "draft": False, "big_endian": big_endian,
        "blind": segment.blind(notices), "list_limit": 0,
        "scenario": f"driver {place}, from line {segment.first} of QEMU's log",
        "device": f"QEMU's {function.name} at {function.address}"}
    return json.dumps({"type": "trace", "version": VERSION, "suite": "virtspec",
                       "subject": subject}, separators=(",", ":"))


@dataclass
class Summary:
    """What was written."""

    traces: int = 0
    events: int = 0
    idle: list[str] = field(default_factory=list)
    damage: Damage = field(default_factory=Damage)


def convert(log: Iterable[str], out: TextIO, *, device: str | None = None, profile: str = "1.4",
            big_endian: bool = False) -> Summary:
    """Writes a trace for each driver of each function. Raises NothingFound."""
    converter = Converter()
    summary = Summary(damage=converter.damage)
    try:
        for text in log:
            converter.hear(text.rstrip("\n"))
        converter.finish()
        for function in converter.virtio(device):
            heads = function.heads()
            for place, (segment, config) in enumerate(heads, 1):
                if not segment.drove:
                    summary.idle.append(f"{function.name}@{function.address}")
                    continue
                out.write(head(function, segment, config, place, profile, big_endian,
                               converter.notices) + "\n")
                for line in function.lines(segment):
                    out.write(line.decode())
                summary.traces += 1
                summary.events += segment.events
        if not summary.traces:
            raise NothingFound("no driver touched a virtio function: there is nothing to judge")
    finally:
        converter.close()
    return summary


def complain(text: str) -> None:
    print(f"convert-qemu-trace: {text}", file=sys.stderr)
