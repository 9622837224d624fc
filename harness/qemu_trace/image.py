# SPDX-License-Identifier: BSD-3-Clause
"""Configuration space as a guest has read it, and what follows for what it has not read."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import registers as pci


@dataclass
class Bar:
    """As at the head of a trace."""

    size: int
    address: int
    raw: int
    io: bool
    is64: bool
    prefetch: bool

    def holds(self, address: int) -> bool:
        return bool(self.address) and self.address <= address < self.address + self.size


class BarRegisters:
    """Follows the guest as it sizes and places BARs."""

    def __init__(self) -> None:
        self._value: list[int | None] = [None] * pci.BARS
        self._raw: list[int | None] = [None] * pci.BARS
        self._sizing = [False] * pci.BARS

    def read(self, index: int, value: int) -> None:
        if self._sizing[index]:
            self._raw[index] = value
        else:
            self._value[index] = value

    def write(self, index: int, value: int) -> bool:
        """Whether it asks for the size."""
        self._sizing[index] = value == pci.ALL_ONES
        if not self._sizing[index]:
            self._value[index] = value
        return self._sizing[index]

    def forget(self) -> None:
        """After a reset: sizes stay, places are gone."""
        self._value = [None if value is None else 0 for value in self._value]

    def value(self, index: int) -> int:
        return (self._value[index] or 0) | (self._raw[index] or 0) & 0xf

    def all(self) -> list[Bar | None]:
        """One of 64 bits is followed by None."""
        bars: list[Bar | None] = [None] * pci.BARS
        index = 0
        while index < pci.BARS:
            bars[index] = self._bar(index)
            index += 2 if bars[index] and bars[index].is64 else 1
        return bars

    def _bar(self, index: int) -> Bar | None:
        raw = self._raw[index]
        if not raw:
            return None
        value = self.value(index)
        if raw & pci.BAR_IO:
            size = -(raw & pci.BAR_IO_MASK | 0xffff0000) & 0xffff
            address = value & pci.BAR_IO_MASK
            return Bar(size, 0 if self._sizing[index] else address, raw, True, False, False)
        is64 = bool(raw & pci.BAR_64) and index + 1 < pci.BARS
        mask, address = raw & pci.BAR_MEMORY_MASK, value & pci.BAR_MEMORY_MASK
        sizing = self._sizing[index] or (is64 and self._sizing[index + 1])
        high = pci.ALL_ONES
        if is64:
            high = pci.ALL_ONES if self._raw[index + 1] is None else self._raw[index + 1] or 0
            address |= (self._value[index + 1] or 0) << 32
        size = -(mask | high << 32) & (1 << 64) - 1
        return Bar(size, 0 if sizing else address, raw, False, is64,
                   bool(raw & pci.BAR_PREFETCH))


@dataclass
class Capability:
    """One of the list, by its place; `type` of a structure, -1 of another."""

    place: int
    identity: int
    type: int = -1
    bar: int = 0
    offset: int = 0
    length: int = 0


@dataclass
class Image:
    """Bytes of configuration space and which of them are known."""

    data: bytearray = field(default_factory=lambda: bytearray(pci.CONFIG_SIZE))
    known: bytearray = field(default_factory=lambda: bytearray(pci.CONFIG_SIZE))

    def copy(self) -> Image:
        return Image(bytearray(self.data), bytearray(self.known))

    def put(self, offset: int, width: int, value: int, keep: bool = False) -> None:
        """Takes bytes; with `keep` only those that were not known."""
        for place in range(offset, min(offset + width, pci.CONFIG_SIZE)):
            if not (keep and self.known[place]):
                self.data[place] = value >> 8 * (place - offset) & 0xff
                self.known[place] = 1

    def get(self, offset: int, width: int) -> int:
        return int.from_bytes(self.data[offset:offset + width], "little")

    def knows(self, offset: int, width: int = 1) -> bool:
        return all(self.known[offset:offset + width])

    def capabilities(self) -> list[Capability]:
        """The list, as far as it was read; it ends at anything odd."""
        found: list[Capability] = []
        seen: set[int] = set()
        place = self.get(pci.CAP_POINTER, 1) & 0xfc
        while pci.HEADER_SIZE <= place < pci.CONFIG_SIZE and place not in seen:
            seen.add(place)
            cap = Capability(place, self.get(place, 1))
            if cap.identity == pci.CAP_VENDOR and self.knows(place + pci.VIRTIO_CFG_TYPE):
                cap.type = self.get(place + pci.VIRTIO_CFG_TYPE, 1)
                cap.bar = self.get(place + pci.VIRTIO_BAR, 1)
                cap.offset = self.get(place + pci.VIRTIO_OFFSET, 4)
                cap.length = self.get(place + pci.VIRTIO_LENGTH, 4)
            found.append(cap)
            place = self.get(place + pci.CAP_NEXT, 1) & 0xfc
        return found

    def window(self) -> Capability | None:
        """The PCI configuration access capability."""
        return next((cap for cap in self.capabilities() if cap.type == pci.WINDOW), None)

    def msix(self) -> Capability | None:
        return next((cap for cap in self.capabilities() if cap.identity == pci.CAP_MSIX), None)
