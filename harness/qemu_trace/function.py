# SPDX-License-Identifier: BSD-3-Clause
"""One PCI function of a log: what is known of it, and the traces of those who drove it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from . import registers as pci
from .fill import Structures, fill
from .image import Bar, BarRegisters, Capability, Image

EXACT_MAX = 1 << 53
Event = dict[str, int | str]


def number(value: int) -> int | str:
    """Beyond what every reader of JSON takes exactly: text."""
    return value if value <= EXACT_MAX else hex(value)


@dataclass
class Segment:
    """What one driver, or firmware, did to the function, from `start` in the spool."""

    start: int
    image: Image
    first: int  # line of the log
    events: int = 0
    drove: bool = False      # it touched a BAR
    driver_ok: bool = False
    notified: bool = False
    read_list: bool = False
    msix_enabled: bool = False
    msix_touched: bool = False
    offered: list[int] = field(default_factory=lambda: [0] * pci.FEATURE_WINDOWS)

    def blind(self, notices: bool) -> list[str]:
        names = ["rings", "memory", "life", "order", "internal"]
        if not self.read_list:
            names.append("caps")
        if not notices or self.driver_ok and not self.notified:
            names.append("notify")
        if self.msix_enabled and not self.msix_touched:
            names.append("msix")
        return names


@dataclass
class Mark:
    """Where the next driver begins, if it turns out to be one."""

    start: int
    image: Image
    first: int
    sized: bool = False


class Function:
    """Takes accesses in order; holds its events on disk until the end."""

    def __init__(self, name: str, address: str, line: int) -> None:
        self.name, self.address = name, address
        self.bars = BarRegisters()
        self.status = 0
        self.notices = 0  # notifications seen
        self.image = Image()
        self.segments = [Segment(0, Image(), line)]
        self.layout: list[Bar | None] = [None] * pci.BARS
        self._spool: IO[bytes] = tempfile.TemporaryFile()
        self._mark: Mark | None = None
        self._held: Event | None = None
        self._select = 0
        self._seen: Structures = {}
        self._vectors: dict[int, bytearray] = {}
        self._messages: dict[tuple[int, int], int] = {}
        self._msix_on = False
        self._caps: list[Capability] | None = None

    @property
    def is_virtio(self) -> bool:
        device = self.image.get(pci.DEVICE, 2)
        return (self.image.get(pci.VENDOR, 2) == pci.VIRTIO_VENDOR
                and pci.TRANSITIONAL_FIRST <= device <= pci.MODERN_LAST)

    @property
    def _segment(self) -> Segment:
        return self.segments[-1]

    def close(self) -> None:
        self._spool.close()

    def _put(self, event: Event) -> None:
        """Keeps the newest event in hand, since the next line may take it back."""
        self._flush()
        self._held = event

    def _flush(self) -> None:
        if self._held is not None:
            self._spool.write(json.dumps(self._held, separators=(",", ":")).encode() + b"\n")
            self._segment.events += 1
            self._held = None

    def reset(self, time: int) -> None:
        """Nobody wrote 0 to the status, and it became 0."""
        self._put({"k": "reset", "t": time, "n": "reset from outside of virtio"})
        self.status = 0
        self._msix_on = False
        self._messages.clear()
        self._vectors.clear()
        self.image.put(pci.COMMAND, 2, 0)
        self.bars.forget()
        self.layout = self.bars.all()

    def interrupt(self, time: int, address: int, data: int) -> bool:
        """A message on the bus: whether it is one of this function."""
        vector = self._messages.get((address, data))
        if vector is None or not self._msix_on:
            return False
        self._put({"k": "interrupt", "t": time, "o": vector, "v": 1})
        return True

    def config(self, time: int, line: int, write: bool, offset: int, width: int,
               value: int) -> None:
        if offset < pci.CONFIG_SIZE:
            self._learn(line, write, offset, width, value)
        self._put({"k": "write" if write else "read", "t": time, "r": "config", "o": offset,
                   "w": width, "v": value})

    def _learn(self, line: int, write: bool, offset: int, width: int, value: int) -> None:
        bar, rest = divmod(offset - pci.BAR0, 4)
        if 0 <= bar < pci.BARS:
            if not rest and width == 4:
                self._learn_bar(bar, write, value)
            return
        self._caps = None
        if write:
            self._learn_write(offset, width, value)
            return
        if offset == pci.VENDOR and self._segment.drove and not self._mark:
            self._flush()
            self._mark = Mark(self._spool.tell(), self.image.copy(), line)
        self._segment.read_list |= offset == pci.CAP_POINTER
        self.image.put(offset, width, value)
        self._segment.image.put(offset, width, value, keep=True)

    def _learn_bar(self, bar: int, write: bool, value: int) -> None:
        if not write:
            self.bars.read(bar, value)
        elif self.bars.write(bar, value) and self._mark:
            self._mark.sized = True
        self.layout = self.bars.all()

    def _learn_write(self, offset: int, width: int, value: int) -> None:
        """What a register holds from now on, where it takes what is written."""
        msix = self.image.msix()
        control = msix.place + pci.MSIX_CONTROL if msix else pci.CONFIG_SIZE
        window = self.image.window()
        own = range(window.place + pci.VIRTIO_BAR, window.place + pci.VIRTIO_WINDOW_DATA
                    ) if window else range(0)
        for place in range(offset, min(offset + width, pci.CONFIG_SIZE)):
            byte = value >> 8 * (place - offset) & 0xff
            if place == control + 1:
                self._msix_on = bool(byte << 8 & pci.MSIX_ENABLE)
                self._segment.msix_enabled |= self._msix_on
            if place in pci.WRITABLE or place == control + 1 or place in own:
                # A driver that writes first has found what there is after a reset.
                self._segment.image.put(place, 1, self.image.data[place], keep=True)
                self.image.put(place, 1, byte)

    def place(self, address: int) -> tuple[int, int] | None:
        """BAR and offset of an address."""
        for index, bar in enumerate(self.layout):
            if bar and bar.holds(address):
                return index, address - bar.address
        return None

    def window_target(self, offset: int) -> tuple[int, int] | None:
        """Where an access to configuration space goes on to, if it is to the window's data."""
        cap = self.image.window()
        if not cap or not 0 <= offset - cap.place - pci.VIRTIO_WINDOW_DATA < 4:
            return None
        return cap.bar, cap.offset

    def take_back(self, target: tuple[int, int]) -> None:
        """The read of a BAR just now was QEMU's own, for a read through the window."""
        held = self._held
        if held and held["k"] == "read" and (held["r"], held["o"]) == (f"bar{target[0]}",
                                                                       target[1]):
            self._held = None

    def access(self, time: int, write: bool, bar: int, offset: int, width: int, value: int,
               region: str | None, *, windowed: bool = False) -> bool:
        """Of a BAR, or QEMU's own for a write through the window, which is an event already.
        Returns whether it wrote the status."""
        kind = self._kind(bar, offset, region)
        status = write and self._is_status(bar, offset, kind)
        if self._mark and (not status or value or not self._mark.sized):
            self._mark = None
        if self._mark:
            self._flush()
            self._begin(self._mark)
        if not windowed:
            self._put({"k": "write" if write else "read", "t": time, "r": f"bar{bar}",
                       "o": offset, "w": width, "v": number(value)})
        self._note(write, bar, offset, width, value, kind)
        if status:
            self.status = value
            self._segment.driver_ok |= bool(value & pci.DRIVER_OK)
        return status

    def _begin(self, mark: Mark) -> None:
        """Somebody else drives it from the mark on."""
        self._spool.seek(mark.start)
        moved = sum(1 for _ in self._spool)
        old = self._segment
        old.events -= moved
        self.segments.append(Segment(mark.start, mark.image, mark.first, moved, read_list=True))
        self._mark = None

    def _kind(self, bar: int, offset: int, region: str | None) -> tuple[int, int] | None:
        """The type of structure and the offset in it; (-1, …) in the MSI-X table."""
        if region and region.startswith(pci.REGION_MSIX_TABLE):
            self._seen.setdefault(-1, (bar, offset & -pci.REGION_ALIGN))
            return -1, offset - self._seen[-1][1]
        if self._caps is None:
            self._caps = self.image.capabilities()
        for cap in self._caps:
            if (cap.type in pci.CAP_SIZES and cap.type != pci.WINDOW and cap.bar == bar
                    and cap.offset <= offset < cap.offset + (cap.length or pci.REGION_ALIGN)):
                return cap.type, offset - cap.offset
        for name, kind in pci.REGION_TYPES.items():
            if region and region.startswith(name):
                self._seen.setdefault(kind, (bar, offset & -pci.REGION_ALIGN))
                return kind, offset - self._seen[kind][1]
        return None

    def _is_legacy(self, bar: int, kind: tuple[int, int] | None) -> bool:
        return kind is None and bar == pci.LEGACY_BAR and bool(self.layout[bar]
                                                               and self.layout[bar].io)

    def _is_status(self, bar: int, offset: int, kind: tuple[int, int] | None) -> bool:
        return (kind == (pci.COMMON, pci.COMMON_STATUS)
                or self._is_legacy(bar, kind) and offset == pci.LEGACY_STATUS)

    def _note(self, write: bool, bar: int, offset: int, width: int, value: int,
              kind: tuple[int, int] | None) -> None:
        segment = self._segment
        segment.drove = True
        if self._is_legacy(bar, kind):
            if write and offset == pci.LEGACY_NOTIFY:
                self._notice()
            if not write and offset == pci.LEGACY_FEATURES:
                segment.offered[0] |= value
        elif kind == (pci.COMMON, pci.FEATURE_SELECT) and write:
            self._select = value
        elif kind == (pci.COMMON, pci.FEATURE) and not write:
            if self._select < pci.FEATURE_WINDOWS:
                segment.offered[self._select] |= value
        elif kind and kind[0] == pci.NOTIFY:
            if write:
                self._notice()
        elif kind and kind[0] == -1:
            segment.msix_touched = True
            if write:
                self._vector(kind[1], width, value)

    def _notice(self) -> None:
        self.notices += 1
        self._segment.notified = True

    def _vector(self, offset: int, width: int, value: int) -> None:
        vector, place = divmod(offset, pci.MSIX_ENTRY)
        entry = self._vectors.setdefault(
            vector, bytearray(pci.MSIX_CONTROL_AT) + bytes((pci.MSIX_MASKED, 0, 0, 0)))
        entry[place:place + width] = value.to_bytes(width, "little")
        self._messages = {
            (int.from_bytes(one[:pci.MSIX_DATA], "little"),
             int.from_bytes(one[pci.MSIX_DATA:pci.MSIX_CONTROL_AT], "little")): number_of
            for number_of, one in self._vectors.items()
            if not one[pci.MSIX_CONTROL_AT] & pci.MSIX_MASKED}

    def heads(self) -> list[tuple[Segment, bytes]]:
        """Each trace with its image of configuration space: what one reader skipped, another may
        have read; and what was written by then stands in the later ones."""
        self._flush()
        result = []
        for segment in self.segments:
            image = segment.image.copy()
            for place in range(pci.CONFIG_SIZE):
                if self.image.known[place] and place not in pci.WRITABLE:
                    image.put(place, 1, self.image.data[place], keep=True)
            for index in range(pci.BARS):
                image.put(pci.BAR0 + 4 * index, 4, self.bars.value(index))
            result.append((segment, fill(image, self.layout, self._seen)))
        return result

    def lines(self, segment: Segment) -> Iterator[bytes]:
        self._spool.seek(segment.start)
        for _ in range(segment.events):
            yield self._spool.readline()
