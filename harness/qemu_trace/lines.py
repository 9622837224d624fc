# SPDX-License-Identifier: BSD-3-Clause
"""Lines of a trace log of QEMU's backend "log", as far as they matter here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .registers import ALL_ONES, PCIE_CONFIG_SIZE

ADDRESS_MAX = (1 << 64) - 1

# With -msg timestamp=on each line begins with PID@SECONDS.MICROSECONDS.
_STAMP = r"(?:\d+@(\d+)\.(\d{6}):)?"
_MEMORY = re.compile(
    _STAMP + r"memory_region_ops_(read|write) cpu -?\d+ mr \S+ addr (0x[0-9a-f]+) "
    r"value (0x[0-9a-f]+) size ([1248])(?: name '(.*)')?$")
_CONFIG = re.compile(
    _STAMP + r"pci_cfg_(read|write) (\S+) ((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) "
    r"@(0x[0-9a-f]+) (?:->|<-) (0x[0-9a-f]+)$")
# Versions before 5.2 name slot and function as plain numbers, without a bus.
_CONFIG_OLD = re.compile(
    _STAMP + r"pci_cfg_(read|write) (\S+) (\d+):(\d+) @(0x[0-9a-f]+) (?:->|<-) (0x[0-9a-f]+)$")
_STATUS = re.compile(_STAMP + r"virtio_set_status vdev (\S+) val (\d+)$")
_NOTIFIED = re.compile(_STAMP + r"virtio_queue_notify vdev (\S+) ")


@dataclass(frozen=True, slots=True)
class MemoryAccess:
    """Of a processor, or of a device that sends a message."""

    time: int | None  # nanoseconds, where the log has times
    write: bool
    address: int
    value: int
    width: int
    region: str | None  # the name of the memory region; older versions do not tell


@dataclass(frozen=True, slots=True)
class ConfigAccess:
    """Its width is not in the line, but in that of the register it came through."""

    time: int | None
    write: bool
    name: str
    address: str
    offset: int
    value: int


@dataclass(frozen=True, slots=True)
class StatusSet:
    """QEMU set the status of a device, for whatever reason."""

    time: int | None
    vdev: str
    value: int


@dataclass(frozen=True, slots=True)
class Notified:
    """QEMU was notified of a virtqueue, by an access or behind its back (ioeventfd)."""

    vdev: str


Line = MemoryAccess | ConfigAccess | StatusSet | Notified


class BadLine(ValueError):
    """A line of a kind that matters, which is damaged."""


def _time(match: re.Match[str]) -> int | None:
    seconds, micro = match.group(1), match.group(2)
    return None if seconds is None else int(seconds) * 1_000_000_000 + int(micro) * 1000


def _memory(text: str) -> MemoryAccess:
    match = _MEMORY.match(text)
    if not match:
        raise BadLine(text)
    width = int(match[6])
    # QEMU shows what the device's function returned, before it takes the bytes that were asked for.
    value = int(match[5], 16) & (1 << 8 * width) - 1
    return MemoryAccess(_time(match), match[3] == "write", int(match[4], 16) & ADDRESS_MAX, value,
                        width, match[7])


def _config(text: str) -> ConfigAccess:
    match = _CONFIG.match(text)
    if match:
        address = match[5]
    else:
        match = _CONFIG_OLD.match(text)
        if not match:
            raise BadLine(text)
        address = f"{int(match[5]):02x}.{int(match[6])}"
    offset, value = (int(number, 16) for number in match.groups()[-2:])
    if offset >= PCIE_CONFIG_SIZE or value > ALL_ONES:
        raise BadLine(text)
    return ConfigAccess(_time(match), match[3] == "write", match[4], address, offset, value)


def parse(text: str) -> Line | None:
    """What a line says; None for what does not matter. Raises BadLine."""
    if "memory_region_ops_" in text:
        return _memory(text)
    if "pci_cfg_" in text:
        return _config(text)
    if "virtio_set_status " in text:
        match = _STATUS.match(text)
        if not match:
            raise BadLine(text)
        return StatusSet(_time(match), match[3], int(match[4]))
    if "virtio_queue_notify " in text:
        match = _NOTIFIED.match(text)
        if not match:
            raise BadLine(text)
        return Notified(match[3])
    return None
